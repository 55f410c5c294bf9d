// migrator/cli/sealed.h: whose words count in a container whose image is somebody else's.
#pragma once
#include <string>
#include <vector>

namespace cli {

/// Where SLUICE_ONLY names variables ("SLUICE_SPEC,PGHOST"), takes all others of SLUICE_*, PG* and the start scripts'
/// names (DATABASE_URL, AUTO_MIGRATE…) out of our environment: neither the image nor envFrom can then say another
/// database or another policy. Once, before anything is read.
void seal_environment();

bool is_sealed();

/// Puts it back, for a program that takes our place.
void unseal_environment();

/// What was taken out, "NAME=value" each: a tool of the user's gets its image's environment whole.
const std::vector<std::string>& taken_out();

}  // namespace cli
