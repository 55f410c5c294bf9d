// tests/support/moody_server.h: an API server that keeps one Lease, has nothing else, and hangs or refuses when told
// to.
#pragma once
#include <string>
#include <vector>

#include "tests/support/postgres_server.h"

namespace support {

class MoodyServer {
 public:
  MoodyServer();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// "answer"; "hang": takes the request and says nothing; "refuse": 429 and `Retry-After: 30`; "trickle": an answer
  /// without end, a letter at a time; "gone": 410. For requests whose path holds `where`; "all": for every one.
  void be(const std::string& mood, const std::string& where = "all");
  /// The paths asked for so far, with what stands behind their question marks.
  std::vector<std::string> requests() const;

 private:
  TemporaryFolder folder_;
  const int port_;
  Program program_;
};

}  // namespace support
