#include "tests/support/cluster.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tests/support/source.h"

namespace support {
namespace {

// SLUICE_TEST_CLUSTER: another one than tests/run.sh uses.
std::string cluster_name() {
  const char* given = std::getenv("SLUICE_TEST_CLUSTER");
  return given != nullptr ? given : "tests";
}

std::string env_script(const std::string& name) { return support::source("deploy/cluster/") + name; }

std::string must_say(const Finished& finished, const std::string& what) {
  if (finished.code != 0) throw std::runtime_error(what + ": " + finished.err);
  return finished.out;
}

}  // namespace

Finished kubectl(const std::vector<std::string>& arguments, const std::string& input) {
  std::vector<std::string> argv = {env_script("exec.sh"), cluster_name(), "kubectl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  if (input.empty()) return run_program(argv);
  const TemporaryFolder folder;
  const std::string file = folder.write("input", input);
  std::vector<std::string> shell = {"sh", "-c", "exec \"$@\" < \"$0\"", file};
  shell.insert(shell.end(), argv.begin(), argv.end());
  return run_program(shell);
}

std::string must_kubectl(const std::vector<std::string>& arguments, const std::string& input) {
  return must_say(kubectl(arguments, input), "kubectl " + arguments.front());
}

std::vector<std::string> inside_cluster(std::vector<std::string> argv) {
  argv.insert(argv.begin(), {env_script("exec.sh"), cluster_name()});
  return argv;
}

std::string cluster_kubeconfig() {
  std::string file = must_say(run_program({env_script("kubeconfig.sh"), cluster_name()}), "find the kubeconfig");
  file.resize(file.find_last_not_of('\n') + 1);
  return file;
}

void cluster_part(const std::string& verb, const std::string& part) {
  must_say(run_program({env_script("part.sh"), cluster_name(), verb, part}), verb + " " + part);
}

std::string cluster_log(const std::string& name) {
  const std::string beside = must_say(run_program({env_script("part.sh"), cluster_name(), "log", "apiserver"}), "log");
  return std::filesystem::path(beside).parent_path() / (name + ".log");
}

// SLUICE_TEST_TAG: images that deploy/build-images.sh built with another tag than tests/run.sh does.
std::string migrator_image() {
  const char* given = std::getenv("SLUICE_TEST_TAG");
  return std::string("localhost/sluice:") + (given != nullptr ? given : "test");
}
std::string postgres_image() { return "localhost/sluice-postgres:17"; }

}  // namespace support
