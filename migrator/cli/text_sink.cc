#include <unistd.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "common/report/exit_code.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/sink.h"

namespace cli {
namespace {

using nlohmann::json;
namespace events = report::events;

std::string text_of(const json& fields, const char* name) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

int number_of(const json& fields, const char* name) {
  const auto found = fields.find(name);
  return found != fields.end() && found->is_number() ? found->get<int>() : 0;
}

std::string joined(const json& list, std::size_t at_most) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < at_most; ++i) {
    text += (i == 0 ? "" : ", ") + list[i].get<std::string>();
  }
  return list.size() > at_most ? text + ", …" : text;
}

std::string readable_size(const json& fields, const char* name) {
  const double bytes = static_cast<double>(fields.value(name, static_cast<std::int64_t>(0)));
  const char* unit = bytes < 1024.0 * 1024.0 ? " KiB" : " MiB";
  const double value = bytes / (bytes < 1024.0 * 1024.0 ? 1024.0 : 1024.0 * 1024.0);
  const std::string digits = std::to_string(value);
  return digits.substr(0, digits.find('.') + 2) + unit;
}

enum class Tone { kPlain, kGood, kBad, kWarning, kDim };

class TextSink final : public report::EventSink {
 public:
  TextSink(bool verbose, bool terminal)
      : verbose_(verbose), terminal_(terminal), colours_(terminal && environment("NO_COLOR").empty()) {}

  void emit(std::string_view event, const json& fields) override {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (about_run(event, fields) || about_step(event, fields) || about_backup(event, fields)) return;
    about_checks(event, fields);
  }

 private:
  bool about_run(std::string_view event, const json& f) {
    if (event == events::kRunStarted) {
      line(Tone::kDim,
           text_of(f, "database") + ", ledger " + text_of(f, "ledger") + ", target " + text_of(f, "target"));
    } else if (event == events::kWaitingForLock) {
      line(Tone::kWarning, "waiting for another run: process " + text_of(f, "holder_pid") + " (" +
                               text_of(f, "holder_application") + ", " + text_of(f, "holder_user") + ")");
    } else if (event == events::kWaiting) {
      const std::string holder = text_of(f, "holder");
      line(Tone::kDim, "waiting: " + text_of(f, "message") + (holder.empty() ? "" : "; " + holder));
    } else if (event == events::kPlanned) {
      const int pending = number_of(f, "pending");
      if (pending > 0) line(Tone::kPlain, std::to_string(pending) + " to run: " + joined(f.at("steps"), 10));
      if (number_of(f, "held_back") > 0)
        line(Tone::kDim, text_of(f, "held_back") + " of phase contract held back until the old code is gone");
    } else if (event == events::kRunEnded) {
      ended(f);
    } else if (event == events::kWarning) {
      line(Tone::kWarning, "warning: " + text_of(f, "file") + ": " + text_of(f, "message"));
    } else if (event == events::kNotice) {
      line(Tone::kDim, "notice: " + text_of(f, "message"));
    } else if (event == events::kTool) {
      line(Tone::kPlain, "  | " + text_of(f, "line"));
    } else {
      return false;
    }
    return true;
  }

  bool about_step(std::string_view event, const json& f) {
    if (event == events::kStepStarted) {
      progress(f, text_of(f, "step"));
    } else if (event == events::kStepProgress) {
      if (f.contains("statement"))
        progress(f, text_of(f, "step") + ": statement " + text_of(f, "statement") + " of " + text_of(f, "statements"));
      else if (f.contains("message"))
        progress(f, text_of(f, "message"));
    } else if (event == events::kStepDone) {
      const bool down = text_of(f, "direction") == "down";
      line(Tone::kGood, std::string(down ? "✓ down " : "✓ ") + text_of(f, "step") + "  " + text_of(f, "file") +
                            (f.contains("took_ms") ? "  " + text_of(f, "took_ms") + " ms" : ""));
    } else if (event == events::kStepFailed) {
      line(Tone::kBad, "✗ " + text_of(f, "step") + "  " + text_of(f, "message"));
    } else if (event == events::kBlocked) {
      line(Tone::kWarning, text_of(f, "step") + " waits for " + text_of(f, "by"));
    } else {
      return false;
    }
    return true;
  }

  bool about_backup(std::string_view event, const json& f) {
    if (event == events::kBackupStarted) {
      progress(f, "backup …");
    } else if (event == events::kBackupDone) {
      line(Tone::kGood, "✓ backup " + text_of(f, "file") + " (" + readable_size(f, "size") + ")");
    } else if (event == events::kGoingBack) {
      const std::string stage = text_of(f, "stage");
      line(Tone::kWarning, "going back: " + text_of(f, "how") + (stage.empty() ? "" : ", " + stage));
    } else if (event == events::kWentBack) {
      line(Tone::kGood, "went back: " + text_of(f, "how"));
    } else {
      return false;
    }
    return true;
  }

  void about_checks(std::string_view event, const json& f) {
    if (event == events::kCheckPassed) line(Tone::kGood, "✓ check " + text_of(f, "check"));
    if (event == events::kCheckFailed) line(Tone::kBad, "✗ check " + text_of(f, "check") + ": " + text_of(f, "reason"));
    if (event == events::kLocked && verbose_) line(Tone::kDim, "locked " + text_of(f, "ledger"));
  }

  void ended(const json& f) {
    const bool good = number_of(f, "code") == 0;
    std::string text = text_of(f, "message");
    if (text.empty() && good) text = "done: " + text_of(f, "applied") + " applied";
    if (good && f.contains("heads") && !f.at("heads").empty()) text += "; at " + joined(f.at("heads"), 5);
    if (!good) text = "exit " + text_of(f, "code") + ": " + text;
    line(good ? Tone::kGood : Tone::kBad, text);
    if (const std::string next = text_of(f, "next"); !next.empty()) line(Tone::kPlain, "next: " + next);
  }

  void line(Tone tone, const std::string& text) {
    static constexpr const char* kColours[] = {"", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m"};
    const char* colour = colours_ ? kColours[static_cast<int>(tone)] : "";
    print(std::string(terminal_ ? "\r\x1b[K" : "") + colour + text + (*colour != '\0' ? "\x1b[0m" : "") + "\n");
  }

  /// A bar where the number of steps is known, overwritten by whatever comes next; nothing where nobody watches.
  void progress(const json& f, const std::string& text) {
    if (!terminal_) return;
    constexpr int kBar = 20;
    if (number_of(f, "of") > 0) {
      number_ = number_of(f, "number");
      of_ = number_of(f, "of");
    }
    std::string bar;
    if (of_ > 0) {
      const int full = kBar * (number_ - 1) / of_;
      bar = "[" + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(kBar - full), '.') + "] " + std::to_string(number_) + "/" +
            std::to_string(of_) + " ";
    }
    print("\r\x1b[K" + bar + text);
  }

  std::mutex mutex_ = {};
  bool verbose_, terminal_, colours_;
  int number_ = 0, of_ = 0;
};

}  // namespace

std::unique_ptr<report::EventSink> make_text_sink(bool verbose) {
  return std::make_unique<TextSink>(verbose, ::isatty(STDOUT_FILENO) == 1);
}

}  // namespace cli
