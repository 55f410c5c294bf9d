#include "operator/kube/client.h"

#include <algorithm>
#include <random>
#include <thread>

#include "common/error.h"
#include "operator/kube/paths.h"
#include "operator/kube/read_json.h"
#include "operator/kube/wait.h"

namespace kube {
namespace {

constexpr int kRefusedTries = 3;
// Calls hold up a worker, watches nobody but themselves.
constexpr std::chrono::seconds kLongestWaitOfCalls{10}, kLongestWaitOfWatches{60};
constexpr const char* kMetadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
constexpr const char* kMetadataOnlyList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

using Query = std::vector<std::pair<std::string, std::string>>;

std::string doing(const Request& request) { return request.method + " " + request.path; }

/// Whatever text came into it: half a letter must not be what ends the process.
std::string body_of(const Object& object) { return object.dump(-1, ' ', false, Object::error_handler_t::replace); }

[[noreturn]] void throw_answer(const Request& request, const Response& response) {
  throw_status(doing(request), request.access(), response.status, status_message(response.body));
}

const char* suffix(Subresource subresource) {
  if (subresource == Subresource::kNone) return "";
  return subresource == Subresource::kStatus ? "/status" : "/scale";
}

Object parsed(const Request& request, const Response& response) {
  std::optional<Object> object = read_object(response.body);
  // The write itself was done: only what it came to is unknown.
  if (!object && request.access() == Access::kWrite) throw InDoubtError(doing(request) + ": unreadable answer");
  if (!object) throw TransientError(doing(request) + ": unreadable answer");
  return std::move(*object);
}

Query selection_query(const Selection& selection) {
  Query query;
  if (!selection.label_selector.empty()) query.emplace_back("labelSelector", selection.label_selector);
  if (!selection.field_selector.empty()) query.emplace_back("fieldSelector", selection.field_selector);
  return query;
}

Written written(const Request& request, const Response& response) {
  if (response.status == 404) return {WriteOutcome::kNotFound, {}};
  if (response.status == 409) return {WriteOutcome::kConflict, {}};
  if (response.status != 200 && response.status != 201) throw_answer(request, response);
  return {WriteOutcome::kDone, parsed(request, response)};
}

bool is_terminating(const std::string& body) {
  return body.find("NamespaceTerminating") != std::string::npos ||
         body.find("is being terminated") != std::string::npos;
}

/// Four to five minutes, so that not all watches end at once.
std::string watch_seconds() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::to_string(std::uniform_int_distribution<int>(240, 300)(random));
}

/// How long a server that did nothing yet wants to be left alone; none: it did something, or doesn't say.
std::optional<std::chrono::seconds> asked_to_wait(const Response& response, std::chrono::seconds most) {
  const bool is_refused = response.status == 429 || response.status == 503;
  if (!is_refused || !response.retry_after) return std::nullopt;
  return std::min(*response.retry_after, most);
}

/// How long one call may take, and what ends it before.
class Patience {
 public:
  explicit Patience(const ClientOptions& options)
      : cancelled_(options.cancel, [this] { end_.request_stop(); }), ends_at_(std::chrono::steady_clock::now()) {
    if (!options.total) return;
    ends_at_ += *options.total;
    timer_ = std::jthread([this, total = *options.total](std::stop_token over) {
      if (wait_for(total, over)) end_.request_stop();
    });
  }

  std::stop_token token() const { return end_.get_token(); }
  bool bears(std::chrono::seconds wait) const {
    return !timer_.joinable() || std::chrono::steady_clock::now() + wait < ends_at_;
  }

 private:
  std::stop_source end_;
  std::stop_callback<std::function<void()>> cancelled_;
  std::chrono::steady_clock::time_point ends_at_;
  std::jthread timer_;  // only where there is a total; last: ends first
};

}  // namespace

Client::Client(const Config& config, ClientOptions options)
    : options_(std::move(options)), http_(config, options_.idle), watch_http_(config, options_.watch_idle) {}

Response Client::call(const std::string& verb, const std::string& plural, const Request& request) {
  const Patience patience(options_);
  for (int attempt = 1;; ++attempt) {
    const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    const auto report = [&](int status) {
      options_.on_call({verb, plural, status, std::chrono::steady_clock::now() - began});
    };
    try {
      Response response = http_.send(request, patience.token());
      report(response.status);
      const std::optional<std::chrono::seconds> wait = asked_to_wait(response, kLongestWaitOfCalls);
      if (!wait || attempt > kRefusedTries) return response;
      if (!patience.bears(*wait) || !wait_for(*wait, options_.stop)) return response;
    } catch (const Error&) {
      report(0);
      throw;
    }
  }
}

std::optional<Object> Client::get(const ResourceType& type, const ObjectName& name) {
  const Request request{.path = object_path(type, name)};
  const Response response = call("get", type.plural, request);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_answer(request, response);
  return parsed(request, response);
}

List Client::list(const ResourceType& type, const Selection& selection) {
  Request request{.path = collection_path(type, selection.namespace_name)};
  if (selection.detail == Detail::kMetadata) request.accept = kMetadataOnlyList;
  List all;
  std::string next = selection.continue_token;
  do {
    request.query = selection_query(selection);
    request.query.emplace_back("limit", std::to_string(selection.page > 0 ? selection.page : 500));
    if (!next.empty()) request.query.emplace_back("continue", next);
    const Response response = call("list", type.plural, request);
    if (response.status == 410) throw TransientError(doing(request) + ": the list was changed too much meanwhile");
    if (response.status != 200) throw_answer(request, response);
    std::optional<List> page = read_list(response.body, type);
    if (!page) throw TransientError(doing(request) + ": unreadable answer");
    next = page->continue_token;
    all.resource_version = page->resource_version;
    all.continue_token = next;
    std::move(page->items.begin(), page->items.end(), std::back_inserter(all.items));
  } while (!next.empty() && selection.page == 0);
  return all;
}

Created Client::create(const ResourceType& type, const Object& object) {
  const ObjectName name = name_of(object);
  const Request request{
      .method = "POST", .path = collection_path(type, name.namespace_name), .query = {}, .body = body_of(object)};
  const Response response = call("create", type.plural, request);
  if (response.status == 409) return {CreateOutcome::kAlreadyExists, {}};
  if (response.status == 403 && is_terminating(response.body)) return {CreateOutcome::kNamespaceTerminating, {}};
  if (response.status == 404) return {CreateOutcome::kNamespaceNotFound, {}};
  if (response.status != 200 && response.status != 201) throw_answer(request, response);
  return {CreateOutcome::kCreated, parsed(request, response)};
}

Written Client::apply(const ResourceType& type, const Object& object, const ApplyOptions& options) {
  const Request request{.method = "PATCH",
                        .path = object_path(type, name_of(object)),
                        .query = {{"fieldManager", options.field_manager}, {"force", options.force ? "true" : "false"}},
                        .body = body_of(object),
                        .content_type = "application/apply-patch+yaml"};  // JSON is YAML
  return written(request, call("apply", type.plural, request));
}

Written Client::patch(const ResourceType& type, const ObjectName& name, const Object& patch, Subresource subresource) {
  const Request request{.method = "PATCH",
                        .path = object_path(type, name) + suffix(subresource),
                        .query = {{"fieldManager", "sluice-operator"}},
                        .body = body_of(patch),
                        .content_type = "application/merge-patch+json"};
  return written(request, call("patch", type.plural, request));
}

WriteOutcome Client::remove(const ResourceType& type, const ObjectName& name, const RemoveOptions& options) {
  Object body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", options.propagation_policy}};
  if (!options.uid.empty()) body["preconditions"] = {{"uid", options.uid}};
  const Request request{.method = "DELETE", .path = object_path(type, name), .query = {}, .body = body_of(body)};
  const Response response = call("delete", type.plural, request);
  if (response.status == 404) return WriteOutcome::kNotFound;
  if (response.status == 409) return WriteOutcome::kConflict;
  if (response.status != 200 && response.status != 202) throw_answer(request, response);
  return WriteOutcome::kDone;
}

WatchEnd Client::watch(const ResourceType& type, const Selection& selection, const std::string& resource_version,
                       const std::function<void(WatchEvent)>& on_event, std::stop_token stop) {
  Request request{.path = collection_path(type, selection.namespace_name), .query = selection_query(selection)};
  if (selection.detail == Detail::kMetadata) request.accept = kMetadataOnly;
  request.query.insert(request.query.end(), {{"watch", "true"},
                                             {"allowWatchBookmarks", "true"},
                                             {"resourceVersion", resource_version},
                                             {"timeoutSeconds", watch_seconds()}});
  bool expired = false;
  const auto on_open = [&] { on_event({EventType::kOpened, {}}); };
  const auto on_line = [&](const std::string& line) {
    WatchLine read = read_watch_line(line, type);
    if (read.event) return on_event(std::move(*read.event));
    if (read.error_code == 410) expired = true;
    // A watch may end with an error in mid-stream, under HTTP status 200.
    else
      throw_status(doing(request) + " (watch)", Access::kRead, read.error_code, read.error_message);
  };
  Response response = watch_http_.stream(request, on_open, on_line, stop);
  for (int attempt = 1; attempt <= kRefusedTries; ++attempt) {
    const std::optional<std::chrono::seconds> wait = asked_to_wait(response, kLongestWaitOfWatches);
    if (!wait) break;
    if (!wait_for(*wait, stop)) return WatchEnd::kClosed;
    response = watch_http_.stream(request, on_open, on_line, stop);
  }
  if (response.status == 410 || expired) return WatchEnd::kExpired;
  if (response.status != 200) throw_answer(request, response);
  return WatchEnd::kClosed;
}

std::optional<std::string> Client::log(const ObjectName& pod, const LogOptions& options) {
  const Request request{.path = object_path(types::pod(), pod) + "/log",
                        .query = {{"container", options.container},
                                  {"tailLines", std::to_string(options.tail_lines)},
                                  {"limitBytes", std::to_string(options.limit_bytes)}},
                        .accept = "*/*"};
  Response response = call("log", types::pod().plural, request);
  if (response.status == 404 || response.status == 400) return std::nullopt;  // 400: the container hasn't started
  if (response.status != 200) throw_answer(request, response);
  return std::move(response.body);
}

}  // namespace kube
