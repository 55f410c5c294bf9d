#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/postgres_server.h"

namespace support {
namespace {

constexpr const char* kMemory = "/dev/shm";
constexpr unsigned long kRoom = 2UL << 30;  // bytes; a container's own is often 64 MiB

/// Thousands of small files made and gone again: ext4 spends more time on that than a server on its tests.
std::filesystem::path memory_where_there_is_room() {
  struct statvfs room = {};
  if (::statvfs(kMemory, &room) == 0 && room.f_bavail * room.f_frsize >= kRoom && ::access(kMemory, W_OK) == 0)
    return kMemory;
  return std::filesystem::temp_directory_path();
}

}  // namespace

TemporaryFolder::TemporaryFolder(Place place) {
  const std::filesystem::path parent =
      place == Place::kMemory ? memory_where_there_is_room() : std::filesystem::temp_directory_path();
  path_ = (parent / "sluice-test-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("write " + file.string());
  return file.string();
}

}  // namespace support
