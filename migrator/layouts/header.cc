#include "migrator/layouts/header.h"

#include <algorithm>
#include <set>

namespace layouts {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\f\v";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Lines of the header one by one: comment lines without their dashes, blank lines, and then nothing.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }
  bool next() {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find_first_of("\n\r");  // a comment ends at either
    const std::string_view line = trimmed(rest_.substr(0, end));
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end);
    rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : rest_.empty() ? 0 : 1);
    ++number_;
    is_blank_ = line.empty();
    if (!is_blank_ && !line.starts_with("--")) return false;
    comment_ = is_blank_ ? line : line.substr(2);
    return true;
  }
  bool is_blank() const { return is_blank_; }
  std::string_view comment() const { return comment_; }
  int number() const { return number_; }

 private:
  std::string_view rest_, comment_ = {};
  int number_ = 0;
  bool is_blank_ = false;
};

struct KeyValue {
  std::string key = {};  // lower case, with hyphens; empty: the line is free text
  std::string_view value = {};
};

KeyValue key_value(std::string_view comment) {
  static const std::set<std::string, std::less<>> kKeys = {"revision", "revises",     "depends-on",   "branch",
                                                           "phase",    "transaction", "irreversible", "created"};
  const std::size_t colon = comment.find(':');
  if (colon == std::string_view::npos) return {};
  std::string key(trimmed(comment.substr(0, colon)));
  for (char& c : key) c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (!kKeys.contains(key)) return {};
  return {std::move(key), trimmed(comment.substr(colon + 1))};
}

std::string problem_with_id(std::string_view id) {
  if (id == "head" || id == "heads" || id == "base") return "is a word with a meaning of its own";
  if (id.front() == '+' || id.front() == '-') return "must not begin with + or -";
  const auto is_bad = [](char c) { return c == '@' || c == ' ' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(id.begin(), id.end(), is_bad)) return "must not contain @ or blanks";
  return "";
}

std::vector<std::string> list(std::string_view value) {
  std::vector<std::string> result;
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    if (const std::string_view part = trimmed(value.substr(0, comma)); !part.empty()) result.emplace_back(part);
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
  return result;
}

// Fills one Header from one file; says where something is wrong.
class Reader {
 public:
  Reader(const revisions::Script& script, Strictness strictness, std::vector<std::string>& problems)
      : script_(script), strictness_(strictness), problems_(problems) {}

  Header read() {
    bool in_text = false, text_is_over = false;
    for (Lines lines(script_.text); lines.next();) {
      line_ = lines.number();
      if (lines.is_blank()) {
        text_is_over = text_is_over || in_text;
        continue;
      }
      const KeyValue pair = key_value(lines.comment());
      if (!pair.key.empty() && take(pair.key, pair.value)) continue;
      if (text_is_over) continue;
      in_text = in_text || !trimmed(lines.comment()).empty();
      add_text(lines.comment());
    }
    const std::size_t end = header_.description.find_last_not_of('\n');
    header_.description.resize(end == std::string::npos ? 0 : end + 1);
    return std::move(header_);
  }

 private:
  void add_text(std::string_view comment) {
    if (comment.starts_with(' ')) comment.remove_prefix(1);
    if (comment.empty() && header_.description.empty()) return;
    header_.description.append(comment).append("\n");
  }

  // False: it is free text after all.
  bool take(const std::string& key, std::string_view value) {
    const std::size_t before = problems_.size();
    if (strictness_ == Strictness::kPlain) return take_plain(key, value);
    if (!seen_.insert(key).second) complain("`" + key + "` is given twice");
    if (key == "revision") {
      header_.revision = one_id(key, value);
    } else if (key == "revises") {
      header_.revises = ids(value);
    } else if (key == "depends-on") {
      header_.depends_on = ids(value);
    } else if (key == "branch") {
      header_.branches = ids(value);
    } else if (key == "created") {
      header_.created = value;
    } else if (!take_option(key, value) && problems_.size() == before) {
      complain("`" + key + ": " + std::string(value) + "` is not known; " + allowed(key));
    }
    return true;
  }

  // Only what can't be meant otherwise.
  bool take_plain(const std::string& key, std::string_view value) {
    return (key == "phase" || key == "transaction" || key == "irreversible") && take_option(key, value);
  }

  bool take_option(const std::string& key, std::string_view value) {
    if (key == "phase" && (value == "contract" || value == "expand")) {
      header_.phase = value == "contract" ? revisions::Phase::kContract : revisions::Phase::kExpand;
    } else if (key == "transaction" && (value == "off" || value == "on")) {
      header_.transaction = value == "off" ? revisions::TransactionMode::kOff : revisions::TransactionMode::kDefault;
    } else if (key == "irreversible" && !value.empty()) {
      header_.irreversible = std::string(value);
    } else {
      return false;
    }
    return true;
  }

  static std::string allowed(const std::string& key) {
    if (key == "phase") return "write expand or contract";
    if (key == "transaction") return "write off, or leave the line out";
    return "say the reason after the colon";
  }

  std::optional<std::string> one_id(const std::string& key, std::string_view value) {
    std::vector<std::string> found = ids(value);
    if (found.size() == 1) return std::move(found[0]);
    complain("`" + key + "` needs one id");
    return std::nullopt;
  }

  std::vector<std::string> ids(std::string_view value) {
    std::vector<std::string> found = list(value);
    for (const std::string& id : found)
      if (const std::string problem = problem_with_id(id); !problem.empty()) complain("id \"" + id + "\" " + problem);
    return found;
  }

  void complain(const std::string& what) {
    problems_.push_back(script_.file + ":" + std::to_string(line_) + ": " + what);
  }

  const revisions::Script& script_;
  Strictness strictness_;
  std::vector<std::string>& problems_;
  Header header_ = {};
  std::set<std::string> seen_ = {};
  int line_ = 0;
};

}  // namespace

Header read_header(const revisions::Script& script, Strictness strictness, std::vector<std::string>& problems) {
  return Reader(script, strictness, problems).read();
}

bool has_revision_line(std::string_view text) {
  for (Lines lines(text); lines.next();)
    if (key_value(lines.comment()).key == "revision") return true;
  return false;
}

void take_over(Header&& header, revisions::Revision& revision) {
  revision.depends_on = std::move(header.depends_on);
  revision.labels = std::move(header.branches);
  revision.description = std::move(header.description);
  revision.created = std::move(header.created);
  revision.phase = header.phase;
  revision.irreversible = std::move(header.irreversible);
  revision.transaction = header.transaction;
}

}  // namespace layouts
