#include <cstdio>
#include <fstream>

#include "common/error.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"
#include "migrator/layouts/sum.h"

namespace cli {
namespace {

/// Renamed into place: a reader sees the old file or the new one.
void write_sum(const std::string& folder, const std::string& text) {
  const std::string path = folder + "/" + layouts::kSumName, unfinished = path + ".new";
  std::ofstream out(unfinished, std::ios::trunc);
  out << text;
  out.close();
  if (!out || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    std::remove(unfinished.c_str());
    throw PermanentError("can't write " + path + " (--print only prints the digest)", report::ExitCode::kUsage);
  }
}

}  // namespace

int digest(const Words& words) {
  CommonFlags common;
  std::string folder;
  bool only_print = false;
  Command command("digest", "[DIR] [flags]",
                  "the digest of a folder of migrations, written to DIR/sluice.sum for images and printed");
  command.argument("DIR", &folder, "the folder (SLUICE_MIGRATIONS)");
  command.flag("--print", &only_print, "don't write sluice.sum");
  add_output(command, common);
  command.example("sluice digest /app/migrations", "the last line of an image's build");
  if (const auto code = command.parse(words)) return *code;
  common.migrations = folder;
  const Settings settings(common);
  folder = settings.request().folder;
  if (folder.empty()) throw PermanentError("which folder? sluice digest DIR", report::ExitCode::kUsage);
  const layouts::Folder read = layouts::read_folder(folder);
  const std::string hash = layouts::digest(read);
  if (!only_print) write_sum(folder, layouts::sum_of(read));
  print(settings.output() == Output::kJson
            ? "{\"digest\":\"" + hash + "\",\"files\":" + std::to_string(read.files.size()) + "}\n"
            : hash + "\n");
  return 0;
}

}  // namespace cli
