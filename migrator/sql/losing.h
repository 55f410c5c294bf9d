// migrator/sql/losing.h: whether a statement may lose what rows hold, told from its words alone. Pure.
#pragma once
#include <string_view>

namespace sql {

/// DROP of what holds data, TRUNCATE, DELETE (with WHERE, in WITH, by MERGE), UPDATE without WHERE, another type for a
/// column or attribute; the same words in a DO block of PL/pgSQL. Not seen, since words don't tell: what functions,
/// CALL and EXECUTE do. Which objects, and how many rows, isn't asked: a WHERE may well hold for all.
[[nodiscard]] bool loses_data(std::string_view statement, bool standard_strings);

}  // namespace sql
