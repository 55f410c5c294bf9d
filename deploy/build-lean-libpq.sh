#!/bin/bash
# Builds a lean PostgreSQL client from Debian's own source package: libpq.a with OpenSSL and nothing else (Debian's
# libpq drags in LDAP, Kerberos and GnuTLS: 26 shared objects), and static pg_dump and pg_restore with zlib.
#   deploy/build-lean-libpq.sh                  builds, unless it is there already; prints the folder
#   deploy/build-lean-libpq.sh --print-prefix   prints the folder only; builds nothing
# The folder is ${XDG_CACHE_HOME:-~/.cache}/sluice/lean-VERSION (or $SLUICE_LEAN_PREFIX), with lib/, include/, bin/.
# Needs deploy/install-build-deps.sh --build, and Debian's package mirror. Does not touch /etc/apt.
set -euo pipefail
recipe=1 # part of the folder's name: raise it when this script builds something else

version=$(dpkg-query -W -f '${source:Upstream-Version}' libpq-dev 2>/dev/null) ||
    { echo "libpq-dev is missing: run deploy/install-build-deps.sh --build" >&2; exit 1; }
major=${version%%.*}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sluice
prefix=${SLUICE_LEAN_PREFIX:-$cache/lean-$version-$recipe}
case ${1:-} in
    --print-prefix) echo "$prefix"; exit 0 ;;
    '') ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
mkdir -p "$(dirname "$prefix")"
exec 9>"$prefix.lock"
flock 9 # two builds at once share the result
if [ -f "$prefix/complete" ]; then
    echo "$prefix (built before)"
    exit 0
fi
started=$SECONDS
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-lean.XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$prefix.log
exec 3>&2 # warnings get past the log
: >"$log"
step() { # step WHAT COMMAND…: runs it quietly; on failure shows the end of its output
    local what=$1 from=$SECONDS
    shift
    "$@" >>"$log" 2>&1 & # in the background, since `set -e` sleeps inside a condition
    if ! wait $!; then
        tail -30 "$log" >&2
        echo "failed: $what (all output: $log)" >&2
        exit 1
    fi
    echo "  $what: $((SECONDS - from)) s"
}

# An apt of our own: Debian's suites of this machine as deb-src, its own lists; the machine's keys.
fetch_source() {
    . /etc/os-release
    local mirror=${SLUICE_DEBIAN_MIRROR:-http://deb.debian.org}
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/src"
    {
        for suite in "$VERSION_CODENAME" "$VERSION_CODENAME-updates"; do
            echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror/debian $suite main"
        done
        echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "$mirror/debian-security $VERSION_CODENAME-security main"
    } >"$work/apt/sources.list"
    local options=(-q -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=-
        -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=
        -o Acquire::Languages=none -o Acquire::Retries=3)
    apt-get "${options[@]}" update
    cd "$work/src"
    # Newest first: a mirror may list a security update's source without holding it.
    local candidate
    for candidate in $(apt-cache "${options[@]}" showsrc "postgresql-$major" | sed -n 's/^Version: //p' | sort -ruV); do
        if apt-get "${options[@]}" source "postgresql-$major=$candidate"; then
            [ "${candidate%%-*}" = "$version" ] ||
                echo "  warning: the mirror has no source of $version; taking $candidate" >&3
            return
        fi
    done
    return 1
}

configure_source() {
    cd "$work"/src/postgresql-*/
    export CC="cc" CFLAGS="-O2 -ffunction-sections -fdata-sections"
    command -v ccache >/dev/null && CC="ccache cc"
    ./configure --prefix="$prefix" --without-readline --without-icu --with-ssl=openssl --with-zlib
}

build_libraries() {
    cd "$work"/src/postgresql-*/
    make -C src/backend generated-headers
    for folder in common port interfaces/libpq fe_utils; do make -j2 -C src/$folder all; done
}

# Debian's programs link libpq.so; ours take the archives, in one group since they need each other. The _shlib ones
# first: only they have the encoding functions that libpq exports, and two copies of those would clash.
link_static() { # link_static PROGRAM OBJECT…
    local program=$1
    shift
    cc -O2 -static -no-pie -Wl,--gc-sections -s -o "$program" "$@" -Wl,--start-group \
        ../../interfaces/libpq/libpq.a ../../common/libpgcommon_shlib.a ../../port/libpgport_shlib.a \
        ../../fe_utils/libpgfeutils.a ../../common/libpgcommon.a ../../port/libpgport.a \
        -Wl,--end-group -lssl -lcrypto $(pkg-config --static --libs-only-l libcrypto) -lz -lm
}

build_tools() {
    cd "$work"/src/postgresql-*/src/bin/pg_dump
    make -j2 pg_dump pg_restore
    local shared='parallel.o pg_backup_archiver.o pg_backup_custom.o pg_backup_db.o pg_backup_directory.o
        pg_backup_null.o pg_backup_tar.o pg_backup_utils.o dumputils.o filter.o compress_*.o'
    local objects=()
    for object in $shared; do [ -f "$object" ] && objects+=("$object"); done
    link_static pg_dump.static pg_dump.o common.o pg_dump_sort.o "${objects[@]}"
    link_static pg_restore.static pg_restore.o "${objects[@]}"
}

install_all() {
    cd "$work"/src/postgresql-*/
    rm -rf "$prefix"
    mkdir -p "$prefix"/{bin,lib,include}
    cp src/interfaces/libpq/libpq.a src/common/libpgcommon_shlib.a src/port/libpgport_shlib.a "$prefix/lib/"
    cp src/interfaces/libpq/libpq-fe.h src/interfaces/libpq/libpq-events.h src/include/postgres_ext.h "$prefix/include/"
    cp src/include/pg_config_ext.h src/include/pg_config.h "$prefix/include/"
    install -m 755 src/bin/pg_dump/pg_dump.static "$prefix/bin/pg_dump"
    install -m 755 src/bin/pg_dump/pg_restore.static "$prefix/bin/pg_restore"
    "$prefix/bin/pg_dump" --version
    "$prefix/bin/pg_restore" --version
    touch "$prefix/complete"
}

echo "lean PostgreSQL $version client into $prefix"
step "fetch the source package" fetch_source
step "configure" configure_source
step "build libpq" build_libraries
step "build pg_dump and pg_restore" build_tools
step "install" install_all
echo "$prefix (took $((SECONDS - started)) s)"
