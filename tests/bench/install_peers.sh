#!/bin/bash
# Installs the peers into ~/.cache/sluice/bench with the ordinary package clients: goose, golang-migrate and Alembic, and with --all
# dbmate, sqlx-cli, sqitch, Flyway and Liquibase (needs npm, cargo, a JDK with Maven). What can't be had is left out, and
# the table does without it. A second call only looks.
#   install_peers.sh [--all | --operator]
#     --operator   only the operator's peer, built from operator/ (needs Go 1.21 or newer)
set -u
PATH=$PATH:/usr/local/go/bin
here=$(cd "$(dirname "$0")" && pwd) perf=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/bench all=${1:-}
mkdir -p "$perf"/{bin,log,jvm}
step() { # step NAME PROOF COMMAND…: runs it unless the file PROOF is there
    local name=$1 proof=$2 from=$SECONDS
    shift 2
    [ -e "$proof" ] && return
    if "$@" >"$perf/log/install-$name.log" 2>&1; then
        echo "  peer $name: installed in $((SECONDS - from)) s"
    else
        echo "  peer $name: left out, see $perf/log/install-$name.log"
    fi
}
export GOBIN=$perf/bin CGO_ENABLED=0
if [ "$all" = --operator ]; then
    peer=$perf/bin/controller-runtime-peer
    [ "$here/operator/main.go" -nt "$peer" ] && rm -f "$peer"
    step controller-runtime-peer "$peer" env GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto \
        nice go build -C "$here/operator" -mod=readonly -trimpath -ldflags '-s -w' -o "$peer" .
    exit 0
fi
step goose "$perf/bin/goose" nice go install -trimpath -ldflags '-s -w' \
    -tags 'no_clickhouse no_mssql no_mysql no_vertica no_ydb no_libsql no_sqlite3 no_starrocks no_turso' \
    github.com/pressly/goose/v3/cmd/goose@latest
step golang-migrate "$perf/bin/migrate" nice go install -trimpath -ldflags '-s -w' -tags postgres \
    github.com/golang-migrate/migrate/v4/cmd/migrate@latest
step alembic "$perf/venv/bin/alembic" sh -c \
    "python3 -m venv '$perf/venv' && '$perf/venv/bin/pip' install -q alembic psycopg2-binary"
[ "$all" = --all ] || exit 0

step dbmate "$perf/npm/node_modules/dbmate" npm --prefix "$perf/npm" install dbmate
step sqlx "$perf/cargo/bin/sqlx" nice cargo install sqlx-cli --locked --no-default-features \
    --features postgres,rustls --root "$perf/cargo"
step sqitch "$(command -v sqitch || echo /usr/bin/sqitch)" \
    apt-get install -y --no-install-recommends sqitch libdbd-pg-perl
for tool in flyway liquibase; do
    mkdir -p "$perf/jvm/$tool"
    cp "$here/jvm/$tool.xml" "$perf/jvm/$tool/pom.xml"
    step $tool "$perf/jvm/$tool/lib" sh -c \
        "cd '$perf/jvm/$tool' && nice mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib"
done
