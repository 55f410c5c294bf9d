#include "migrator/run/gate.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/error.h"
#include "common/spec/spec.h"
#include "migrator/checks/get.h"
#include "migrator/checks/url.h"

namespace run {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kOneAnswer{10000};
constexpr std::size_t kMostBody = 65536;

[[noreturn]] void wrong(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

std::string encoded(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  static const std::string kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

/// A mounted token is rotated while we wait.
std::string token_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) wrong("--gate-token-file: can't read " + path);
  std::string token{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  token.resize(end == std::string::npos ? 0 : end + 1);
  const auto is_bad = [](unsigned char c) { return c <= ' ' || c >= 0x7f; };
  if (token.empty() || std::any_of(token.begin(), token.end(), is_bad))
    wrong("--gate-token-file: " + path + " holds no token");
  return token;
}

/// One answer, understood.
struct Look {
  bool is_ready = false;
  bool is_unreachable = false;  // the gate gave no answer of its own
  std::string why = {};         // empty: ready
  std::vector<std::string> heads = {};
};

std::string text_at(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Of an answer that isn't JSON: a proxy's, or the gate's when it is shut.
std::string first_line(const checks::Answer& answer) {
  constexpr std::size_t kMost = 200;
  const std::string line = answer.body.substr(0, std::min(answer.body.find('\n'), kMost));
  const bool is_text = std::all_of(line.begin(), line.end(), [](unsigned char c) { return c >= ' ' && c < 0x7f; });
  return line.empty() || !is_text || line[0] == '<' ? "" : ": " + line;
}

Look understand(const checks::Answer& answer) {
  const std::string status = "the gate answered " + std::to_string(answer.status);
  if (answer.status == 401 || answer.status == 403) return {.why = status + ": it refuses the token"};
  const nlohmann::json json = nlohmann::json::parse(answer.body, nullptr, false);
  const bool is_object = json.is_object();
  const std::string reason = is_object ? text_at(json, "reason") : "",
                    message = is_object ? text_at(json, "message") : "";
  const std::string said = (reason.empty() ? "" : ": " + reason) + (message.empty() ? "" : ": " + message);
  if (answer.status >= 500) return {.is_unreachable = true, .why = status + (is_object ? said : first_line(answer))};
  const std::string state = is_object ? text_at(json, "state") : "";
  const bool is_gate = state == "ready" || state == "waiting" || state == "failed";
  if (answer.status != 200 || !is_gate) return {.why = status + ", which is no answer of a gate" + said};
  Look look{.is_ready = state == "ready", .why = "the migration is " + state + said};
  const auto heads = json.find("heads");
  if (heads == json.end() || !heads->is_array()) return look;
  for (const nlohmann::json& head : *heads) {
    if (head.is_string()) look.heads.push_back(head.get<std::string>());
  }
  return look;
}

class Gate {
 public:
  explicit Gate(const GateRequest& request) : request_(request) {
    const auto url = checks::parse_url(request.url);
    if (!url) wrong("--gate is http(s)://host[:port]/gate/v1/NAMESPACE/NAME");
    shown_ = url->shown;
    get_.url = request.url.substr(0, request.url.find('#'));
    if (!request.at_least.empty()) {
      get_.url += get_.url.find('?') == std::string::npos ? '?' : '&';
      get_.url += "at-least=" + encoded(request.at_least);
    }
    get_.ca_file = request.ca_file;
    get_.most_body_bytes = kMostBody;
    if (!request.ca_file.empty() && !std::ifstream(request.ca_file))
      wrong("--gate-ca-file: can't read " + request.ca_file);
  }
  const std::string& shown() const { return shown_; }

  Look look(const std::function<bool()>& cancelled) {
    const std::string token = request_.token_file.empty() ? request_.token : token_in(request_.token_file);
    if (!token.empty()) get_.headers["Authorization"] = "Bearer " + token;
    const checks::Got got =
        checks::get(get_, {.deadline = std::chrono::steady_clock::now() + kOneAnswer, .cancelled = cancelled});
    if (const auto* answer = std::get_if<checks::Answer>(&got)) return understand(*answer);
    return {.is_unreachable = true, .why = std::get<std::string>(got)};
  }

 private:
  const GateRequest& request_;
  std::string shown_ = {};
  checks::Get get_ = {};
};

void poll_gate(const GateRequest& request, report::Result& result, report::EventSink& events, const Clock& clock,
               const std::function<bool()>& cancelled) {
  Gate gate(request);
  Patience patience(request.pace, events, clock, cancelled);
  std::optional<milliseconds> unreachable_since;
  for (;;) {
    const milliseconds asked_at = patience.waited();
    const Look look = gate.look(cancelled);
    patience.stop_if_cancelled();
    if (!look.heads.empty()) result.heads = look.heads;
    if (look.is_ready) {
      result.code = report::ExitCode::kDone;
      result.message = "the gate is open";
      return;
    }
    if (!look.is_unreachable) unreachable_since.reset();
    if (look.is_unreachable && !unreachable_since) unreachable_since = asked_at;
    const bool is_long = unreachable_since && patience.waited() - *unreachable_since >= request.open_after;
    if (is_long && request.if_unreachable == IfUnreachable::kOpen) {
      result.code = report::ExitCode::kDone;
      result.reason = "GateUnreachable";
      result.message = "the gate gave no answer for " + spec::format_duration(request.open_after) +
                       ", and --if-unreachable open was said: nothing is known of the database; " + look.why;
      return;
    }
    patience.wait(look.why);
  }
}

}  // namespace

report::Result wait_for_gate(const GateRequest& request, report::EventSink& events, const Clock& clock,
                             const std::function<bool()>& cancelled) {
  report::Result result;
  result.target = request.at_least;
  const auto started = clock.steady();
  try {
    poll_gate(request, result, events, clock, cancelled);
  } catch (const Error& error) {
    result.code = error.code;
    result.message = error.what();
  }
  result.took_ms = std::chrono::duration_cast<milliseconds>(clock.steady() - started).count();
  return result;
}

}  // namespace run
