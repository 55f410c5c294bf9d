// migrator/cli/sink.h: events on stdout: JSON lines for programs, text for people.
#pragma once
#include <memory>
#include <string>

#include "common/report/event.h"

namespace cli {

/// {"event":…,"time":RFC3339,…fields}, one line each, written at once.
std::unique_ptr<report::EventSink> make_json_sink();

/// One line for what matters; on a terminal colours and a progress line that is overwritten. `verbose`: all of it.
std::unique_ptr<report::EventSink> make_text_sink(bool verbose);

/// Now as RFC 3339 in UTC with milliseconds.
std::string now_text();

/// Whole to stdout, nothing kept back.
void print(const std::string& text);

}  // namespace cli
