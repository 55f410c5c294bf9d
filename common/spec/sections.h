// common/spec/sections.h: one reader a section of the spec, with the rules of that section.
#pragma once
#include "common/spec/object.h"

namespace spec {

void read_database(Object&, Database&);
void read_migrations(Object&, Migrations&);
void read_ledger(Object&, Ledger&);
void read_apply(Object&, Apply&);
void read_backup(Object&, Backup&);
/// Names of checks are unique over before and after.
void read_checks(Object&, Checks&);
void read_retry(Object&, Retry&);

/// Notes a problem unless `name` may name a Kubernetes object (RFC 1123 subdomain).
void check_object_name(Object&, const std::string& key, const std::string& name);

/// Notes a problem unless object's `url` is http or https, without credentials, blanks and control characters.
void check_url(Object&, const std::string& url);

/// A volume source we mount: persistentVolumeClaim, emptyDir or csi and nothing else (operator-protocol, Trust 2).
void check_volume_source(const nlohmann::json& source, const std::string& path, std::vector<Problem>&);

}  // namespace spec
