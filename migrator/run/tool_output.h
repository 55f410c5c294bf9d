// migrator/run/tool_output.h: what a user's tool prints, as others may see it: without passwords, and without what
// PostgreSQL's drivers add to an error out of the rows. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace run {

/// Instead of what is left out.
inline constexpr std::string_view kWithheld = "(withheld: may hold values of rows)";

/// One stream of lines. A DETAIL goes on over lines where a value holds a line's end, so the lines of one tool go
/// through one of these in their order.
class ToolOutput {
 public:
  /// `passwords`: replaced by *** wherever they stand, as they are, as %XX, or behind backslashes. Empty ones count
  /// not.
  explicit ToolOutput(std::vector<std::string> passwords);

  /// The line with `DETAIL:`, `[parameters:` and their like cut behind that word; only kWithheld for a line that goes
  /// on with one of them.
  std::string shown(std::string_view line);

 private:
  std::string without_passwords(std::string_view line) const;

  std::vector<std::string> passwords_;
  int withheld_lines_left_ = 0;  // more than none: inside a DETAIL whose sentence hasn't ended
  std::string_view end_ = {};    // how that one ends
};

}  // namespace run
