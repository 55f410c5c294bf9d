// migrator/run/files.h: the migrations of one run, read once into memory, and what "the same run again" means.
#pragma once
#include <optional>
#include <string>

#include "common/spec/spec.h"
#include "common/spec/target.h"
#include "migrator/layouts/sum.h"
#include "migrator/revisions/graph.h"
#include "migrator/run/pipeline.h"

namespace run {

struct Files {
  std::string digest = {};  // of the files alone: layouts::digest
  spec::Layout layout = spec::Layout::kAuto;
  std::optional<revisions::Graph> graph = {};  // none: tool mode
};

/// Reads request.folder (or the spec's inline files), checks the digest the caller expects, builds the graph.
/// Throws TransientError("SourceChanged: …") when the digest differs from request.expect_digest, PermanentError(kUsage)
/// for no folder or no migration in it, and what layouts and revisions::Graph throw.
Files read_files(const Request&);

/// The files' digest where it is known without reading them: request.expect_digest, or `sluice.sum` where the caller
/// trusts it and it fits the folder.
layouts::Sum digest_without_reading(const Request&);

/// What a run is, as one hash: files, layout, ledger, target, direction, phase, rules version (run-protocol, State),
/// and the tool's command.
std::string run_digest(const Request&, const std::string& files_digest);

/// True when ids are plain numbers, so that another service's folder may well use the same ones.
bool has_numbered_ids(const Files&);

}  // namespace run
