// The only file that names web:: or pplx:: exceptions.
#include "operator/kube/translate.h"

#include <cpprest/http_msg.h>

#include <boost/system/system_error.hpp>
#include <string_view>

#include "common/error.h"

namespace kube {
namespace {

/// Whether the request can't have been sent, as far as cpprestsdk tells.
bool is_before_sending(const web::http::http_exception& error) {
  if (error.error_code() == std::errc::host_unreachable || error.error_code() == std::errc::connection_refused)
    return true;
  const std::string_view message = error.what();
  return message.find("handshake") != std::string_view::npos || message.find("resolv") != std::string_view::npos ||
         message.find("connect to") != std::string_view::npos;
}

[[noreturn]] void throw_lost(const std::string& message, Access access) {
  if (access == Access::kWrite) throw InDoubtError(message);
  throw TransientError(message);
}

}  // namespace

bool is_silence() {
  try {
    throw;
  } catch (const web::http::http_exception& error) {
    return error.error_code() == std::errc::timed_out;
  } catch (...) {
    return false;
  }
}

void rethrow_translated(const std::string& doing, Access access) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const web::http::http_exception& error) {
    const std::string message = doing + ": " + error.what();
    if (is_before_sending(error)) throw TransientError(message);
    throw_lost(message, access);
  } catch (const pplx::task_canceled&) {
    throw_lost(doing + ": cancelled", access);
  } catch (const web::uri_exception& error) {
    throw PermanentError(doing + ": " + error.what(), report::ExitCode::kUsage);
  } catch (const std::system_error& error) {
    throw_lost(doing + ": " + error.what(), access);
  } catch (const boost::system::system_error& error) {
    throw TransientError(doing + ": " + error.what());  // setting up TLS: nothing was sent
  } catch (const std::runtime_error& error) {
    throw_lost(doing + ": " + error.what(), access);
  }
}

void throw_status(const std::string& doing, Access access, int status, const std::string& message) {
  const std::string text = doing + ": " + std::to_string(status) + " " + message;
  if (access == Access::kWrite && (status == 500 || status == 504)) throw InDoubtError(text);
  if (status == 401 || status == 408 || status == 429 || status >= 500) throw TransientError(text);
  if (status == 403) throw PermanentError(text, report::ExitCode::kNotAllowed);
  throw PermanentError(text, report::ExitCode::kUsage);
}

}  // namespace kube
