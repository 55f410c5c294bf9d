// migrator/sql/lexer.h: PostgreSQL's lexical structure (manual, section 4.1), as psql's own scanner sees it. Pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace sql {

enum class TokenKind {
  kEnd,
  kBlank,        // white space
  kComment,      // -- to \n or \r, or /* nested */
  kWord,         // keyword or unquoted identifier
  kQuotedWord,   // "…" or U&"…"
  kString,       // '…', E'…', U&'…', B'…', X'…', N'…', with its continuation on later lines; $tag$…$tag$
  kNumber,       // also $1
  kSymbol,       // one character of anything else
  kUnterminated  // a quote or comment that is still open at the end; begin says where
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t begin = 0, end = 0;  // bytes
};

/// Reads one token after the other; never fails, never allocates.
class Lexer {
 public:
  explicit Lexer(std::string_view text, std::size_t begin = 0) : text_(text), at_(begin) {}

  Token next();
  std::size_t position() const { return at_; }
  void move_to(std::size_t position) { at_ = position; }
  std::string_view view(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

  /// Whether '…' takes backslashes literally (on, the default) or as escapes (off).
  bool standard_conforming_strings = true;

 private:
  enum class Backslash { kLiteral, kEscape };
  Token finish(TokenKind kind, std::size_t begin, std::size_t end);
  Token quoted(std::size_t begin, std::size_t quote, TokenKind kind, Backslash backslash);
  Token dollar(std::size_t begin);
  Token block_comment(std::size_t begin);
  Token word(std::size_t begin);
  std::size_t close_of(std::size_t quote, char mark, Backslash backslash) const;
  std::size_t continuation(std::size_t after) const;
  char peek(std::size_t position) const { return position < text_.size() ? text_[position] : '\0'; }

  std::string_view text_;
  std::size_t at_;
};

bool is_blank(char c);

}  // namespace sql
