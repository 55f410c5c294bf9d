// operator/reconcile/inputs.h: what a run is made from, as hashes; the same inputs never run twice by themselves.
#pragma once
#include <string>

#include "operator/reconcile/observed.h"

namespace reconcile {

struct Hashes {
  /// Of (uid, content, database reference, target, ledger, phase): what decides whether a run is needed. Not the
  /// migrator's image and not podTemplate: an operator upgrade must not start everything at once (operator-protocol,
  /// Jobs 5). Content is the digest where it is known, else the image's or volume's reference. Empty: it isn't there.
  std::string inputs = {};
  /// Of spec.database and spec.ledger: what heads are of.
  std::string database = {};
  /// Of the spec without suspend, resync and retry: a change of it after a failure is a person's answer.
  std::string spec = {};
};

/// Of a resource without problems; of another: all empty.
Hashes hashes_of(const Observed&);

/// The resource's name cut to 40, a hash of (inputs, kind, attempt, retry annotation): at most 57 characters.
std::string job_name(const std::string& resource, const RunStatus&);

}  // namespace reconcile
