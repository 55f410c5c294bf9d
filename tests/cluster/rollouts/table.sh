#!/bin/bash
# Prints the zero-loss table as the last runs of its cases left it, a row a case.
#   tests/cluster/rollouts/table.sh [--run]     --run: runs the cases first (needs root; about ten minutes)
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
rows=$root/build/dev/zero-loss
case ${1:-} in
    '') ;;
    --run) ctest --test-dir "$root/build/dev" -R '^(ZeroLoss|KilledOperator)' --output-on-failure ;;
    *) sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
ls "$rows"/*.md >/dev/null 2>&1 || { echo "no case has been run in build/dev yet: $0 --run" >&2; exit 1; }
echo '| case | requests | failures | slowest ms | p99 ms | versions that answered | at the end |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
cat "$rows"/*.md
