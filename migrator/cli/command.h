// migrator/cli/command.h: the flags and arguments of one verb, and its --help. The one place that names CLI11.
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace cli {

/// Words that the verb doesn't know; dispatch() points to its --help.
struct UsageError final : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Command {
 public:
  /// `usage` is what follows "sluice NAME" on the usage line: "[TARGET] [flags]".
  Command(std::string name, std::string usage, std::string summary);

  /// `names` as "--target" or "--verbose,-v". The variables must outlive parse(); what isn't given keeps its value.
  void option(const std::string& names, const std::string& placeholder, std::string* value, const std::string& help);
  void list(const std::string& names, const std::string& placeholder, std::vector<std::string>* values,
            const std::string& help);
  void flag(const std::string& names, bool* value, const std::string& help);
  void argument(const std::string& placeholder, std::string* value, const std::string& help, bool is_required = false);
  void arguments(const std::string& placeholder, std::vector<std::string>* values, const std::string& help);
  /// Takes everything after `--`.
  void rest(std::vector<std::string>* values) { rest_ = values; }
  void example(const std::string& line, const std::string& what);
  /// Flags added from here on stand under this heading in --help.
  void heading(const std::string& title) { heading_ = title; }

  /// none: go on. Otherwise the exit code: 0 after --help (on stdout). Throws UsageError.
  std::optional<int> parse(const std::vector<std::string>& words);
  std::string help() const;
  /// "--target" and the like, for completion.
  std::vector<std::string> flag_names() const;

 private:
  struct Item {
    std::string names = {}, placeholder = {}, help = {}, heading = {};
    bool is_required = false;
    std::variant<std::string*, std::vector<std::string>*, bool*> value = {};
    bool is_positional() const { return names.empty(); }
  };
  std::string name_, usage_, summary_, heading_ = "Flags";
  std::vector<Item> items_ = {};
  std::vector<std::pair<std::string, std::string>> examples_ = {};
  std::vector<std::string>* rest_ = nullptr;
};

}  // namespace cli
