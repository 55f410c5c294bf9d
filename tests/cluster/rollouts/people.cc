#include "tests/cluster/rollouts/people.h"

#include <filesystem>
#include <stdexcept>

#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace rollouts {
namespace {

constexpr const char* kImage = "localhost/test-people:1";

constexpr const char* kPeople = R"(-- revision: 001
create table people (id bigint generated always as identity primary key, name text not null);
create table faults (version text not null, endpoint text not null);
)";

constexpr const char* kExpand = R"(-- revision: 002
-- revises: 001
alter table people add column full_name text;
create function both_names() returns trigger language plpgsql as $$
begin
  new.full_name := coalesce(new.full_name, new.name);
  new.name := coalesce(new.name, new.full_name);
  return new;
end $$;
create trigger both_names before insert or update on people for each row execute function both_names();
update people set full_name = name where full_name is null;
)";

constexpr const char* kContract = R"(-- revision: 003
-- revises: 002
-- phase: contract
do $$ begin
  if exists (select from pg_stat_activity where datname = current_database() and application_name = 'people-1') then
    raise exception 'version 1 is still connected';
  end if;
end $$;
drop trigger both_names on people;
drop function both_names();
alter table people drop column name;
)";

json env_from_secret(const std::string& variable, const std::string& secret) {
  return {{"name", variable}, {"valueFrom", {{"secretKeyRef", {{"name", secret}, {"key", "url"}}}}}};
}

// Both versions of one Deployment have the same selector.
json selector_labels(const Release& release) {
  json labels = {{"app", release.name}};
  if (!release.colour.empty()) labels["colour"] = release.colour;
  return labels;
}

json pod_labels(const Release& release) {
  json labels = selector_labels(release);
  labels["version"] = release.version;
  labels.update(release.labels);
  return labels;
}

json restricted() {
  return {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"runAsNonRoot", true},
          {"capabilities", {{"drop", {"ALL"}}}}};
}

}  // namespace

support::Files migrations_of_1() { return {{"001_people.up.sql", kPeople}}; }

support::Files migrations_of_2() {
  return {{"001_people.up.sql", kPeople}, {"002_full_name.up.sql", kExpand}, {"003_no_name.up.sql", kContract}};
}

void prepare(const World& world) {
  world.secret("app", {{"url", "postgresql://" + world.name() + ":" + world.password() +
                                   "@postgres.databases.svc.cluster.local:5432/" + world.name() + "?sslmode=disable"}});
  world.config_map("migrations-1", migrations_of_1());
  world.config_map("migrations-2", migrations_of_2());
}

json pod_template(const Release& release) {
  const json probe = {{"path", "/readyz"}, {"port", 8080}};
  const json app = {
      {"name", "app"},
      {"image", kImage},
      {"imagePullPolicy", "Never"},
      {"env", {{{"name", "VERSION"}, {"value", release.version}}, env_from_secret("DATABASE_URL", "app")}},
      {"ports", {{{"containerPort", 8080}}}},
      {"readinessProbe", {{"httpGet", probe}, {"periodSeconds", 1}, {"timeoutSeconds", 5}, {"failureThreshold", 2}}},
      {"lifecycle", {{"preStop", {{"sleep", {{"seconds", 10}}}}}}},
      {"securityContext", restricted()}};
  return {{"metadata", {{"labels", pod_labels(release)}, {"annotations", release.annotations}}},
          {"spec",
           {{"automountServiceAccountToken", false},
            {"terminationGracePeriodSeconds", 45},
            {"initContainers", release.init_containers},
            {"containers", {app}},
            {"volumes", release.volumes}}}};
}

json deployment(const Release& release) {
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"name", release.name + (release.colour.empty() ? "" : "-" + release.colour)}}},
          {"spec",
           {{"replicas", release.replicas},
            {"minReadySeconds", 1},
            {"selector", {{"matchLabels", selector_labels(release)}}},
            {"strategy", {{"rollingUpdate", {{"maxUnavailable", 0}, {"maxSurge", 2}}}}},
            {"template", pod_template(release)}}}};
}

json service(const std::string& name, const json& selector) {
  json spec = {{"ports", {{{"port", 80}, {"targetPort", 8080}}}}};
  if (!selector.is_null()) spec["selector"] = selector;
  return {{"apiVersion", "v1"}, {"kind", "Service"}, {"metadata", {{"name", name}}}, {"spec", spec}};
}

bool migrate(const World& world, const std::string& version, const std::string& phase) {
  const std::string name = "migrate-" + version + "-" + phase;
  const json container = {{"name", "migrate"},
                          {"image", support::migrator_image()},
                          {"imagePullPolicy", "Never"},
                          {"args", {"upgrade", "heads", "--yes"}},
                          {"env",
                           {env_from_secret("SLUICE_DATABASE_URL", "db"),
                            {{"name", "SLUICE_MIGRATIONS"}, {"value", "/migrations"}},
                            {{"name", "SLUICE_PHASE"}, {"value", phase}}}},
                          {"volumeMounts", {{{"name", "migrations"}, {"mountPath", "/migrations"}}}},
                          {"securityContext", restricted()}};
  world.apply({{"apiVersion", "v1"},
               {"kind", "Pod"},
               {"metadata", {{"name", name}}},
               {"spec",
                {{"restartPolicy", "Never"},
                 {"automountServiceAccountToken", false},
                 {"containers", {container}},
                 {"volumes", {{{"name", "migrations"}, {"configMap", {{"name", "migrations-" + version}}}}}}}}});
  return support::eventually([&] { return world.get("pod", name).at("status").value("phase", "") == "Succeeded"; }, 60);
}

Release with_init_containers(Release release, const std::string& at_least, const std::string& before) {
  const support::TemporaryFolder folder;
  const std::string root = support::source(), chart = folder.path() + "/shop";
  const auto all = std::filesystem::copy_options::recursive;
  std::filesystem::copy(root + "/deploy/examples/app-chart", chart, all);
  std::filesystem::create_directories(chart + "/charts");
  std::filesystem::copy(root + "/charts/sluice-init", chart + "/charts/sluice-init", all);
  const json spec = {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                     {"migrations", {{"configMaps", {"migrations-" + release.version}}}}};
  const json values = {{"sluice-init",
                        {{"image", support::migrator_image()},
                         {"imagePullPolicy", "Never"},
                         {"migration", "people"},
                         {"spec", spec},
                         {"requires", {{"atLeast", at_least}, {"before", before}}}}}};
  const std::string file = folder.write("values.yaml", values.dump());
  const support::Finished rendered = support::run_program(support::inside_cluster(
      {"helm", "template", "shop", chart, "--values", file, "--show-only", "templates/deployment.yaml"}));
  if (rendered.code != 0) throw std::runtime_error("helm template: " + rendered.err);
  const json pods = json::parse(
      support::must_kubectl({"create", "--dry-run=client", "-o", "json", "-f", "-"}, rendered.out))["spec"]["template"];
  release.labels = pods.at("metadata").at("labels");
  release.labels.update({{"app", release.name}});
  release.annotations = pods.at("metadata").at("annotations");
  release.init_containers = pods.at("spec").at("initContainers");
  release.volumes = pods.at("spec").at("volumes");
  return release;
}

bool rolled_out(const World& world, const std::string& deployment, int seconds) {
  return support::eventually(
      [&] {
        const json object = world.get("deployment", deployment);
        const json& status = object.at("status");
        const int wanted = object.at("spec").at("replicas");
        return status.value("observedGeneration", 0) == object.at("metadata").at("generation") &&
               status.value("updatedReplicas", 0) == wanted && status.value("replicas", 0) == wanted &&
               status.value("availableReplicas", 0) == wanted;
      },
      seconds);
}

bool pods_gone(const World& world, const std::string& selector, int seconds) {
  return support::eventually([&] { return world.list("pods", selector).empty(); }, seconds);
}

std::string story(const World& world) {
  return world.story() + world.kubectl({"logs", "-l", "app=people", "--all-containers", "--tail=20", "--prefix"}).out +
         world.kubectl({"get", "services,endpointslices,replicasets", "-o", "wide"}).out +
         "addresses that the node got no answer from:\n" +
         support::run_program(support::inside_cluster({"ip", "neigh", "show", "nud", "failed"})).out;
}

}  // namespace rollouts
