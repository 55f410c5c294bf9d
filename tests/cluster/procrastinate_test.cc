// A real project's migrations from a ConfigMap: procrastinate's 38 files, with dotted versions, functions, triggers and
// enum changes; the schema equals the one psql makes file by file.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/cluster.h"

namespace {

using support::Files;
using support::World;

// As tests/migrator/corpora/fetch.sh left them.
Files procrastinate() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const std::filesystem::path root = cache != nullptr ? cache : std::string(std::getenv("HOME")) + "/.cache";
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(root / "sluice/corpora/procrastinate")) {
    const std::ifstream stream(entry.path());
    std::ostringstream text;
    text << stream.rdbuf();
    files[entry.path().filename()] = text.str();
  }
  return files;
}

std::string schema_of(const World& world) {
  const std::string dump = support::must_kubectl({"--namespace", "databases", "exec", "postgres-0", "--", "pg_dump",
                                                  "-U", "postgres", "-d", world.name(), "--schema-only", "-O", "-x",
                                                  "-N", "sluice", "-T", "public.alembic_version"});
  std::istringstream lines(dump);
  std::string schema;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("\\restrict", 0) != 0 && line.rfind("\\unrestrict", 0) != 0) schema += line + "\n";
  }
  return schema;
}

TEST(Procrastinate, ItsMigrationsFromAConfigMapEndInPsqlsSchema) {
  const Files files = procrastinate();
  ASSERT_GE(files.size(), 38U);
  const World by_psql;
  for (const auto& [name, text] : files) by_psql.sql(text);

  const World ours;
  ours.config_map("migrations", files);
  ours.migration("queue");
  ASSERT_TRUE(ours.becomes("queue", "Ready", "True/UpToDate", 120)) << ours.story();
  EXPECT_EQ(schema_of(ours), schema_of(by_psql));
}

}  // namespace
