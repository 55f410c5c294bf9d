// tests/support/cluster_template.h: the result of initdb, made once a machine and copied for each test server.
#pragma once
#include <string>
#include <vector>

namespace support {

/// Folder of the newest installed server's programs (SLUICE_TEST_PG_BIN overrides). Throws std::runtime_error naming
/// the Debian package when there is none.
std::string postgres_bin();

/// What to put before a server program's argv: a server refuses to run as root, so there it becomes the system user
/// `postgres`; everywhere it dies with the process that started it.
std::vector<std::string> as_server_user();

/// Gives a folder of root's to the system user `postgres`; nothing otherwise.
void give_to_server_user(const std::string& folder);

/// Copies a fresh cluster to `folder`, which must not exist. Superuser `postgres`: trust on the socket, SCRAM on TCP.
void copy_fresh_cluster(const std::string& folder);

}  // namespace support
