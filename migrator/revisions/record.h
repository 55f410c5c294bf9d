// migrator/revisions/record.h: what the journal says was applied, held against the files. Pure.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "migrator/revisions/graph.h"

namespace revisions {

/// Revisions that the ledger's rows imply but of which there is no record (journal row up, stamp or adopt): a 005 that
/// came after 006 was applied. Parents before children. Unknown rows imply nothing (plan() names them).
std::vector<const Revision*> without_record(const Graph&, const std::vector<std::string>& rows,
                                            const std::set<std::string>& recorded);

/// Revisions whose up script is not what was applied. `checksums`: id -> sha256 of the script as recorded; an empty
/// checksum (a stamp) says nothing, and so does an id without file. Parents before children.
std::vector<const Revision*> edited(const Graph&, const std::map<std::string, std::string>& checksums);

/// The sentence for exit 21, naming files; empty when there are none.
std::string out_of_order_message(const std::vector<const Revision*>& without_record);
std::string edited_message(const std::vector<const Revision*>& edited);

}  // namespace revisions
