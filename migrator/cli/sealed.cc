#include "migrator/cli/sealed.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string_view>

#include "common/report/names.h"

namespace cli {
namespace {

std::vector<std::string> left_out;

bool is_of_ours(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOlder = {"DATABASE_URL", "AUTO_MIGRATE", "BACKUP_BEFORE_MIGRATE",
                                                      "ALEMBIC_ROLLBACK_ON_FAIL"};
  return name.starts_with("SLUICE_") || name.starts_with("PG") ||
         std::find(kOlder.begin(), kOlder.end(), name) != kOlder.end();
}

std::string only() {
  const char* const names = std::getenv(std::string(report::names::kEnvOnly).c_str());
  return names == nullptr ? "" : names;
}

}  // namespace

bool is_sealed() { return !only().empty(); }

const std::vector<std::string>& taken_out() { return left_out; }

void seal_environment() {
  if (!is_sealed()) return;
  std::set<std::string> kept = {std::string(report::names::kEnvOnly)};
  std::istringstream list(only());
  for (std::string each; std::getline(list, each, ',');) kept.insert(each);
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (!is_of_ours(name) || kept.count(name) != 0) continue;
    left_out.push_back(text);
    names.push_back(name);
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

void unseal_environment() {
  ::unsetenv(std::string(report::names::kEnvOnly).c_str());
  for (const std::string& each : left_out) {
    const std::size_t equals = each.find('=');
    if (equals != std::string::npos) ::setenv(each.substr(0, equals).c_str(), each.c_str() + equals + 1, 1);
  }
  left_out.clear();
}

}  // namespace cli
