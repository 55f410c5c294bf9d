// restore_driver restore|continue|continue-closed|backup URL FOLDER METHOD: one call of backup::restore,
// continue_unfinished, continue_closed or make. Ends with the error's exit code; prints the stages, then "restored
// METHOD" or "nothing".
#include <cstdlib>
#include <iostream>

#include "common/error.h"
#include "migrator/backup/restore.h"

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string verb = argv[1], method = argv[4];
  try {
    backup::RestoreRequest request;
    request.run = "r1";
    request.after_sql =
        "CREATE SCHEMA IF NOT EXISTS journal; CREATE TABLE journal.said (what text); "
        "INSERT INTO journal.said VALUES ('restored')";
    request.progress = [](const std::string& stage) { std::cout << stage << std::endl; };
    if (method == "swap") request.method = backup::Method::kSwap;
    if (method == "in-place") request.method = backup::Method::kInPlace;
    const postgres::Target target = postgres::Target::parse(argv[2]);
    std::optional<backup::Restored> restored;
    if (verb == "backup") {
      const auto heads = [](auto&) { return std::vector<std::string>{"3f2a9c"}; };
      backup::make(target, {.folder = argv[3], .ledger = "public.alembic_version", .read_heads = heads, .run = "r0"});
    } else if (verb == "continue-closed") {
      restored = backup::continue_closed(target, request);
    } else if (verb == "continue") {
      restored = backup::continue_unfinished(target, request).restored;
    } else {
      request.from = backup::list(argv[3]).at(0);
      restored = backup::restore(target, request);
    }
    if (!restored) std::cout << "nothing" << std::endl;
    if (restored) std::cout << "restored " << (restored->old_database.empty() ? "in place" : "by swap") << std::endl;
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << std::endl;
    return static_cast<int>(error.code);
  }
}
