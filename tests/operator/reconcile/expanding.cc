#include "tests/operator/reconcile/expanding.h"

namespace story {

ObservedConsumer pod(const std::string& name, const std::string& annotation) {
  return {.kind = "Pod", .name = name, .uid = "uid-" + name, .annotation = annotation};
}
ObservedConsumer silent(const std::string& kind, const std::string& name) {
  return {.kind = kind, .name = name, .uid = "uid-" + name};
}

report::Result expanded(const std::string& answers) {
  report::Result said = result(0);
  said.contract_pending = 1;
  said.contract_plan = "0123456789abcdef";
  said.answers = answers;
  return said;
}
report::Result contracted(const std::string& answers) {
  report::Result said = result(0, {"003"});
  said.answers = answers;
  return said;
}

Story with_consumers(std::vector<ObservedConsumer> all) {
  Story story;
  story.seen.resource.spec.phase = spec::Phase::kExpand;
  story.seen.resource.spec.consumers = {{.selector = {{"matchLabels", {{"app", "shop"}}}}}};
  story.seen.consumers.all = std::move(all);
  story.seen.consumers.with_templates = true;
  return story;
}

Story after_expand(std::vector<ObservedConsumer> all, const std::string& answers) {
  Story story = with_consumers(std::move(all));
  story.look();
  story.ends(expanded(answers));
  return story;
}

std::string contract_message(const Story& story) {
  const kube::Condition* found = kube::find(story.seen.status.conditions, "Contracted");
  return found ? found->message : "";
}

std::vector<std::string> said(const Decision& decision) {
  std::vector<std::string> reasons;
  for (const auto& each : decision.events) reasons.push_back(each.reason);
  return reasons;
}

}  // namespace story
