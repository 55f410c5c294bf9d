#include "migrator/run/files.h"

#include <algorithm>

#include "common/error.h"
#include "common/report/digest.h"
#include "migrator/layouts/layout.h"
#include "migrator/run/version.h"

namespace run {
namespace {

layouts::Folder folder_of(const Request& request) {
  if (!request.folder.empty()) return layouts::read_folder(request.folder);
  if (request.spec.migrations.inline_files.empty()) {
    throw PermanentError("no migrations given: use --migrations DIR or SLUICE_MIGRATIONS", report::ExitCode::kUsage);
  }
  layouts::Folder folder;
  folder.path = "(inline)";
  for (const auto& [name, text] : request.spec.migrations.inline_files) {
    folder.files.push_back({.file = name, .text = text, .sha256 = report::sha256_hex(text)});
  }
  return folder;
}

bool is_number(const std::string& id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Files read_files(const Request& request) {
  layouts::Folder folder = folder_of(request);
  Files files;
  files.digest = layouts::digest(folder);
  if (!request.expect_digest.empty() && files.digest != request.expect_digest) {
    throw TransientError("SourceChanged: the files in " + folder.path + " have digest " + files.digest +
                         ", not the expected " + request.expect_digest);
  }
  if (folder.files.empty()) {
    throw PermanentError("no migration files in " + folder.path + ": is this the right folder?",
                         report::ExitCode::kUsage);
  }
  files.layout = request.spec.migrations.layout;
  if (files.layout == spec::Layout::kAuto) files.layout = layouts::detect(folder);
  files.graph.emplace(layouts::read_revisions(std::move(folder), files.layout));
  return files;
}

layouts::Sum digest_without_reading(const Request& request) {
  if (!request.expect_digest.empty()) return {.digest = request.expect_digest};
  if (!request.trust_digest_file || request.folder.empty()) return {};
  return layouts::read_sum(request.folder);
}

std::string run_digest(const Request& request, const std::string& files_digest) {
  const spec::DatabaseMigrationSpec& spec = request.spec;
  std::string all;
  for (const std::string& part :
       {files_digest, std::to_string(static_cast<int>(spec.migrations.layout)), spec.ledger.schema, spec.ledger.table,
        spec.target, std::string(request.downgrade ? "down" : "up"),
        std::string(spec.phase == spec::Phase::kExpand ? "expand" : "all"), std::to_string(kRulesVersion)}) {
    all += std::to_string(part.size()) + ":" + part;
  }
  for (const std::string& word : request.tool) all += std::to_string(word.size()) + ":" + word;
  return report::sha256_hex(all);
}

bool has_numbered_ids(const Files& files) {
  if (files.layout != spec::Layout::kSluice && files.layout != spec::Layout::kAlembic) return true;
  const std::vector<revisions::Revision>& all = files.graph->all();
  return std::all_of(all.begin(), all.end(), [](const revisions::Revision& one) { return is_number(one.id); });
}

}  // namespace run
