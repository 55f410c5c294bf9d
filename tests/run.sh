#!/bin/bash
# Builds and tests everything. On a machine that has never seen the project it installs what is missing first.
#   tests/run.sh [OPTION] [LABEL...]
#     LABEL      any of: unit golden postgres cluster bench; without one: all of these.
#                rollouts: an application rolled out under load, for a machine that has nothing else to do
#     --no-deps  don't ask apt for packages
#     --list     build for development, print the tests of these labels and stop
#   tests/run.sh unit           seconds: no database needed
#   tests/run.sh unit postgres  minutes: a throwaway PostgreSQL
#   tests/run.sh                also a real Kubernetes cluster on this machine (needs root)
# Ends with ctest's summary. What is slow to make (the cluster's programs, images, compiled objects) is kept in
# ${XDG_CACHE_HOME:-~/.cache}/sluice and in ccache.
set -euo pipefail
cd "$(dirname "$0")/.."

labels=() deps=1 list=''
for argument in "$@"; do
    case $argument in
        unit | golden | postgres | cluster | bench | rollouts) labels+=("$argument") ;;
        --no-deps) deps='' ;;
        --list) list=1 ;;
        *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
[ ${#labels[@]} -gt 0 ] || labels=(unit golden postgres cluster bench)
has() { [[ " ${labels[*]} " == *" $1 "* ]]; }

logs=build/logs
mkdir -p "$logs"
# step NAME COMMAND…: says what it does and how long it took; shows the output only when it fails.
step() {
    local name=$1 started=$SECONDS log
    shift
    log=$logs/${name// /-}.txt
    echo "== $name"
    if "$@" >"$log" 2>&1 </dev/null; then
        echo "   $name: done in $((SECONDS - started)) s"
    else
        echo "   $name: FAILED after $((SECONDS - started)) s; the end of $log:"
        tail -60 "$log"
        exit 1
    fi
}

# together FUNCTION…: all at once, since one computes while another waits for the disk, a server or a linker. The first that
# fails ends the others.
together() {
    local each
    set -m # each in a process group of its own, so that it ends with all it has started
    trap 'kill -- $(jobs -p | sed s/^/-/) 2>/dev/null' EXIT
    for each in "$@"; do "$each" & done
    for each in "$@"; do wait -n || exit 1; done
    trap - EXIT
    set +m
}

configure_and_build() {
    cmake --preset "$1"
    cmake --build "build/$1"
}

tests_and_lint() {
    step 'check the format' tests/lint/format.sh
    step 'build for development' configure_and_build dev
    [ ${#labels[@]} -lt 5 ] || step 'lint' tests/lint/tidy.sh
}

release_and_images() {
    if has cluster || has rollouts; then
        step 'build the images' deploy/build-images.sh --tag test --export "$release"
        step 'build the programs of Kubernetes' deploy/cluster/build-tools.sh
        step 'build the image of PostgreSQL' deploy/images/build-postgres.sh
        step 'build the images of users' tests/cluster/images/build.sh
    elif has postgres || has bench; then
        step 'build the lean libpq' deploy/build-lean-libpq.sh
        step 'build the release' configure_and_build release
    fi
    if has rollouts; then
        step 'build Argo Rollouts' deploy/cluster/build-argo-rollouts.sh
        step 'build the image of Argo Rollouts' tests/cluster/images/build-argo-rollouts.sh
        step 'build the image of the application' tests/cluster/images/build-people.sh
    fi
}

# The release that tests measure and put into images: that of our image, where one is built.
release=$PWD/build/release/bin
if has cluster || has rollouts; then release=$PWD/build/image/bin; fi

if [ "$deps" ]; then
    step 'install Debian packages' deploy/install-build-deps.sh
    if has cluster || has rollouts; then step 'install what the cluster needs' deploy/install-cluster-deps.sh; fi
fi
if [ -z "$list" ]; then together tests_and_lint release_and_images; else step 'build for development' configure_and_build dev; fi

# What the caller's shell says of databases, clusters or languages is not for the tests; after the builds,
# since ccache keeps what it compiled apart by language.
for variable in $(compgen -e); do
    case $variable in
        SLUICE_LEAN_PREFIX | SLUICE_DEBIAN_MIRROR | SLUICE_TEST_PG_BIN | SLUICE_TEST_CLUSTER | SLUICE_TEST_TAG | SLUICE_KEEP_CLUSTER) ;;
        PG* | SLUICE_* | KUBECONFIG | KUBERNETES_* | LANG | LANGUAGE | LC_* | TZ) unset "$variable" ;;
    esac
done
export LC_ALL=C.UTF-8 SLUICE_RELEASE_BIN=$release

pattern="^($(IFS='|'; echo "${labels[*]}"))\$"
[ -z "$list" ] || exec ctest --test-dir build/dev -L "$pattern" -N
ctest --test-dir build/dev -L "$pattern" -j "$(($(nproc) + 4))" --output-on-failure --no-tests=error --output-log "$logs/ctest.txt" </dev/null
