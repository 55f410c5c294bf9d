#!/bin/bash
# Builds the measuring programs, runstat and rtt_proxy, into folder $1; with --with-floor also pq_limit, the floor:
# libpq alone, static and lean.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) out=$1
mkdir -p "$out"
is_old() { [ ! -e "$out/$1" ] || [ "$here/floor/$1.c" -nt "$out/$1" ]; }
build() { # build NAME OPTION…: by way of another name, since two tests may build at once
    local name=$1
    shift
    cc -O2 -Wall -o "$out/$name.$$" "$here/floor/$name.c" "$@"
    mv "$out/$name.$$" "$out/$name"
}
if is_old runstat; then build runstat -static; fi
if is_old rtt_proxy; then build rtt_proxy; fi
if [ "${2:-}" = --with-floor ] && is_old pq_limit; then
    lean=$("$here/../../deploy/build-lean-libpq.sh" --print-prefix)
    [ -f "$lean/complete" ] || "$here/../../deploy/build-lean-libpq.sh"
    # ld warns that name services need glibc's shared objects: the floor connects to 127.0.0.1.
    build pq_limit -static -ffunction-sections -I"$lean/include" "$lean/lib/libpq.a" "$lean/lib/libpgcommon_shlib.a" \
        "$lean/lib/libpgport_shlib.a" "$lean/lib/libssl.a" "$lean/lib/libcrypto.a" -Wl,--gc-sections -s 2>/dev/null
fi
