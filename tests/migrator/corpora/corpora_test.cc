// Real projects' files, read, cut into statements and applied: the schema must be the one psql makes file by file.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "migrator/layouts/layout.h"
#include "migrator/revisions/graph.h"
#include "migrator/sql/statement.h"
#include "tests/support/postgres_server.h"

namespace {

namespace fs = std::filesystem;
using support::PostgresServer;

struct Corpus {
  const char* name = "";
  std::size_t files = 0;
  const char* placeholder = "";  // replaced in every file…
  const char* replacement = "";  // …by this
  const char* before = "";       // SQL that the project's own installer runs first
};

void PrintTo(const Corpus& corpus, std::ostream* out) { *out << corpus.name; }

fs::path folder_of_all() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "sluice/corpora";
  const char* home = std::getenv("HOME");
  return fs::path(home ? home : "/root") / ".cache/sluice/corpora";
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (from.empty()) return text;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// The corpus as its project would apply it, in a folder of the test's own.
class Corpora : public testing::TestWithParam<Corpus> {
 protected:
  void SetUp() override {
    const Corpus& corpus = GetParam();
    for (const auto& entry : fs::directory_iterator(folder_of_all() / corpus.name)) {
      const std::string text = replaced(read_file(entry.path()), corpus.placeholder, corpus.replacement);
      files_.push_back(folder_.write(entry.path().filename().string(), text));
    }
    std::sort(files_.begin(), files_.end());
    ASSERT_EQ(files_.size(), corpus.files) << "run tests/migrator/corpora/fetch.sh";
  }

  std::string new_database() const {
    const std::string url = PostgresServer::shared().new_database();
    PostgresServer::psql(url, GetParam().before);
    return url;
  }

  support::Finished upgrade(const std::string& url) const {
    return support::run_program({support::binary("sluice"), "upgrade", "heads", "--migrations", folder_.path()},
                                {"SLUICE_DATABASE_URL=" + url});
  }

  // As these projects' own installers do; one of them locks tables.
  static void in_one_transaction(const std::string& url, const std::string& text) {
    PostgresServer::psql(url, "BEGIN;\n" + text + "\nCOMMIT;");
  }

  std::string schema_by_psql() const {
    const std::string url = new_database();
    for (const std::string& file : files_) in_one_transaction(url, read_file(file));
    return PostgresServer::schema(url);
  }

  support::TemporaryFolder folder_;
  std::vector<std::string> files_ = {};
};

}  // namespace

TEST_P(Corpora, IsReadAsOneChainInTheOrderOfItsNames) {
  const revisions::Graph graph(read_revisions(layouts::read_folder(folder_.path()), spec::Layout::kAuto));
  std::vector<std::string> in_order;
  for (const auto p : graph.order()) in_order.push_back(folder_.path() + "/" + graph.at(p).up.file);
  EXPECT_EQ(in_order, files_);
  EXPECT_EQ(graph.heads().size(), 1u);
}

TEST_P(Corpora, IsCutIntoStatementsThatPostgresTakesOneByOne) {
  const std::string url = new_database();
  for (const std::string& file : files_) {
    const std::string text = read_file(file);
    const sql::Script script = sql::split(text);
    ASSERT_EQ(script.problem, std::nullopt) << file << ":" << script.problem->line << ": " << script.problem->message;
    std::string again;
    // Each is sent on its own: psql would otherwise mend what was cut in the wrong place.
    for (const sql::Statement& statement : script.statements) {
      std::string quoted = replaced(std::string(statement.text), "'", "''");
      again += "SET standard_conforming_strings = on;\nSELECT '" + quoted + "' \\gexec\n";
    }
    in_one_transaction(url, again);
  }
  EXPECT_EQ(PostgresServer::schema(url), schema_by_psql());
}

TEST_P(Corpora, IsAppliedWithTheSameSchemaAsByPsql) {
  const std::string url = new_database();
  const support::Finished finished = upgrade(url);
  ASSERT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_EQ(PostgresServer::schema(url), schema_by_psql());
}

TEST_P(Corpora, IsAppliedOnce) {  // guides E2: a second upgrade is a no-op
  const std::string url = new_database();
  ASSERT_EQ(upgrade(url).code, 0);
  const std::string rows = "select count(*) from sluice.sluice_journal";
  EXPECT_EQ(PostgresServer::psql(url, rows), std::to_string(files_.size()));
  const support::Finished again = upgrade(url);
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(PostgresServer::psql(url, rows), std::to_string(files_.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Real, Corpora,
    testing::Values(Corpus{.name = "procrastinate", .files = 38},
                    Corpus{.name = "graphile-worker",
                           .files = 19,
                           .placeholder = ":GRAPHILE_WORKER_SCHEMA",
                           .replacement = "graphile_worker",
                           .before = "create schema graphile_worker; create table graphile_worker.migrations(id int "
                                     "primary key, ts timestamptz default now() not null, breaking boolean not null "
                                     "default false)"},
                    Corpus{.name = "icinga2", .files = 1}),
    [](const auto& corpus) {
      std::string name = corpus.param.name;
      std::erase(name, '-');
      return name;
    });
