#include "migrator/postgres/session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <pqxx/version>
#include <stdexcept>
#include <utility>
#if PQXX_VERSION_MAJOR < 7
#include <pqxx/connectionpolicy>
#endif

#include "common/error.h"
#include "migrator/postgres/connect.h"
#include "migrator/postgres/translate.h"

#ifdef __SANITIZE_ADDRESS__
// libpqxx 6.4 loses one result when the connection breaks under a query (make_result: encoding_id throws).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx\n"; }
#endif

namespace postgres {
namespace {

// libpqxx 6 and 7 differ in how they take over an open connection and in how parameters are passed: only here.
#if PQXX_VERSION_MAJOR < 7

// Hands over a connection that is open already, once: libpqxx 6 would else reconnect silently, without our locks and
// settings. Never closes it: Session does.
class Adopt final : public pqxx::connectionpolicy {
 public:
  explicit Adopt(PGconn* open) : pqxx::connectionpolicy(""), open_(open) {}
  handle do_startconnect(handle current) override {
    PGconn* const connection = current != nullptr ? current : std::exchange(open_, nullptr);
    if (PQstatus(connection) != CONNECTION_OK) throw pqxx::broken_connection("the connection is lost");
    return connection;
  }
  handle do_completeconnect(handle open) override { return open; }
  handle do_dropconnect(handle) noexcept override { return nullptr; }
  handle do_disconnect(handle) noexcept override { return nullptr; }

 private:
  PGconn* open_;
};

class Adopted final : public pqxx::connection_base {
 public:
  explicit Adopted(PGconn* open) : pqxx::connection_base(policy_), policy_(open) { init(); }
  ~Adopted() { close(); }

 private:
  Adopt policy_;
};

pqxx::result run(pqxx::nontransaction& work, const std::string& statement, const std::vector<Value>& parameters) {
  std::vector<const char*> texts;
  for (const Value& value : parameters) texts.push_back(value ? value->c_str() : nullptr);
  return work.exec_params(statement, pqxx::prepare::make_dynamic_params(texts));
}

#else

class Adopted final {
 public:
  explicit Adopted(PGconn* open) : connection_(pqxx::connection::seize_raw_connection(open)) {}
  ~Adopted() { std::move(connection_).release_raw_connection(); }
  operator pqxx::connection&() { return connection_; }

 private:
  pqxx::connection connection_;
};

pqxx::result run(pqxx::nontransaction& work, const std::string& statement, const std::vector<Value>& parameters) {
  pqxx::params texts;
  for (const Value& value : parameters) {
    if (value) {
      texts.append(*value);
    } else {
      texts.append();
    }
  }
  return work.exec(statement, texts);
}

#endif

std::string first_words(const std::string& statement) {
  return "query \"" + statement.substr(0, statement.find_first_of("(\n'")).substr(0, 40) + "…\"";
}

Rows rows_of(const pqxx::result& found) {
  Rows rows;
  rows.reserve(static_cast<std::size_t>(found.size()));
  for (const auto& from : found) {
    Row row;
    row.reserve(static_cast<std::size_t>(from.size()));
    for (const auto& field : from) row.push_back(field.is_null() ? Value() : Value(field.c_str()));
    rows.push_back(std::move(row));
  }
  return rows;
}

bool is_missing(const std::string& sqlstate) {
  return sqlstate == "42P01" || sqlstate == "3F000" || sqlstate == "42703";
}

}  // namespace

struct Session::Impl {
  explicit Impl(Connection open) : raw(std::move(open)), cancel(PQgetCancel(raw.get())), adopted(raw.get()) {
    PQsetNoticeReceiver(raw.get(), ignore_notice, nullptr);
    // With the CONTEXT, which tells redact() of a RAISE: libpqxx passes an error on as text alone.
    PQsetErrorVerbosity(raw.get(), PQERRORS_DEFAULT);
  }
  Connection raw;
  Cancel cancel;
  Adopted adopted;  // gone before raw
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session Session::open(const Target& target, const Settings& settings) {
  Opened opened = open_connection(target, settings, settings.cancelled);
  Session session(std::make_unique<Impl>(std::move(opened.connection)));
  if (!opened.set_after_reset.empty()) session.execute(opened.set_after_reset);
  return session;
}

std::optional<Rows> Session::try_query(const std::string& statement, const std::vector<Value>& parameters) {
  require_alive(statement);
  try {
    pqxx::nontransaction work(impl_->adopted);
    return rows_of(parameters.empty() ? work.exec(statement) : run(work, statement, parameters));
  } catch (const std::runtime_error&) {  // libpqxx's: translate.cc names them
    if (is_missing(caught_sqlstate())) return std::nullopt;
    translate(first_words(statement));
  }
}

Rows Session::query(const std::string& statement, const std::vector<Value>& parameters) {
  require_alive(statement);
  try {
    pqxx::nontransaction work(impl_->adopted);
    return rows_of(parameters.empty() ? work.exec(statement) : run(work, statement, parameters));
  } catch (const std::runtime_error&) {  // libpqxx's: translate.cc names them
    translate(first_words(statement));
  }
}

void Session::execute(const std::string& statements) {
  require_alive(statements);
  try {
    pqxx::nontransaction work(impl_->adopted);
    work.exec(statements);
  } catch (const std::runtime_error&) {  // libpqxx's: translate.cc names them
    translate(first_words(statements));
  }
}

Target Session::here(const Target& target) const {
  PGconn* const connection = impl_->raw.get();
  const std::string address = PQhostaddr(connection);
  Target one = target.with("host", PQhost(connection)).with("port", PQport(connection));
  return address.empty() ? one : one.with("hostaddr", address);
}

int Session::backend_pid() const { return PQbackendPID(impl_->raw.get()); }
sql::Dialect Session::dialect() const { return dialect_of(impl_->raw.get()); }

bool Session::is_alive() {
  if (PQstatus(impl_->raw.get()) != CONNECTION_OK) return false;
  pollfd socket{PQsocket(impl_->raw.get()), POLLIN, 0};
  if (poll(&socket, 1, 0) <= 0) return true;
  // Readable while idle: a notice or a parameter change, or the end.
  return PQconsumeInput(impl_->raw.get()) == 1 && PQstatus(impl_->raw.get()) == CONNECTION_OK;
}

// Found dead before anything was sent: not in doubt.
void Session::require_alive(const std::string& statement) {
  if (!is_alive()) throw TransientError(first_words(statement) + ": the connection is lost");
}

void Session::cancel() {
  char why[256] = {};
  if (impl_->cancel) PQcancel(impl_->cancel.get(), why, sizeof why);
}

std::string end_with_client_option(const Target& target, const std::function<bool()>& cancelled) {
  const Settings settings{.die_with_client = true, .cancelled = cancelled};
  const Rows arrived = Session::open(target, settings)
                           .query(
                               "SELECT 1 FROM pg_catalog.pg_settings WHERE source = 'client' AND name = "
                               "'client_connection_check_interval'");
  return arrived.empty() ? "" : "-c client_connection_check_interval=1000";
}

}  // namespace postgres
