#include <algorithm>

#include "common/report/names.h"
#include "common/spec/object.h"
#include "common/spec/pod_template.h"
#include "common/spec/sections.h"
#include "common/spec/spec.h"
#include "common/spec/target.h"
#include "common/spec/words.h"

namespace spec {
namespace {

constexpr std::chrono::minutes kLeastResync{1};  // each is a Job and a pod

void check_target(Object& object, const std::string& target) {
  const auto blank = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (without_label(target).empty() || target.front() == '@' || target.size() > 255 ||
      std::any_of(target.begin(), target.end(), blank)) {
    return object.problem("target", "must be head, heads, base, a revision, or LABEL@head, without blanks");
  }
  // A resource is level-based: "one further" would move on with each reconcile.
  if (is_relative(target)) {
    object.problem("target", "must not be relative: +N and -N are for the command line");
  }
}

void read_dependencies(Object& object, std::vector<Dependency>& out) {
  object.children("dependsOn", [&](Object& each) {
    Dependency dependency;
    each.text("name", dependency.name);
    each.text("namespace", dependency.namespace_name);
    check_object_name(each, "name", dependency.name);
    if (!dependency.namespace_name.empty()) check_object_name(each, "namespace", dependency.namespace_name);
    out.push_back(dependency);
  });
}

void read_expression(Object& each) {
  std::string key, verb;
  std::vector<std::string> values;
  each.text("key", key);
  each.text("operator", verb);
  each.texts("values", values);
  if (key.empty()) each.problem("key", "must name a label");
  const bool is_set = verb == "In" || verb == "NotIn";
  if (!is_set && verb != "Exists" && verb != "DoesNotExist") {
    each.problem("operator", "must be one of In, NotIn, Exists, DoesNotExist");
  } else if (is_set == values.empty()) {
    each.problem("values", is_set ? "must not be empty" : "must be empty with this operator");
  }
}

void read_consumers(Object& object, std::vector<Consumer>& out) {
  object.children("consumers", [&](Object& each) {
    std::optional<nlohmann::json> selector;
    each.any_object("selector", selector);
    each.require("selector", "must be a label selector");
    if (!selector) return;
    each.child("selector", [&](Object& fields) {
      std::map<std::string, std::string> labels;
      fields.text_map("matchLabels", labels);
      bool has_expressions = false;
      fields.children("matchExpressions", [&](Object& expression) {
        has_expressions = true;
        read_expression(expression);
      });
      if (labels.empty() && !has_expressions) fields.problem("must not select everything");
    });
    out.push_back({.selector = *selector});
  });
}

void check_across(Object& object, const DatabaseMigrationSpec& read) {
  if (read.on_failure == OnFailure::kRestore && read.backup.mode != BackupMode::kFull) {
    object.problem("onFailure", "restore needs backup.mode: full");
  }
}

/// Whatever needs to know the revisions before they are applied: only the tool does.
void check_tool(Object& object, const DatabaseMigrationSpec& read) {
  if (read.migrations.command.empty()) return;
  if (read.on_failure == OnFailure::kDowngrade) {
    object.problem("onFailure", "downgrade isn't possible with migrations.command: the tool's revisions are its own");
  }
  if (read.run_by == RunBy::kPods) {
    object.problem("runBy", "Pods isn't possible with migrations.command: only the tool knows what is pending");
  }
  if (read.approval != Approval::kNotRequired) {
    object.problem("approval", std::string(words::of(words::kApproval, read.approval)) +
                                   " isn't possible with migrations.command: there is no plan to approve");
  }
  if (read.phase == Phase::kExpand) {
    object.problem("phase", "Expand isn't possible with migrations.command: only the tool knows which steps contract");
  }
}

void read_spec(Object& object, DatabaseMigrationSpec& out) {
  object.require("database", "must be set");
  object.child("database", [&](Object& each) { read_database(each, out.database); });
  object.require("migrations", "must be set");
  object.child("migrations", [&](Object& each) { read_migrations(each, out.migrations); });
  object.text("target", out.target);
  check_target(object, out.target);
  object.child("ledger", [&](Object& each) { read_ledger(each, out.ledger); });
  object.child("apply", [&](Object& each) { read_apply(each, out.apply); });
  object.child("backup", [&](Object& each) { read_backup(each, out.backup); });
  object.child("checks", [&](Object& each) { read_checks(each, out.checks); });
  object.choice("onFailure", out.on_failure, words::kOnFailure);
  object.choice("approval", out.approval, words::kApproval);
  object.flag("suspend", out.suspend);
  read_dependencies(object, out.depends_on);
  object.choice("phase", out.phase, words::kPhase);
  object.choice("runBy", out.run_by, words::kRunBy);
  read_consumers(object, out.consumers);
  object.duration("resync", out.resync);
  if (out.resync.count() != 0 && out.resync < kLeastResync) object.problem("resync", "must be 0s, or at least 1m");
  object.child("retry", [&](Object& each) { read_retry(each, out.retry); });
  std::optional<nlohmann::json> pod_template;
  object.any_object("podTemplate", pod_template);
  if (pod_template) {
    out.pod_template = *pod_template;
    for (Problem& each : check_pod_template(*pod_template, child_path(object.path(), "podTemplate"))) {
      object.problems().push_back(std::move(each));
    }
  }
  check_across(object, out);
  check_tool(object, out);
}

void read_resource(Object& object, DatabaseMigration& out) {
  using report::names::kGroup, report::names::kKind, report::names::kVersion;
  const std::string wanted = std::string(kGroup) + "/" + std::string(kVersion);
  std::string api_version;
  std::string kind;
  object.text("apiVersion", api_version);
  if (api_version != wanted) object.problem("apiVersion", "must be " + wanted);
  object.text("kind", kind);
  if (kind != kKind) object.problem("kind", "must be " + std::string(kKind));
  object.require("metadata", "must hold a name");
  object.child("metadata", [&](Object& metadata) {
    metadata.text("name", out.name);
    metadata.text("namespace", out.namespace_name);
    check_object_name(metadata, "name", out.name);
    if (out.name.size() > 63) metadata.problem("name", "must be at most 63 characters long: it becomes a label");
    // The rest of the metadata is Kubernetes' own.
    for (const char* key :
         {"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "labels", "annotations",
          "ownerReferences", "finalizers", "managedFields", "generateName", "deletionGracePeriodSeconds", "selfLink"}) {
      metadata.ignore(key);
    }
  });
  object.require("spec", "must be set");
  object.child("spec", [&](Object& each) { read_spec(each, out.spec); });
  object.ignore("status");
}

}  // namespace

Parsed parse_json(const nlohmann::json& document) {
  Parsed parsed;
  Object object(document, "", parsed.problems);
  if (!document.is_object()) return parsed;
  read_resource(object, parsed.resource);
  object.finish();
  return parsed;
}

std::string describe(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& each : problems) {
    text += (text.empty() ? "" : "\n") + (each.path.empty() ? "" : each.path + ": ") + each.message;
  }
  return text;
}

}  // namespace spec
