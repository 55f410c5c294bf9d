#include "tests/cluster/rollouts/load.h"
#include "tests/support/source.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rollouts {
namespace {

using nlohmann::json;

json load_pod(const std::string& name, const std::string& url) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"labels", {{"load", name}}}}},
          {"spec",
           {{"restartPolicy", "Never"},
            {"automountServiceAccountToken", false},
            {"containers",
             {{{"name", "load"},
               {"image", "localhost/test-people:1"},
               {"imagePullPolicy", "Never"},
               {"command", {"/load"}},
               {"env",
                {{{"name", "URL"}, {"value", url}},
                 {{"name", "RATE"}, {"value", "100"}},
                 {{"name", "SECONDS"}, {"value", "120"}}}}}}}}}};
}

std::string in_tenths(double milliseconds) {
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << milliseconds;
  return text.str();
}

// The versions that answered within one second of the load.
std::string versions_of(const json& second) {
  std::string text;
  for (const auto& [version, answers] : second.items()) text += (text.empty() ? "" : " and ") + version;
  return text;
}

// Of the case with this name, beside those of the others.
std::string file_of(std::string name, const std::string& ending) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char letter) { return std::isalnum(letter) == 0; }, '-');
  std::filesystem::create_directories(support::built("zero-loss"));
  return support::built("zero-loss") + "/" + name + ending;
}

}  // namespace

Load::Load(const support::World& world, const std::string& service) : world_(world) {
  pod_ = "load-" + std::to_string(world.list("pods", "load").size() + 1);
  world.apply(load_pod(pod_, "http://" + service + "." + world.name() + ".svc.cluster.local./work"));
  const bool answered = support::eventually(
      [&] {
        if (address_.empty()) address_ = world.get("pod", pod_).at("status").value("podIP", "");
        const json now = address_.empty() ? json() : report();
        return now.is_object() && now.at("served").size() >= 2;
      },
      60);
  if (!answered) throw std::runtime_error("no load: " + world.kubectl({"describe", "pod", pod_}).out);
}

json Load::report() const {
  const support::Finished asked =
      support::run_program(support::inside_cluster({"curl", "-sS", "-m", "10", "http://" + address_ + ":9090/report"}));
  return asked.code == 0 ? json::parse(asked.out) : json();
}

bool Load::has_ended() const { return world_.get("pod", pod_).at("status").value("phase", "") == "Succeeded"; }

void Load::settle() const {
  const json first = report();
  const std::size_t wanted = first.is_object() ? first.at("served").size() + 2 : 0;
  support::eventually(
      [&] {
        const json now = report();
        return now.is_object() ? now.at("served").size() >= wanted : has_ended();
      },
      60);
}

json Load::stop() const {
  support::run_program(
      support::inside_cluster({"curl", "-sS", "-m", "10", "-X", "POST", "http://" + address_ + ":9090/stop"}));
  const bool ended = support::eventually([&] { return has_ended(); }, 60);
  const std::string log = world_.kubectl({"logs", pod_}).out;
  if (!ended || log.empty()) throw std::runtime_error("the load left no summary: " + log);
  return json::parse(log);
}

std::string served(const json& summary) {
  std::string text, before;
  for (const json& second : summary.at("served")) {
    const std::string now = versions_of(second);
    if (now.empty() || now == before) continue;
    text += (text.empty() ? "" : " -> ") + now;
    before = now;
  }
  return text;
}

void record(const std::string& name, const std::vector<json>& summaries, const std::string& end) {
  int requests = 0, failures = 0;
  double slowest = 0, p99 = 0;
  std::string over_time;
  for (const json& summary : summaries) {
    requests += summary.at("requests").get<int>();
    failures += summary.at("failures").get<int>();
    slowest = std::max(slowest, summary.at("slowestMs").get<double>());
    p99 = std::max(p99, summary.at("p99Ms").get<double>());
    over_time += (over_time.empty() ? "" : "; ") + served(summary);
  }
  std::ofstream(file_of(name, ".md")) << "| " << name << " | " << requests << " | " << failures << " | "
                                      << in_tenths(slowest) << " | " << in_tenths(p99) << " | " << over_time << " | "
                                      << end << " |\n";
}

void keep(const std::string& name, const std::string& text) { std::ofstream(file_of(name, ".txt")) << text; }

}  // namespace rollouts
