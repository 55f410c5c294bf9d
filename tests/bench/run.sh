#!/bin/bash
# Measures Sluice beside its peers and prints every target with a verdict; fails when one is missed.
#   tests/bench/run.sh [--all] [--peers goose,psql] [--runs 9] [--workers 1,4,16] [noop] [apply] [trips] [sizes] [operator]
#     --all      slow peers too: dbmate, sqlx-cli, sqitch, Flyway, Liquibase
#     operator   only when asked for: build/release/bin/sluice-operator, or $SLUICE_OPERATOR_BIN, beside the smallest
#                controller-runtime manager; needs the programs of deploy/cluster/build-tools.sh; about 9 minutes a run
# Measures build/release/bin/sluice, or $SLUICE_BIN; without either the peers alone. Peers and corpora are kept in
# ${XDG_CACHE_HOME:-~/.cache}/sluice/bench; the PostgreSQL is a throwaway one. Wants the machine for itself.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
all=() rest=() operator='' migrator=''
for argument in "$@"; do
    case $argument in
        --all) all=(--all); continue ;;
        operator) operator=1 ;;
        noop | apply | trips | sizes) migrator=1 ;;
        -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    esac
    rest+=("$argument")
done
if [ "$operator" ]; then "$here/install_peers.sh" --operator; fi
if [ "$migrator" ] || [ -z "$operator" ]; then "$here/install_peers.sh" "${all[@]}"; fi
exec python3 -B "$here/bench.py" "${rest[@]}"
