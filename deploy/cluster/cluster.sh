# Sourced after NAME is set: names, places and addresses of the one-node cluster NAME, and how to wait and to speak.
#
# Every cluster lives in its own network namespace sluice-NAME, so addresses and ports may be the same in all of them:
#   node 10.123.0.1 (bridge node0), pods 10.244.0.0/24, services 10.96.0.0/16, API server 16443, etcd 12379.
# Only the veth to the machine differs: machine 10.222.INDEX.1, cluster 10.222.INDEX.2; admin.kubeconfig uses the latter,
# which answers on both sides. What is not divided by network namespaces is named after the cluster: cgroups, folders.
env_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$env_folder/versions.sh"

PATH=$PATH:/usr/sbin:/sbin
NAME=${NAME:-default}
[[ $NAME =~ ^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$ ]] || { echo "not a cluster name (a-z, 0-9, -): $NAME" >&2; exit 2; }
STATE=$SLUICE_CACHE/cluster-$NAME   # everything of this cluster; gone after down.sh
CLUSTER_LOCK=$STATE.lock
NETNS=sluice-$NAME
CGROUP=sluice-$NAME                 # parent of all pods and of the node's own processes
NODE=node1
NODE_IP=10.123.0.1
POD_CIDR=10.244.0.0/16
NODE_POD_CIDR=10.244.0.0/24
SERVICE_CIDR=10.96.0.0/16
PKI=$STATE/pki
ADMIN_KUBECONFIG=$STATE/admin.kubeconfig
CONTAINERD_SOCKET=$STATE/containerd/containerd.sock
PAUSE_IMAGE=localhost/sluice-pause:1

# A script that ends early says where.
set -E
trap 'echo "cluster $NAME: failed: $BASH_COMMAND (${BASH_SOURCE[0]##*/}, line $LINENO)" >&2' ERR

say() { printf 'cluster %s: %s\n' "$NAME" "$*"; }
die() { printf 'cluster %s: %s\n' "$NAME" "$*" >&2; exit 1; }

in_netns() { nsenter --net="/run/netns/$NETNS" -- "$@"; }
kubectl() { "$TOOLS/kubectl" --kubeconfig "$ADMIN_KUBECONFIG" "$@"; }
node_ctr() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }

# step WHAT COMMAND...: runs it and says how long it took.
step() {
  local what=$1 began=$EPOCHREALTIME
  shift
  "$@"
  say "$what ($(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }') s)"
}

# wait_until SECONDS WHAT COMMAND...: asks ten times a second; 1 and a line on stderr when it never came true.
wait_until() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= until)); then
      say "gave up waiting for: $what" >&2
      return 1
    fi
    sleep 0.1
  done
}
