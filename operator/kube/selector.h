// operator/kube/selector.h: label selectors as resources write them: {matchLabels, matchExpressions}.
#pragma once
#include <string>

#include "operator/kube/api.h"

namespace kube {

/// As Selection::label_selector wants it: "app=shop,tier in (web,api)". `selector` is one that the API server or
/// common/spec accepted.
std::string selector_text(const Object& selector);

/// Whether these labels (an object; anything else: none) are selected.
bool selects(const Object& selector, const Object& labels);

}  // namespace kube
