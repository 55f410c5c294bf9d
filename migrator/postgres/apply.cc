#include "migrator/postgres/apply.h"

#include "common/error.h"
#include "migrator/postgres/outside.h"
#include "migrator/postgres/transactional.h"

namespace postgres {

struct Applier::Impl {
  Impl(const Target& target, const Keys& keys, RunLock& lock, ApplyOptions given)
      : options(std::move(given)), session(target, keys, lock, options) {}
  Impl(const Keys& keys, ApplyOptions given, const Paper& paper)
      : options(std::move(given)), session(keys, options, paper) {}
  ApplyOptions options;
  ApplySession session;
};

Applier::Applier(const Target& target, const Keys& keys, RunLock& lock, ApplyOptions options)
    : impl_(std::make_unique<Impl>(target, keys, lock, std::move(options))) {}
Applier::Applier(const Keys& keys, ApplyOptions options, const Paper& paper)
    : impl_(std::make_unique<Impl>(keys, std::move(options), paper)) {}
Applier::Applier(Applier&&) noexcept = default;
Applier::~Applier() = default;

int Applier::backend_pid() const { return impl_->session.backend_pid(); }

std::optional<StepError> Applier::apply(const StepSql& step) {
  std::size_t done = 0;
  return apply_all({step}, done);
}

std::optional<StepError> Applier::apply_all(const std::vector<StepSql>& steps, std::size_t& done) {
  constexpr std::size_t kAtOnce = 64;  // scripts cut and kept in memory
  ApplySession& session = impl_->session;
  const sql::Dialect dialect = session.wire().dialect();
  done = 0;
  while (done < steps.size()) {
    std::vector<Prepared> transactional;
    std::optional<Prepared> outside;
    for (std::size_t i = done; i < steps.size() && transactional.size() < kAtOnce && !outside; ++i) {
      Prepared prepared = prepare(steps[i], dialect);
      if (prepared.plan.transactional) {
        transactional.push_back(std::move(prepared));
      } else {
        outside = std::move(prepared);
      }
    }
    if (std::optional<StepError> failed = apply_transactional(session, transactional, done)) return failed;
    if (!outside) continue;
    if (std::optional<StepError> failed = apply_outside(session, *outside)) return failed;
    if (impl_->options.step_done) impl_->options.step_done(done);
    ++done;
  }
  return std::nullopt;
}

std::optional<StepError> Applier::apply_in_one_transaction(const std::vector<StepSql>& steps) {
  std::vector<Prepared> prepared;
  for (const StepSql& step : steps) {
    prepared.push_back(prepare(step, impl_->session.wire().dialect()));
    if (!prepared.back().plan.transactional) {
      throw PermanentError("revision " + step.name + " can't be part of one transaction around all (transaction: all)",
                           report::ExitCode::kStepFailed);
    }
  }
  return apply_together(impl_->session, prepared);
}

void Applier::execute(const std::string& statements, const std::string& title) {
  impl_->session.execute(statements, title);
}

// A commit that wrote nothing flushes nothing: an empty logical message is the smallest thing to write.
void Applier::flush() {
  execute("SELECT pg_catalog.pg_logical_emit_message(true, 'sluice', '')", "-- all steps are on disk after this\n");
}

}  // namespace postgres
