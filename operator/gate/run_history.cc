#include "operator/gate/run_history.h"

#include "operator/kube/time.h"

namespace gate {

std::vector<EndedRun> ended_runs(const kube::Object& migration) {
  std::vector<EndedRun> runs;
  for (const kube::Object& entry : kube::value_at(migration, "/status/history")) {
    const std::optional<kube::Time> ended = kube::parse_time(kube::text_at(entry, "/finishedAt"));
    EndedRun run{.job = kube::text_at(entry, "/job"), .reason = kube::text_at(entry, "/reason")};
    const std::string kind = kube::text_at(entry, "/kind");
    if (!ended || run.job.empty() || kind == "Plan" || kind == "Verify" || kind == "Survey") continue;
    run.ended = *ended;
    run.started = kube::parse_time(kube::text_at(entry, "/startedAt")).value_or(*ended);
    const kube::Object& code = kube::value_at(entry, "/code");
    run.is_success = code.is_number_integer() && code.get<int>() == 0;
    runs.push_back(std::move(run));
  }
  return runs;
}

bool is_ready(const kube::Object& migration) {
  const kube::Object& generation = kube::value_at(migration, "/metadata/generation");
  for (const kube::Object& condition : kube::value_at(migration, "/status/conditions")) {
    if (kube::text_at(condition, "/type") != "Ready") continue;
    return kube::text_at(condition, "/status") == "True" &&
           kube::value_at(condition, "/observedGeneration") == generation;
  }
  return false;
}

double number_at(const kube::Object& object, const std::string& json_pointer) {
  const kube::Object& value = kube::value_at(object, json_pointer);
  return value.is_number() ? value.get<double>() : 0;
}

}  // namespace gate
