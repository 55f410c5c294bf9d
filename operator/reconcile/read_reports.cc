#include "operator/reconcile/read_reports.h"

#include <algorithm>
#include <cctype>

#include "common/report/names.h"
#include "common/report/result.h"

namespace reconcile {
namespace {

using kube::Object;
using kube::text_at;
using kube::value_at;

constexpr std::size_t kMostHeads = 16;
constexpr std::size_t kMostId = 64;

bool is_id(const std::string& text) {
  const auto may_stand = [](unsigned char each) {
    return std::isalnum(each) != 0 || std::string("._-").find(static_cast<char>(each)) != std::string::npos;
  };
  return !text.empty() && text.size() <= kMostId && std::all_of(text.begin(), text.end(), may_stand);
}

bool is_sound(const report::Result& result, int code) {
  return static_cast<int>(result.code) == code && result.heads.size() <= kMostHeads &&
         std::all_of(result.heads.begin(), result.heads.end(), is_id);
}

/// The container's last end, also while it waits to be started again; null: it hasn't ended yet.
const Object& ended(const Object& pod) {
  static const Object kNothing;
  for (const Object& each : value_at(pod, "/status/initContainerStatuses")) {
    if (text_at(each, "/name") != report::names::kMigrateInitContainer) continue;
    const Object& now = value_at(each, "/state/terminated");
    return now.is_object() ? now : value_at(each, "/lastState/terminated");
  }
  return kNothing;
}

ReportStatus read_pods_report(const Object& pod, const Object& end) {
  ReportStatus said{.pod = text_at(pod, "/metadata/name"), .uid = text_at(pod, "/metadata/uid")};
  const Object& code = value_at(end, "/exitCode");
  said.code = code.is_number_integer() ? code.get<int>() : static_cast<int>(report::ExitCode::kInternal);
  said.finished = parse_time(text_at(end, "/finishedAt"));
  said.reason = kUnreadable;
  const std::string word = text_at(end, "/message");
  if (word.size() > report::kMaxResultBytes) return said;
  const std::optional<report::Result> result = report::parse_result(word);
  if (!result || !is_sound(*result, said.code)) return said;
  said.reason = report::reason(result->code);
  said.heads = result->heads;
  std::sort(said.heads.begin(), said.heads.end());
  return said;
}

/// By what the API server says of them, which no pod can forge.
bool is_newer(const Object* a, const Object* b) {
  const auto key = [](const Object& pod) {
    return std::pair(text_at(pod, "/metadata/creationTimestamp"), text_at(pod, "/metadata/name"));
  };
  return key(*a) > key(*b);
}

}  // namespace

std::vector<ReportStatus> read_reports(const std::vector<Object>& pods) {
  std::vector<const Object*> sorted;
  for (const Object& each : pods) {
    if (ended(each).is_object()) sorted.push_back(&each);
  }
  std::sort(sorted.begin(), sorted.end(), is_newer);
  if (sorted.size() > kMostReports) sorted.resize(kMostReports);
  std::vector<ReportStatus> reports;
  for (const Object* each : sorted) reports.push_back(read_pods_report(*each, ended(*each)));
  return reports;
}

}  // namespace reconcile
