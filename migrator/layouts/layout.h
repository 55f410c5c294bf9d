// migrator/layouts/layout.h: files on disk read as revisions. One file per tool; one conformance suite.
#pragma once
#include <string>
#include <vector>

#include "common/spec/spec.h"
#include "migrator/revisions/revision.h"

namespace layouts {

/// A folder read once into memory: regular files only, `..data` entries of a ConfigMap volume skipped, sorted by name.
struct Folder {
  std::string path = {};                      // as given, for messages
  std::vector<revisions::Script> files = {};  // every file that a layout might want (*.sql, *.conf, *.py names)
};

/// Throws PermanentError(kUsage): no such folder, not a folder, unreadable file (named). Never follows a link that
/// leaves the folder, except Kubernetes' own `..data`.
Folder read_folder(const std::string& path);

/// Which layout the names and first lines say; kAuto never comes back. Throws PermanentError(kUsage): cannot tell
/// (why).
spec::Layout detect(const Folder&);

/// The revisions in file order, parents filled in (numbered layouts chain in order; numbers compare as numbers).
/// Throws PermanentError(kHistoryMismatch) with all problems: duplicate number or id naming both files, bad header with
/// line. An empty folder gives no revisions.
std::vector<revisions::Revision> read_revisions(Folder folder, spec::Layout layout);

/// SHA-256 (hex) over names and contents in order, with the layout: what "the same files" means for the no-op,
/// for SLUICE_EXPECT_DIGEST, for `sluice digest` and for the operator's ConfigMaps (common/report/digest.h does the
/// hashing).
std::string digest(const Folder&);

}  // namespace layouts
