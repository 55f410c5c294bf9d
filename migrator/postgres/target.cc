#include "migrator/postgres/target.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <set>

#include "common/error.h"

namespace postgres {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConninfoOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

std::map<std::string, std::string> values_of(const ConninfoOptions& options) {
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') values[option->keyword] = option->val;
  }
  return values;
}

const std::set<std::string>& known_keywords() {
  static const std::set<std::string> known = [] {
    std::set<std::string> names;
    const ConninfoOptions options(PQconndefaults());
    for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option)
      names.insert(option->keyword);
    return names;
  }();
  return known;
}

// asyncpg's and psycopg's words for the same thing.
std::string translate_parameter(const std::string& name, const std::string& value) {
  if (name == "ssl") {
    if (value == "true" || value == "True" || value == "1") return "sslmode=require";
    if (value == "false" || value == "False" || value == "0") return "sslmode=disable";
    return "sslmode=" + value;
  }
  if (name == "timeout") return "connect_timeout=" + value;
  if (known_keywords().count(name) != 0) return name + "=" + value;
  return "";  // prepared_statement_cache_size and the like mean nothing to us
}

std::string translate_parameters(const std::string& query) {
  std::string kept;
  for (std::size_t start = 0; start <= query.size();) {
    std::size_t end = query.find('&', start);
    if (end == std::string::npos) end = query.size();
    const std::string pair = query.substr(start, end - start);
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos) {
      const std::string parameter = translate_parameter(pair.substr(0, equals), pair.substr(equals + 1));
      if (!parameter.empty()) kept += (kept.empty() ? "?" : "&") + parameter;
    }
    start = end + 1;
  }
  return kept;
}

[[noreturn]] void refuse_url() {
  throw PermanentError(
      "the database URL can't be read; is a special character in the user name or password not percent-encoded?",
      report::ExitCode::kUsage);
}

// Where the parts of "://…" begin, as libpq reads them (conninfo_uri_parse_options): what stands before the first `@`
// is user and password, whatever is in it, unless a `/` comes first.
struct UrlParts {
  std::size_t hosts = 3, path = std::string::npos, query = std::string::npos;
  bool has_user = false;
};

UrlParts parts_of(const std::string& rest) {
  UrlParts parts;
  const std::size_t end = rest.find_first_of("@/", parts.hosts);
  parts.has_user = end != std::string::npos && rest[end] == '@';
  if (parts.has_user) parts.hosts = end + 1;
  parts.query = rest.find('?', parts.hosts);
  parts.path = std::min(rest.find('/', parts.hosts), parts.query);
  return parts;
}

// What libpq takes for a host or a database may be the rest of a password with an `@` or `/` in it, and would be said
// in messages.
void refuse_stray_at(const std::string& rest, const UrlParts& parts) {
  const std::string hosts = rest.substr(parts.hosts, std::min(parts.path, rest.size()) - parts.hosts);
  const std::size_t at = rest.find('@', parts.hosts);
  const bool in_hosts = at < parts.path && at != std::string::npos;
  const bool in_path = at != std::string::npos && at > parts.path && at < parts.query;
  if (in_hosts || (in_path && !parts.has_user && hosts.find(':') != std::string::npos)) refuse_url();
}

// postgresql+asyncpg://… and jdbc:postgresql://… as libpq reads them.
std::string as_libpq_url(std::string url) {
  if (url.rfind("jdbc:", 0) == 0) url.erase(0, 5);
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos || url.find('=') < colon) return url;  // key=value words
  const std::string scheme = url.substr(0, std::min(colon, url.find('+')));
  if (scheme != "postgresql" && scheme != "postgres") {
    throw PermanentError("the database URL must start with postgresql:// or postgres://", report::ExitCode::kUsage);
  }
  const std::string rest = url.substr(colon);
  const UrlParts parts = parts_of(rest);
  refuse_stray_at(rest, parts);
  if (parts.query == std::string::npos) return "postgresql" + rest;
  return "postgresql" + rest.substr(0, parts.query) + translate_parameters(rest.substr(parts.query + 1));
}

std::string value_or(const std::map<std::string, std::string>& values, const std::string& key,
                     const std::string& otherwise) {
  const auto found = values.find(key);
  return found == values.end() ? otherwise : found->second;
}

// What libpq takes from the environment for a keyword that isn't given.
std::string libpq_default(const std::string& keyword) {
  const ConninfoOptions options(PQconndefaults());
  if (!options) return "";
  return value_or(values_of(options), keyword, "");
}

}  // namespace

Target Target::parse(const std::string& url) {
  const std::string normal = as_libpq_url(url);
  if (normal.empty()) throw PermanentError("the database URL is empty", report::ExitCode::kUsage);
  char* why = nullptr;
  const ConninfoOptions options(PQconninfoParse(normal.c_str(), &why));
  PQfreemem(why);  // quotes the URL, password included
  if (!options) refuse_url();
  Target target;
  target.keywords_ = values_of(options);
  // libpq quotes such a port when it connects; it may be the beginning of a password.
  if (value_or(target.keywords_, "port", "").find_first_not_of("0123456789, ") != std::string::npos) refuse_url();
  return target;
}

Target Target::from_environment() {
  const ConninfoOptions options(PQconndefaults());
  if (!options) throw PermanentError("libpq's PG* environment can't be read", report::ExitCode::kUsage);
  Target target;
  target.keywords_ = values_of(options);
  return target;
}

Target Target::with_database(const std::string& name) const { return with("dbname", name); }

Target Target::with(const std::string& keyword, const std::string& value) const {
  Target changed = *this;
  changed.keywords_[keyword] = value;
  return changed;
}

std::string Target::database() const {
  if (const auto found = keywords_.find("dbname"); found != keywords_.end()) return found->second;
  if (const std::string name = libpq_default("dbname"); !name.empty()) return name;
  return value_or(keywords_, "user", libpq_default("user"));
}

Target::Environment Target::environment() const {
  Environment environment;
  const ConninfoOptions options(PQconndefaults());
  for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option) {
    const auto given = keywords_.find(option->keyword);
    if (given == keywords_.end()) continue;
    if (option->envvar != nullptr) {
      environment.variables.emplace_back(option->envvar, given->second);
    } else {
      environment.unnamed.push_back(given->first);
    }
  }
  return environment;
}

std::string Target::describe() const {
  std::string host = value_or(keywords_, "host", value_or(keywords_, "hostaddr", ""));
  if (host.empty()) host = libpq_default("host");
  if (host.empty()) host = "local socket";
  std::string port = value_or(keywords_, "port", libpq_default("port"));
  const std::string user = value_or(keywords_, "user", libpq_default("user"));
  return host + ":" + port + "/" + database() + " as " + user;
}

}  // namespace postgres
