#include "operator/flags.h"

#include <CLI/CLI.hpp>
#include <map>

#include "common/report/exit_code.h"

namespace {

constexpr const char* kExamples = R"(Examples:
  # On a laptop, against the cluster of the current kubeconfig context, one namespace
  sluice-operator --namespace shop --leader-elect=false --migrator-image localhost/sluice:dev

  # In a pod (what the chart does): credentials and namespace come from its service account
  sluice-operator --migrator-image registry.example/sluice:1.0 --namespace shop --namespace auth

Exit codes: 0 ended by SIGTERM or SIGINT; 1 the lease was lost, start again; 2 wrong usage or configuration.
)";

void add_cluster_flags(CLI::App& app, Flags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "kubeconfig file; else $KUBECONFIG, else the pod's service account, else ~/.kube/config")
      ->check(CLI::ExistingFile);
  app.add_option("--context", flags.context, "context of the kubeconfig; default: its current one");
  app.add_option("-n,--namespace", flags.namespaces, "serve only this namespace; may be repeated; default: all")
      ->take_all()
      ->allow_extra_args(false);
  app.add_flag("--leader-elect", flags.leader_elect,
               "work only while holding the lease; =false where there is never a second replica [true]");
  app.add_option("--lease-name", flags.lease_name, "name of the lease")->capture_default_str();
  app.add_option("--lease-namespace", flags.lease_namespace, "its namespace; default: the pod's or the context's own");
}

void add_work_flags(CLI::App& app, Flags& flags) {
  app.add_option("--migrator-image", flags.reconcile.migrator_image, "image of sluice that Jobs run")->required();
  app.add_option("--migrator-pull-policy", flags.reconcile.migrator_pull_policy, "of that image")
      ->check(CLI::IsMember({"Always", "IfNotPresent", "Never"}));
  app.add_option("--migrator-pull-secret", flags.reconcile.migrator_pull_secrets,
                 "name of a Secret, in the resource's namespace, to pull that image with; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--workers", flags.reconcile.workers, "resources looked at at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--max-running", flags.reconcile.max_running, "runs at once, over all resources; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option_function<int>(
         "--contract-quiet",
         [&flags](const int& seconds) { flags.reconcile.contract_quiet = std::chrono::seconds(seconds); },
         "seconds without a change among consumers before contract steps run [60]")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--rollouts", flags.rollouts,
               "move DatabaseRollouts; =false: they only hold their migrations back, and the rights to Deployments and "
               "Services aren't needed [true]");
  app.add_flag("--progress-from-logs", flags.reconcile.progress_from_logs,
               "show a run's progress from its pod's log; needs the right to get pods/log");
  app.add_option("--metrics-address", flags.metrics_address, "HOST:PORT of /healthz, /readyz and /metrics")
      ->capture_default_str();
  static const std::map<std::string, logging::Level> levels{{"debug", logging::Level::kDebug},
                                                            {"info", logging::Level::kInfo},
                                                            {"warning", logging::Level::kWarning},
                                                            {"error", logging::Level::kError}};
  app.add_option("--log-level", flags.log_level, "debug, info, warning or error [info]")
      ->transform(CLI::Transformer(levels))
      ->type_name("LEVEL");
}

void add_gate_flags(CLI::App& app, Flags& flags) {
  const char* group = "Roll-out gates";
  CLI::Option* address =
      app.add_option("--gate-address", flags.gate_address, "HOST:PORT of /gate/v1; default: no gate")->group(group);
  CLI::Option* certificate =
      app.add_option("--gate-tls-cert", flags.gate_tls_certificate_file,
                     "PEM file of the certificate chain; read anew when it changes; default: plain HTTP")
          ->needs(address)
          ->group(group);
  CLI::Option* key = app.add_option("--gate-tls-key", flags.gate_tls_key_file, "PEM file of its private key")
                         ->needs(certificate)
                         ->group(group);
  certificate->needs(key);
  app.add_option("--gate-token-file", flags.gate_token_file,
                 "file of bearer tokens, one a line, one of which must be shown; read anew when it changes")
      ->needs(address)
      ->group(group);
}

/// operator-protocol, Trust 2: all of it is forbidden unless permitted here.
void add_policy_flags(CLI::App& app, spec::PodPolicy& policy) {
  const auto add = [&app](const char* name, std::vector<std::string>& list, const char* help) {
    app.add_option(name, list, help)->take_all()->allow_extra_args(false)->group("What podTemplates may ask for");
  };
  add("--allow-service-account", policy.service_accounts, "a service account besides the default one; may be repeated");
  add("--allow-csi-driver", policy.csi_drivers, "a driver of CSI volumes; may be repeated");
  add("--allow-label-prefix", policy.label_prefixes, "labels that start so, as example.com/; may be repeated");
  add("--allow-annotation-prefix", policy.annotation_prefixes, "annotations that start so; may be repeated");
}

}  // namespace

std::optional<Flags> parse_flags(int argc, const char* const* argv, int& exit_code) {
  Flags flags;
  CLI::App app("Watches DatabaseMigration resources and runs sluice as Jobs to bring their databases to the target.",
               "sluice-operator");
  app.footer(kExamples);
  app.set_version_flag("--version", SLUICE_VERSION);
  add_cluster_flags(app, flags);
  add_work_flags(app, flags);
  add_gate_flags(app, flags);
  add_policy_flags(app, flags.reconcile.policy);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : static_cast<int>(report::ExitCode::kUsage);
    return std::nullopt;
  }
  return flags;
}
