#include "tests/conformance/conditions/lua.h"

#include <cstdio>
#include <stdexcept>

#include "tests/support/postgres_server.h"

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char character : text) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\%03d", character);
    out += escaped;
  }
  return out + "\"";
}

/// As Argo CD hands an object over: tables, null left out.
std::string lua(const nlohmann::json& value) {
  if (value.is_null()) return "nil";
  if (value.is_string()) return quoted(value.get<std::string>());
  if (!value.is_structured()) return value.dump();
  std::string table = "{";
  for (const auto& [key, each] : value.items()) {
    table += (value.is_object() ? "[" + quoted(key) + "]=" : "") + lua(each) + ",";
  }
  return table + "}";
}

}  // namespace

Health run_health(const std::string& script_file, const nlohmann::json& object) {
  const support::TemporaryFolder folder;
  const std::string run =
      folder.write("run.lua", "obj = " + lua(object) + "\nlocal health = dofile(" + quoted(script_file) +
                                  ")\nio.write(health.status, '\\n', health.message)\n");
  // Argo CD's own Lua is a 5.1.
  const support::Finished done = support::run_program({"lua5.1", run});
  if (done.code != 0) throw std::runtime_error(done.err);
  const std::size_t end = done.out.find('\n');
  return {done.out.substr(0, end), done.out.substr(end + 1)};
}
