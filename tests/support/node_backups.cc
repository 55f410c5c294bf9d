// Backups of a World on the cluster's node, where the tests can look at them.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/cluster.h"

namespace support {

std::string folder_on_node(const World& world) { return "/var/lib/sluice-test-backups/" + world.name(); }

nlohmann::json backup_to_node(const World& world) {
  const std::string folder = folder_on_node(world);
  std::filesystem::create_directories(folder);
  ::chmod(folder.c_str(), 0777);
  const std::string name = "backups-" + world.name();
  must_kubectl({"apply", "-f", "-"}, nlohmann::json({{"apiVersion", "v1"},
                                                     {"kind", "PersistentVolume"},
                                                     {"metadata", {{"name", name}}},
                                                     {"spec",
                                                      {{"capacity", {{"storage", "1Gi"}}},
                                                       {"accessModes", {"ReadWriteOnce"}},
                                                       {"storageClassName", ""},
                                                       {"claimRef", {{"namespace", world.name()}, {"name", "backups"}}},
                                                       {"hostPath", {{"path", folder}}}}}})
                                         .dump());
  world.apply({{"apiVersion", "v1"},
               {"kind", "PersistentVolumeClaim"},
               {"metadata", {{"name", "backups"}}},
               {"spec",
                {{"accessModes", {"ReadWriteOnce"}},
                 {"storageClassName", ""},
                 {"volumeName", name},
                 {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}});
  // A pod that comes before its claim is bound may wait for the scheduler's next round, minutes later.
  must_kubectl({"--namespace", world.name(), "wait", "persistentvolumeclaim/backups",
                "--for=jsonpath={.status.phase}=Bound", "--timeout=90s"});
  return {{"mode", "full"}, {"volume", {{"persistentVolumeClaim", {{"claimName", "backups"}}}}}};
}

std::vector<std::string> backups_on_node(const World& world) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_on_node(world))) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace support
