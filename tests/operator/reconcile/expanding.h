// tests/operator/reconcile/expanding.h: a resource in phase Expand whose consumers are declared.
#pragma once
#include <string>
#include <vector>

#include "tests/operator/reconcile/story.h"

namespace story {

using reconcile::ObservedConsumer;

ObservedConsumer pod(const std::string& name, const std::string& annotation);
/// One without the annotation.
ObservedConsumer silent(const std::string& kind, const std::string& name);

/// What an expand run says that left one contract step: 001 is behind, 002 is what contract builds on.
report::Result expanded(const std::string& answers);
report::Result contracted(const std::string& answers);

/// Phase Expand with a consumer declared, whose pods are `all`.
Story with_consumers(std::vector<ObservedConsumer> all);
/// The same after its expand run.
Story after_expand(std::vector<ObservedConsumer> all, const std::string& answers);

/// Of the condition Contracted; empty: absent.
std::string contract_message(const Story&);
/// The reasons of the events.
std::vector<std::string> said(const Decision&);

}  // namespace story
