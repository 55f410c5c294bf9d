#include "migrator/postgres/translate.h"

#include <pqxx/except>

#include "common/error.h"
#include "migrator/postgres/redact.h"

namespace postgres {
namespace {

using report::ExitCode;

// libpqxx 6.4 gives some classes no SQLSTATE: then the type tells.
std::string state_of(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::undefined_table*>(&error) != nullptr) return "42P01";
  if (dynamic_cast<const pqxx::undefined_column*>(&error) != nullptr) return "42703";
  return "";
}

}  // namespace

Kind kind_of(std::string_view sqlstate) {
  const std::string_view state_class = sqlstate.substr(0, 2);
  if (state_class == "28" || sqlstate == "3D000" || sqlstate == "42501") return Kind::kNotAllowed;
  if (state_class == "08" || state_class == "40") return Kind::kNotNow;
  for (const std::string_view state :
       {"53300", "57P01", "57P02", "57P03", "57P05", "57014", "55P03", "25006", "25P03"}) {
    if (sqlstate == state) return Kind::kNotNow;
  }
  return Kind::kBroken;
}

std::string our_text(std::string_view sqlstate, std::string_view message) {
  const std::size_t start = message.find(kOurMark);
  if (sqlstate != "42704" || start == std::string_view::npos) return "";
  // What stands around it depends on the server's language.
  const std::string_view text = message.substr(start + kOurMark.size());
  return std::string(text.substr(0, text.rfind(kOurEnd)));
}

void throw_server_error(const std::string& doing, std::string_view sqlstate, std::string_view message) {
  if (const std::string ours = our_text(sqlstate, message); !ours.empty()) {
    if (ours.find(kLockLost) != std::string::npos) throw TransientError(doing + ": " + ours, ExitCode::kNotNow);
    throw PermanentError(doing + ": " + ours, ExitCode::kHistoryMismatch);
  }
  std::string text = doing + ": " + redact(message, sqlstate);
  if (!sqlstate.empty()) text += " (" + std::string(sqlstate) + ")";
  switch (kind_of(sqlstate)) {
    case Kind::kNotNow:
      throw TransientError(text, ExitCode::kNotNow);
    case Kind::kNotAllowed:
      throw TransientError(text, ExitCode::kNotAllowed);
    case Kind::kBroken:
      break;
  }
  throw PermanentError(text, ExitCode::kStepFailed);
}

std::string caught_sqlstate() {
  try {
    throw;
  } catch (const pqxx::sql_error& error) {
    return state_of(error);
  } catch (const pqxx::failure&) {
    return "";
  }
}

void translate(const std::string& doing) {
  try {
    throw;
  } catch (const pqxx::in_doubt_error& error) {
    throw InDoubtError(doing + ": " + redact(error.what(), ""));
  } catch (const pqxx::statement_completion_unknown& error) {
    throw InDoubtError(doing + ": " + redact(error.what(), ""));
  } catch (const pqxx::too_many_connections& error) {
    throw TransientError(doing + ": " + redact(error.what(), ""));
  } catch (const pqxx::broken_connection& error) {
    // Autocommit: what was sent may have been done.
    throw InDoubtError(doing + ": " + redact(error.what(), ""));
  } catch (const pqxx::transaction_rollback& error) {
    throw TransientError(doing + ": " + redact(error.what(), ""));
  } catch (const pqxx::sql_error& error) {
    throw_server_error(doing, state_of(error), error.what());
  } catch (const pqxx::failure& error) {
    throw InDoubtError(doing + ": " + redact(error.what(), ""));
  }
}

}  // namespace postgres
