#include "migrator/run/context.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "common/error.h"
#include "common/report/names.h"
#include "migrator/run/version.h"

namespace run {

std::string new_run_id(const Clock& clock) {
  const std::time_t now = std::chrono::system_clock::to_time_t(clock.now());
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<unsigned char, 3> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) random = {0, 0, 0};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d%02d%02dt%02d%02d%02d-%02x%02x%02x", (utc.tm_year + 1900) % 10000,
                (utc.tm_mon + 1) % 100, utc.tm_mday % 100, utc.tm_hour % 100, utc.tm_min % 100, utc.tm_sec % 100,
                random[0], random[1], random[2]);
  return text.data();
}

postgres::Keys keys_of(const std::string& ledger_name) {
  const char* outer = std::getenv(std::string(report::names::kEnvNested).c_str());
  if (outer == nullptr || *outer == '\0') return postgres::keys_for(ledger_name);
  return postgres::keys_for(ledger_name + " inside " + outer);
}

Context::Context(const Request& asked, const postgres::Target& database, report::EventSink& sink, const Clock& time,
                 const std::function<bool()>& is_cancelled)
    : request(asked),
      target(database),
      events(sink),
      clock(time),
      cancelled(is_cancelled),
      id(new_run_id(time)),
      started(time.steady()),
      ledger(ledgers::make_alembic_ledger(asked.spec.ledger)),
      journal(ledger->name(), asked.spec.ledger.schema),
      keys(keys_of(ledger->name())) {
  result.run = id;
  result.target = asked.spec.target;
}

void Context::emit(std::string_view event, nlohmann::json fields) const {
  fields["run"] = id;
  events.emit(event, fields);
}

void Context::stop_if_cancelled() const {
  if (cancelled && cancelled()) {
    throw PermanentError("cancelled before the next phase; nothing is half done", report::ExitCode::kCancelled);
  }
}

std::string Context::applied_by() const {
  if (facts.user.empty()) return {};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return facts.user;
  return facts.user + "@" + host.data();
}

journal::Run Context::row(const std::string& result_word) const {
  journal::Run row;
  row.run = id;
  row.ledger = ledger->name();
  row.digest = digest;
  row.target = request.spec.target;
  row.phase = request.spec.phase == spec::Phase::kExpand ? "expand" : "all";
  row.heads = result.heads;
  row.result = result_word;
  row.applied_by = applied_by();
  row.tool_version = "sluice " + version();
  row.backup = backup ? backup->file : "";
  row.exit_code = result_word == "running" ? -1 : static_cast<int>(result.code);
  return row;
}

}  // namespace run
