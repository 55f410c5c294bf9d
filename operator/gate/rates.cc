#include "operator/gate/rates.h"

#include <algorithm>

namespace gate {
namespace {
constexpr std::size_t kMostClients = 4096;
}

bool Rates::take(const std::string& client, Time now) {
  if (buckets_.size() >= kMostClients && !buckets_.contains(client)) forget_full(now);
  Bucket& own = buckets_[client];
  own = refilled(own, each_client_, now);
  common_ = refilled(common_, all_, now);
  if (own.tokens < 1 || common_.tokens < 1) return false;
  own.tokens -= 1;
  common_.tokens -= 1;
  return true;
}

/// A new bucket, of time zero, is full.
Rates::Bucket Rates::refilled(const Bucket& bucket, Rate rate, Time now) {
  const double passed = std::chrono::duration<double>(now - bucket.at).count();
  return {.tokens = std::min(2 * rate.per_second, bucket.tokens + passed * rate.per_second), .at = now};
}

/// Who asked long ago has a full bucket, as one who never asked. Where that isn't enough all are forgotten: the common
/// bucket holds.
void Rates::forget_full(Time now) {
  const double full = 2 * each_client_.per_second;
  std::erase_if(buckets_, [&](const auto& entry) { return refilled(entry.second, each_client_, now).tokens >= full; });
  if (buckets_.size() >= kMostClients) buckets_.clear();
}

}  // namespace gate
