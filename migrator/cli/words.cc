// Words of flags, environment and sluice.yaml, read strictly: a wrong one is named with where it was said.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "migrator/cli/settings.h"

namespace cli {

void wrong(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

bool is_yes(const std::string& name, const std::string& text) {
  std::string word = text;
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
  if (word.empty() || word == "0" || word == "false" || word == "no" || word == "off") return false;
  wrong(name + " must be true or false, not \"" + text + "\"");
}

spec::Layout layout_of(const std::string& word) {
  if (word.empty() || word == "auto") return spec::Layout::kAuto;
  if (word == "sluice") return spec::Layout::kSluice;
  if (word == "numbered") return spec::Layout::kNumbered;
  if (word == "alembic") return spec::Layout::kAlembic;
  if (word == "golang-migrate") return spec::Layout::kGolangMigrate;
  if (word == "flyway") return spec::Layout::kFlyway;
  if (word == "dbmate") return spec::Layout::kDbmate;
  if (word == "goose") return spec::Layout::kGoose;
  wrong("unknown layout \"" + word + "\": auto, sluice, numbered, alembic, golang-migrate, flyway, dbmate, goose");
}

spec::Ledger ledger_of(const std::string& text) {
  spec::Ledger ledger;
  const std::size_t dot = text.find('.');
  if (dot != std::string::npos) ledger.schema = text.substr(0, dot);
  ledger.table = dot == std::string::npos ? text : text.substr(dot + 1);
  if (ledger.schema.empty() || ledger.table.empty()) wrong("a ledger is TABLE or SCHEMA.TABLE, not \"" + text + "\"");
  return ledger;
}

std::chrono::milliseconds duration_of(const std::string& name, const std::string& text) {
  const auto duration = spec::parse_duration(text);
  if (!duration) wrong(name + " must be a duration like 5s, 10m or 1h30m, not \"" + text + "\"");
  return *duration;
}

std::string read_text_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) wrong("can't read " + path);
  return text.str();
}

}  // namespace cli
