// migrator/layouts/header.h: the comment lines that open a revision's up file.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrator/revisions/revision.h"

namespace layouts {

/// The header: `-- key: value` lines and free text, up to the first line that is neither comment nor blank. Keys count
/// anywhere in it; the docstring ends with the first blank line after it.
struct Header {
  std::optional<std::string> revision = {};
  std::vector<std::string> revises = {}, depends_on = {}, branches = {};
  revisions::Phase phase = revisions::Phase::kExpand;
  revisions::TransactionMode transaction = revisions::TransactionMode::kDefault;
  std::optional<std::string> irreversible = {};  // the reason
  std::string created = {}, description = {};
};

/// Sluice's own files must be right; in a plain file a comment that only looks like a key is free text.
enum class Strictness { kOwn, kPlain };

/// Appends to `problems` "FILE:LINE: …" for a key given twice, an unknown value, an id that can't be one.
Header read_header(const revisions::Script&, Strictness, std::vector<std::string>& problems);

/// Whether the header has a `-- revision:` line: the mark of Sluice's own layout.
bool has_revision_line(std::string_view text);

/// Moves what the header says, except id and parents, into the revision.
void take_over(Header&& header, revisions::Revision& revision);

}  // namespace layouts
