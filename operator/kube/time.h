// operator/kube/time.h: times as Kubernetes writes them (RFC 3339, whole seconds, UTC).
#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace kube {

using Time = std::chrono::sys_seconds;

/// "2026-01-31T08:15:00Z" and back; fractions of a second are dropped; none: not such a time.
std::string format_time(Time);
std::optional<Time> parse_time(const std::string& text);

}  // namespace kube
