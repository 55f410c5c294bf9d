#include "operator/gate/endpoints.h"

#include <algorithm>
#include <memory>

#include "operator/gate/flagger.h"
#include "operator/gate/url.h"

namespace gate {
namespace {

using Path = std::vector<std::string>;

constexpr std::size_t kPrefix = 2;  // /gate/v1

Answer problem(int status, const std::string& what) { return {.status = status, .body = what + "\n"}; }

Answer wrong_method(const std::string& right) {
  Answer answer = problem(405, "only " + right);
  answer.headers["Allow"] = right;
  return answer;
}

bool begins_with(const Path& path, std::initializer_list<std::string_view> words) {
  return path.size() >= words.size() && std::equal(words.begin(), words.end(), path.begin());
}

/// "Bearer TOKEN"; the scheme in any case.
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(authorization[i])) != kScheme[i]) return {};
  }
  return authorization.substr(kScheme.size());
}

class Gate {
 public:
  explicit Gate(GateSources sources) : sources_(std::move(sources)) {
    if (!sources_.token_file.empty()) tokens_.emplace(sources_.token_file);
  }

  Answer answer(const Request& request) {
    std::optional<Url> url = parse_url(request.target);
    std::string token(bearer(request.authorization));
    if (url) take_token_from_path(url->path, token);
    if (tokens_ && !tokens_->matches(token)) return unauthorized();
    if (!url) return problem(400, "malformed path or query");
    if (!begins_with(url->path, {"gate", "v1"}) || url->path.size() != kPrefix + 2) return problem(404, "not found");
    if (request.method == "POST") return flagger(*url, request.body);
    if (request.method == "GET" || request.method == "HEAD") return migration(*url);
    return wrong_method("GET, HEAD, POST");
  }

 private:
  /// Flagger's webhooks can't send headers.
  static void take_token_from_path(Path& path, std::string& token) {
    if (path.size() != kPrefix + 4 || !begins_with(path, {"gate", "v1", "token"}) || path[4] != "flagger") return;
    token = path[3];
    path.erase(path.begin() + 2, path.begin() + 4);
  }

  static Answer unauthorized() {
    Answer answer = problem(401, "a valid token is missing");
    answer.headers["WWW-Authenticate"] = "Bearer";
    return answer;
  }

  std::optional<Answer> refuse_when_stale(const kube::ObjectName& name) const {
    const std::vector<std::string> stale = sources_.stale(name.namespace_name);
    if (stale.empty()) return std::nullopt;
    std::string names;
    for (const std::string& each : stale) names += (names.empty() ? "" : ", ") + each;
    return problem(503, "the operator's view of the cluster is stale: " + names);
  }

  Answer migration(const Url& url) const {
    const kube::ObjectName name{url.path[2], url.path[3]};
    std::vector<std::string> at_least;
    for (const auto& [key, value] : url.query) {
      // A parameter passed over would open the gate too early.
      if (key != "at-least") return problem(400, "unknown parameter; there is: at-least");
      const std::optional<std::vector<std::string>> revisions = parse_revisions(value);
      if (!revisions) return problem(400, "at-least wants REVISION[,REVISION…]");
      at_least = *revisions;
    }
    if (const std::optional<Answer> refused = refuse_when_stale(name)) return *refused;
    const Judgement said = judge(name, sources_.migration(name), at_least);
    return {.body = to_json(name, said).dump() + "\n", .content_type = "application/json"};
  }

  Answer flagger(const Url& url, const std::string& body) const {
    if (url.path[2] != "flagger") return wrong_method("GET, HEAD");
    if (!is_hook(url.path[3])) return problem(403, "this gate answers only " + hooks());
    const HookPayload payload = parse_payload(body);
    if (!payload.problem.empty()) return problem(400, payload.problem);
    if (const std::optional<Answer> refused = refuse_when_stale(payload.migration)) return *refused;
    const Judgement said = judge(payload.migration, sources_.migration(payload.migration), payload.at_least);
    return problem(said.state == State::kReady ? 200 : 403, said.reason + ": " + said.message);
  }

  const GateSources sources_;
  std::optional<Tokens> tokens_ = {};
};

}  // namespace

Handler make_gate(GateSources sources) {
  const auto made = std::make_shared<Gate>(std::move(sources));
  return [made](const Request& request) { return made->answer(request); };
}

}  // namespace gate
