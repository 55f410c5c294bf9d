#include "common/spec/sections.h"

#include <algorithm>
#include <cctype>

#include "common/spec/words.h"

namespace spec {
namespace {

constexpr std::chrono::seconds kLeastBackoff{1};  // an unreachable database is asked again without end

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

bool is_subdomain(const std::string& name) {
  if (name.empty() || name.size() > 253) return false;
  const auto edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (edge(name[i])) continue;
    const bool inside = i > 0 && i + 1 < name.size();
    if (name[i] == '-' && inside) continue;
    if (name[i] == '.' && inside && edge(name[i - 1]) && edge(name[i + 1])) continue;
    return false;
  }
  return true;
}

/// A key of a ConfigMap or Secret, and so the name of a file.
bool is_data_key(const std::string& key) {
  if (key.empty() || key.size() > 253 || key == "." || key.starts_with("..")) return false;
  return std::all_of(key.begin(), key.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

void read_secret_ref(Object& parent, const char* field, std::optional<SecretKeyRef>& out) {
  parent.child(field, [&](Object& from) {
    from.require("secretKeyRef", "must name a Secret and its key");
    from.child("secretKeyRef", [&](Object& ref) {
      SecretKeyRef read;
      ref.text("name", read.name);
      ref.text("key", read.key);
      check_object_name(ref, "name", read.name);
      if (!is_data_key(read.key)) ref.problem("key", "must be a key of the Secret: letters, digits, '-', '_', '.'");
      out = read;
    });
  });
}

void check_identifier(Object& object, const char* key, const std::string& name) {
  const bool good = !name.empty() && name.size() <= 63 && std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return is_control(c) || c == '"' || c == '\'' || c == '.' || c == '\\';
  });
  if (!good) object.problem(key, "must be a PostgreSQL name: 1 to 63 bytes without quotes, dots or control characters");
}

void read_image(Object& object, ImageSource& image) {
  constexpr words::Word<int> kPolicies[] = {{0, "Always"}, {1, "IfNotPresent"}, {2, "Never"}};
  int policy = -1;
  object.text("reference", image.reference);
  object.text("path", image.path);
  object.choice("pullPolicy", policy, kPolicies);
  if (policy >= 0) image.pull_policy = kPolicies[policy].second;
  object.texts("pullSecrets", image.pull_secrets);
  object.require("reference", "must name an image, best by digest");
  if (std::any_of(image.reference.begin(), image.reference.end(), [](unsigned char c) { return c <= ' '; })) {
    object.problem("reference", "must not contain blanks");
  }
  if (!image.path.empty() && !image.path.starts_with('/')) object.problem("path", "must be an absolute path");
  for (std::size_t i = 0; i < image.pull_secrets.size(); ++i) {
    check_object_name(object, "pullSecrets[" + std::to_string(i) + "]", image.pull_secrets[i]);
  }
}

void read_inline(Object& object, std::map<std::string, std::string>& files) {
  constexpr std::size_t kMostBytes = 1000000;  // a ConfigMap holds 1 MiB
  object.text_map("files", files);
  std::size_t bytes = 0;
  for (const auto& [name, text] : files) {
    bytes += name.size() + text.size();
    if (is_data_key(name)) continue;
    object.problems().push_back({child_path(child_path(object.path(), "files"), name),
                                 "is not a file name: letters, digits, '-', '_', '.' only, not starting with '..'"});
  }
  if (files.empty()) object.problem("files", "must hold at least one file");
  if (bytes > kMostBytes) object.problem("files", "hold more than 1 MB: use an image, a volume or ConfigMaps");
}

/// What stands between "://" and the path.
std::string authority_of(const std::string& url) {
  const std::size_t start = url.find("://") + 3;
  return url.substr(start, std::min(url.find_first_of("/?#", start), url.size()) - start);
}

void read_http(Object& object, HttpCheck& http) {
  object.text("url", http.url);
  object.integer("status", http.status, 100, 599);
  object.text_map("headers", http.headers);
  check_url(object, http.url);
  const auto unsafe = [](const std::string& text) { return std::any_of(text.begin(), text.end(), is_control); };
  for (const auto& [name, value] : http.headers) {
    if (name.empty() || unsafe(name) || unsafe(value)) object.problem("headers", "must not hold control characters");
  }
}

void read_check(Object& object, Check& check) {
  object.text("name", check.name);
  object.text("sql", check.sql);
  object.child("http", [&](Object& http) { read_http(http, check.http.emplace()); });
  object.child("tcp", [&](Object& tcp) {
    check.tcp.emplace();
    tcp.text("host", check.tcp->host);
    tcp.require("host", "must name a host");
    tcp.require("port", "must be set");
    tcp.integer("port", check.tcp->port, 1, 65535);
  });
  object.texts("tables", check.tables);
  object.texts("heads", check.heads);
  object.duration("timeout", check.timeout);
  object.integer("retries", check.retries, 0, 10000);
  object.duration("interval", check.interval);
  object.require("name", "must be set: reports name the check by it");
  object.exactly_one({"sql", "http", "tcp", "tables", "heads"});
  for (const char* key : {"sql", "tables"}) {
    if (object.has(key) && (std::string(key) == "sql" ? check.sql.empty() : check.tables.empty())) {
      object.problem(key, "must not be empty");
    }
  }
  if (check.timeout.count() == 0) object.problem("timeout", "must be longer than 0");
}

void check_source_rules(Object& object, const Migrations& migrations) {
  if (object.has("command") && !migrations.image) object.problem("command", "needs an image that holds the tool");
  if (object.has("command") && migrations.command.empty()) object.problem("command", "must not be empty");
  if (object.has("configMaps") && migrations.config_maps.empty()) object.problem("configMaps", "must name a ConfigMap");
  if (object.has("volumePath") && !migrations.volume) object.problem("volumePath", "needs a volume");
  if (migrations.image && migrations.command.empty() && migrations.image->path.empty()) {
    object.problem("image.path", "must be the folder of the migrations inside the image");
  }
  const std::string& path = migrations.volume_path;
  if (path.starts_with('/') || ("/" + path + "/").find("/../") != std::string::npos) {
    object.problem("volumePath", "must be a relative path without '..'");
  }
}

}  // namespace

void check_object_name(Object& object, const std::string& key, const std::string& name) {
  if (!is_subdomain(name)) object.problem(key, "must be the name of a Kubernetes object: a-z, 0-9, '-', '.'");
}

void check_url(Object& object, const std::string& url) {
  const auto is_blank = [](unsigned char c) { return c == ' ' || is_control(c); };
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    object.problem("url", "must start with http:// or https://");
  } else if (authority_of(url).empty()) {
    object.problem("url", "must name a host");
  } else if (authority_of(url).find('@') != std::string::npos) {
    object.problem("url", "must not hold credentials: a spec is not a secret place");
  } else if (std::any_of(url.begin(), url.end(), is_blank)) {
    object.problem("url", "must not hold blanks or control characters");
  }
}

void read_database(Object& object, Database& database) {
  read_secret_ref(object, "urlFrom", database.url_from);
  object.text("host", database.host);
  object.integer("port", database.port, 1, 65535);
  object.text("name", database.name);
  read_secret_ref(object, "userFrom", database.user_from);
  read_secret_ref(object, "passwordFrom", database.password_from);
  constexpr words::Word<int> kModes[] = {{0, "disable"}, {1, "allow"},     {2, "prefer"},
                                         {3, "require"}, {4, "verify-ca"}, {5, "verify-full"}};
  int mode = -1;
  object.choice("sslMode", mode, kModes);
  if (mode >= 0) database.ssl_mode = kModes[mode].second;
  read_secret_ref(object, "sslRootCertFrom", database.ssl_root_cert_from);
  read_secret_ref(object, "maintenanceUrlFrom", database.maintenance_url_from);
  object.exactly_one({"urlFrom", "host"});
  if (object.has("host")) {
    object.require("host", "must not be empty");
    object.require("name", "must name the database");
    object.require("userFrom", "must name the Secret that holds the user");
  }
  for (const char* key : {"port", "name", "userFrom", "passwordFrom"}) {
    if (object.has("urlFrom") && object.has(key)) object.problem(key, "stands in the URL already: leave it out");
  }
}

void read_migrations(Object& object, Migrations& migrations) {
  object.exactly_one({"configMaps", "image", "volume", "inline"});
  object.texts("configMaps", migrations.config_maps);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < migrations.config_maps.size(); ++i) {
    const std::string key = "configMaps[" + std::to_string(i) + "]";
    check_object_name(object, key, migrations.config_maps[i]);
    if (!seen.insert(migrations.config_maps[i]).second) object.problem(key, "is named twice");
  }
  object.child("image", [&](Object& image) { read_image(image, migrations.image.emplace()); });
  object.any_object("volume", migrations.volume);
  if (migrations.volume) {
    check_volume_source(*migrations.volume, child_path(object.path(), "volume"), object.problems());
  }
  object.text("volumePath", migrations.volume_path);
  object.child("inline", [&](Object& files) { read_inline(files, migrations.inline_files); });
  object.choice("layout", migrations.layout, words::kLayout);
  object.texts("command", migrations.command);
  check_source_rules(object, migrations);
}

void read_ledger(Object& object, Ledger& ledger) {
  object.text("table", ledger.table);
  object.text("schema", ledger.schema);
  check_identifier(object, "table", ledger.table);
  check_identifier(object, "schema", ledger.schema);
}

void read_apply(Object& object, Apply& apply) {
  object.choice("transaction", apply.transaction, words::kTransaction);
  object.duration("lockTimeout", apply.lock_timeout);
  object.duration("lockWait", apply.lock_wait);
  object.duration("statementTimeout", apply.statement_timeout);
  object.choice("onBlocked", apply.on_blocked, words::kOnBlocked);
}

void read_backup(Object& object, Backup& backup) {
  object.choice("mode", backup.mode, words::kBackupMode);
  object.any_object("volume", backup.volume);
  if (backup.volume) check_volume_source(*backup.volume, child_path(object.path(), "volume"), object.problems());
  object.integer("keep", backup.keep, 1, 10000);
  object.choice("verify", backup.verify, words::kBackupVerify);
  object.flag("acceptLostWrites", backup.accept_lost_writes);
  if (backup.mode != BackupMode::kNone && !object.has("volume")) {
    object.problem("volume", "must say where the backup goes");
  }
}

void read_checks(Object& object, Checks& checks) {
  std::set<std::string> names;
  const auto read_into = [&](std::vector<Check>& list) {
    return [&](Object& each) {
      read_check(each, list.emplace_back());
      const std::string& name = list.back().name;
      if (!name.empty() && !names.insert(name).second) each.problem("name", "is the name of another check too");
    };
  };
  object.children("before", read_into(checks.before));
  object.children("after", read_into(checks.after));
}

void read_retry(Object& object, Retry& retry) {
  object.integer("limit", retry.limit, 0, 10000);
  object.duration("backoff", retry.backoff);
  if (retry.backoff < kLeastBackoff) object.problem("backoff", "must be at least 1s");
}

}  // namespace spec
