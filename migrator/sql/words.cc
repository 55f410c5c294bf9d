#include "migrator/sql/words.h"

namespace sql {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view upper_text) {
  if (text.size() != upper_text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (upper(text[i]) != upper_text[i]) return false;
  }
  return true;
}

void Words::advance() {
  if (is_symbol('(')) ++depth_;
  do {
    token_ = lexer_.next();
  } while (token_.kind == TokenKind::kBlank || token_.kind == TokenKind::kComment);
  if (is_symbol(')') && depth_ > 0) --depth_;
}

bool Words::is(std::string_view keyword) const {
  return token_.kind == TokenKind::kWord && equals_ignoring_case(view(), keyword);
}

bool Words::is_any(std::initializer_list<std::string_view> keywords) const {
  for (const std::string_view keyword : keywords) {
    if (is(keyword)) return true;
  }
  return false;
}

bool Words::accept(std::string_view keyword) {
  if (!is(keyword)) return false;
  advance();
  return true;
}

bool Words::accept(std::string_view first, std::string_view second) {
  const Words before = *this;
  if (accept(first) && accept(second)) return true;
  *this = before;
  return false;
}

bool Words::accept(std::string_view first, std::string_view second, std::string_view third) {
  const Words before = *this;
  if (accept(first) && accept(second) && accept(third)) return true;
  *this = before;
  return false;
}

void Words::skip_parentheses() {
  if (!is_symbol('(')) return;
  const int outside = depth_;
  advance();
  while (!at_end() && !(is_symbol(')') && depth_ == outside)) advance();
  if (!at_end()) advance();
}

bool Words::find(std::string_view keyword) {
  while (!at_end() && !(depth_ == 0 && is(keyword))) advance();
  return !at_end();
}

std::string Words::identifier() const {
  std::string_view raw = view();
  if (token_.kind == TokenKind::kWord) {
    std::string folded;
    for (const char c : raw) folded += lower(c);
    return folded;
  }
  if (token_.kind != TokenKind::kQuotedWord) return {};
  raw = raw.substr(raw.find('"') + 1);
  raw.remove_suffix(1);
  std::string unquoted;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    unquoted += raw[i];
    if (raw[i] == '"') ++i;
  }
  return unquoted;
}

Name Words::name() {
  Name result{.name = identifier()};
  if (result.name.empty()) return result;
  advance();
  while (is_symbol('.')) {
    advance();
    result.schema = std::move(result.name);
    result.name = identifier();
    advance();
  }
  return result;
}

}  // namespace sql
