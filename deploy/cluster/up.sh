#!/bin/bash
# Brings up a real Kubernetes cluster of one node on this machine, in its own network namespace; nothing is downloaded but
# what build-tools.sh builds.    up.sh [NAME]
# A second call finds it up, or starts what has died. Then:
#   exec.sh NAME COMMAND...                 a command inside the cluster's network (KUBECONFIG is set)
#   export KUBECONFIG=$(kubeconfig.sh NAME) reaches the API server from the machine as well
#   part.sh NAME stop|start|... PART        one part of it: etcd, apiserver, kubelet, ...
#   down.sh NAME                            ends it and leaves nothing behind
# Needs root and deploy/install-cluster-deps.sh; about 700 MB of memory. State: ${XDG_CACHE_HOME:-~/.cache}/sluice/cluster-NAME
set -euo pipefail
NAME=${1:-default}
here=$(cd "$(dirname "$0")" && pwd)
source "$here/cluster.sh"
source "$here/network.sh"
source "$here/cgroups.sh"
source "$here/pki.sh"
source "$here/settings.sh"
source "$here/parts.sh"

[ "$(id -u)" = 0 ] || die "needs root"
for program in containerd ctr runc ip iptables nsenter openssl curl buildah; do
  command -v "$program" >/dev/null || die "$program is missing: run deploy/install-cluster-deps.sh"
done
[ -x /usr/lib/cni/bridge ] || die "/usr/lib/cni/bridge is missing: run deploy/install-cluster-deps.sh"

all_parts_run() { for part in "${PARTS[@]}"; do part_is_running "$part" || return 1; done; }
node_is_ready() { kubectl wait --for=condition=Ready "node/$NODE" --timeout=0; }

mkdir -p "$SLUICE_CACHE"
exec 9>"$CLUSTER_LOCK"
flock 9
began=$SECONDS
if [ -e "$STATE/up" ] && all_parts_run && node_is_ready >/dev/null 2>&1; then
  say "is already up; KUBECONFIG=$ADMIN_KUBECONFIG"
  exit 0
fi

start_and_wait() {
  for part in "$@"; do start_part "$part"; done
  for part in "$@"; do wait_part "$part" 60; done
}

load_pause_image() {
  node_ctr images list -q | grep -qx "$PAUSE_IMAGE" || node_ctr images import "$SLUICE_CACHE/images/pause.tar" >/dev/null
}

wait_for_node() {
  wait_until 60 "node $NODE to be Ready" node_is_ready
  wait_until 60 "the default service account" kubectl --namespace default get serviceaccount default
}

"$here/build-tools.sh" 9>&-
"$here/../images/build-pause.sh" 9>&-
mkdir -p "$STATE"
chmod 700 "$STATE"
step "network namespace $NETNS" raise_network
step "cgroup $CGROUP" make_cgroups
step "certificates" make_pki
step "settings" write_settings
step "etcd and containerd" start_and_wait etcd containerd
step "API server" start_and_wait apiserver
step "pause image" load_pause_image
step "the other parts" start_and_wait controller-manager scheduler kubelet proxy coredns
step "node $NODE is Ready" wait_for_node
touch "$STATE/up"
say "up after $((SECONDS - began)) s; KUBECONFIG=$ADMIN_KUBECONFIG"
