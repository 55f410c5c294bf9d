// operator/kube/client.h: kube::Api over HTTPS.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/kube/api.h"
#include "operator/kube/config.h"
#include "operator/kube/http.h"

namespace kube {

/// One finished call, for metrics; status 0: no answer.
struct Call {
  std::string verb = {};  // get, list, watch, create, apply, patch, delete, log
  std::string plural = {};
  int status = 0;
  std::chrono::steady_clock::duration took = {};
};

struct ClientOptions {
  std::chrono::seconds idle{20};        // of calls: nothing received for so long
  std::chrono::seconds watch_idle{75};  // of watches: bookmarks come about each minute, and 90 s of silence are stale
  std::function<void(const Call&)> on_call = [](const Call&) {};
  std::stop_token stop = {};    // ends the waiting that a Retry-After asks for
  std::stop_token cancel = {};  // ends calls under way; watches have a token of their own
  /// Of one call with all that a Retry-After asks for, however it trickles in. None: `idle` alone ends it.
  std::optional<std::chrono::milliseconds> total = {};
};

/// After an answer 429 or 503 with Retry-After it waits so long and asks again, watches too, three times and never
/// beyond `total`: the server did nothing yet. At most 10 s each time, since a worker waits with it; watches, which
/// have their threads, 60 s. metadata.managedFields is dropped from everything read.
class Client final : public Api {
 public:
  /// PermanentError (kUsage): unusable certificates.
  Client(const Config&, ClientOptions);

  std::optional<Object> get(const ResourceType&, const ObjectName&) override;
  List list(const ResourceType&, const Selection&) override;
  Created create(const ResourceType&, const Object& object) override;
  Written apply(const ResourceType&, const Object& object, const ApplyOptions&) override;
  Written patch(const ResourceType&, const ObjectName&, const Object& patch, Subresource) override;
  WriteOutcome remove(const ResourceType&, const ObjectName&, const RemoveOptions&) override;
  WatchEnd watch(const ResourceType&, const Selection&, const std::string& resource_version,
                 const std::function<void(WatchEvent)>& on_event, std::stop_token stop) override;
  std::optional<std::string> log(const ObjectName& pod, const LogOptions&) override;

 private:
  Response call(const std::string& verb, const std::string& plural, const Request&);

  ClientOptions options_;
  Http http_;
  Http watch_http_;
};

}  // namespace kube
