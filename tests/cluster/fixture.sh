#!/bin/bash
# What the cluster tests stand on:    fixture.sh up|rollouts|down
#   up        the cluster `tests` with a PostgreSQL server in namespace `databases` and the operator, installed by helm
#             SLUICE_TEST_CLUSTER gives it another name, SLUICE_TEST_TAG says how our images are tagged (test)
#   rollouts  in that cluster, what the tests with this label want: their application, the controller of Argo Rollouts
#   down      ends it; with SLUICE_KEEP_CLUSTER set it stays, and the next `up` is quick
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
env=$root/deploy/cluster
cluster=${SLUICE_TEST_CLUSTER:-tests} tag=${SLUICE_TEST_TAG:-test}
state=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/cluster-$cluster
leaks=$state/leaks.txt
in_cluster() { "$env/exec.sh" "$cluster" "$@"; }

up() {
    "$env/up.sh" "$cluster"
    "$root/tests/migrator/corpora/fetch.sh"
    "$root/deploy/images/load-into-node.sh" --cluster "$cluster" localhost/sluice-postgres:17 "localhost/sluice:$tag" \
        "localhost/sluice-operator:$tag" localhost/test-prefect:1 localhost/test-files:1
    in_cluster kubectl create namespace databases --dry-run=client -o yaml | in_cluster kubectl apply -f -
    in_cluster kubectl apply -f "$root/tests/cluster/postgres.yaml"
    local was_there
    was_there=$(in_cluster kubectl --namespace sluice-system get deployment sluice-operator --ignore-not-found -o name)
    in_cluster helm upgrade --install sluice "$root/charts/sluice" --namespace sluice-system --create-namespace \
        --values "$root/tests/cluster/values.yaml" \
        --set "operator.image=localhost/sluice-operator:$tag" --set "migrator.image=localhost/sluice:$tag"
    # The tag stays while the image changes.
    [ -z "$was_there" ] || in_cluster kubectl --namespace sluice-system rollout restart deployment/sluice-operator
    in_cluster kubectl --namespace databases rollout status statefulset/postgres --timeout=300s
    in_cluster kubectl --namespace sluice-system rollout status deployment/sluice-operator --timeout=300s
    [ ! -e "$state/watcher.pid" ] || kill "$(cat "$state/watcher.pid")" 2>/dev/null || true # of an `up` before
    : >"$leaks"
    mkdir -p "$state/kept-logs"
    watch >/dev/null 2>&1 </dev/null &
    echo $! >"$state/watcher.pid"
    disown
}

rollouts() {
    source "$env/versions.sh" # ARGO_ROLLOUTS
    "$root/deploy/images/load-into-node.sh" --cluster "$cluster" localhost/test-people:1 localhost/test-argo-rollouts:1
    in_cluster kubectl apply --server-side -f "$ARGO_ROLLOUTS/crds" -f "$ARGO_ROLLOUTS/role.yaml" \
        -f "$root/tests/cluster/rollouts/argo-rollouts.yaml"
    in_cluster kubectl --namespace argo-rollouts rollout status deployment/argo-rollouts --timeout=300s
}

# Every password of the tests and some of their rows hold a mark: no process may ever have one among its arguments, and no log
# of any container may hold one (guides S13). The kubelet removes logs with their pods, so a second name of each is kept.
marks=(-e pwZq7 -e rowZq7)
watch() {
    set +e # processes and logs vanish while they are looked at
    trap - ERR
    while :; do
        grep -alF "${marks[@]}" /proc/[0-9]*/cmdline 2>/dev/null | while read -r found; do
            tr '\0' ' ' <"$found" 2>/dev/null | grep -vF 'grep -alF' >>"$leaks" || true
        done
        cp --recursive --link --no-clobber "$state/pod-logs/." "$state/kept-logs" 2>/dev/null
        read -rt 0.2 <> <(:) || true
    done
}

# Not those of the databases: PostgreSQL tells its own administrators which statement failed.
search_logs() {
    local searched
    searched=$(find "$state/kept-logs" -name '*.log' | wc -l)
    [ "$searched" -gt 0 ] || { echo "no log of a container was kept: nothing was searched"; return 1; }
    if grep -rlF "${marks[@]}" --exclude-dir='databases_*' "$state/kept-logs"; then
        echo "a password or a row stood in these logs"
        return 1
    fi
    echo "$searched logs searched"
}

down() {
    if [ -e "$state/watcher.pid" ]; then
        kill "$(cat "$state/watcher.pid")" || { echo "the watcher of process lists died: nothing was watched"; exit 1; }
        rm "$state/watcher.pid"
    fi
    if [ -s "$leaks" ]; then
        echo "a password or a row stood in a process list:"
        sed 's/\(pw\|row\)Zq7[0-9a-f]*/[mark]/g' "$leaks"
        exit 1
    fi
    search_logs
    [ -z "${SLUICE_KEEP_CLUSTER:-}" ] || { echo "SLUICE_KEEP_CLUSTER is set: the cluster stays"; return; }
    "$env/down.sh" "$cluster"
}

case ${1:-} in
    up | rollouts | down) "$1" ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
