#!/bin/bash
# Builds a lean PostgreSQL client from Debian's own source packages: libpq.a with OpenSSL and nothing else (Debian's
# libpq drags in LDAP, Kerberos and GnuTLS: 26 shared objects), static pg_dump and pg_restore with zlib, and the OpenSSL
# they share without what no client of ours speaks (QUIC, DTLS, old ciphers: Debian 13's archives alone are 6 MB).
#   deploy/build-lean-libpq.sh                  builds, unless it is there already; prints the folder
#   deploy/build-lean-libpq.sh --print-prefix   prints the folder only; builds nothing
# The folder is ${XDG_CACHE_HOME:-~/.cache}/sluice/lean-VERSIONS (or $SLUICE_LEAN_PREFIX), with lib/, include/, bin/.
# Needs deploy/install-build-deps.sh --release, and Debian's package mirror. Does not touch /etc/apt.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
recipe=4 # part of the folder's name: raise it when this script builds something else

version=$(dpkg-query -W -f '${source:Upstream-Version}' libpq-dev 2>/dev/null) ||
    { echo "libpq-dev is missing: run deploy/install-build-deps.sh --release" >&2; exit 1; }
major=${version%%.*}
ssl_version=$(dpkg-query -W -f '${source:Upstream-Version}' libssl-dev)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sluice
prefix=${SLUICE_LEAN_PREFIX:-$cache/lean-$version-ssl$ssl_version-$recipe}
case ${1:-} in
    --print-prefix) echo "$prefix"; exit 0 ;;
    '') ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
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
    fetch_newest "postgresql-$major" "$version"
    fetch_newest openssl "$ssl_version"
}

# Newest first: a mirror may list a security update's source without holding it.
fetch_newest() { # fetch_newest PACKAGE UPSTREAM-VERSION, with fetch_source's options
    local candidate
    for candidate in $(apt-cache "${options[@]}" showsrc "$1" | sed -n 's/^Version: //p' | sort -ruV); do
        if apt-get "${options[@]}" source "$1=$candidate"; then
            [ "${candidate%%-*}" = "$2" ] || echo "  warning: the mirror has no source of $1 $2; taking $candidate" >&3
            return 0
        fi
    done
    fetch_known "$1" "$2"
}

# Versions whose sources mirrors hold although their index names only a newer one that they don't hold yet: PACKAGE VERSION,
# and the sha256 of the .dsc, which itself has those of the archives.
known_sources=(
    "postgresql-17 17.11-0+deb13u1 bf148ae423a982707c3f60672c3a072ef62b701bd9f5df847d9f4b8c9b3e3b18"
    "postgresql-15 15.18-0+deb12u1 d940b57dd029ef0712212164410fcb51854c883f3fc0c3a11486acdfd2ca5947"
    "openssl 3.5.7-1~deb13u2 25904642004d30c5c3da4642a72a7d09f8d9eb6e5ce62dab53c0371114faf8f2"
    "openssl 3.0.20-1~deb12u2 a614474a2773c23b10c0d65f4eccbcf93fdac4749afb7c26d76e1b0340154d3d"
)

fetch_known() { # fetch_known PACKAGE UPSTREAM-VERSION: one of the same major version
    local row package candidate sha256 pool sum size name
    for row in "${known_sources[@]}"; do
        read -r package candidate sha256 <<<"$row"
        [ "$package" = "$1" ] && [ "${candidate%%.*}" = "${2%%.*}" ] || continue
        # OpenSSL's second number is part of its interface.
        [ "$package" != openssl ] || [[ $2 == "$(cut -d. -f1,2 <<<"$candidate")".* ]] || continue
        pool=$mirror/debian/pool/main/${package:0:1}/$package
        download "$pool/${package}_$candidate.dsc" "SHA256:$sha256" || return 1
        while read -r sum size name; do
            download "$pool/$name" "SHA256:$sum" || return 1
        done < <(sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ //p' "${package}_$candidate.dsc")
        dpkg-source --no-check -x "${package}_$candidate.dsc" || return 1
        echo "  warning: the mirror has no source of $1 $2; taking $candidate" >&3
        return 0
    done
    return 1
}

download() { # download URL HASH: into this folder
    /usr/lib/apt/apt-helper "${options[@]}" download-file "${1//+/%2b}" "$(basename "$1")" "$2"
}

compiler() { if command -v ccache >/dev/null; then echo "ccache cc"; else echo cc; fi; }

# OpenSSL 3.5 brings 0.7 MB of AES-GCM, AES-XTS and RSA for AVX-512 and AVX-IFMA alone. Each of these generators has an
# answer to an assembler too old for them: the function that asks the CPU says no, and the code for AVX2, SSE or any CPU
# is taken. They are told that the assembler is old.
without_avx512() {
    local generator
    for generator in crypto/*/asm/*avx512*.pl crypto/*/asm/*avxifma*.pl; do
        [ -e "$generator" ] || continue # OpenSSL 3.0 has one of them
        sed -i 's/^open OUT, *"/$avx512 = $avx512ifma = $avx512vaes = $avxifma = 0;\n&/' "$generator"
    done
}

# Stops where a later OpenSSL has other names for it.
expect_no_avx512() {
    local large
    large=$(find crypto providers \( -name '*avx512*.o' -o -name '*avxifma*.o' \) -size +8k)
    [ -z "$large" ] || { echo "AVX-512 is still in: $large"; return 1; }
}

# Stays: TLS 1.2 and 1.3, X.509, PKCS#8 and #12 keys (DES too: old encrypted ones), what SCRAM and MD5 logins need.
build_openssl() {
    cd "$work"/src/openssl-*/
    local without=() option
    for option in shared module tests dso engine legacy quic zlib zstd brotli comp dtls srtp srp psk ct cms ts \
        ocsp cmp rfc3779 aria camellia seed idea bf cast rc2 rc4 md4 mdc2 whirlpool rmd160 siphash siv sm2 sm3 sm4 gost \
        ec2m ml-dsa slh-dsa weak-ssl-ciphers nextprotoneg ui-console dsa; do
        # OpenSSL 3.0 refuses the names of what came later.
        if grep -qE "^ +\"$option\"" Configure; then without+=("no-$option"); fi
    done
    without_avx512
    CC=$(compiler) ./Configure "${without[@]}" no-ssl3 no-tls1 no-tls1_1 --prefix="$work/ssl" --openssldir=/usr/lib/ssl \
        CFLAGS="-O2 -ffunction-sections -fdata-sections"
    make -j2 build_libs
    expect_no_avx512
    mkdir -p "$work/ssl/lib" "$work/ssl/include"
    cp libssl.a libcrypto.a "$work/ssl/lib/"
    cp -r include/openssl "$work/ssl/include/"
}

configure_source() {
    cd "$work"/src/postgresql-*/
    CC=$(compiler) CFLAGS="-O2 -ffunction-sections -fdata-sections" CPPFLAGS="-I$work/ssl/include" \
        LDFLAGS="-L$work/ssl/lib" ./configure --prefix="$prefix" --without-readline --without-icu --with-ssl=openssl --with-zlib
}

build_libraries() {
    cd "$work"/src/postgresql-*/
    make -C src/backend generated-headers
    for folder in common port fe_utils; do make -j2 -C src/$folder all; done
    make -j2 -C src/interfaces/libpq all-static-lib
}

# Debian's programs link libpq.so; ours take the archives, in one group since they need each other. The _shlib ones
# first: only they have the encoding functions that libpq exports, and two copies of those would clash.
link_static() { # link_static PROGRAM OBJECT…
    local program=$1
    shift
    cc -O2 -static -no-pie -Wl,--gc-sections -s -o "$program" "$here/static_names.c" "$@" -Wl,--start-group \
        ../../interfaces/libpq/libpq.a ../../common/libpgcommon_shlib.a ../../port/libpgport_shlib.a \
        ../../fe_utils/libpgfeutils.a ../../common/libpgcommon.a ../../port/libpgport.a \
        -Wl,--end-group "$work/ssl/lib/libssl.a" "$work/ssl/lib/libcrypto.a" -lz -lm
}

build_tools() {
    cd "$work"/src/postgresql-*/src/bin/pg_dump
    make -j2 pg_dump.o common.o pg_dump_sort.o pg_restore.o $(sed -n '/^OBJS = /,/[^\\]$/p' Makefile |
        grep -oE '[a-z0-9_]+\.o' | sort -u)
    local objects=() object
    for object in *.o; do
        case $object in pg_dump.o | common.o | pg_dump_sort.o | pg_restore.o | pg_dumpall.o) ;; *) objects+=("$object") ;; esac
    done
    link_static pg_dump.static pg_dump.o common.o pg_dump_sort.o "${objects[@]}"
    link_static pg_restore.static pg_restore.o "${objects[@]}"
}

install_all() {
    cd "$work"/src/postgresql-*/
    rm -rf "$prefix"
    mkdir -p "$prefix"/{bin,lib,include}
    cp "$work"/ssl/lib/libssl.a "$work"/ssl/lib/libcrypto.a "$prefix/lib/"
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
step "fetch the source packages" fetch_source
step "build OpenSSL" build_openssl
step "configure" configure_source
step "build libpq" build_libraries
step "build pg_dump and pg_restore" build_tools
step "install" install_all
echo "$prefix (took $((SECONDS - started)) s)"
