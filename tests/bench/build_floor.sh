#!/bin/bash
# Builds the measuring programs into $1: runstat, rtt_proxy, and pq_limit, the floor: libpq alone, static and lean.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) out=$1
lean=$("$here/../../deploy/build-lean-libpq.sh" --print-prefix)
[ -f "$lean/lib/libpq.a" ] || "$here/../../deploy/build-lean-libpq.sh"
mkdir -p "$out"
newer() { [ ! -e "$out/$1" ] || [ "$here/floor/$2" -nt "$out/$1" ]; }
if newer runstat runstat.c; then cc -O2 -Wall -static -o "$out/runstat" "$here/floor/runstat.c"; fi
if newer rtt_proxy rtt_proxy.c; then cc -O2 -Wall -o "$out/rtt_proxy" "$here/floor/rtt_proxy.c"; fi
if newer pq_limit pq_limit.c; then
    # ld warns that name services need glibc's shared objects: the floor connects to 127.0.0.1.
    cc -O2 -Wall -static -ffunction-sections -I"$lean/include" -o "$out/pq_limit" "$here/floor/pq_limit.c" \
        "$lean/lib/libpq.a" "$lean/lib/libpgcommon_shlib.a" "$lean/lib/libpgport_shlib.a" -lssl -lcrypto \
        -Wl,--gc-sections -s 2>/dev/null
fi
