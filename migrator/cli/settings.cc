#include "migrator/cli/settings.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "common/error.h"
#include "common/log.h"
#include "common/report/names.h"
#include "migrator/cli/sealed.h"
#include "migrator/cli/sink.h"

namespace cli {
namespace {

namespace names = report::names;

/// "backup-dir" -> "SLUICE_BACKUP_DIR".
std::string variable_of(const std::string& name) {
  std::string variable = name == "database" ? "SLUICE_DATABASE_URL" : "SLUICE_" + name;
  std::transform(variable.begin(), variable.end(), variable.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return variable;
}

std::string settings_file(const std::string& migrations) {
  if (migrations.empty()) return ::access("sluice.yaml", R_OK) == 0 ? "sluice.yaml" : "";
  for (const std::string& path : {migrations + "/sluice.yaml", migrations + "/../sluice.yaml"}) {
    if (::access(path.c_str(), R_OK) == 0) return path;
  }
  return {};
}

Output output_of(const std::string& word, Output fallback) {
  if (word.empty()) return fallback;
  if (word == "text") return Output::kText;
  if (word == "json") return Output::kJson;
  wrong("--output is text or json, not \"" + word + "\"");
}

spec::DatabaseMigration parsed(const std::string& text, const std::string& where) {
  const spec::Parsed resource = spec::parse_yaml(text);
  if (resource.problems.empty()) return resource.resource;
  std::string message = where + ":";
  for (const spec::Problem& problem : resource.problems) message += "\n  " + problem.path + ": " + problem.message;
  wrong(message);
}

/// SLUICE_SPEC holds the spec alone or the whole resource.
std::string as_resource(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object() || json.contains("spec")) return text;
  return nlohmann::json{{"apiVersion", std::string(names::kGroup) + "/" + std::string(names::kVersion)},
                        {"kind", names::kKind},
                        {"metadata", {{"name", "from-environment"}}},
                        {"spec", json}}
      .dump();
}

/// The value of a flag among words that may be wrong otherwise; empty: it isn't there.
std::string typed(const std::vector<std::string>& words, const std::string& name, const std::string& letter) {
  std::string value;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if ((word == name || word == letter) && i + 1 < words.size()) value = words[i + 1];
    if (word.rfind(name + "=", 0) == 0) value = word.substr(name.size() + 1);
    if (word.size() > 2 && word.rfind(letter, 0) == 0) value = word.substr(word[2] == '=' ? 3 : 2);
  }
  return value;
}

constexpr std::array<const char*, 4> kLibpqNames = {"PGHOST", "PGDATABASE", "PGSERVICE", "PGHOSTADDR"};

}  // namespace

void add_output(Command& command, CommonFlags& flags) {
  command.option("--output,-o", "FORMAT", &flags.output, "text for people, json for programs (SLUICE_OUTPUT)");
}

void add_common(Command& command, CommonFlags& flags) {
  command.heading("Flags of every verb");
  command.option("--database", "URL", &flags.database,
                 "postgresql://… (SLUICE_DATABASE_URL, DATABASE_URL, or libpq's PG* variables)");
  command.option("--migrations,-m", "DIR", &flags.migrations, "folder of migrations (SLUICE_MIGRATIONS)");
  command.option("--layout", "NAME", &flags.layout,
                 "auto, sluice, numbered, golang-migrate (SLUICE_LAYOUT); auto looks at the files");
  command.option("--ledger", "TABLE", &flags.ledger, "[SCHEMA.]TABLE of versions (SLUICE_LEDGER; alembic_version)");
  command.option("--file,-f", "FILE", &flags.file, "a DatabaseMigration resource that says the rest (SLUICE_SPEC)");
  command.option("--backup-dir", "DIR", &flags.backup_dir, "folder of backups (SLUICE_BACKUP_DIR)");
  command.option("--pg-bin", "DIR", &flags.pg_bin,
                 "folder of pg_dump and pg_restore (SLUICE_PG_BIN; beside sluice, then PATH)");
  add_output(command, flags);
  command.flag("--yes,-y", &flags.yes, "don't ask: approve what loses data");
  command.flag("--verbose,-v", &flags.verbose, "say more");
}

Settings::Settings(const CommonFlags& flags, Output fallback)
    : verbose_(flags.verbose), database_flag_(flags.database) {
  read_file(flags);
  output_ = output_of(value("output", flags.output), fallback);
  // Events tell people what happens; log lines are for machines, and for whoever asks for more.
  if (verbose_)
    logging::set_level(logging::Level::kDebug);
  else if (output_ == Output::kText)
    logging::set_level(logging::Level::kWarning);
  read_resource(flags);
  request_.folder = value("migrations", flags.migrations);
  if (const std::string word = value("layout", flags.layout); !word.empty())
    request_.spec.migrations.layout = layout_of(word);
  if (const std::string text = value("ledger", flags.ledger); !text.empty()) request_.spec.ledger = ledger_of(text);
  request_.backup_dir = value("backup-dir", flags.backup_dir);
  request_.pg_bin = value("pg-bin", flags.pg_bin);
  if (const std::string url = environment(std::string(names::kEnvMaintenanceUrl)); !url.empty()) {
    request_.maintenance = postgres::Target::parse(url);
  }
  request_.tool_environment = taken_out();
  request_.assume_yes = flags.yes || is_yes("SLUICE_YES", environment("SLUICE_YES"));
}

void Settings::read_file(const CommonFlags& flags) {
  if (is_sealed()) return;
  const std::string migrations =
      flags.migrations.empty() ? environment(std::string(names::kEnvMigrations)) : flags.migrations;
  const std::string path = settings_file(migrations);
  if (path.empty()) return;
  static const std::array<const char*, 7> kKnown = {"database",   "migrations", "layout", "ledger",
                                                    "backup-dir", "pg-bin",     "output"};
  try {
    for (const auto& pair : YAML::Load(read_text_file(path))) {
      const std::string key = pair.first.as<std::string>();
      if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) wrong(path + ": unknown setting " + key);
      file_[key] = pair.second.as<std::string>();
    }
  } catch (const YAML::Exception&) {
    wrong(path + " is not YAML of the form `name: value`");
  }
  const std::string folder = path.substr(0, path.size() - std::string_view("sluice.yaml").size());
  for (const char* name : {"migrations", "backup-dir"}) {
    const auto found = file_.find(name);
    if (found != file_.end() && found->second.rfind('/', 0) != 0) found->second = folder + found->second;
  }
}

void Settings::read_resource(const CommonFlags& flags) {
  const std::string from_environment = environment(std::string(names::kEnvSpec));
  if (flags.file.empty() && from_environment.empty()) return;
  const bool is_file = !flags.file.empty();
  request_.spec = is_file ? parsed(read_text_file(flags.file), flags.file).spec
                          : parsed(as_resource(from_environment), std::string(names::kEnvSpec)).spec;
  request_.tool = request_.spec.migrations.command;
  has_resource_ = true;
  // The same resource means the same database and version table in the cluster and on a laptop.
  for (const char* said : {"layout", "ledger"}) file_.erase(said);
  if (names_database()) file_.erase("database");
}

std::string Settings::value(const std::string& name, const std::string& flag) const {
  if (!flag.empty()) return flag;
  if (std::string text = environment(variable_of(name)); !text.empty()) return text;
  if (name == "database" && !names_database()) {
    if (std::string text = environment("DATABASE_URL"); !text.empty()) return text;
  }
  const auto found = file_.find(name);
  return found == file_.end() ? "" : found->second;
}

std::string Settings::older(const std::string& name) const { return has_resource_ ? "" : environment(name); }

postgres::Target Settings::target() const {
  if (const std::string url = value("database", database_flag_); !url.empty()) return postgres::Target::parse(url);
  postgres::Target target = postgres::Target::from_environment();
  const spec::Database& database = request_.spec.database;
  if (!database.host.empty()) {
    target = target.with("host", database.host).with("port", std::to_string(database.port));
    if (!database.name.empty()) target = target.with("dbname", database.name);
    if (!database.ssl_mode.empty()) target = target.with("sslmode", database.ssl_mode);
    return target;
  }
  const bool is_said =
      std::any_of(kLibpqNames.begin(), kLibpqNames.end(), [](const char* name) { return !environment(name).empty(); });
  if (!is_said) wrong("which database? Say --database URL, SLUICE_DATABASE_URL, DATABASE_URL or PGHOST and PGDATABASE");
  return target;
}

Output output_alone(const CommonFlags& flags) {
  Settings settings;
  try {
    settings.read_file(flags);
  } catch (const Error&) {
    // What is wrong with sluice.yaml is told by whoever reads the rest of it.
  }
  return output_of(settings.value("output", flags.output), Output::kText);
}

Output wanted_output(const std::vector<std::string>& words) {
  try {
    return output_alone({.migrations = typed(words, "--migrations", "-m"), .output = typed(words, "--output", "-o")});
  } catch (const Error&) {
    return Output::kText;
  }
}

std::unique_ptr<report::EventSink> Settings::sink() const {
  return output_ == Output::kJson ? make_json_sink() : make_text_sink(verbose_);
}

}  // namespace cli
