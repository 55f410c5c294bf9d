#include "operator/reconcile/decide.h"

#include "operator/reconcile/conditions.h"
#include "operator/reconcile/consumers.h"
#include "operator/reconcile/contracting.h"
#include "operator/reconcile/inputs.h"
#include "operator/reconcile/need.h"
#include "operator/reconcile/own_jobs.h"
#include "operator/reconcile/record.h"
#include "operator/reconcile/reports.h"
#include "operator/reconcile/revisions.h"
#include "operator/reconcile/surveying.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMostNote = 1000;
constexpr seconds kLookAgain{60};  // where an event should come, but a lost one must not leave us waiting for ever
constexpr seconds kPodLook{30};

/// One decision being made. Each step below either settles the verdict or leaves it to the next.
class Decider {
 public:
  explicit Decider(const Observed& seen) : seen_(seen), status_(seen.status), hashes_(hashes_of(seen)) {}

  Decision decide() {
    take_in_what_ended();
    if (seen_.problems.empty()) forget_another_database(status_, hashes_.database);
    take_reports(status_, seen_);
    const ObservedJob* live = live_job(seen_, status_);
    const Verdict verdict = live ? look_at(*live) : without_job();
    tell_of_pods_outside();
    for (const ObservedJob* each : old_jobs(seen_, status_)) {
      decision_.remove.push_back({each->name, each->uid, DeleteWhy::kOld});
    }
    finish(verdict);
    return std::move(decision_);
  }

 private:
  bool is_suspended() const { return seen_.resource.spec.suspend; }

  void check_again_in(seconds delay) {
    if (!decision_.check_again_in || *decision_.check_again_in > delay) decision_.check_again_in = delay;
  }

  void take_in_what_ended() {
    RunStatus* run = under_way(status_);
    if (!run) return;
    if (!seen_.refused.empty()) {
      record_refusal(status_, *run, seen_);
      return answer_reports(status_, *run);
    }
    const ObservedJob* job = find_job(seen_, run->job);
    const bool is_cancelled = is_being_cancelled(*run);
    // Of a Job that is being deleted the pod alone says what it came to: it goes before its Job does.
    const bool has_ended = job ? job->state != JobState::kLive || (is_cancelled && job->pod.exit_code) : is_cancelled;
    if (!has_ended) return;
    job ? record(status_, *run, *job, seen_.now) : record_unread_cancel(status_, *run, seen_.now);
    answer_reports(status_, *run);
    const bool good = run->code == 0 && run->reason != reasons::kResultLost;
    say(!good, good ? "AttemptSucceeded" : "AttemptFailed",
        named(*run) + ": " + run->reason + (run->message.empty() ? "" : ": " + run->message));
  }

  /// A Job is live: a change or `suspend` in mid-run waits, only the cancel annotation ends it (Jobs 5).
  Verdict look_at(const ObservedJob& job) {
    decision_.check_again_in = kLookAgain;
    RunStatus* run = under_way(status_);
    if (!run || job.name != run->job) return moving("Running", "waits for Job " + job.name + " to end");
    if (is_being_cancelled(*run)) return cancelling(*run, job);
    if (job.deleting) return moving("Running", "Job " + job.name + " is being deleted");
    if (!seen_.cancel.empty() && seen_.cancel != status_.handled.cancel) return cancel(*run, job);
    if (!job.pod.started && is_outdated(*run)) return replace(*run, job);
    if (!job.pod.started && !job.has_files) return start_again(*run);  // we were killed before they were created
    if (seen_.progress) run->step = seen_.progress->step, run->progress = seen_.progress->text;
    if (!job.pod.started) decision_.check_again_in = kPodLook;
    Verdict verdict = under_way_as(*run, job);
    if (is_beside(*run)) return beside(*run, verdict.message);
    if (run->verifying && hashes_.inputs == run->inputs) return up_to_date(status_);
    return verdict;
  }

  Verdict under_way_as(const RunStatus& run, const ObservedJob& job) const {
    Verdict verdict = reconcile::under_way(run, job, seen_.progress);
    if (!job.pod.present && seen_.now - job.created.value_or(seen_.now) >= kPodLook) {
      verdict.message += ": it has no pod; its events say why";
    }
    return verdict;
  }

  /// A survey or contract is under way: the expand phase stands as it stood.
  Verdict beside(const RunStatus& run, const std::string& message) {
    if (run.kind == Kind::kContract) contracting_ = {.reason = "ContractRunning", .message = message};
    if (hashes_.inputs.empty() || run.inputs != hashes_.inputs)
      return moving("Running", "waits for Job " + run.job + " to end");
    return up_to_date(status_);
  }

  bool is_outdated(const RunStatus& run) const { return hashes_.spec != run.spec || hashes_.inputs != run.inputs; }

  Verdict cancel(RunStatus& run, const ObservedJob& job) {
    run.reason = job.pod.started ? reasons::kCancelled : reasons::kCancelledUnstarted;
    say(false, "Cancelled", "Job " + job.name + " is asked to end");
    return cancelling(run, job);
  }

  /// Its pod has ten minutes, in which it may go back: the run ends when the pod has, as what the pod says.
  Verdict cancelling(const RunStatus& run, const ObservedJob& job) {
    status_.handled.cancel = seen_.cancel;
    if (!job.deleting) decision_.remove.push_back({job.name, job.uid, DeleteWhy::kReplace});
    check_again_in(kPodLook);
    const std::string message = named(run) + " is cancelled: its pod, of Job " + job.name + ", is asked to end";
    return is_beside(run) ? beside(run, message) : moving("Cancelling", message);
  }

  /// Its pod never started (no such image, say), so nothing is lost, and it never will do what is wanted now.
  Verdict replace(RunStatus& run, const ObservedJob& job) {
    record_end(status_, run, reasons::kSuperseded, "the spec changed before its pod started", seen_.now);
    decision_.remove.push_back({job.name, job.uid, DeleteWhy::kReplace});
    return moving("Running", "Job " + job.name + " never started and is replaced");
  }

  Verdict without_job() {
    // An annotation that came when nothing ran must not end a later run.
    if ((status_.run.job.empty() || status_.run.code) && !seen_.cancel.empty()) status_.handled.cancel = seen_.cancel;
    if (!seen_.problems.empty()) return stuck("InvalidSpec", spec::describe(seen_.problems));
    if (RunStatus* open = under_way(status_)) {
      // Created never, or deleted by hand: the same again where the same is wanted.
      if (!is_outdated(*open) && !is_suspended()) return start_again(*open);
      record_end(status_, *open, reasons::kJobDeleted, "its Job was deleted", seen_.now);
    }
    if (hashes_.inputs.empty()) return without_content();
    const Need wanted = need(seen_, status_, hashes_.inputs, hashes_.spec);
    if (!wanted.why) return settled(*wanted.settled);
    if (wanted.settled && (wanted.wait.count() > 0 || is_suspended())) {
      if (!is_suspended()) check_again_in(wanted.wait);
      return settled(*wanted.settled);
    }
    if (is_suspended()) return paused("Suspended", "a change is pending; spec.suspend is true");
    if (std::optional<Verdict> held = held_by(seen_.dependencies)) {
      if (!held->stalled) decision_.check_again_in = kLookAgain;
      return *held;
    }
    if (std::optional<Verdict> held = held_by_rollout(*wanted.why)) return *held;
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

  /// A run that changes nothing is free (Roll-outs 2).
  std::optional<Verdict> held_by_rollout(Why why) {
    if (seen_.held.expand.empty() || why == Why::kResync) return std::nullopt;
    decision_.check_again_in = kLookAgain;
    return moving("HeldByRollout", "waits for step Expand of DatabaseRollout " + seen_.held.expand);
  }

  /// No run is needed. Where the expand phase is complete contract may follow, or a survey.
  Verdict settled(const Verdict& verdict) {
    if (!verdict.ready) return verdict;
    contracting_ = contracting(seen_, status_, hashes_.inputs, hashes_.spec);
    if (contracting_.check_again_in) check_again_in(*contracting_.check_again_in);
    if (leaves_a_person(status_, hashes_.inputs)) return failed(*status_.contract);
    if (contracting_.may_start && !held_by(seen_.dependencies)) {
      return start_beside(contract_run(seen_, status_, contracting_), status_.contract);
    }
    const std::optional<seconds> survey = survey_due_in(seen_, status_);
    if (!survey) return verdict;
    if (survey->count() == 0) return start_beside(survey_run(seen_, status_), status_.survey);
    check_again_in(*survey);
    return verdict;
  }

  Verdict start_beside(RunStatus next, std::optional<RunStatus>& slot) {
    if (!seen_.slot_free) {
      check_again_in(seconds{5});
      return up_to_date(status_);
    }
    prepare(next);
    slot = next;
    say(false, next.kind == Kind::kContract ? "ContractStarted" : "SurveyStarted", named(next) + ", Job " + next.job);
    return start_again(*slot);
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

  Verdict start_again(const RunStatus& run) {
    decision_.start = run;
    decision_.check_again_in = kLookAgain;
    const std::string what = named(run) + ", Job " + run.job;
    if (is_beside(run)) return beside(run, what);
    if (run.verifying) return up_to_date(status_);
    if (run.kind == Kind::kVerify) return moving("Verifying", what);
    return moving(run.kind == Kind::kPlan ? "Planning" : "Running", what);
  }

  /// What every attempt carries, its Job's name at last, which follows from all of it.
  void prepare(RunStatus& next) {
    next.attempt = next_attempt(seen_, status_);
    next.inputs = hashes_.inputs;
    next.spec = hashes_.spec;
    next.database = hashes_.database;
    next.expected_digest = seen_.content.digest;
    next.started = seen_.now;
    next.job = job_name(seen_.name, next);
    if (!next.approved_plan.empty()) status_.handled.approve = seen_.approve;
    if (is_look(next)) ask_about_reports(status_, next);
  }

  Verdict start(Why why) {
    const RunStatus last = status_.run;
    const bool continues = why == Why::kRetry || why == Why::kApproved || why == Why::kMustPlan;
    RunStatus next{.kind = kind_of_next()};
    next.questions = questions_of(seen_);
    next.retry = seen_.retry;
    next.again = why == Why::kAsked || why == Why::kAnswered || (continues && last.again);
    next.verifying = (why == Why::kResync || why == Why::kAsked || why == Why::kRetry) && was_ready();
    if (why == Why::kRetry) next.failures = last.failures, next.counted = last.counted;
    if (next.kind == Kind::kRun && has_plan(status_, hashes_.inputs)) next.approved_plan = status_.plan->hash;
    prepare(next);
    status_.run = next;
    status_.handled.retry = seen_.retry;
    say(false, "AttemptStarted", named(next) + ", Job " + next.job);
    return start_again(status_.run);
  }

  Kind kind_of_next() const {
    if (seen_.resource.spec.run_by == spec::RunBy::kPods) return Kind::kVerify;
    if (seen_.resource.spec.approval == spec::Approval::kNotRequired) return Kind::kRun;
    return has_plan(status_, hashes_.inputs) && is_approved(seen_, status_, hashes_.inputs) ? Kind::kRun : Kind::kPlan;
  }

  /// The last state written said that new code may start, for these very inputs.
  bool was_ready() const {
    const Condition* ready = find(seen_.status.conditions, "Ready");
    return ready && ready->status == "True" && seen_.status.run.inputs == hashes_.inputs;
  }

  /// operator-protocol, Roll-outs 1: told once a pod.
  void tell_of_pods_outside() {
    for (const Outside& each : take_outside(seen_, status_)) {
      say(true, "OutsideRange", "Pod " + each.pod + " " + each.why);
      decision_.events.back().about = each.uid;
    }
  }

  static std::string named(const RunStatus& run) { return "attempt " + std::to_string(run.attempt); }

  void say(bool warning, const std::string& reason, const std::string& note) {
    decision_.events.push_back({.warning = warning, .reason = reason, .note = kube::cut(note, kMostNote)});
  }

  void finish(const Verdict& verdict) {
    status_.observed_generation = seen_.generation;
    status_.conditions = conditions(seen_, status_, verdict, contracting_);
    const Condition* before = find(seen_.status.conditions, "Ready");
    if (!before || before->reason != verdict.reason) say(verdict.stalled, verdict.reason, verdict.message);
    const Condition* contracted = find(status_.conditions, "Contracted");
    const Condition* was = find(seen_.status.conditions, "Contracted");
    if (contracted && (!was || was->reason != contracted->reason)) {
      say(contracted->reason == "ContractFailed", contracted->reason, contracted->message);
    }
    if (verdict.check_again_in && !decision_.check_again_in) decision_.check_again_in = verdict.check_again_in;
    if (status_ != seen_.status) decision_.status = status_;
  }

  const Observed& seen_;
  Status status_;
  const Hashes hashes_;
  Decision decision_;
  Contracting contracting_;  // reason: of Contracted=False, where this look works it out
};

}  // namespace

Decision decide(const Observed& seen) {
  if (seen.deleting) return {};
  return Decider(seen).decide();
}

}  // namespace reconcile
