#include "operator/reconcile/progress.h"

#include <sstream>

#include "common/report/event.h"
#include "operator/kube/event.h"

namespace reconcile {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostText = 200;

std::string text_of(const Json& fields, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return {};
  if (found->is_string()) return kube::cut(found->get<std::string>(), kMostText);
  return found->is_number_integer() ? std::to_string(found->get<std::int64_t>()) : "";
}

void take(const Json& fields, Progress& progress) {
  const std::string event = text_of(fields, "event");
  if (event == report::events::kGoingBack) progress.going_back = true;
  progress.step = text_of(fields, "step");
  progress.text = event;
  const std::string statement = text_of(fields, "statement");
  if (!statement.empty()) progress.text = "statement " + statement + " of " + text_of(fields, "statements");
}

}  // namespace

std::optional<Progress> progress_in(const std::string& log) {
  std::optional<Progress> progress;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const Json fields = Json::parse(line, nullptr, false);
    if (!fields.is_object() || !fields.contains("event") || !fields["event"].is_string()) continue;
    const bool of_tool = fields["event"] == report::events::kTool || fields["event"] == report::events::kNotice;
    if (of_tool) continue;
    if (!progress) progress.emplace();
    take(fields, *progress);
  }
  return progress;
}

}  // namespace reconcile
