// tests/operator/reconcile/story.h: one resource through many looks: decide() is asked, and what it decided is done to
// a world of plain values.
#pragma once
#include <chrono>
#include <map>
#include <string>

#include "operator/reconcile/decide.h"

namespace story {

using reconcile::Decision;
using reconcile::JobState;
using reconcile::Observed;
using reconcile::ObservedJob;

/// A resource as its user wrote it: ConfigMap `files` with digest "d1", seen for the first time at 12:00.
Observed unseen();

/// What the migrator says at its end.
report::Result result(int code, std::vector<std::string> heads = {"002"});

/// What a Job says that looked and found `pending` steps left.
report::Result found(int pending, std::vector<std::string> heads);

/// What the init container of a pod said at its end.
reconcile::ReportStatus report_of(const std::string& pod, int code, std::vector<std::string> heads);

class Story {
 public:
  Story() : seen(unseen()) {}
  explicit Story(Observed first) : seen(std::move(first)) {}

  /// One look: the decision is carried out here: status written, Job created, Jobs removed: one whose pod runs is only
  /// being deleted until job_goes().
  Decision look();
  /// The Job under way runs: its container has started.
  void runs();
  /// It ended so, and the operator looks.
  Decision ends(int code);
  Decision ends(const report::Result&);
  /// It ended without a readable word.
  Decision ends_silently(int exit_code);
  /// The pod of a Job that is being deleted ends so, and the operator looks: the Job is still there.
  Decision pod_ends(const report::Result&);
  /// Job and pod are gone, and the operator looks.
  Decision job_goes();
  void later(std::chrono::seconds);
  /// The user edits: the generation moves.
  void edits() { ++seen.generation; }
  /// From unseen to Ready.
  static Story done();

  ObservedJob& live();
  bool has_live() const;
  /// "True/UpToDate"; "-": absent.
  std::string condition(const std::string& type) const;
  /// Ready, Reconciling, Stalled and the reason: "False/True/-/Running".
  std::string state() const;

  Observed seen;

 private:
  /// As the migrator: who was told a digest says it at a good end.
  report::Result with_digest(const ObservedJob&, report::Result) const;

  std::map<std::string, std::string> expected_ = {};  // by Job: the digest it was told
};

}  // namespace story
