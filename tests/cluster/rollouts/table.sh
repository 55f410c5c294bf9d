#!/bin/bash
# Prints the zero-loss table as the last runs of cluster_rollouts_test left it: a row a case.
#   tests/cluster/rollouts/table.sh [--run]     --run: runs the cases first (needs root; about ten minutes)
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
table=$root/build/dev/zero-loss.md
case ${1:-} in
    '') ;;
    --run) ctest --test-dir "$root/build/dev" -R '^(ZeroLoss|cluster_)' --output-on-failure ;;
    *) sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
[ -s "$table" ] || { echo "no case has been run in build/dev yet: $0 --run" >&2; exit 1; }
echo '| case | requests | failures | slowest ms | p99 ms | versions that answered | at the end |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
sort "$table"
