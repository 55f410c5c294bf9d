// operator/rollout/idle.h: one look while no sequence is under way. Pure; private to this folder.
#pragma once
#include "operator/rollout/sequence.h"

namespace rollout {

/// Finds out who serves, notices what others changed, and begins a sequence where one is due.
Turn look_idle(const Observed&, Status&);

/// What keeps both colours from being told apart, or the Service from being switched; empty: nothing.
std::string unusable(const Observed&);

}  // namespace rollout
