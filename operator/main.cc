// sluice-operator: flags → client → caches → leader lease → work. Knows nothing of PostgreSQL.
#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include "common/clock.h"
#include "common/error.h"
#include "common/log.h"
#include "operator/flags.h"
#include "operator/gate/endpoints.h"
#include "operator/gate/health.h"
#include "operator/gate/metrics.h"
#include "operator/gate/server.h"
#include "operator/kube/client.h"
#include "operator/kube/lease.h"
#include "operator/kube/wait.h"
#include "operator/runtime/informers.h"
#include "operator/work.h"

namespace {

constexpr int kIoThreads = 1;  // nothing blocks on it; more only wake one another
constexpr int kLeaseLost = 1;
constexpr std::chrono::seconds kLeaseCall{5};
constexpr std::chrono::seconds kPatience{5};  // with calls under way when told to end

/// All threads inherit the mask: the signals wait for take_signal().
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void take_signal(const sigset_t& signals) {
  int number = 0;
  sigwait(&signals, &number);
  logging::info("stopping", {{"signal", number}});
}

kube::LeaseOptions lease_options(const Flags& flags, const kube::Config& config) {
  const std::string own = config.namespace_name.empty() ? "default" : config.namespace_name;
  return {.namespace_name = flags.lease_namespace.empty() ? own : flags.lease_namespace,
          .name = flags.lease_name,
          .identity = kube::lease_identity()};
}

/// A thread that waits for the lease, starts the work, and keeps the lease until it is destroyed.
std::jthread lead(kube::Api& api, const Clock& clock, const kube::LeaseOptions& options, Work& work) {
  return std::jthread([&api, &clock, options, &work](std::stop_token stop) {
    logging::info("waiting for the lease", {{"lease", options.name}, {"identity", options.identity}});
    const auto on_leading = [&] {
      logging::info("leading", {{"identity", options.identity}});
      work.start();
    };
    const auto on_lost = [&] {
      logging::error("lease lost", {{"identity", options.identity}});
      // At once: another may work already, and looks under way must not go on.
      std::_Exit(kLeaseLost);
    };
    kube::hold_lease(api, clock, options, {.on_leading = on_leading, .on_lost = on_lost}, stop);
  });
}

/// Null: none is wanted.
std::unique_ptr<gate::Server> serve_gates(const Flags& flags, const runtime::Caches& caches,
                                          const runtime::Informers& informers, gate::Metrics& metrics) {
  if (flags.gate_address.empty()) return nullptr;
  const auto find = [&caches](const kube::ObjectName& name) { return caches.migrations.get(name); };
  const auto stale = [&informers](const std::string& where) { return informers.stale(where, gate::kStaleAfter); };
  const auto on_answer = [&metrics](int status, std::chrono::steady_clock::duration took) {
    metrics.gate(status, took);
  };
  return std::make_unique<gate::Server>(
      flags.gate_address, gate::make_gate({.migration = find, .stale = stale, .token_file = flags.gate_token_file}),
      gate::ServerOptions{.tls_certificate_file = flags.gate_tls_certificate_file,
                          .tls_key_file = flags.gate_tls_key_file,
                          .on_answer = on_answer});
}

int run(const Flags& flags) {
  const sigset_t signals = block_signals();
  logging::set_level(flags.log_level);
  mallopt(M_ARENA_MAX, 2);  // many threads, little work: arenas of their own would only cost memory
  kube::start_io_threads(kIoThreads);
  const SystemClock clock;
  gate::Metrics metrics;
  struct Stops {
    std::stop_source waiting = {}, calls = {};
  };
  const std::unique_ptr<Stops> stop = std::make_unique<Stops>();  // gcc 12 warns of a local one

  // The client. Nothing is asked of the server yet.
  const kube::Config config = kube::find_config(flags.kubeconfig, flags.context);
  if (!config.ca_pem.empty()) kube::pass_over_system_authorities();
  const auto on_call = [&metrics](const kube::Call& call) { metrics.call(call); };
  kube::Client api(config, {.on_call = on_call, .stop = stop->waiting.get_token(), .cancel = stop->calls.get_token()});
  logging::info("starting", {{"version", SLUICE_VERSION}, {"server", config.server}, {"namespaces", flags.namespaces}});

  // Every replica keeps the caches, so that the next leader begins at once.
  runtime::Caches caches;
  runtime::Queue queue(clock, {}), rollouts(clock, {});
  const auto on_migration = [&metrics](const kube::Object& migration, bool is_gone) {
    is_gone ? metrics.migration_gone(kube::name_of(migration)) : metrics.migration(migration);
  };
  const runtime::Scope scope{.namespaces = flags.namespaces, .rollouts = flags.rollouts};
  const runtime::Informers informers(api, clock, scope, caches, {queue, rollouts}, on_migration);

  // And every replica answers probes and gates.
  const auto stale = [&] { return informers.stale(gate::kStaleAfter); };
  const auto show_metrics = [&] {
    metrics.queue_depth(queue.depth() + rollouts.depth());
    for (const auto& [where, what] : stale()) metrics.stale_watches(where, what.size());
    return metrics.text();
  };
  const gate::Server probes(flags.metrics_address, gate::serve(gate::health_routes(stale, show_metrics)), {});
  const std::unique_ptr<gate::Server> gates = serve_gates(flags, caches, informers, metrics);

  // One of them works. The lease has a client of its own: slow calls of others must not cost it.
  Work work(flags, api, caches, informers, clock, {queue, rollouts}, metrics);
  kube::Client lease_api(config, {.idle = kLeaseCall, .total = kLeaseCall});
  std::jthread leader;
  if (flags.leader_elect) {
    leader = lead(lease_api, clock, lease_options(flags, config), work);
  } else {
    work.start();
  }

  take_signal(signals);
  stop->waiting.request_stop();
  // The lease is given back only when the looks under way are over; a server that doesn't answer them isn't waited for.
  std::jthread impatience([&stop](std::stop_token over) {
    if (kube::wait_for(kPatience, over)) stop->calls.request_stop();
  });
  work.finish();
  stop->calls.request_stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const std::optional<Flags> flags = parse_flags(argc, argv, exit_code);
  if (!flags) return exit_code;
  try {
    // Without static destructors: cpprestsdk's threads live on until then and end, with what OpenSSL keeps for each
    // thread, only after OpenSSL has cleaned up.
    std::_Exit(run(*flags));
  } catch (const Error& error) {
    logging::error("can't start", {{"why", error.what()}});
    return static_cast<int>(report::ExitCode::kUsage);
  }
}
