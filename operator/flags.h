// operator/flags.h: the command line of sluice-operator.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "common/log.h"
#include "operator/reconcile/controller.h"

struct Flags {
  std::string kubeconfig = {}, context = {};
  std::vector<std::string> namespaces = {};  // empty: all
  bool rollouts = true;                      // DatabaseRollouts are moved
  bool leader_elect = true;
  std::string lease_name = "sluice-operator";
  std::string lease_namespace = {};  // empty: our own
  std::string metrics_address = ":8080";
  std::string gate_address = {};                                       // empty: no gate
  std::string gate_tls_certificate_file = {}, gate_tls_key_file = {};  // both or none
  std::string gate_token_file = {};                                    // empty: whoever reaches it may ask
  logging::Level log_level = logging::Level::kInfo;
  reconcile::Settings reconcile = {};
};

/// None: done already (--help, --version) or wrong; `exit_code` says which (0 or 2). Writes to stdout and stderr.
std::optional<Flags> parse_flags(int argc, const char* const* argv, int& exit_code);
