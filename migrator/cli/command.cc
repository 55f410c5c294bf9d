#include "migrator/cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

namespace cli {
namespace {

// --help is written here, not by CLI11: its wording changes from one version to the next, and golden tests hold ours.
constexpr std::size_t kHelpColumn = 30;
constexpr std::size_t kWidth = 100;

std::string wrapped(const std::string& text, std::size_t indent) {
  std::string out, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) {
      out += line + "\n" + std::string(indent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string row(const std::string& left, const std::string& help) {
  std::string line = "  " + left;
  if (line.size() + 2 > kHelpColumn) return line + "\n" + std::string(kHelpColumn, ' ') + wrapped(help, kHelpColumn);
  line.append(kHelpColumn - line.size(), ' ');
  return line + wrapped(help, kHelpColumn);
}

/// "--verbose,-v" with placeholder -> "-v, --verbose WORD".
std::string shown(const std::string& names, const std::string& placeholder) {
  const std::size_t comma = names.find(',');
  const std::string text =
      comma == std::string::npos ? "    " + names : names.substr(comma + 1) + ", " + names.substr(0, comma);
  return placeholder.empty() ? text : text + " " + placeholder;
}

}  // namespace

Command::Command(std::string name, std::string usage, std::string summary)
    : name_(std::move(name)), usage_(std::move(usage)), summary_(std::move(summary)) {}

void Command::option(const std::string& names, const std::string& placeholder, std::string* value,
                     const std::string& help) {
  items_.push_back({.names = names, .placeholder = placeholder, .help = help, .heading = heading_, .value = value});
}
void Command::list(const std::string& names, const std::string& placeholder, std::vector<std::string>* values,
                   const std::string& help) {
  items_.push_back({.names = names, .placeholder = placeholder, .help = help, .heading = heading_, .value = values});
}
void Command::flag(const std::string& names, bool* value, const std::string& help) {
  items_.push_back({.names = names, .help = help, .heading = heading_, .value = value});
}
void Command::argument(const std::string& placeholder, std::string* value, const std::string& help, bool is_required) {
  items_.push_back({.placeholder = placeholder, .help = help, .is_required = is_required, .value = value});
}
void Command::arguments(const std::string& placeholder, std::vector<std::string>* values, const std::string& help) {
  items_.push_back({.placeholder = placeholder, .help = help, .value = values});
}
void Command::example(const std::string& line, const std::string& what) { examples_.emplace_back(line, what); }

std::string Command::help() const {
  std::string text = "sluice " + name_ + ": " + summary_ + "\n\nUsage: sluice " + name_ + " " + usage_ + "\n";
  std::string last_heading;
  for (const Item& item : items_) {
    if (!item.is_positional()) continue;
    if (last_heading.empty()) text += "\nArguments:\n";
    last_heading = "Arguments";
    text += row(item.placeholder, item.help);
  }
  for (const Item& item : items_) {
    if (item.is_positional()) continue;
    if (item.heading != last_heading) text += "\n" + item.heading + ":\n";
    last_heading = item.heading;
    text += row(shown(item.names, item.placeholder), item.help);
  }
  if (!examples_.empty()) text += "\nExamples:\n";
  for (const auto& [line, what] : examples_) text += "  # " + what + "\n  " + line + "\n";
  return text;
}

std::vector<std::string> Command::flag_names() const {
  std::vector<std::string> names = {"--help"};
  for (const Item& item : items_) {
    if (!item.is_positional()) names.push_back(item.names.substr(0, item.names.find(',')));
  }
  return names;
}

std::optional<int> Command::parse(const std::vector<std::string>& words) {
  const auto end = rest_ == nullptr ? words.end() : std::find(words.begin(), words.end(), "--");
  if (end != words.end()) rest_->assign(end + 1, words.end());
  std::vector<std::string> own(words.begin(), end);
  if (std::any_of(own.begin(), own.end(), [](const std::string& w) { return w == "--help" || w == "-h"; })) {
    std::fputs(help().c_str(), stdout);
    return 0;
  }
  CLI::App app;
  app.set_help_flag();
  for (const Item& item : items_) {
    const std::string name = item.is_positional() ? item.placeholder : item.names;
    if (auto* const* text = std::get_if<std::string*>(&item.value)) {
      app.add_option(item.is_positional() ? "arg_" + std::to_string(&item - items_.data()) : name, **text)
          ->required(item.is_required);
    } else if (auto* const* texts = std::get_if<std::vector<std::string>*>(&item.value)) {
      app.add_option(item.is_positional() ? "arg_" + std::to_string(&item - items_.data()) : name, **texts);
    } else {
      app.add_flag(name, *std::get<bool*>(item.value));
    }
  }
  std::reverse(own.begin(), own.end());  // as CLI11 wants a vector
  try {
    app.parse(own);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return std::nullopt;
}

}  // namespace cli
