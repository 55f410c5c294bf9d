#include "operator/reconcile/decide.h"

#include <algorithm>

#include "operator/reconcile/conditions.h"
#include "operator/reconcile/inputs.h"
#include "operator/reconcile/need.h"
#include "operator/reconcile/record.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using std::chrono::seconds;

constexpr std::size_t kKeptJobs = 2;
constexpr std::size_t kMostNote = 1000;
constexpr seconds kLookAgain{60};  // where an event should come, but a lost one must not leave us waiting for ever
constexpr seconds kPodLook{30};

/// One decision being made. Each step below either settles the verdict or leaves it to the next.
class Decider {
 public:
  explicit Decider(const Observed& seen) : seen_(seen), status_(seen.status) {
    if (seen_.problems.empty()) spec_hash_ = spec_hash(seen_);
    if (seen_.problems.empty() && seen_.content.missing.empty() && seen_.content.duplicates.empty()) {
      inputs_ = inputs_hash(seen_);
    }
  }

  Decision decide() {
    take_in_what_ended();
    const ObservedJob* live = live_job();
    const Verdict verdict = live ? look_at(*live) : without_job();
    remove_old_jobs();
    finish(verdict);
    return std::move(decision_);
  }

 private:
  bool in_progress() const { return !status_.run.job.empty() && !status_.run.code; }

  const ObservedJob* find_job(const std::string& name) const {
    for (const ObservedJob& each : seen_.jobs) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  /// Named in the status before it was created. A Job that only claims our resource as its owner is neither waited for
  /// nor read nor deleted (operator-protocol, Trust 4).
  bool is_ours(const ObservedJob& job) const {
    if (job.name == status_.run.job) return true;
    return std::any_of(status_.history.begin(), status_.history.end(),
                       [&](const HistoryEntry& each) { return each.job == job.name; });
  }

  const ObservedJob* live_job() const {
    for (const ObservedJob& each : seen_.jobs) {
      if (each.state == JobState::kLive && is_ours(each)) return &each;
    }
    return nullptr;
  }

  void take_in_what_ended() {
    if (!in_progress()) return;
    if (!seen_.refused.empty()) return record_refusal(status_, seen_.refused, seen_.now);
    const ObservedJob* job = find_job(status_.run.job);
    if (!job || job->state == JobState::kLive) return;
    record(status_, *job, seen_.now);
    const bool good = status_.run.code == 0 && status_.run.reason != reasons::kResultLost;
    say(!good, good ? "AttemptSucceeded" : "AttemptFailed",
        "attempt " + std::to_string(status_.run.attempt) + ": " + status_.run.reason +
            (status_.run.message.empty() ? "" : ": " + status_.run.message));
  }

  /// A Job is live: a change or `suspend` in mid-run waits, only the cancel annotation ends it (Jobs 5).
  Verdict look_at(const ObservedJob& job) {
    decision_.check_again_in = kLookAgain;
    if (!in_progress() || job.name != status_.run.job)
      return moving("Running", "waits for Job " + job.name + " to end");
    if (job.deleting) return moving("Running", "Job " + job.name + " is being deleted");
    if (!seen_.cancel.empty() && seen_.cancel != status_.handled.cancel) return cancel(job);
    if (!job.pod.started && is_outdated()) return replace(job);
    if (seen_.progress) {
      status_.run.step = seen_.progress->step;
      status_.run.progress = seen_.progress->text;
    }
    if (!job.pod.started) decision_.check_again_in = kPodLook;
    if (status_.run.verifying && inputs_ == status_.run.inputs) return up_to_date(status_);
    Verdict verdict = under_way(status_.run, job, seen_.progress);
    if (!job.pod.present && seen_.now - job.created.value_or(seen_.now) >= kPodLook) {
      verdict.message += ": it has no pod; its events say why";
    }
    return verdict;
  }

  bool is_outdated() const { return spec_hash_ != status_.run.spec || inputs_ != status_.run.inputs; }

  Verdict cancel(const ObservedJob& job) {
    status_.handled.cancel = seen_.cancel;
    record_end(status_, reasons::kCancelled, "cancelled by the annotation sluice.dev/cancel", seen_.now);
    decision_.remove.push_back({job.name, job.uid, DeleteWhy::kReplace});
    say(false, "Cancelled", "Job " + job.name + " is ended");
    return failed(status_.run);
  }

  /// Its pod never started (no such image, say), so nothing is lost, and it never will do what is wanted now.
  Verdict replace(const ObservedJob& job) {
    record_end(status_, reasons::kSuperseded, "the spec changed before its pod started", seen_.now);
    decision_.remove.push_back({job.name, job.uid, DeleteWhy::kReplace});
    return moving("Running", "Job " + job.name + " never started and is replaced");
  }

  Verdict without_job() {
    // An annotation that came when nothing ran must not end a later run.
    if (!in_progress() && !seen_.cancel.empty()) status_.handled.cancel = seen_.cancel;
    if (!seen_.problems.empty()) return stuck("InvalidSpec", spec::describe(seen_.problems));
    if (in_progress()) {
      // Created never, or deleted by hand: the same again where the same is wanted.
      if (!is_outdated() && !seen_.resource.spec.suspend) return start_again();
      record_end(status_, reasons::kJobDeleted, "its Job was deleted", seen_.now);
    }
    if (inputs_.empty()) return without_content();
    const Need wanted = need(seen_, status_, inputs_, spec_hash_);
    if (!wanted.why) return *wanted.settled;
    if (wanted.why == Why::kResync && (wanted.wait.count() > 0 || seen_.resource.spec.suspend)) {
      if (!seen_.resource.spec.suspend) decision_.check_again_in = wanted.wait;
      return up_to_date(status_);
    }
    if (seen_.resource.spec.suspend) return paused("Suspended", "a change is pending; spec.suspend is true");
    if (std::optional<Verdict> held = held_by_dependencies()) return *held;
    if (wanted.wait.count() > 0) {
      decision_.check_again_in = wanted.wait;
      return retrying(status_.run, wanted.wait);
    }
    if (!seen_.slot_free) {
      decision_.check_again_in = seconds{5};
      return moving("Queued", "as many runs as --max-running allows are under way");
    }
    return start(*wanted.why);
  }

  Verdict without_content() {
    if (!seen_.content.duplicates.empty()) {
      return stuck("InvalidSpec",
                   "spec.migrations.configMaps: a file stands in two of them: " + joined(seen_.content.duplicates));
    }
    if (seen_.resource.spec.suspend) return paused("Suspended", "spec.suspend is true");
    decision_.check_again_in = kLookAgain;
    return moving("SourceNotFound", "no such ConfigMap: " + joined(seen_.content.missing));
  }

  std::optional<Verdict> held_by_dependencies() {
    std::vector<std::string> waiting;
    for (const ObservedDependency& each : seen_.dependencies) {
      if (each.cycle) return stuck("DependencyCycle", each.name + " waits for this resource, too");
      if (!each.granted) {
        waiting.push_back(each.name + " (its namespace hasn't granted it)");
      } else if (!each.found || !each.ready) {
        waiting.push_back(each.name + (each.found ? "" : " (not found)"));
      }
    }
    if (waiting.empty()) return std::nullopt;
    decision_.check_again_in = kLookAgain;
    return moving("DependencyNotReady", "waits for " + joined(waiting));
  }

  static std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& each : list) text += (text.empty() ? "" : ", ") + each;
    return text;
  }

  Verdict start_again() {
    decision_.start = status_.run;
    decision_.check_again_in = kLookAgain;
    if (status_.run.verifying) return up_to_date(status_);
    return moving(status_.run.kind == Kind::kPlan ? "Planning" : "Running",
                  "attempt " + std::to_string(status_.run.attempt) + ", Job " + status_.run.job);
  }

  Verdict start(Why why) {
    const RunStatus last = status_.run;
    const bool same = last.inputs == inputs_;
    const bool continues = why == Why::kRetry || why == Why::kApproved || why == Why::kMustPlan;
    int attempt = last.attempt;
    // After a lost status: a name that was used must not come twice.
    for (const ObservedJob& each : seen_.jobs) attempt = std::max(attempt, each.attempt);
    RunStatus next{.kind = kind_of_next(), .attempt = attempt + 1, .inputs = inputs_, .spec = spec_hash_};
    next.expected_digest = seen_.content.digest;
    next.retry = seen_.retry;
    next.again = why == Why::kAsked || why == Why::kAnswered || (continues && last.again);
    next.verifying = same && (why == Why::kResync || why == Why::kAsked || why == Why::kRetry) && was_ready();
    if (why == Why::kRetry) next.failures = last.failures, next.counted = last.counted;
    if (next.kind == Kind::kRun && has_plan(status_, inputs_)) next.approved_plan = status_.plan->hash;
    next.started = seen_.now;
    next.job = job_name(seen_.name, next);
    status_.run = next;
    status_.handled.retry = seen_.retry;
    if (!next.approved_plan.empty()) status_.handled.approve = seen_.approve;
    say(false, "AttemptStarted", "attempt " + std::to_string(next.attempt) + ", Job " + next.job);
    return start_again();
  }

  Kind kind_of_next() const {
    if (seen_.resource.spec.approval == spec::Approval::kNotRequired) return Kind::kRun;
    return has_plan(status_, inputs_) && is_approved(seen_, status_, inputs_) ? Kind::kRun : Kind::kPlan;
  }

  /// The last state written said that new code may start, for these very inputs.
  bool was_ready() const {
    const Condition* ready = find(seen_.status.conditions, "Ready");
    return ready && ready->status == "True" && seen_.status.run.inputs == inputs_;
  }

  /// Only Jobs whose result stood in the status before this look.
  void remove_old_jobs() {
    std::vector<const ObservedJob*> ended;
    for (const ObservedJob& each : seen_.jobs) {
      const bool recorded = each.name != seen_.status.run.job || seen_.status.run.code;
      if (each.state != JobState::kLive && !each.deleting && recorded && is_ours(each)) ended.push_back(&each);
    }
    std::stable_sort(ended.begin(), ended.end(),
                     [](const ObservedJob* a, const ObservedJob* b) { return a->created > b->created; });
    for (std::size_t i = kKeptJobs; i < ended.size(); ++i) {
      decision_.remove.push_back({ended[i]->name, ended[i]->uid, DeleteWhy::kOld});
    }
  }

  void say(bool warning, const std::string& reason, const std::string& note) {
    std::size_t length = std::min(note.size(), kMostNote);
    while (length > 0 && length < note.size() && (static_cast<unsigned char>(note[length]) & 0xC0) == 0x80) --length;
    decision_.events.push_back({warning, reason, note.substr(0, length)});
  }

  void finish(const Verdict& verdict) {
    status_.observed_generation = seen_.generation;
    status_.conditions = conditions(seen_, status_, verdict);
    const Condition* before = find(seen_.status.conditions, "Ready");
    if (!before || before->reason != verdict.reason) say(verdict.stalled, verdict.reason, verdict.message);
    if (verdict.check_again_in && !decision_.check_again_in) decision_.check_again_in = verdict.check_again_in;
    if (status_ != seen_.status) decision_.status = status_;
  }

  const Observed& seen_;
  Status status_;
  Decision decision_;
  std::string inputs_;     // hash of what is wanted; empty: it can't be known
  std::string spec_hash_;  // empty: the spec is invalid
};

}  // namespace

Decision decide(const Observed& seen) {
  if (seen.deleting) return {};
  return Decider(seen).decide();
}

}  // namespace reconcile
