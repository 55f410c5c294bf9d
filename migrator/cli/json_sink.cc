#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>

#include "migrator/cli/sink.h"

namespace cli {
namespace {

class JsonSink final : public report::EventSink {
 public:
  void emit(std::string_view event, const nlohmann::json& fields) override {
    nlohmann::ordered_json line = {{"event", event}, {"time", now_text()}};
    for (const auto& [name, value] : fields.items()) line[name] = value;
    const std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    const std::lock_guard<std::mutex> hold(mutex_);
    print(text);
  }

 private:
  std::mutex mutex_ = {};
};

}  // namespace

std::string now_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm utc{};
  ::gmtime_r(&now.tv_sec, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%03ldZ", now.tv_nsec / 1000000);
  return text.data();
}

void print(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (written <= 0) return;  // nobody reads any more: the database is what counts
    done += static_cast<std::size_t>(written);
  }
}

std::unique_ptr<report::EventSink> make_json_sink() { return std::make_unique<JsonSink>(); }

}  // namespace cli
