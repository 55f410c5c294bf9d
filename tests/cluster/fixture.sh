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
    server_certificate
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
    start_watcher
}

# The server's certificate, which signs itself: to a client it is the authority too.
server_certificate() {
    local new=$state/postgres-tls
    ! in_cluster kubectl --namespace databases get secret postgres-tls >/dev/null 2>&1 || return 0
    mkdir -p "$new"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=postgres \
        -addext subjectAltName=DNS:postgres.databases.svc.cluster.local -keyout "$new/tls.key" -out "$new/tls.crt"
    in_cluster kubectl --namespace databases create secret tls postgres-tls --cert "$new/tls.crt" --key "$new/tls.key"
    rm -r "$new"
}

rollouts() {
    source "$env/versions.sh" # ARGO_ROLLOUTS
    "$root/deploy/images/load-into-node.sh" --cluster "$cluster" localhost/test-people:1 localhost/test-argo-rollouts:1
    in_cluster kubectl apply --server-side -f "$ARGO_ROLLOUTS/crds" -f "$ARGO_ROLLOUTS/role.yaml" \
        -f "$root/tests/cluster/rollouts/argo-rollouts.yaml"
    in_cluster kubectl --namespace argo-rollouts rollout status deployment/argo-rollouts --timeout=300s
}

# Every password of the tests and some of their rows hold a mark: no process may ever have one among its arguments, and no log,
# status or event may hold one (guides S13). The kubelet removes logs with their pods, so a second name of each is kept; a
# status is written over, so each change is kept. The canary holds a mark too: what doesn't find it found nothing else either.
canary=pwZq7-canary
watch() {
    set +e # processes and logs vanish while they are looked at
    trap - ERR
    local kind
    for kind in databasemigrations databaserollouts events; do follow "$kind" & done
    while :; do
        grep -ahzFf "$state/marks.txt" /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >>"$leaks"
        cp --recursive --link --no-clobber "$state/pod-logs/." "$state/kept-logs" 2>/dev/null
        read -rt 0.2 <> <(:)
    done
}

# A watch ends with the API server that a test stops.
follow() {
    while :; do
        in_cluster kubectl get "$1" --all-namespaces --watch --output json >>"$state/followed/$1.json"
        read -rt 1 <> <(:)
    done
}

start_watcher() {
    stop_watcher || true # of an `up` before
    mkdir -p "$state/kept-logs" "$state/followed" "$state/pod-logs/canary"
    printf 'pwZq7\nrowZq7\n' >"$state/marks.txt"
    echo "$canary" >"$state/pod-logs/canary/0.log"
    : >"$leaks"
    set -m # a process group of its own, to be ended as one
    watch >/dev/null 2>&1 </dev/null &
    echo $! >"$state/watcher.pid"
    disown
    set +m
    local found=''
    coproc bash -c 'read -r' "$canary"
    while [ -z "$found" ]; do
        kill -0 "$(cat "$state/watcher.pid")" || { echo "the watcher of process lists died"; exit 1; }
        read -rt 0.1 <> <(:) || true
        if grep -qF "$canary" "$leaks" && [ -e "$state/kept-logs/canary/0.log" ]; then found=1; fi
    done
    echo >&"${COPROC[1]}"
    wait
}

stop_watcher() {
    [ -e "$state/watcher.pid" ] || return 0
    kill -0 "$(cat "$state/watcher.pid")" 2>/dev/null || return 1 # its followers may live without it
    kill -- "-$(cat "$state/watcher.pid")" 2>/dev/null || return 1
    rm "$state/watcher.pid"
}

expect_no_process_had_a_mark() {
    grep -vF "$canary" "$leaks" >"$leaks.others" || return 0
    echo "a password or a row stood in a process list:"
    sed 's/\(pw\|row\)Zq7[0-9a-f]*/[mark]/g' "$leaks.others"
    return 1
}

# Not those of the databases: PostgreSQL tells its own administrators which statement failed.
expect_no_log_has_a_mark() {
    local found
    found=$(grep -rlFf "$state/marks.txt" --exclude-dir='databases_*' "$state/kept-logs" "$state/logs" || true)
    if [ "$found" != "$state/kept-logs/canary/0.log" ]; then
        echo "a password or a row stood in these logs, or not even the canary was found: $found"
        return 1
    fi
    echo "$(find "$state/kept-logs" "$state/logs" -name '*.log' | wc -l) logs searched"
}

expect_no_status_or_event_had_a_mark() {
    local kind
    for kind in databasemigrations events; do
        [ -s "$state/followed/$kind.json" ] || { echo "no change of $kind was seen"; return 1; }
    done
    ! grep -oFf "$state/marks.txt" "$state"/followed/*.json | sort | uniq -c || {
        echo "a password or a row stood in a status or an event: $state/followed"
        return 1
    }
    echo "$(cat "$state"/followed/*.json | grep -c '^{') states and events searched"
}

down() {
    if [ -e "$state/watcher.pid" ]; then
        stop_watcher || { echo "the watcher died: nothing was watched"; exit 1; }
        expect_no_process_had_a_mark
        expect_no_log_has_a_mark
        expect_no_status_or_event_had_a_mark
    fi
    [ -z "${SLUICE_KEEP_CLUSTER:-}" ] || { echo "SLUICE_KEEP_CLUSTER is set: the cluster stays"; return; }
    "$env/down.sh" "$cluster"
}

case ${1:-} in
    up | rollouts | down) "$1" ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
