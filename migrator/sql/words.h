// migrator/sql/words.h: a statement as a row of significant tokens, to ask what it says. Pure.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "migrator/sql/lexer.h"

namespace sql {

/// A name as written in a statement; quotes taken off, unquoted parts folded to lower case.
struct Name {
  std::string schema = {};  // empty: not given
  std::string name = {};
};

/// Walks over a statement's tokens, blanks and comments left out.
class Words {
 public:
  /// `standard_strings`: Dialect's.
  explicit Words(std::string_view statement, bool standard_strings = true) : lexer_(statement) {
    lexer_.standard_conforming_strings = standard_strings;
    advance();
  }

  bool at_end() const { return token_.kind == TokenKind::kEnd || token_.kind == TokenKind::kUnterminated; }
  const Token& token() const { return token_; }
  std::string_view view() const { return lexer_.view(token_); }
  int depth() const { return depth_; }  // of parentheses around the current token

  bool is(std::string_view keyword) const;  // unquoted word, any case; `keyword` in upper case
  bool is_any(std::initializer_list<std::string_view> keywords) const;
  bool is_symbol(char symbol) const { return token_.kind == TokenKind::kSymbol && view()[0] == symbol; }
  /// Steps over the keywords if they all stand here, in order; otherwise stays.
  bool accept(std::string_view keyword);
  bool accept(std::string_view first, std::string_view second);
  bool accept(std::string_view first, std::string_view second, std::string_view third);
  void advance();
  /// Steps over ( … ) if one opens here.
  void skip_parentheses();
  /// Steps to the next token that is `keyword` outside parentheses; false: there is none.
  bool find(std::string_view keyword);
  /// A qualified name, stepped over; empty name: there is none here.
  Name name();

 private:
  std::string identifier() const;

  Lexer lexer_;
  Token token_ = {};
  int depth_ = 0;
};

bool equals_ignoring_case(std::string_view text, std::string_view upper);

}  // namespace sql
