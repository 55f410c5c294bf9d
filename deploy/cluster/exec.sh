#!/bin/bash
# Runs a command inside the network of cluster NAME, where services and pods have their addresses, with KUBECONFIG set and
# the cluster's kubectl and helm first in PATH.    exec.sh NAME COMMAND [ARGUMENT...]
# nsenter, not "ip netns exec": that one mounts /sys anew.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2; }
NAME=$1
shift
source "$(cd "$(dirname "$0")" && pwd)/cluster.sh"
[ -e "/run/netns/$NETNS" ] || die "is not up"
export KUBECONFIG=$ADMIN_KUBECONFIG PATH=$TOOLS:$PATH
exec nsenter --net="/run/netns/$NETNS" -- "$@"
