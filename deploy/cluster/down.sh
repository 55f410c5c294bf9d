#!/bin/bash
# Ends the cluster that up.sh made and removes all it left: processes, mounts, namespaces, cgroups, state.   down.sh [NAME]
# Only what carries the cluster's name is touched; on a cluster that isn't there it does nothing.
set -euo pipefail
NAME=${1:-default}
here=$(cd "$(dirname "$0")" && pwd)
source "$here/cluster.sh"
source "$here/network.sh"
source "$here/cgroups.sh"
source "$here/parts.sh"

if [ ! -e "$STATE" ] && [ ! -e "/run/netns/$NETNS" ]; then
  say "is not up"
  exit 0
fi
[ "$(id -u)" = 0 ] || die "needs root"
mkdir -p "$SLUICE_CACHE"
exec 9>"$CLUSTER_LOCK"
flock 9

end_parts() {
  local part
  for part in coredns proxy kubelet containerd scheduler controller-manager apiserver etcd; do
    end_part "$part" TERM
  done
}

# Pods' processes and their shims, which outlive containerd; then the shims' sockets, and what the CNI plugins noted down
# about each pod: these lie in folders that all clusters share.
end_pods() {
  local bundle socket
  wait_until 30 "the pods' processes to end" kill_cluster_processes
  for bundle in "$STATE"/containerd/state/io.containerd.runtime.v2.task/k8s.io/*; do
    [ -d "$bundle" ] || continue
    socket=$(cat "$bundle/address" 2>/dev/null || true)
    [ -z "$socket" ] || rm -f "${socket#unix://}"
    forget_pod_network "${bundle##*/}"
  done
}

# Deepest first; a mount may lie on another.
unmount_all() {
  local mount
  awk -v prefix="$STATE/" 'index($2, prefix) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do
    umount "$mount" 2>/dev/null || umount --lazy "$mount"
  done
}

# The kubelet leaves links to the pods' logs here, whatever podLogsDir says.
remove_state() {
  find /var/log/containers -lname "$STATE/*" -delete 2>/dev/null || true
  rm -rf --one-file-system "$STATE"
}

step "parts ended" end_parts
step "pods ended" end_pods
step "mounts removed" unmount_all
step "network removed" remove_network
step "cgroups removed" remove_cgroups
step "state removed" remove_state
say "down"
