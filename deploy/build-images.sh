#!/bin/bash
# Builds the images with buildah; needs neither a registry nor a daemon.
#   deploy/build-images.sh [--tag TAG] [--save DIR] [migrator] [operator]      both without a name
#     --tag TAG    default dev: localhost/sluice:TAG and localhost/sluice-operator:TAG
#     --save DIR   writes DIR/sluice.tar and DIR/sluice-operator.tar too, for `ctr images import` or `docker load`
#     --export DIR copies sluice, pg_dump and pg_restore out of the migrator's image: static, they run on any Linux
# Prints each image's size, and fails where it exceeds what is promised: 30 MB the migrator's (8 MiB its `sluice`), 60 MB
# the operator's.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/deploy/images/buildah.sh"

tag=dev save='' export='' targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --tag) tag=$2; shift ;;
        --save) save=$2; shift ;;
        --export) export=$2; shift ;;
        migrator | operator) targets+=("$1") ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=(migrator operator)
declare -A name=([migrator]=sluice [operator]=sluice-operator) limit=([migrator]=30000000 [operator]=60000000)

# What the image's files take together, as they lie on a node, and what `sluice` does. On the way --export is served.
image_bytes() {
    local container tree
    container=$(buildah from --pull-never "$1")
    tree=$(buildah mount "$container")
    du -sb "$tree" | cut -f1
    stat -c %s "$tree/sluice" 2>/dev/null || echo 0
    if [ "$export" ] && [ -e "$tree/sluice" ]; then
        mkdir -p "$export"
        cp --preserve=mode "$tree"/{sluice,pg_dump,pg_restore} "$export/"
    fi
    buildah umount "$container" >/dev/null
    buildah rm "$container" >/dev/null
}

"$root/deploy/images/build-base.sh"
ccache=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/ccache-images
mkdir -p "$ccache" "$IMAGE_CACHE"
log=$IMAGE_CACHE/build-images.log
: >"$log"
for target in "${targets[@]}"; do
    started=$SECONDS image=localhost/${name[$target]}:$tag
    if ! buildah bud --pull-never --layers --volume "$ccache:/ccache:rw" --target "$target" --tag "$image" \
        --file "$root/deploy/Dockerfile" --ignorefile "$root/deploy/Dockerfile.dockerignore" "$root" >>"$log" 2>&1; then
        tail -40 "$log" >&2
        echo "failed: $image (all output: $log)" >&2
        exit 1
    fi
    { read -r bytes && read -r binary; } < <(image_bytes "$image")
    if [ "$save" ]; then
        mkdir -p "$save"
        rm -f "$save/${name[$target]}.tar"
        buildah push --quiet "$image" "docker-archive:$save/${name[$target]}.tar:$image" >>"$log" 2>&1
    fi
    echo "$image: $bytes bytes, built in $((SECONDS - started)) s"
    if [ "$bytes" -gt "${limit[$target]}" ]; then
        echo "failed: $image is larger than ${limit[$target]} bytes" >&2
        exit 1
    fi
    if [ "$binary" -gt $((8 * 1024 * 1024)) ]; then
        echo "failed: sluice in $image is larger than 8 MiB: $binary bytes" >&2
        exit 1
    fi
done
