#include "migrator/backup/dump_reader.h"

#include <cctype>

#include "common/error.h"

namespace backup {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
std::string lower(std::string_view text) {
  std::string result;
  for (const char c : text) result += lower(c);
  return result;
}
bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }
bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

/// "$tag$" at this place; empty: a lone dollar sign or a parameter.
std::string_view dollar_tag(std::string_view line, std::size_t at) {
  std::size_t end = at + 1;
  while (end < line.size() && is_word(line[end])) ++end;
  if (end >= line.size() || line[end] != '$') return {};
  if (end > at + 1 && std::isdigit(static_cast<unsigned char>(line[at + 1])) != 0) return {};
  return line.substr(at, end - at + 1);
}

[[noreturn]] void damaged(const std::string& how) {
  throw PermanentError("the backup's script " + how + ": the backup is damaged", report::ExitCode::kNotWentBack);
}

}  // namespace

void DumpReader::feed(std::string_view bytes) {
  buffer_.append(bytes);
  while (in_copy_ ? read_copy() : read_line()) {
  }
}

void DumpReader::finish() {
  if (!buffer_.empty()) feed("\n");
  if (in_copy_) damaged("ends inside COPY rows");
  if (statement_.find_first_not_of(" \t\r\n") != std::string::npos) damaged("ends inside a statement");
}

bool DumpReader::read_line() {
  const std::size_t newline = buffer_.find('\n');
  if (newline == std::string::npos) return false;
  const std::string line = buffer_.substr(0, newline + 1);
  buffer_.erase(0, newline + 1);
  if (statement_.empty() && state_ == State::kPlain) {
    if (line[0] == '\\') {
      if (!starts_with(line, "\\restrict") && !starts_with(line, "\\unrestrict"))
        damaged("holds the psql command " + line.substr(0, line.find_first_of(" \n")));
      return true;
    }
    if (starts_with(line, "--") || line.find_first_not_of(" \t\r\n") == std::string::npos) return true;
  }
  scan(line);
  return true;
}

void DumpReader::scan(std::string_view line) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < line.size();) {
    const bool ends = state_ == State::kPlain && line[at] == ';' && parentheses_ == 0 && atomic_depth_ == 0;
    at = state_ == State::kPlain ? scan_plain(line, at) : scan_inside(line, at);
    if (!ends) continue;
    statement_.append(line.substr(kept, at - kept));
    kept = at;
    end_statement();
    if (in_copy_) return;  // the rest of the line is its newline
  }
  const std::string_view rest = line.substr(kept);
  if (!statement_.empty() || rest.find_first_not_of(" \t\r\n") != std::string_view::npos) statement_.append(rest);
}

std::size_t DumpReader::scan_plain(std::string_view line, std::size_t at) {
  const char c = line[at];
  const std::string_view two = line.substr(at, 2);
  if (is_word(c)) return scan_word(line, at);
  if (two == "--") return line.size();
  if (two == "/*") {
    state_ = State::kBlockComment;
    comment_depth_ = 1;
    return at + 2;
  }
  if (c == '\'') state_ = backslash_in_plain_quotes_ ? State::kEscape : State::kQuote;
  if (c == '"') state_ = State::kName;
  if (c == '(') ++parentheses_;
  if (c == ')') --parentheses_;
  if (c == '$') {
    tag_ = dollar_tag(line, at);
    if (!tag_.empty()) {
      state_ = State::kDollar;
      return at + tag_.size();
    }
  }
  return at + 1;
}

/// Words matter for E'…' and for BEGIN ATOMIC, which psql recognises in the same way (psqlscan.l).
std::size_t DumpReader::scan_word(std::string_view line, std::size_t at) {
  std::size_t end = at;
  while (end < line.size() && (is_word(line[end]) || line[end] == '$')) ++end;
  const std::string word = lower(line.substr(at, end - at));
  if (words_.size() < 4) words_ += word[0];
  const bool routine = words_.size() >= 2 && words_[0] == 'c' &&
                       (words_[1] == 'f' || words_[1] == 'p' ||
                        (words_[1] == 'o' && words_.size() >= 4 && (words_[3] == 'f' || words_[3] == 'p')));
  if (routine && parentheses_ == 0) {
    if (word == "begin" || (word == "case" && atomic_depth_ > 0)) ++atomic_depth_;
    if (word == "end" && atomic_depth_ > 0) --atomic_depth_;
  }
  if (word == "e" && end < line.size() && line[end] == '\'') {
    state_ = State::kEscape;
    return end + 1;
  }
  return end;
}

std::size_t DumpReader::scan_inside(std::string_view line, std::size_t at) {
  const char c = line[at];
  const std::string_view two = line.substr(at, 2);
  switch (state_) {
    case State::kQuote:
    case State::kEscape:
      if (state_ == State::kEscape && c == '\\') return at + 2;
      if (two == "''") return at + 2;
      if (c == '\'') state_ = State::kPlain;
      return at + 1;
    case State::kName:
      if (c == '"') state_ = State::kPlain;
      return at + 1;
    case State::kDollar:
      if (!starts_with(line.substr(at), tag_)) return at + 1;
      state_ = State::kPlain;
      return at + tag_.size();
    case State::kBlockComment:
      if (two == "/*") ++comment_depth_;
      if (two == "*/" && --comment_depth_ == 0) state_ = State::kPlain;
      return at + (two == "/*" || two == "*/" ? 2 : 1);
    case State::kPlain:
      break;
  }
  return at + 1;
}

void DumpReader::end_statement() {
  std::string statement;
  statement.swap(statement_);
  words_.clear();
  parentheses_ = 0;
  const std::size_t start = statement.find_first_not_of(" \t\r\n");
  if (start != std::string::npos) statement.erase(0, start);
  if (statement == "SET standard_conforming_strings = off;") backslash_in_plain_quotes_ = true;
  if (starts_with(statement, "COPY ") && ends_with(lower(statement), "from stdin;")) {
    in_copy_ = true;
    mid_row_ = false;
    sink_.begin_copy(statement);
  } else {
    sink_.statement(statement);
  }
}

bool DumpReader::read_copy() {
  constexpr std::string_view kEnd = "\\.\n";
  if (!mid_row_) {
    if (starts_with(buffer_, kEnd)) {
      buffer_.erase(0, kEnd.size());
      in_copy_ = false;
      sink_.end_copy();
      return true;
    }
    if (starts_with(kEnd, buffer_)) return false;
  }
  const std::size_t end = buffer_.find("\n\\.");
  // What may be the beginning of "\n\\.\n" stays until its rest is there.
  const std::size_t safe =
      end != std::string::npos ? end + 1 : buffer_.size() - std::min<std::size_t>(buffer_.size(), 2);
  if (safe == 0) return false;
  sink_.copy_data(std::string_view(buffer_).substr(0, safe));
  mid_row_ = buffer_[safe - 1] != '\n';
  buffer_.erase(0, safe);
  return end != std::string::npos;
}

}  // namespace backup
