#!/bin/bash
# From nothing to a migrated database, with what happens explained line by line.
#   deploy/quickstart.sh           a Kubernetes cluster on this machine (needs root), or the one that KUBECONFIG names
#   deploy/quickstart.sh --local   no cluster: a throwaway PostgreSQL and `sluice run`
#   deploy/quickstart.sh --down    removes what it made
# The story: a first release; a bad release that is put back by itself; the fixed release.
# A given cluster needs kubectl and helm in PATH, and images it can pull: SLUICE_MIGRATOR_IMAGE, SLUICE_OPERATOR_IMAGE and
# SLUICE_POSTGRES_IMAGE name them. Namespace shop and Helm release sluice-system/sluice must not be there yet.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
source deploy/quickstart/steps.sh

mode=cluster
case ${1:-} in
    '') ;;
    --local) mode=local ;;
    --down) mode=down ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit ;;
    *) { echo "unknown option: $1"; sed -n '2,8s/^# \{0,1\}//p' "$0"; } >&2; exit 2 ;;
esac

case $mode in
    local) source deploy/quickstart/local.sh ;;
    cluster) source deploy/quickstart/cluster.sh ;;
    down) source deploy/quickstart/down.sh ;;
esac
