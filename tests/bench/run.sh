#!/bin/bash
# Measures Sluice beside its peers and prints every target with a verdict; fails when one is missed.
#   tests/bench/run.sh [--all] [--peers goose,psql] [--runs 9] [noop] [apply] [trips] [sizes]
#     --all    slow peers too: dbmate, sqlx-cli, sqitch, Flyway, Liquibase
# Measures build/release/bin/sluice, or $SLUICE_BIN; without either the peers alone. Peers and corpora are kept in
# ${XDG_CACHE_HOME:-~/.cache}/sluice/bench; the PostgreSQL is a throwaway one. Wants the machine for itself.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
all=() rest=()
for argument in "$@"; do
    case $argument in
        --all) all=(--all) ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) rest+=("$argument") ;;
    esac
done
"$here/install_peers.sh" "${all[@]}"
exec python3 -B "$here/bench.py" "${rest[@]}"
