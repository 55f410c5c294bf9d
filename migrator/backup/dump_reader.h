// migrator/backup/dump_reader.h: the script that pg_restore writes, cut into statements and COPY rows as it comes.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace backup {

/// Cuts a stream, so that a dump is never held in memory: at most one statement, or one piece of COPY data.
/// Knows what pg_restore writes: '…', E'…', "…", $tag$…$tag$, comments, BEGIN ATOMIC … END, rules in parentheses, COPY
/// rows up to `\.`. Its `\restrict` and `\unrestrict` lines are left out (they are psql's). Pure.
class DumpReader {
 public:
  struct Sink {
    std::function<void(const std::string& statement)> statement = {};  // with its `;`, without comments before it
    std::function<void(const std::string& statement)> begin_copy = {};
    std::function<void(std::string_view rows)> copy_data = {};
    std::function<void()> end_copy = {};
  };
  explicit DumpReader(Sink sink) : sink_(std::move(sink)) {}

  /// Throws PermanentError(kNotWentBack) for another `\` line; what a sink throws passes.
  void feed(std::string_view bytes);
  /// Throws PermanentError(kNotWentBack) when the script ends inside a statement or COPY rows.
  void finish();

 private:
  enum class State {
    kPlain,         // between tokens
    kQuote,         // '…'
    kEscape,        // E'…', where a backslash hides the next character
    kName,          // "…"
    kDollar,        // $tag$…
    kBlockComment,  // /* … */, nested
  };
  bool read_line();  // false: no whole line at hand
  bool read_copy();  // false: more bytes are needed
  void scan(std::string_view line);
  std::size_t scan_plain(std::string_view line, std::size_t at);
  std::size_t scan_word(std::string_view line, std::size_t at);
  std::size_t scan_inside(std::string_view line, std::size_t at);
  void end_statement();

  Sink sink_;
  std::string buffer_ = {};     // not yet read
  std::string statement_ = {};  // so far
  State state_ = State::kPlain;
  std::string tag_ = {};    // of kDollar: "$tag$"
  int comment_depth_ = 0;   // of kBlockComment
  int parentheses_ = 0;     // a `;` inside belongs to a rule
  int atomic_depth_ = 0;    // a `;` inside belongs to a function's body
  std::string words_ = {};  // first letters of the statement's first four words, as psql does
  bool in_copy_ = false;
  bool mid_row_ = false;                    // in_copy_: what went out last wasn't the end of a row
  bool backslash_in_plain_quotes_ = false;  // standard_conforming_strings = off
};

}  // namespace backup
