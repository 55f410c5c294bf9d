#include "migrator/postgres/connect.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "migrator/postgres/redact.h"
#include "migrator/postgres/translate.h"

namespace postgres {
namespace {

using std::chrono::steady_clock;
constexpr int kDefaultConnectSeconds = 10;

// What stands between forgets a connection that is silent for four minutes and more (load balancers, kube-proxy), and
// doesn't tell either end: a session that idles behind a backup must be heard of before.
constexpr std::array<std::pair<const char*, const char*>, 3> kKeepalives{
    {{"keepalives_idle", "30"}, {"keepalives_interval", "10"}, {"keepalives_count", "3"}}};

// How much a server or a proxy lets us say at start-up; each level is tried when the one before is refused.
enum class Options { kAll, kOlderServer, kNone };

std::vector<std::pair<std::string, std::string>> wanted(const Settings& settings, Options level) {
  std::vector<std::pair<std::string, std::string>> options;
  if (settings.lock_timeout.count() > 0 || settings.explicit_timeouts)
    options.emplace_back("lock_timeout", std::to_string(settings.lock_timeout.count()));
  if (settings.statement_timeout.count() > 0 || settings.explicit_timeouts)
    options.emplace_back("statement_timeout", std::to_string(settings.statement_timeout.count()));
  if (settings.explicit_timeouts) options.emplace_back("idle_in_transaction_session_timeout", "0");
  if (level != Options::kOlderServer) {
    if (settings.idle_forever) options.emplace_back("idle_session_timeout", "0");
    if (settings.die_with_client) options.emplace_back("client_connection_check_interval", "1000");
  }
  // A client whose machine is gone says nothing: the server's own two hours are how long its keys would stay.
  if (settings.idle_forever || settings.die_with_client) {
    for (const auto& [name, value] : kKeepalives) options.emplace_back(std::string("tcp_") + name, value);
  }
  return options;
}

std::map<std::string, std::string> keywords_for(const Target& target, const Settings& settings, Options level) {
  std::map<std::string, std::string> keywords = target.keywords();
  keywords["application_name"] = settings.application_name;
  keywords["client_encoding"] = "UTF8";
  for (const auto& [name, value] : kKeepalives) keywords.emplace(name, value);  // the URL's own win
  if (level == Options::kNone) {
    keywords.erase("options");
    return keywords;
  }
  std::string options;
  for (const auto& [name, value] : wanted(settings, level)) options += " -c " + name + "=" + value;
  if (options.empty()) return keywords;
  const char* environment = std::getenv("PGOPTIONS");
  if (keywords.count("options") == 0 && environment != nullptr) keywords["options"] = environment;
  keywords["options"] += options;
  return keywords;
}

std::chrono::seconds connect_limit(const std::map<std::string, std::string>& keywords) {
  const auto given = keywords.find("connect_timeout");
  const char* text = given != keywords.end() ? given->second.c_str() : std::getenv("PGCONNECT_TIMEOUT");
  const int seconds = text != nullptr ? std::atoi(text) : kDefaultConnectSeconds;
  return std::chrono::seconds(seconds > 0 ? std::max(seconds, 2) : kDefaultConnectSeconds);
}

struct Attempt {
  Connection connection = {};
  bool timed_out = false;
  bool cancelled = false;
};

// Polls until connected, refused, cancelled or too late.
void poll_until_open(Attempt& attempt, steady_clock::time_point deadline, const std::function<bool()>& cancelled) {
  PGconn* const connection = attempt.connection.get();
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD) {
    pollfd socket{PQsocket(connection), static_cast<short>(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    const int ready = poll(&socket, 1, 100);
    if (cancelled && cancelled()) {
      attempt.cancelled = true;
      return;
    }
    if (ready == 0 && steady_clock::now() > deadline) {
      attempt.timed_out = true;
      return;
    }
    if (ready <= 0) continue;
    wants = PQconnectPoll(connection);
    if (wants == PGRES_POLLING_OK || wants == PGRES_POLLING_FAILED) return;
  }
}

Attempt try_open(const std::map<std::string, std::string>& keywords, const std::function<bool()>& cancelled) {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  Attempt attempt;
  const auto hosts = keywords.find("host");
  if (hosts != keywords.end() && hosts->second.find(',') != std::string::npos) {
    // Only libpq's own blocking loop goes on to the next host when one doesn't answer.
    attempt.connection.reset(PQconnectdbParams(names.data(), values.data(), 0));
    return attempt;
  }
  attempt.connection.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (!attempt.connection) throw TransientError("out of memory");
  // Verbose: a refusal then shows its SQLSTATE, whatever language the server speaks.
  PQsetErrorVerbosity(attempt.connection.get(), PQERRORS_VERBOSE);
  poll_until_open(attempt, steady_clock::now() + connect_limit(keywords), cancelled);
  return attempt;
}

// "FATAL:  28P01: password authentication failed…": the last such code of a message, and the text after it.
struct Refusal {
  std::string sqlstate = {};
  std::string text = {};
};
Refusal read_refusal(const std::string& message) {
  Refusal refusal;
  refusal.text = message;
  for (std::size_t at = message.find(":  "); at != std::string::npos; at = message.find(":  ", at + 1)) {
    const std::string code = message.substr(at + 3, 5);
    const bool is_code = code.size() == 5 && message.substr(at + 8, 2) == ": " &&
                         std::all_of(code.begin(), code.end(),
                                     [](unsigned char c) { return std::isdigit(c) != 0 || std::isupper(c) != 0; });
    if (!is_code) continue;
    refusal.sqlstate = code;
    refusal.text = message.substr(at + 10);
  }
  refusal.text = redact(refusal.text, refusal.sqlstate);
  return refusal;
}

bool is_about_tls(const std::string& text) {
  for (const char* const word : {"SSL", "certificate", "TLS", "GSS", "authentication"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return text.find("no password supplied") != std::string::npos;
}

// Older servers don't know a parameter (42704), other platforms can't honour it (22023), proxies refuse any (08P01).
bool is_about_options(const Refusal& refusal) {
  return refusal.sqlstate == "42704" || refusal.sqlstate == "22023" || refusal.sqlstate == "08P01" ||
         refusal.text.find("startup parameter") != std::string::npos;
}

[[noreturn]] void throw_refused(const std::string& doing, const Attempt& attempt) {
  if (attempt.cancelled) throw TransientError(doing + ": cancelled", report::ExitCode::kCancelled);
  if (attempt.timed_out) throw TransientError(doing + ": no answer in time");
  const Refusal refusal = read_refusal(PQerrorMessage(attempt.connection.get()));
  if (refusal.sqlstate.empty()) {
    throw TransientError(doing + ": " + refusal.text,
                         is_about_tls(refusal.text) ? report::ExitCode::kNotAllowed : report::ExitCode::kNotNow);
  }
  const std::string text = doing + ": " + refusal.text + " (" + refusal.sqlstate + ")";
  const bool not_allowed = kind_of(refusal.sqlstate) == Kind::kNotAllowed;
  throw TransientError(text, not_allowed ? report::ExitCode::kNotAllowed : report::ExitCode::kNotNow);
}

Options level_of(int server_version) { return server_version >= 140000 ? Options::kAll : Options::kOlderServer; }

}  // namespace

sql::Dialect dialect_of(PGconn* connection) {
  const char* const strings = PQparameterStatus(connection, "standard_conforming_strings");
  return {.server_version = PQserverVersion(connection),
          .standard_strings = strings == nullptr || std::string_view(strings) != "off"};
}

std::string start_up_options(const Settings& settings, int server_version) {
  std::string words;
  for (const auto& [name, value] : wanted(settings, level_of(server_version)))
    words += (words.empty() ? "-c " : " -c ") + name + "=" + value;
  return words;
}

Opened open_connection(const Target& target, const Settings& settings, const std::function<bool()>& cancelled) {
  const std::string doing = "connect to " + target.describe();
  for (const Options level : {Options::kAll, Options::kOlderServer, Options::kNone}) {
    Attempt attempt = try_open(keywords_for(target, settings, level), cancelled);
    PGconn* const connection = attempt.connection.get();
    if (PQstatus(connection) != CONNECTION_OK || attempt.cancelled || attempt.timed_out) {
      const bool no_answer = attempt.cancelled || attempt.timed_out;
      if (!no_answer && level != Options::kNone && is_about_options(read_refusal(PQerrorMessage(connection)))) continue;
      throw_refused(doing, attempt);
    }
    PQsetErrorVerbosity(connection, PQERRORS_TERSE);
    PQsetNoticeReceiver(connection, ignore_notice, nullptr);
    Opened opened;
    if (level == Options::kNone) {
      for (const auto& [name, value] : wanted(settings, level_of(PQserverVersion(connection))))
        opened.set_after_reset += "SET " + name + " = " + value + ";";
    }
    // No start-up option: servers before 17 would refuse it, and each refusal costs a connection.
    if (settings.explicit_timeouts && PQserverVersion(connection) >= 170000)
      opened.set_after_reset += "SET transaction_timeout = 0;";
    opened.connection = std::move(attempt.connection);
    return opened;
  }
  throw TransientError(doing + ": refused");
}

}  // namespace postgres
