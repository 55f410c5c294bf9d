#include "operator/runtime/informer.h"

namespace runtime {

Informer::Informer(kube::Api& api, const Clock& clock, const kube::ResourceType& type, const kube::Selection& selection,
                   Store& store, OnChange on_change)
    : type_(type),
      watcher_(api, clock, type, selection, listener(store, std::move(on_change), selection.namespace_name)),
      thread_([this](std::stop_token stop) { watcher_.run(stop); }) {}

kube::WatchListener Informer::listener(Store& store, OnChange on_change, const std::string& namespace_name) {
  return {.on_object =
              [&store, on_change](Object object) {
                if (store.put(object)) on_change(object, false);
              },
          .on_deleted =
              [&store, on_change](Object object) {
                store.erase(kube::name_of(object));
                on_change(object, true);
              },
          .on_listed =
              [&store, on_change, namespace_name](const std::set<ObjectName>& names) {
                for (const Object& gone : store.retain(namespace_name, names)) on_change(gone, true);
              }};
}

}  // namespace runtime
