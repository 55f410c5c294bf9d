#!/bin/bash
# Migrates, and rolls out only then. Ends 1 as soon as the migration has failed for good.
#   deploy.sh [TIMEOUT]      as kubectl has it; default 30m
set -euo pipefail
cd "$(dirname "$0")"
timeout=${1:-30m}

kubectl apply --filename migration.yaml

# One wait is for one condition, and success and failure are two. A condition of an older generation isn't taken.
wait_for() { exec kubectl --namespace shop wait "--for=condition=$1" "--timeout=$timeout" databasemigration/shop; }
wait_for Ready &
ready=$!
wait_for Stalled >/dev/null 2>&1 &
stalled=$!
trap 'kill "$ready" "$stalled" 2>/dev/null || true' EXIT
while kill -0 "$ready" 2>/dev/null; do
    if ! kill -0 "$stalled" 2>/dev/null && wait "$stalled"; then
        kubectl --namespace shop get databasemigration shop >&2
        exit 1
    fi
    sleep 1
done
wait "$ready"

kubectl apply --filename deployment.yaml
