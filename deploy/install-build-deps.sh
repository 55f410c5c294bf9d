#!/bin/bash
# Installs from Debian what Sluice is built and tested with, on Debian 12 or 13.
#   deploy/install-build-deps.sh [--release] [--build] [--test]      without an option: all
#     --release compiler and libraries for `cmake --preset release`, no more (the image build)
#     --build   that, clang and GoogleTest: all presets
#     --test    what the tests need besides: PostgreSQL, pgbouncer, Python, npm
#   What a cluster needs is installed by deploy/install-cluster-deps.sh.
# Safe to run again: asks dpkg first, and touches apt only when something is missing.
set -euo pipefail

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit "$1"; }

want_release='' want_build='' want_test=''
for option in "$@"; do
    case $option in
        --release) want_release=1 ;;
        --build) want_release=1 want_build=1 ;;
        --test) want_test=1 ;;
        -h | --help) usage 0 ;;
        *) echo "unknown option: $option" >&2; usage 2 >&2 ;;
    esac
done
[ "$want_release$want_test" ] || want_release=1 want_build=1 want_test=1

. /etc/os-release
[ "${ID:-}" = debian ] || echo "warning: made for Debian 12 and 13, this is ${PRETTY_NAME:-unknown}" >&2

packages=()
if [ "$want_release" ]; then
    packages+=(build-essential g++ cmake ninja-build ccache pkg-config ca-certificates)
    packages+=(libcpprest-dev libboost-dev libboost-system-dev libpqxx-dev libpq-dev libyaml-cpp-dev libspdlog-dev
        libssl-dev zlib1g-dev nlohmann-json3-dev libcli11-dev prometheus-cpp-dev)
    packages+=(dpkg-dev xz-utils) # deploy/build-lean-libpq.sh: PostgreSQL's source package
    # From 17 on the source no longer brings its generated files.
    [ "${VERSION_ID:-}" = 12 ] || packages+=(bison flex perl)
fi
if [ "$want_build" ]; then
    packages+=(libgtest-dev libgmock-dev)
    case ${VERSION_ID:-} in
        12) packages+=(clang-16 clang-format-16 clang-tidy-16) ;;
        *) packages+=(clang clang-format clang-tidy) ;;
    esac
fi
if [ "$want_test" ]; then
    packages+=(postgresql postgresql-client pgbouncer python3 python3-venv python3-yaml jq curl git procps iproute2 openssl)
    packages+=(musl busybox-static) # images of users, as folders
    packages+=(lua5.1)              # Argo CD's health check
    command -v node >/dev/null || packages+=(nodejs)
    command -v npm >/dev/null || packages+=(npm) # another source's nodejs may have brought npm along
fi

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=()
for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "all ${#packages[@]} packages are installed"
    exit 0
fi

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing: ${missing[*]}: run this as root, or install sudo" >&2; exit 1; }
    sudo=(sudo)
fi
echo "installing ${#missing[@]} packages: ${missing[*]}"
# One apt at a time, should two builds start this at once.
exec 9>"${TMPDIR:-/tmp}/sluice-install-build-deps.$(id -u).lock"
flock 9
apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
"${apt[@]}" update || echo "warning: apt-get update failed; going on with the lists that are here" >&2
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
echo "installed"
