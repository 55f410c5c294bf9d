#include "migrator/sql/lexer.h"

namespace sql {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

Token Lexer::finish(TokenKind kind, std::size_t begin, std::size_t end) {
  at_ = end;
  return {kind, begin, end};
}

Token Lexer::next() {
  const std::size_t begin = at_;
  if (begin >= text_.size()) return {TokenKind::kEnd, text_.size(), text_.size()};
  const char c = text_[begin];
  if (is_blank(c)) {
    std::size_t end = begin + 1;
    while (end < text_.size() && is_blank(text_[end])) ++end;
    return finish(TokenKind::kBlank, begin, end);
  }
  if (c == '-' && peek(begin + 1) == '-') {
    const std::size_t newline = text_.find_first_of("\n\r", begin);  // either alone, as the server's lexer
    return finish(TokenKind::kComment, begin, newline == kNone ? text_.size() : newline);
  }
  if (c == '/' && peek(begin + 1) == '*') return block_comment(begin);
  if (c == '\'') {
    return quoted(begin, begin, TokenKind::kString,
                  standard_conforming_strings ? Backslash::kLiteral : Backslash::kEscape);
  }
  if (c == '"') return quoted(begin, begin, TokenKind::kQuotedWord, Backslash::kLiteral);
  if (c == '$') return dollar(begin);
  if (is_letter(c)) return word(begin);
  if (is_digit(c)) {
    std::size_t end = begin + 1;
    while (is_digit(peek(end)) || is_letter(peek(end)) || peek(end) == '.') ++end;
    return finish(TokenKind::kNumber, begin, end);
  }
  return finish(TokenKind::kSymbol, begin, begin + 1);
}

Token Lexer::word(std::size_t begin) {
  const char c = text_[begin];
  const char after = peek(begin + 1);
  if (after == '\'') {
    if (c == 'e' || c == 'E') return quoted(begin, begin + 1, TokenKind::kString, Backslash::kEscape);
    if (c == 'b' || c == 'B' || c == 'x' || c == 'X') {
      return quoted(begin, begin + 1, TokenKind::kString, Backslash::kLiteral);
    }
    if (c == 'n' || c == 'N') {
      return quoted(begin, begin + 1, TokenKind::kString,
                    standard_conforming_strings ? Backslash::kLiteral : Backslash::kEscape);
    }
  }
  if ((c == 'u' || c == 'U') && after == '&') {
    if (peek(begin + 2) == '\'') return quoted(begin, begin + 2, TokenKind::kString, Backslash::kLiteral);
    if (peek(begin + 2) == '"') return quoted(begin, begin + 2, TokenKind::kQuotedWord, Backslash::kLiteral);
  }
  std::size_t end = begin + 1;
  while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '$')) ++end;
  return finish(TokenKind::kWord, begin, end);
}

// Behind the closing mark of the quote that opens at `quote`; kNone: it stays open.
std::size_t Lexer::close_of(std::size_t quote, char mark, Backslash backslash) const {
  for (std::size_t i = quote + 1; i < text_.size(); ++i) {
    if (backslash == Backslash::kEscape && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == mark) {
      if (peek(i + 1) != mark) return i + 1;
      ++i;
    }
  }
  return kNone;
}

// A string goes on behind blanks that hold a newline ('a' newline 'b'), in the same mode. kNone: it doesn't.
std::size_t Lexer::continuation(std::size_t after) const {
  bool newline = false;
  std::size_t i = after;
  while (i < text_.size()) {
    if (is_blank(text_[i])) {
      newline = newline || text_[i] == '\n' || text_[i] == '\r';
      ++i;
    } else if (text_[i] == '-' && peek(i + 1) == '-') {
      while (i < text_.size() && text_[i] != '\n' && text_[i] != '\r') ++i;
    } else {
      break;
    }
  }
  return newline && peek(i) == '\'' ? i : kNone;
}

Token Lexer::quoted(std::size_t begin, std::size_t quote, TokenKind kind, Backslash backslash) {
  std::size_t end = close_of(quote, text_[quote], backslash);
  while (kind == TokenKind::kString && end != kNone) {
    const std::size_t more = continuation(end);
    if (more == kNone) break;
    end = close_of(more, '\'', backslash);
  }
  if (end == kNone) return finish(TokenKind::kUnterminated, begin, text_.size());
  return finish(kind, begin, end);
}

Token Lexer::dollar(std::size_t begin) {
  std::size_t end = begin + 1;
  if (is_digit(peek(end))) {
    while (is_digit(peek(end))) ++end;
    return finish(TokenKind::kNumber, begin, end);
  }
  while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
  if (peek(end) != '$') return finish(TokenKind::kSymbol, begin, begin + 1);
  const std::string_view tag = text_.substr(begin, end + 1 - begin);
  const std::size_t close = text_.find(tag, end + 1);
  if (close == kNone) return finish(TokenKind::kUnterminated, begin, text_.size());
  return finish(TokenKind::kString, begin, close + tag.size());
}

Token Lexer::block_comment(std::size_t begin) {
  int depth = 1;
  for (std::size_t i = begin + 2; i + 1 < text_.size(); ++i) {
    if (text_[i] == '*' && text_[i + 1] == '/') {
      ++i;
      if (--depth == 0) return finish(TokenKind::kComment, begin, i + 1);
    } else if (text_[i] == '/' && text_[i + 1] == '*') {
      ++i;
      ++depth;
    }
  }
  return finish(TokenKind::kUnterminated, begin, text_.size());
}

}  // namespace sql
