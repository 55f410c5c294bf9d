#!/bin/bash
# Shows that the cluster of up.sh is a real one: brings it up, runs a PostgreSQL pod behind a Service and a restricted Job that
# reaches it by name, reads its log and its termination message, and ends it.    smoke.sh [NAME] [--keep]
set -euo pipefail
NAME=${1:-smoke} keep=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
images=$here/../images
source "$here/cluster.sh"
source "$here/network.sh"

"$here/up.sh" "$NAME"
[ "$keep" = --keep ] || trap '"$here/down.sh" "$NAME"' EXIT
"$images/build-postgres.sh"
"$images/load-into-node.sh" --cluster "$NAME" localhost/sluice-postgres:17

password=$(openssl rand -hex 12)
kubectl create namespace smoke --dry-run=client -o yaml | kubectl apply -f - >/dev/null
kubectl --namespace smoke create secret generic database --dry-run=client -o yaml --from-file=password=<(printf %s "$password") |
  kubectl apply -f - >/dev/null
kubectl --namespace smoke apply -f "$here/smoke.yaml" >/dev/null

show_why() {
  kubectl --namespace smoke get pods,jobs,events
  kubectl --namespace smoke describe pods
  exit 1
}

job_has() { kubectl --namespace smoke wait job/client --for="condition=$1" --timeout=0; }
job_ended() { job_has Complete || job_has Failed; }

step "PostgreSQL pod is ready" kubectl --namespace smoke wait --for=condition=Ready pod/postgres --timeout=60s || show_why
step "Job ended" wait_until 60 "the Job's end" job_ended || show_why
job_has Complete >/dev/null || show_why

message=$(kubectl --namespace smoke get pods -l job-name=client -o jsonpath='{.items[0].status.containerStatuses[0].state.terminated.message}')
say "termination message: $message"
say "log: $(kubectl --namespace smoke logs job/client | tail -n 1)"
say "exec: $(kubectl --namespace smoke exec postgres -- psql -AtU postgres -c 'show server_version')"
say "helm: $("$here/exec.sh" "$NAME" helm version --short), server $(kubectl version -o json | grep -A20 serverVersion | grep -m1 gitVersion)"
say "service from the node: $("$here/exec.sh" "$NAME" bash -c 'ip=$(kubectl -n smoke get service postgres -o jsonpath={.spec.clusterIP}); : </dev/tcp/$ip/5432 && echo reached $ip')"
[[ $message == "17."* ]] || die "unexpected termination message"

say "API server stopped and started, etcd killed and started:"
"$here/part.sh" "$NAME" restart apiserver
"$here/part.sh" "$NAME" kill etcd
"$here/part.sh" "$NAME" start etcd
step "API server answers again" wait_until 30 "API server" kubectl --namespace smoke get pods
kubectl delete namespace smoke --wait=true --timeout=90s
say "memory: $(ps -o rss= -p "$(cut -d ' ' -f 1 "$STATE"/pids/* | paste -sd,)" | awk '{ sum += $1 } END { printf "%d MB in %d processes", sum / 1024, NR }')"
say "smoke test passed"
