// operator/rollout/spec.h: the spec of a DatabaseRollout as C++ types. docs/blue-green.md describes it for users.
#pragma once
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/spec/spec.h"

namespace rollout {

enum class Colour { kBlue, kGreen };
enum class Approval { kNotRequired, kRequired };

/// "Blue", "Green".
std::string word(Colour);
Colour other(Colour);

/// Of each pod of the new colour (`port` alone), or of one place (`url`, `host`). Exactly one of http and tcp.
struct Check {
  std::string name = {};
  bool is_http = false;
  int port = 0;  // 0: `url` says where
  std::string scheme = "http", path = "/", url = {};
  int status = 200;
  std::map<std::string, std::string> headers = {};
  std::string host = {};  // tcp; empty: each pod
  std::chrono::milliseconds timeout{10000};
  int retries = 2;
  std::chrono::milliseconds interval{2000};
  bool is_of_pods() const { return is_http ? url.empty() : host.empty(); }
  bool operator==(const Check&) const = default;
};

struct Verify {
  std::chrono::milliseconds duration{60000};
  std::chrono::milliseconds interval{10000};
  std::vector<Check> checks = {};
  bool operator==(const Verify&) const = default;
};

/// Everything under `spec:`. Written by the user; the operator never changes it.
struct Spec {
  std::string migration = {};
  std::string service = {}, blue = {}, green = {};
  Colour target = Colour::kBlue;
  std::vector<Check> checks = {};
  Verify verify = {};
  std::chrono::milliseconds drain_delay{30000};
  std::chrono::milliseconds start_timeout{600000};
  Approval approval = Approval::kNotRequired;
  const std::string& deployment(Colour colour) const { return colour == Colour::kBlue ? blue : green; }
  bool operator==(const Spec&) const = default;
};

struct ParsedSpec {
  Spec spec = {};                            // meaningful only where problems is empty
  std::vector<spec::Problem> problems = {};  // all of them at once
};

/// Reads and validates `spec:`. Never throws for bad input: everything wrong is a Problem, unknown fields included.
[[nodiscard]] ParsedSpec parse_spec(const nlohmann::json& spec);

}  // namespace rollout
