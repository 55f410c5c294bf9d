#!/bin/bash
# Prints the path of cluster NAME's kubeconfig (cluster-admin).    kubeconfig.sh [NAME]
set -euo pipefail
NAME=${1:-default}
source "$(cd "$(dirname "$0")" && pwd)/cluster.sh"
[ -e "$ADMIN_KUBECONFIG" ] || die "is not up"
echo "$ADMIN_KUBECONFIG"
