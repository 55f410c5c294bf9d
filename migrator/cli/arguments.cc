#include "migrator/cli/arguments.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace cli {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

void hide(char* argument, std::size_t begin, std::size_t end) { std::fill(argument + begin, argument + end, '*'); }

// scheme://user:PASSWORD@host: up to the last @ of all, since a password may hold any character, written carelessly.
void hide_in_url(char* argument) {
  const std::string_view text = argument;
  const std::size_t scheme = text.find("://");
  if (scheme == kNone) return;
  const std::size_t at = text.rfind('@'), colon = text.find(':', scheme + 3);
  if (at != kNone && colon != kNone && colon < at) hide(argument, colon + 1, at);
}

std::size_t end_of_value(std::string_view text, std::size_t begin) {
  const bool quoted = begin < text.size() && text[begin] == '\'';
  const bool in_url = text.find("://") != kNone;
  for (std::size_t i = quoted ? begin + 1 : begin; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (quoted ? text[i] == '\'' : text[i] == ' ' || (in_url && text[i] == '&')) {
      return i;
    }
  }
  return text.size();
}

// password=… and sslpassword=… of conninfo strings and of URLs' queries.
void hide_keywords(char* argument) {
  constexpr std::string_view kKeyword = "password";
  const std::string_view text = argument;
  for (std::size_t at = text.find(kKeyword); at != kNone; at = text.find(kKeyword, at + 1)) {
    const std::size_t equals = text.find_first_not_of(' ', at + kKeyword.size());
    if (equals == kNone || text[equals] != '=') continue;
    const std::size_t begin = std::min(text.find_first_not_of(' ', equals + 1), text.size());
    hide(argument, begin, end_of_value(text, begin));
  }
}

}  // namespace

std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  for (int i = 1; i < argc; ++i) {
    hide_in_url(argv[i]);
    hide_keywords(argv[i]);
  }
  return words;
}

}  // namespace cli
