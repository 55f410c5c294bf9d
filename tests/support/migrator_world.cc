#include "tests/support/migrator_world.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace support {

void MigratorWorld::remove(const std::string& name) const { std::filesystem::remove(migrations() + "/" + name); }

void MigratorWorld::revision(int number, const std::string& up, const std::string& down) const {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 3 ? 3 - digits.size() : 0, '0');
  file(digits + "_step.up.sql", up);
  if (!down.empty()) file(digits + "_step.down.sql", down);
}

void MigratorWorld::tables(int count) const {
  for (int i = 1; i <= count; ++i) {
    const std::string name = "t" + std::to_string(i);
    revision(i,
             "CREATE TABLE " + name + " (id int PRIMARY KEY, note text);\nINSERT INTO " + name + " VALUES (1, 'x');\n",
             "DROP TABLE " + name + ";\n");
  }
}

std::vector<std::string> MigratorWorld::command(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {binary("sluice")};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

std::vector<std::string> MigratorWorld::environment(const std::vector<std::string>& more) const {
  std::vector<std::string> all = {"SLUICE_DATABASE_URL=" + url_, "SLUICE_MIGRATIONS=" + migrations(),
                                  "SLUICE_OUTPUT=json", "SLUICE_TERMINATION_LOG=" + folder_.path() + "/result"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Finished MigratorWorld::sluice(const std::vector<std::string>& words, const std::vector<std::string>& more) const {
  std::filesystem::create_directories(migrations());
  std::filesystem::create_directories(backups());
  return run_program(command(words), environment(more));
}

std::string MigratorWorld::versions() const {
  return ask(
      "SELECT coalesce(string_agg(version_num, ',' ORDER BY version_num COLLATE \"C\"), '') FROM alembic_version");
}

std::string MigratorWorld::succeeded() const {
  return ask(
      "SELECT ledger, revision, direction, checksum FROM sluice.sluice_journal WHERE result = 'succeeded'"
      " ORDER BY 1, 2, 3, 4");
}

bool MigratorWorld::comes_to_wait(const std::string& event, int sessions) const {
  return eventually([&] {
    return ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = '" + event +
               "' AND datname = current_database()") == std::to_string(sessions);
  });
}

namespace {

std::vector<std::string> operator+(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

PausedSluice::PausedSluice(const MigratorWorld& world, const std::vector<std::string>& words,
                           const std::string& failpoint, const std::vector<std::string>& more)
    : file_(world.folder() + "/paused"),
      program_(world.command(words),
               world.environment(more + std::vector<std::string>{"SLUICE_FAILPOINT=" + failpoint + "=pause",
                                                                 "SLUICE_FAILPOINT_FILE=" + file_})) {
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(file_); })) << failpoint;
}

Finished PausedSluice::finish() {
  std::filesystem::remove(file_);
  return program_.wait();
}

std::string last_value(const std::string& lines, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  std::size_t at = lines.rfind(key);
  if (at == std::string::npos) return {};
  at += key.size();
  if (lines[at] != '"') return lines.substr(at, lines.find_first_of(",}\n", at) - at);
  std::string value;
  for (++at; at < lines.size() && lines[at] != '"'; ++at) {
    if (lines[at] == '\\') ++at;
    value += lines[at];
  }
  return value;
}

}  // namespace support
