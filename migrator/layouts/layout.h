// migrator/layouts/layout.h: files on disk read as revisions. One file per tool; one conformance suite.
#pragma once
#include <string>
#include <vector>

#include "common/spec/spec.h"
#include "migrator/revisions/revision.h"

namespace layouts {

/// A folder read once into memory, sorted by name: its own files only, not those of folders in it.
struct Folder {
  std::string path = {};                      // as given, for messages
  std::vector<revisions::Script> files = {};  // those report::is_migration_file() names
};

/// Links are followed where they stay inside the folder. A ConfigMap volume is read as one version, also while the
/// kubelet brings the next.
/// Throws PermanentError(kUsage), all problems at once: no such folder, not a folder, an unreadable file, a link that
/// leaves the folder or leads nowhere, a name with control characters or bad UTF-8. TransientError: the volume changed
/// at each of several attempts.
Folder read_folder(const std::string& path);

/// Which layout the names and first lines say; kAuto never comes back. Throws PermanentError(kUsage): cannot tell
/// (why), or there is nothing to tell it from.
spec::Layout detect(const Folder&);

/// The revisions in file order, parents filled in (numbered layouts chain in order; numbers compare as numbers).
/// Throws PermanentError(kHistoryMismatch) with all problems: duplicate number or id naming both files, bad header with
/// line, a batched step (`.backfill.sql`: not in this version). PermanentError(kUsage): a layout that this version
/// can't read as SQL (alembic, flyway, dbmate, goose). An empty folder gives no revisions. kAuto is detected.
std::vector<revisions::Revision> read_revisions(Folder folder, spec::Layout layout);

/// report::files_digest() of the files: what "the same files" means for the no-op, for SLUICE_EXPECT_DIGEST, for
/// `sluice digest` and for the operator, which computes it from ConfigMaps. Who compares runs adds layout, ledger and
/// target.
std::string digest(const Folder&);

}  // namespace layouts
