// operator/kube/api.h: the Kubernetes API as the operator sees it: eight calls, outcomes as values.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace kube {

/// A Kubernetes object as JSON: {apiVersion, kind, metadata, …}.
using Object = nlohmann::json;

/// What the API's paths are built from; e.g. {"batch", "v1", "jobs", "Job"}.
struct ResourceType {
  std::string group = {};  // empty: the core group
  std::string version = {};
  std::string plural = {};
  std::string kind = {};
  bool namespaced = true;
  /// "batch/v1", or "v1" in the core group.
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  bool operator==(const ResourceType&) const = default;
};

/// The types the operator works with.
namespace types {
const ResourceType& database_migration();
const ResourceType& job();
const ResourceType& pod();
const ResourceType& config_map();
const ResourceType& event();  // events.k8s.io/v1
const ResourceType& lease();
const ResourceType& database_rollout();
const ResourceType& deployment();
const ResourceType& service();
const ResourceType& endpoint_slice();
const ResourceType& autoscaler();  // HorizontalPodAutoscaler
}  // namespace types

/// Which object. An empty namespace is right only for types that have none.
struct ObjectName {
  std::string namespace_name = {};
  std::string name = {};
  auto operator<=>(const ObjectName&) const = default;
};

enum class Subresource { kNone, kStatus, kScale };
enum class Detail { kFull, kMetadata };  // kMetadata: PartialObjectMetadata, only apiVersion, kind and metadata

/// What to list or watch.
struct Selection {
  std::string namespace_name = {};  // empty: all namespaces
  std::string label_selector = {};  // "sluice.dev/migration", "a=b,c!=d"; empty: all
  std::string field_selector = {};
  Detail detail = Detail::kFull;
  int page = 0;                     // list: at most so many in one answer; 0: everything at once
  std::string continue_token = {};  // list: from the page before
};

struct List {
  std::vector<Object> items = {};     // each with apiVersion and kind
  std::string resource_version = {};  // where a watch goes on
  std::string continue_token = {};    // with Selection::page: there is more; empty: this was all
};

enum class CreateOutcome {
  kCreated,
  kAlreadyExists,         // whose it is must be read: get()
  kNamespaceTerminating,  // will never succeed; not to be retried
  kNamespaceNotFound,
};
struct Created {
  CreateOutcome outcome = CreateOutcome::kCreated;
  Object object = {};  // as stored; only with kCreated
};

enum class WriteOutcome {
  kDone,
  kConflict,  // the resourceVersion sent is not the current one, or (unforced apply) a field belongs to another manager
  kNotFound,
};
struct Written {
  WriteOutcome outcome = WriteOutcome::kDone;
  Object object = {};  // as stored afterwards; only with kDone
};

struct ApplyOptions {
  std::string field_manager = "sluice-operator";
  bool force = true;  // take fields that another manager owns
};

struct RemoveOptions {
  std::string uid = {};  // precondition: remove only this very object; empty: whichever has the name
  std::string propagation_policy = "Background";
};

enum class EventType {
  kOpened,  // the server took the watch: everything since `resource_version` will come
  kAdded,
  kModified,
  kDeleted,
  kBookmark
};
struct WatchEvent {
  EventType type = EventType::kAdded;
  Object object = {};  // kOpened: null; kBookmark: only metadata.resourceVersion
};
enum class WatchEnd {
  kClosed,   // the server or `stop` ended it, or nothing came for long; go on from the last resourceVersion seen
  kExpired,  // 410, as status or as ERROR event: list anew
};

struct LogOptions {
  std::string container = {};
  int tail_lines = 20;
  int limit_bytes = 65536;
};

/// The API server. Thread-safe: calls may run concurrently.
///
/// Errors of every call:
/// - TransientError: nothing changed: unreachable, connection lost while reading, 401 (a token being rotated), 429,
/// 5xx.
/// - InDoubtError: the connection was lost or the time ran out during a write: read before acting.
/// - PermanentError: refused as it stands; code kUsage: 400, 422 and the like; code kNotAllowed: 403.
/// Messages name the verb, the path and the server's own message, never a token.
/// A write on a kept-alive connection that the server closed may be sent twice (operator-protocol, Runtime 1):
/// names of created objects must be deterministic.
class Api {
 public:
  virtual ~Api() = default;

  /// None: there is no such object (or no such type).
  [[nodiscard]] virtual std::optional<Object> get(const ResourceType&, const ObjectName&) = 0;

  /// Everything selected, or one page of it. A continue_token that has expired: TransientError (begin anew).
  [[nodiscard]] virtual List list(const ResourceType&, const Selection&) = 0;

  /// Creates from `object` (metadata.name and, where namespaced, metadata.namespace must be set).
  [[nodiscard]] virtual Created create(const ResourceType&, const Object& object) = 0;

  /// Server-side apply; creates what isn't there. Where object.metadata.resourceVersion is set and outdated: kConflict,
  /// even with force.
  [[nodiscard]] virtual Written apply(const ResourceType&, const Object& object, const ApplyOptions&) = 0;

  /// JSON merge patch. Put metadata.resourceVersion into `patch` to get kConflict when the object moved on.
  [[nodiscard]] virtual Written patch(const ResourceType&, const ObjectName&, const Object& patch, Subresource) = 0;

  /// kDone: deletion accepted; kNotFound: was gone; kConflict: the name belongs to another uid.
  [[nodiscard]] virtual WriteOutcome remove(const ResourceType&, const ObjectName&, const RemoveOptions&) = 0;

  /// Blocks and hands over events, bookmarks included, from just after `resource_version`, until the server ends the
  /// watch (after 4 to 5 minutes), nothing at all arrives for 75 s, or `stop` is requested. `on_event`
  /// runs on the calling thread.
  [[nodiscard]] virtual WatchEnd watch(const ResourceType&, const Selection&, const std::string& resource_version,
                                       const std::function<void(WatchEvent)>& on_event, std::stop_token stop) = 0;

  /// The end of a container's log; none: no such pod, or the container hasn't started.
  [[nodiscard]] virtual std::optional<std::string> log(const ObjectName& pod, const LogOptions&) = 0;
};

/// Reading JSON that may lack parts: the text or object at a path, "" or null where any part is absent. A path names
/// members of objects and places in lists: "/addresses/0"; no member that has a slash in its name.
std::string text_at(const Object& object, std::string_view path);
const Object& value_at(const Object& object, std::string_view path);
/// "": it has none of that name.
std::string label_of(const Object& object, std::string_view name);
std::string annotation_of(const Object& object, std::string_view name);
/// metadata.namespace and metadata.name.
ObjectName name_of(const Object& object);

}  // namespace kube
