#include "operator/rollout/spec.h"

#include <set>

#include "common/spec/object.h"
#include "common/spec/sections.h"

namespace rollout {
namespace {

using SpecObject = spec::Object;

constexpr std::chrono::seconds kLeastDrain{30};  // zero loss, operator-protocol, Roll-outs 4

constexpr std::pair<Colour, std::string_view> kColours[] = {{Colour::kBlue, "Blue"}, {Colour::kGreen, "Green"}};
constexpr std::pair<Approval, std::string_view> kApprovals[] = {{Approval::kNotRequired, "NotRequired"},
                                                                {Approval::kRequired, "Required"}};
constexpr std::pair<int, std::string_view> kSchemes[] = {{0, "http"}, {1, "https"}};

void read_http(SpecObject& object, Check& check) {
  check.is_http = true;
  object.exactly_one({"port", "url"});
  object.integer("port", check.port, 1, 65535);
  object.text("url", check.url);
  object.text("path", check.path);
  int scheme = 0;
  object.choice("scheme", scheme, kSchemes);
  check.scheme = kSchemes[scheme].second;
  object.integer("status", check.status, 100, 599);
  object.text_map("headers", check.headers);
  if (!check.path.starts_with('/')) object.problem("path", "must start with /");
  if (object.has("url")) spec::check_url(object, check.url);
}

void read_tcp(SpecObject& object, Check& check) {
  object.text("host", check.host);
  object.require("port", "must be set");
  object.integer("port", check.port, 1, 65535);
}

void read_check(SpecObject& object, Check& check) {
  object.text("name", check.name);
  object.require("name", "must be set: reports name the check by it");
  object.exactly_one({"http", "tcp"});
  object.child("http", [&](SpecObject& http) { read_http(http, check); });
  object.child("tcp", [&](SpecObject& tcp) { read_tcp(tcp, check); });
  object.duration("timeout", check.timeout);
  object.integer("retries", check.retries, 0, 1000);
  object.duration("interval", check.interval);
  if (check.timeout.count() == 0) object.problem("timeout", "must be longer than 0");
}

void read_checks(SpecObject& object, std::vector<Check>& checks) {
  std::set<std::string> names;
  object.children("checks", [&](SpecObject& each) {
    read_check(each, checks.emplace_back());
    const std::string& name = checks.back().name;
    if (!name.empty() && !names.insert(name).second) each.problem("name", "is the name of another check too");
  });
}

void read_names(SpecObject& object, Spec& spec) {
  object.require("migrationRef", "must name the DatabaseMigration");
  object.child("migrationRef", [&](SpecObject& ref) {
    ref.text("name", spec.migration);
    ref.require("name", "must name the DatabaseMigration");
  });
  for (auto [key, text] :
       {std::pair("service", &spec.service), std::pair("blue", &spec.blue), std::pair("green", &spec.green)}) {
    object.text(key, *text);
    object.require(key, "must be set");
  }
  if (!spec.blue.empty() && spec.blue == spec.green) object.problem("green", "must be another Deployment than blue");
}

}  // namespace

std::string word(Colour colour) { return colour == Colour::kBlue ? "Blue" : "Green"; }

Colour other(Colour colour) { return colour == Colour::kBlue ? Colour::kGreen : Colour::kBlue; }

ParsedSpec parse_spec(const nlohmann::json& json) {
  ParsedSpec parsed;
  Spec& spec = parsed.spec;
  SpecObject object(json, "spec", parsed.problems);
  read_names(object, spec);
  object.require("target", "must be Blue or Green");
  object.choice("target", spec.target, kColours);
  read_checks(object, spec.checks);
  object.child("verify", [&](SpecObject& verify) {
    verify.duration("for", spec.verify.duration);
    verify.duration("interval", spec.verify.interval);
    read_checks(verify, spec.verify.checks);
  });
  object.duration("drainDelay", spec.drain_delay);
  object.duration("startTimeout", spec.start_timeout);
  object.choice("approval", spec.approval, kApprovals);
  if (spec.drain_delay < kLeastDrain) object.problem("drainDelay", "must be at least 30s");
  object.finish();
  return parsed;
}

}  // namespace rollout
