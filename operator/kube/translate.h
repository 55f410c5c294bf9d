// operator/kube/translate.h: the edge to cpprestsdk's exceptions, and from HTTP statuses to errors.
#pragma once
#include <string>

namespace kube {

enum class Access { kRead, kWrite };

/// Call in a catch block. Whether the library gave up since nothing came for the time that was set.
bool is_silence();

/// Call in a catch block. What the library threw becomes TransientError (nothing changed), or InDoubtError where a
/// write may have reached the server. Our own errors and bugs (std::logic_error) pass through.
[[noreturn]] void rethrow_translated(const std::string& doing, Access);

/// For an answer that is no expected outcome. `message`: what the server said.
/// 401, 408, 429, 5xx → TransientError (500 and 504 of a write: InDoubtError); 403 → PermanentError (kNotAllowed);
/// others → PermanentError (kUsage).
[[noreturn]] void throw_status(const std::string& doing, Access, int status, const std::string& message);

}  // namespace kube
