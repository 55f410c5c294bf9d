#include "operator/rollout/check_job.h"

#include "common/report/names.h"
#include "operator/reconcile/pod.h"

namespace rollout {
namespace {

using Json = nlohmann::json;
using report::names::kFieldManager, report::names::kGroup, report::names::kLabelRollout, report::names::kManagedBy,
    report::names::kVersion;

constexpr int kUser = 65532;          // as the migrator's pods
constexpr int kKeptSeconds = 3600;    // for people; the verdict stands in the status
constexpr int kStartSeconds = 86400;  // a bound for what nobody waits for any more

std::string in_url(const std::string& ip) { return ip.find(':') == std::string::npos ? ip : "[" + ip + "]"; }

/// `ip`: of a pod; empty: the check says where.
Json write_check(const Check& check, const std::string& ip) {
  Json json = {{"timeout", spec::format_duration(check.timeout)},
               {"retries", check.retries},
               {"interval", spec::format_duration(check.interval)}};
  if (!check.is_http) {
    json["tcp"] = {{"host", ip.empty() ? check.host : ip}, {"port", check.port}};
    return json;
  }
  const std::string url =
      ip.empty() ? check.url : check.scheme + "://" + in_url(ip) + ":" + std::to_string(check.port) + check.path;
  json["http"] = {{"url", url}, {"status", check.status}};
  if (!check.headers.empty()) json["http"]["headers"] = check.headers;
  return json;
}

Json labels_of(const Observed& seen) {
  return {{"app.kubernetes.io/name", "sluice"}, {kManagedBy, kFieldManager}, {kLabelRollout, seen.name}};
}

Json container(const Observed& seen, const Sequence& sequence, const reconcile::JobOptions& options) {
  const bool verifies = sequence.step == Step::kVerify;
  const ColourSeen& fresh = seen.colour(sequence.to);
  const Json checks = expand_checks(verifies ? seen.spec.verify.checks : seen.spec.checks, fresh.pods);
  Json args = Json::array({"check", "--output", "json"});
  if (verifies) {
    for (const std::string& each : {std::string("--for"), spec::format_duration(seen.spec.verify.duration),
                                    std::string("--interval"), spec::format_duration(seen.spec.verify.interval)}) {
      args.push_back(each);
    }
  }
  const Json env = {{"name", report::names::kEnvChecks}, {"value", reconcile::literal(checks.dump())}};
  Json json = {{"name", "check"},
               {"image", options.migrator_image},
               {"command", Json::array({"/sluice"})},
               {"args", args},
               {"env", Json::array({env})},
               {"terminationMessagePath", "/dev/termination-log"},
               {"terminationMessagePolicy", "File"},
               {"securityContext", reconcile::container_security()}};
  if (!options.pull_policy.empty()) json["imagePullPolicy"] = options.pull_policy;
  return json;
}

}  // namespace

Json expand_checks(const std::vector<Check>& checks, const std::vector<Pod>& pods) {
  Json list = Json::array();
  const auto add = [&](const Check& check, const std::string& ip, const std::string& name) {
    list.push_back(write_check(check, ip));
    list.back()["name"] = name;
  };
  for (const Check& check : checks) {
    if (!check.is_of_pods()) add(check, "", check.name);
    std::size_t asked = 0;
    for (const Pod& pod : pods) {
      if (!check.is_of_pods() || !pod.ready || pod.ip.empty() || asked++ >= kMostPods) continue;
      add(check, pod.ip, check.name + " of " + pod.name);
    }
  }
  return list;
}

Json render_check_job(const Observed& seen, const Sequence& sequence, const reconcile::JobOptions& options) {
  const Json owner = {{"apiVersion", std::string(kGroup) + "/" + std::string(kVersion)},
                      {"kind", "DatabaseRollout"},
                      {"name", seen.name},
                      {"uid", seen.uid},
                      {"controller", true},
                      {"blockOwnerDeletion", true}};
  Json pod = {{"restartPolicy", "Never"},
              {"automountServiceAccountToken", false},
              {"enableServiceLinks", false},
              {"securityContext",
               {{"runAsNonRoot", true},
                {"runAsUser", kUser},
                {"runAsGroup", kUser},
                {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
              {"containers", Json::array({container(seen, sequence, options)})}};
  for (const std::string& each : options.pull_secrets) pod["imagePullSecrets"].push_back({{"name", each}});
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata",
           {{"name", sequence.job},
            {"namespace", seen.namespace_name},
            {"labels", labels_of(seen)},
            {"ownerReferences", Json::array({owner})}}},
          {"spec",
           {{"backoffLimit", 0},
            {"completions", 1},
            {"parallelism", 1},
            {"activeDeadlineSeconds", kStartSeconds},
            {"ttlSecondsAfterFinished", kKeptSeconds},
            {"template", {{"metadata", {{"labels", labels_of(seen)}}}, {"spec", pod}}}}}};
}

}  // namespace rollout
