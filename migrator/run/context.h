// migrator/run/context.h: what the phases of one run hand to each other. Lives as long as execute().
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migrator/backup/backup.h"
#include "migrator/journal/journal.h"
#include "migrator/ledgers/ledger.h"
#include "migrator/postgres/apply.h"
#include "migrator/postgres/lock.h"
#include "migrator/revisions/plan.h"
#include "migrator/run/files.h"
#include "migrator/run/pipeline.h"

namespace run {

/// Why a run that had begun to change things didn't reach its target.
struct Failure {
  report::ExitCode code = report::ExitCode::kInternal;
  std::string message = {};
  std::string next = {};  // what a person should do
  std::string step = {};  // the revision; empty: no step in particular
};

/// What preflight learned about the database.
struct Facts {
  sql::Dialect dialect = {};
  std::string user = {};  // as the database names us
  std::int64_t size_bytes = 0;
  bool calls_out = false;  // a foreign server, dblink or an untrusted language: any statement may reach elsewhere
};

struct Context {
  // Given.
  const Request& request;
  const postgres::Target& target;
  report::EventSink& events;
  const Clock& clock;
  const std::function<bool()>& cancelled;

  // Made at once.
  std::string id = {};
  std::chrono::steady_clock::time_point started = {};
  std::unique_ptr<ledgers::Ledger> ledger = {};
  journal::Journal journal;
  postgres::Keys keys = {};
  report::Result result = {};

  // Found on the way; each named after the phase that sets it.
  std::optional<postgres::Session> first = {};    // nothing_to_do: the first look; closed by take_lock
  Files files = {};                               // read_files
  std::string digest = {};                        // run_digest; empty: tool mode
  std::optional<postgres::RunLock> lock = {};     // take_lock
  Facts facts = {};                               // preflight
  std::vector<std::string> rows = {};             // read_history: the ledger's
  bool has_ledger = false;                        //   its table is there
  bool heads_are_known = false;                   //   result.heads is what the database holds now
  std::vector<journal::Entry> entries = {};       //   of this ledger, oldest first
  std::vector<journal::Run> earlier_runs = {};    //   newest first
  std::vector<journal::Run> attempts = {};        //   attempts_without_verdict
  revisions::Plan plan = {};                      // make_plan
  std::vector<postgres::Shape> shapes = {};       //   one a step
  bool backup_is_wanted = true;                   //   false: tool mode, and the named target is there
  std::optional<backup::Backup> backup = {};      // back_up
  std::optional<postgres::Applier> applier = {};  // start_applying
  bool prints = false;                            //   --sql: onto paper
  bool assumes_history = false;                   //   without a database: every ancestor has its journal row
  bool recorded = false;                          //   the run's own row is in sluice_run
  // Rows that anybody wrote so far, as the statistics know it; none: the backup is an earlier run's.
  std::optional<std::int64_t> writes_before_backup = {};  // back_up
  std::int64_t writes_before_steps = 0;                   // start_applying
  bool is_going_back = false;                             // go_back: SIGTERM is no reason to stop half-way
  std::string current_step = {};                          // apply: the step that goes alone; empty: a window of several
  std::size_t window_first = 0;                           //   number of the window's first step
  std::chrono::steady_clock::time_point step_started = {}, told_progress = {};

  Context(const Request&, const postgres::Target&, report::EventSink&, const Clock&, const std::function<bool()>&);

  void emit(std::string_view event, nlohmann::json fields = nlohmann::json::object()) const;
  bool is_tool_mode() const { return !request.tool.empty(); }
  /// Throws PermanentError(kCancelled) when SIGTERM came: for the places between phases.
  void stop_if_cancelled() const;
  /// Who runs this, for the journal: "role@host"; empty, for the server to say: no database was asked.
  std::string applied_by() const;
  /// This run's row in sluice_run with this result ("running", "succeeded", …).
  journal::Run row(const std::string& result_word) const;
};

/// "20261121t101500-3f2a9c": sorts by time, is unique, fits in a database name.
std::string new_run_id(const Clock&);
/// A key set of its own for a `sluice` that a tool of ours started: the outer run holds the ledger's own keys.
postgres::Keys keys_of(const std::string& ledger_name);

}  // namespace run
