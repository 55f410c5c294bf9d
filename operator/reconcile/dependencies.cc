#include "operator/reconcile/dependencies.h"

#include <set>
#include <sstream>

#include "common/report/names.h"

namespace reconcile {
namespace {

using kube::ObjectName;
using kube::text_at;
using kube::value_at;

std::vector<ObjectName> names_of_dependencies(const kube::Object& migration) {
  const std::string own = kube::name_of(migration).namespace_name;
  std::vector<ObjectName> names;
  for (const kube::Object& each : value_at(migration, "/spec/dependsOn")) {
    const std::string other = text_at(each, "/namespace");
    names.push_back({other.empty() ? own : other, text_at(each, "/name")});
  }
  return names;
}

/// Following dependencies from `from` one comes to `to`.
bool leads_to(const runtime::Caches& caches, const ObjectName& from, const ObjectName& to) {
  std::set<ObjectName> seen;
  std::vector<ObjectName> open = {from};
  while (!open.empty()) {
    const ObjectName next = open.back();
    open.pop_back();
    if (next == to) return true;
    if (!seen.insert(next).second) continue;
    const std::optional<kube::Object> migration = caches.migrations.get(next);
    if (!migration) continue;
    for (const ObjectName& each : names_of_dependencies(*migration)) open.push_back(each);
  }
  return false;
}

bool is_ready(const kube::Object& migration) {
  for (const kube::Object& each : value_at(migration, "/status/conditions")) {
    if (text_at(each, "/type") != "Ready") continue;
    return text_at(each, "/status") == "True" &&
           value_at(each, "/observedGeneration") == value_at(migration, "/metadata/generation");
  }
  return false;
}

bool grants(const kube::Object& migration, const std::string& namespace_name) {
  std::istringstream list(kube::annotation_of(migration, report::names::kAnnotationGrant));
  for (std::string each; std::getline(list, each, ',');) {
    if (each == namespace_name) return true;
  }
  return false;
}

}  // namespace

std::vector<ObservedDependency> read_dependencies_of(const runtime::Caches& caches, const ObjectName& dependent,
                                                     const std::vector<spec::Dependency>& wanted) {
  std::vector<ObservedDependency> read;
  for (const spec::Dependency& each : wanted) {
    const ObjectName name{each.namespace_name.empty() ? dependent.namespace_name : each.namespace_name, each.name};
    ObservedDependency dependency{.name = name.namespace_name + "/" + name.name};
    dependency.cycle = leads_to(caches, name, dependent);
    if (const std::optional<kube::Object> migration = caches.migrations.get(name)) {
      dependency.found = true;
      dependency.ready = is_ready(*migration);
      dependency.granted =
          name.namespace_name == dependent.namespace_name || grants(*migration, dependent.namespace_name);
    } else {
      dependency.granted = name.namespace_name == dependent.namespace_name;
    }
    read.push_back(dependency);
  }
  return read;
}

}  // namespace reconcile
