// The problem: find the `;` that end statements, as psql would, without a parser that knows one major's grammar only.
// Known solutions: a regular expression (breaks at the first dollar quote), libpg_query (tied to a major, refuses COPY
// data and psql lines), psql's scanner. Here: a lexer of the same rules as psql's scanner, which differs between majors
// in nothing that matters, and the three places where a `;` does not end a statement: parentheses (CREATE RULE), BEGIN
// ATOMIC … END, COPY data.
#include <algorithm>

#include "migrator/sql/lexer.h"
#include "migrator/sql/statement.h"
#include "migrator/sql/words.h"

namespace sql {
namespace {

constexpr std::size_t kNoStatement = std::string_view::npos;

class Splitter {
 public:
  Splitter(std::string_view script, bool standard_strings) : script_(script), lexer_(script) {
    lexer_.standard_conforming_strings = default_ = standard_strings;
    if (script.substr(0, 3) == "\xEF\xBB\xBF") lexer_.move_to(3);
  }

  Script run() {
    if (const std::size_t nul = script_.find('\0'); nul != kNoStatement)
      fail(nul, "a NUL byte, which PostgreSQL can't take");
    while (!result_.problem) {
      const Token token = lexer_.next();
      if (token.kind == TokenKind::kEnd) break;
      take(token);
    }
    if (!result_.problem) end_statement(script_.size());
    return std::move(result_);
  }

 private:
  void take(const Token& token) {
    if (token.kind == TokenKind::kBlank || token.kind == TokenKind::kComment) return;
    if (token.kind == TokenKind::kUnterminated) return unterminated(token);
    const char first = script_[token.begin];
    if (token.kind == TokenKind::kSymbol && first == '\\') return psql_line(token);
    if (token.kind == TokenKind::kSymbol && first == ';' && parentheses_ == 0 && atomic_ == 0) {
      const bool copy = begin_ != kNoStatement && is_copy_from_stdin(script_.substr(begin_, token.begin - begin_));
      end_statement(token.begin);
      if (copy) copy_data();
      return;
    }
    if (begin_ == kNoStatement) begin_ = token.begin;
    if (first == '(' && token.kind == TokenKind::kSymbol) ++parentheses_;
    if (first == ')' && token.kind == TokenKind::kSymbol && parentheses_ > 0) --parentheses_;
    if (token.kind == TokenKind::kWord) keyword(lexer_.view(token));
  }

  // BEGIN ATOMIC … END stands only in CREATE FUNCTION and CREATE PROCEDURE; CASE … END inside it nests.
  void keyword(std::string_view word) {
    ++words_;
    if (words_ == 1) creates_ = equals_ignoring_case(word, "CREATE");
    if (!creates_) return;
    if (words_ <= 4 && (equals_ignoring_case(word, "FUNCTION") || equals_ignoring_case(word, "PROCEDURE"))) {
      routine_ = true;
    }
    if (!routine_ || parentheses_ != 0) return;
    if (atomic_ == 0) {
      if (after_begin_ && equals_ignoring_case(word, "ATOMIC")) atomic_ = 1;
      after_begin_ = equals_ignoring_case(word, "BEGIN");
    } else if (equals_ignoring_case(word, "CASE")) {
      ++atomic_;
    } else if (equals_ignoring_case(word, "END")) {
      --atomic_;
    }
  }

  void end_statement(std::size_t end) {
    if (begin_ != kNoStatement) {
      while (end > begin_ && is_blank(script_[end - 1])) --end;
      const std::string_view text = script_.substr(begin_, end - begin_);
      result_.statements.push_back({.text = text,
                                    .offset = begin_,
                                    .line = line_of(begin_),
                                    .standard_strings = lexer_.standard_conforming_strings});
      follow_setting(text);
    }
    begin_ = kNoStatement;
    parentheses_ = atomic_ = words_ = 0;
    creates_ = routine_ = after_begin_ = false;
  }

  // `SET standard_conforming_strings = off` changes how the rest of the script is to be read.
  void follow_setting(std::string_view text) {
    Words words(text);
    if (words.accept("RESET")) {
      if (words.is_any({"STANDARD_CONFORMING_STRINGS", "ALL"})) lexer_.standard_conforming_strings = default_;
      return;
    }
    if (!words.accept("SET")) return;
    if (!words.accept("SESSION")) words.accept("LOCAL");
    if (!words.accept("STANDARD_CONFORMING_STRINGS")) return;
    words.advance();  // = or TO
    if (words.is("DEFAULT")) {
      lexer_.standard_conforming_strings = default_;
      return;
    }
    std::string_view value = words.view();
    if (value.size() >= 2 && value.front() == '\'') value = value.substr(1, value.size() - 2);
    lexer_.standard_conforming_strings = !(equals_ignoring_case(value, "OFF") || equals_ignoring_case(value, "FALSE") ||
                                           equals_ignoring_case(value, "NO") || value == "0");
  }

  static bool is_copy_from_stdin(std::string_view text) {
    Words words(text);
    if (!words.accept("COPY") || !words.find("FROM")) return false;
    words.advance();
    return words.is_any({"STDIN", "STDOUT"});  // the server takes STDOUT for STDIN here
  }

  void copy_data() {
    const std::size_t at = lexer_.position();
    const std::size_t newline = std::min(script_.find('\n', at), script_.size());
    Lexer rest(script_.substr(0, newline), at);
    for (Token token = rest.next(); token.kind != TokenKind::kEnd; token = rest.next()) {
      if (token.kind != TokenKind::kBlank && token.kind != TokenKind::kComment) {
        return fail(at, "SQL behind COPY … FROM STDIN on the same line; move it to a line of its own behind the data");
      }
    }
    const std::size_t begin = std::min(newline + 1, script_.size());
    for (std::size_t line = begin; line < script_.size();) {
      const std::size_t end = std::min(script_.find('\n', line), script_.size());
      const std::string_view text = script_.substr(line, end - line);
      if (text == "\\." || text == "\\.\r") {
        result_.statements.back().copy_data = script_.substr(begin, line - begin);
        return lexer_.move_to(std::min(end + 1, script_.size()));
      }
      line = end + 1;
    }
    fail(at, "the data of COPY … FROM STDIN has no end; close it with a line that holds only \\.");
  }

  void psql_line(const Token& token) {
    const std::size_t newline = std::min(script_.find('\n', token.begin), script_.size());
    std::string_view line = script_.substr(token.begin, newline - token.begin);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    const std::string_view command = line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
    if (command == "\\restrict" || command == "\\unrestrict" || command == "\\.") return lexer_.move_to(newline);
    fail(token.begin, "psql command " + std::string(command.substr(0, 40)) +
                          ", which only psql understands; write it as SQL or leave it out");
  }

  void unterminated(const Token& token) {
    const char first = script_[token.begin];
    const std::string what = first == '/'   ? "comment /*"
                             : first == '$' ? "dollar quote"
                             : first == '"' ? "quoted name"
                                            : "string";
    fail(token.begin, "unterminated " + what + " that begins here");
  }

  void fail(std::size_t at, std::string message) {
    result_.problem = SplitProblem{.line = line_of(at), .message = std::move(message)};
  }

  // Offsets come in ascending order, so each byte is counted once.
  int line_of(std::size_t offset) {
    line_ += static_cast<int>(std::count(script_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                         script_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    counted_ = offset;
    return line_;
  }

  std::string_view script_;
  Lexer lexer_;
  bool default_ = true;  // standard_conforming_strings as the script begins
  Script result_;
  std::size_t begin_ = kNoStatement;  // of the statement being read
  int parentheses_ = 0, atomic_ = 0, words_ = 0;
  bool creates_ = false, routine_ = false, after_begin_ = false;
  std::size_t counted_ = 0;
  int line_ = 1;
};

}  // namespace

Script split(std::string_view script, bool standard_strings) { return Splitter(script, standard_strings).run(); }

}  // namespace sql
