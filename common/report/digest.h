// common/report/digest.h: the digest of a set of files, the same in the operator (ConfigMaps) and the migrator (what it
// read).
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace report {

/// Lower-case hex SHA-256.
std::string sha256_hex(std::string_view bytes);

/// Which names in a folder or a ConfigMap belong to the migrations: *.sql, *.py, *.conf in any case, unless they begin
/// with a dot. Everything else is neither read nor part of a digest, so a README may lie beside.
bool is_migration_file(std::string_view name);

/// Digest over (name, sha256 of content) pairs, sorted by name: "sha256(len name, name, content hash…)" in hex.
/// Two sets have the same digest exactly when they have the same names with the same bytes.
std::string files_digest(std::vector<std::pair<std::string, std::string>> name_and_sha256);

}  // namespace report
