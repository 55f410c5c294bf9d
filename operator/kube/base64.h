// operator/kube/base64.h: the encoding of binary data in kubeconfig files and ConfigMaps.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kube {

/// None: not base64 (RFC 4648, with padding; line breaks and blanks are passed over).
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace kube
