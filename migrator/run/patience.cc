#include "migrator/run/patience.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/error.h"
#include "common/spec/spec.h"

namespace run {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kTellAgain{10000}, kSlice{20};

}  // namespace

Patience::Patience(const Pace& pace, report::EventSink& events, const Clock& clock,
                   const std::function<bool()>& cancelled)
    : pace_(pace), events_(events), clock_(clock), cancelled_(cancelled), started_(clock.steady()) {}

milliseconds Patience::waited() const { return std::chrono::duration_cast<milliseconds>(clock_.steady() - started_); }

milliseconds Patience::left() const { return std::max(pace_.timeout - waited(), milliseconds(0)); }

void Patience::stop_if_cancelled() const {
  if (cancelled_ && cancelled_()) throw PermanentError("cancelled while waiting", report::ExitCode::kCancelled);
}

void Patience::wait(const std::string& why, const std::string& holder) {
  if (waited() >= pace_.timeout) {
    throw PermanentError(
        "not there within " + spec::format_duration(pace_.timeout) + ": " + why + (holder.empty() ? "" : "; " + holder),
        report::ExitCode::kWaitTimeout);
  }
  const std::string text = why + holder;
  if (text != told_ || clock_.steady() >= told_at_ + kTellAgain) {
    told_ = text;
    told_at_ = clock_.steady();
    nlohmann::json fields = {{"message", why}, {"waited_ms", waited().count()}};
    if (!holder.empty()) fields["holder"] = holder;
    events_.emit(report::events::kWaiting, fields);
  }
  const milliseconds pause = pace_.interval * std::uniform_int_distribution<int>(75, 125)(random_) / 100;
  const auto until = clock_.steady() + std::min(pause, std::max(left(), milliseconds(1)));
  while (clock_.steady() < until && !(cancelled_ && cancelled_())) std::this_thread::sleep_for(kSlice);
  stop_if_cancelled();
}

}  // namespace run
