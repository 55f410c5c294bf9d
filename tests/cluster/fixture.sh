#!/bin/bash
# What the cluster tests stand on:    fixture.sh up|down
#   up    the cluster `tests` with a PostgreSQL server in namespace `databases` and the operator, installed by helm
#   down  ends it; with SLUICE_KEEP_CLUSTER set it stays, and the next `up` is quick
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
env=$root/tests/cluster/env
in_cluster() { "$env/exec.sh" tests "$@"; }

up() {
    "$env/up.sh" tests
    "$root/deploy/images/load-into-node.sh" --cluster tests localhost/sluice-postgres:17 localhost/sluice:test \
        localhost/sluice-operator:test localhost/test-prefect:1 localhost/test-files:1
    in_cluster kubectl create namespace databases --dry-run=client -o yaml | in_cluster kubectl apply -f -
    in_cluster kubectl apply -f "$root/tests/cluster/postgres.yaml"
    in_cluster helm upgrade --install sluice "$root/charts/sluice" --namespace sluice-system --create-namespace \
        --values "$root/tests/cluster/values.yaml"
    in_cluster kubectl --namespace databases rollout status statefulset/postgres --timeout=120s
    in_cluster kubectl --namespace sluice-system rollout status deployment/sluice-operator --timeout=120s
}

down() {
    [ -z "${SLUICE_KEEP_CLUSTER:-}" ] || { echo "SLUICE_KEEP_CLUSTER is set: the cluster stays"; return; }
    "$env/down.sh" tests
}

case ${1:-} in
    up | down) "$1" ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
