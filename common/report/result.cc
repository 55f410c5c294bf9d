#include "common/report/result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kEllipsis = "…";
constexpr int kFormat = 1;

/// `text` without its last `bytes` bytes or a few more, never in the middle of a character, with "…" at the end.
std::string shortened(std::string text, std::size_t bytes) {
  if (text.ends_with(kEllipsis)) text.resize(text.size() - kEllipsis.size());
  std::size_t length = text.size() > bytes ? text.size() - bytes : 0;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  text.resize(length);
  return text.empty() ? text : text + std::string(kEllipsis);
}

Json backup_json(const BackupReport& backup) {
  return {{"file", backup.file}, {"size", backup.size_bytes}, {"sha256", backup.sha256}};
}

Json core(const Result& result, std::size_t heads_more) {
  Json json = {{"sluice", kFormat},
               {"code", static_cast<int>(result.code)},
               {"run", result.run},
               {"target", result.target},
               {"heads", result.heads}};
  if (heads_more > 0) json["heads_more"] = heads_more;
  return json;
}

void add_text(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

std::string dump(const Result& result, std::size_t heads_more) {
  Json json = core(result, heads_more);
  json["reason"] = result.reason.empty() ? std::string(reason(result.code)) : result.reason;
  json["applied"] = result.applied;
  json["pending"] = result.pending;
  if (result.contract_pending != 0) json["contract_pending"] = result.contract_pending;
  add_text(json, "contract_plan", result.contract_plan);
  add_text(json, "answers", result.answers);
  add_text(json, "digest", result.digest);
  add_text(json, "plan_hash", result.plan_hash);
  if (result.destructive) json["destructive"] = true;
  add_text(json, "step", result.step);
  if (result.healthy) json["healthy"] = *result.healthy;
  if (result.child_exit) json["child_exit"] = *result.child_exit;
  json["took_ms"] = result.took_ms;
  json["message"] = result.message;
  json["next"] = result.next;
  if (result.backup) json["backup"] = backup_json(*result.backup);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Shortens the field that can best be missed. False: nothing left to shorten.
bool give_way(Result& result, std::size_t excess, std::size_t& heads_more) {
  // One escaped character takes up to six bytes of JSON: cutting a sixth never cuts too much.
  const std::size_t bytes = excess / 6 + 1;
  constexpr std::size_t kUseful = 160;
  for (std::string* text : {&result.message, &result.next}) {
    if (text->size() > kUseful) return *text = shortened(*text, bytes), true;
  }
  if (result.heads.size() > 1) return result.heads.pop_back(), ++heads_more, true;
  for (std::string* text : {&result.next, &result.message}) {
    if (!text->empty()) return *text = shortened(*text, bytes), true;
  }
  std::vector<std::string*> rest = {&result.target, &result.run, &result.step, &result.digest, &result.plan_hash};
  if (!result.heads.empty()) rest.push_back(&result.heads.front());
  if (result.backup) rest.insert(rest.end(), {&result.backup->file, &result.backup->sha256});
  const auto longer = [](const std::string* a, const std::string* b) { return a->size() < b->size(); };
  std::string& longest = **std::max_element(rest.begin(), rest.end(), longer);
  if (longest.empty()) return false;
  longest = shortened(longest, bytes);
  return true;
}

template <typename T>
void read(const nlohmann::json& json, const char* key, T& value) {
  if (const auto found = json.find(key); found != json.end()) value = found->template get<T>();
}

template <typename T>
void read_optional(const nlohmann::json& json, const char* key, std::optional<T>& value) {
  if (const auto found = json.find(key); found != json.end()) value = found->template get<T>();
}

bool is_known(int code) {
  return reason(static_cast<ExitCode>(code)) != reason(ExitCode::kInternal) ||
         code == static_cast<int>(ExitCode::kInternal);
}

/// Throws nlohmann's exceptions for a field of another type.
Result read_all(const nlohmann::json& json) {
  Result result;
  result.code = static_cast<ExitCode>(json.at("code").get<int>());
  result.run = json.at("run").get<std::string>();
  result.target = json.at("target").get<std::string>();
  result.heads = json.at("heads").get<std::vector<std::string>>();
  read(json, "reason", result.reason);
  read(json, "applied", result.applied);
  read(json, "pending", result.pending);
  read(json, "contract_pending", result.contract_pending);
  read(json, "contract_plan", result.contract_plan);
  read(json, "answers", result.answers);
  read(json, "digest", result.digest);
  read(json, "plan_hash", result.plan_hash);
  read(json, "destructive", result.destructive);
  read(json, "step", result.step);
  read(json, "message", result.message);
  read(json, "next", result.next);
  read(json, "took_ms", result.took_ms);
  read_optional(json, "healthy", result.healthy);
  read_optional(json, "child_exit", result.child_exit);
  if (const auto backup = json.find("backup"); backup != json.end()) {
    result.backup = BackupReport{.file = backup->at("file").get<std::string>(),
                                 .size_bytes = backup->at("size").get<std::int64_t>(),
                                 .sha256 = backup->at("sha256").get<std::string>()};
  }
  return result;
}

}  // namespace

std::string to_json(const Result& result) {
  std::size_t heads_more = 0;
  std::string text = dump(result, heads_more);
  if (text.size() <= kMaxResultBytes) return text;
  Result shorter = result;
  while (text.size() > kMaxResultBytes && give_way(shorter, text.size() - kMaxResultBytes, heads_more)) {
    text = dump(shorter, heads_more);
  }
  return text;
}

std::optional<Result> parse_result(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("sluice")) return std::nullopt;
  try {
    Result result = read_all(json);
    if (!is_known(static_cast<int>(result.code))) return std::nullopt;
    return result;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace report
