#!/bin/bash
# Prints the zero-loss table as the last runs of its cases left it, a row a case.
#   tests/cluster/rollouts/table.sh [--run]     --run: runs the cases first (needs root and what `tests/run.sh rollouts`
#                                               built; about 15 minutes); ends with 1 where one failed
# Beside the rows, in build/dev/zero-loss, lies what kubectl told about each DatabaseRollout at its end.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
rows=$root/build/dev/zero-loss
code=0
case ${1:-} in
    '') ;;
    --run)
        rm -rf "$rows"
        ctest --test-dir "$root/build/dev" -R '^(ZeroLoss|KilledOperator)' --output-on-failure || code=1
        ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
ls "$rows"/*.md >/dev/null 2>&1 || { echo "no case has been run in build/dev yet: $0 --run" >&2; exit 1; }
echo '| case | requests | failures | slowest ms | p99 ms | versions that answered | at the end |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
cat "$rows"/*.md
exit "$code"
