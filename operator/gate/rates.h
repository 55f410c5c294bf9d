// operator/gate/rates.h: how often one client, and all together, may ask.
#pragma once
#include <chrono>
#include <map>
#include <string>

namespace gate {

/// So many a second on average, twice as many at once.
struct Rate {
  double per_second = 0;
};

/// Token buckets. Not thread-safe.
class Rates {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Rates(Rate each_client, Rate all) : each_client_(each_client), all_(all) {}

  /// False: too often; nothing was taken from either bucket.
  [[nodiscard]] bool take(const std::string& client, Time now);

 private:
  struct Bucket {
    double tokens = 0;
    Time at = {};
  };
  static Bucket refilled(const Bucket&, Rate, Time now);
  void forget_full(Time now);

  const Rate each_client_, all_;
  Bucket common_ = {};
  std::map<std::string, Bucket> buckets_ = {};
};

}  // namespace gate
