#include "operator/runtime/informer.h"

#include "common/log.h"

namespace runtime {
namespace {

/// One object that only a bug of ours can't take must not cost the others their watch (docs/decisions/0010).
template <typename Act>
bool survives(const Object& object, const Act& act) {
  try {
    act();
    return true;
  } catch (const std::exception& error) {
    const ObjectName name = kube::name_of(object);
    logging::error("bug", {{"kind", kube::text_at(object, "/kind")},
                           {"namespace", name.namespace_name},
                           {"name", name.name},
                           {"why", error.what()}});
    return false;
  }
}

}  // namespace

Informer::Informer(kube::Api& api, const Clock& clock, const kube::ResourceType& type, const kube::Selection& selection,
                   Store& store, OnChange on_change)
    : type_(type),
      watcher_(api, clock, type, selection, listener(store, std::move(on_change), selection.namespace_name)),
      thread_([this](std::stop_token stop) { watcher_.run(stop); }) {}

kube::WatchListener Informer::listener(Store& store, OnChange on_change, const std::string& namespace_name) {
  return {.on_object =
              [&store, on_change](Object object) {
                bool is_new = false;
                // Better unknown than outdated: an unknown one opens no gate.
                if (!survives(object, [&] { is_new = store.put(object); })) store.erase(kube::name_of(object));
                if (is_new) survives(object, [&] { on_change(object, false); });
              },
          .on_deleted =
              [&store, on_change](Object object) {
                store.erase(kube::name_of(object));
                survives(object, [&] { on_change(object, true); });
              },
          .on_listed =
              [&store, on_change, namespace_name](const std::set<ObjectName>& names) {
                for (const Object& gone : store.retain(namespace_name, names)) {
                  survives(gone, [&] { on_change(gone, true); });
                }
              }};
}

}  // namespace runtime
