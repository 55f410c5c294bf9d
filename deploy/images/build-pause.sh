#!/bin/bash
# Makes localhost/sluice-pause:1, one static program from scratch, and packs it as ${XDG_CACHE_HOME:-~/.cache}/sluice/images/pause.tar,
# from where up.sh loads it into the node. A second call does nothing. Needs gcc, libc6-dev, buildah.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/buildah.sh"

image=localhost/sluice-pause:1
mkdir -p "$IMAGE_CACHE"
exec 9>"$IMAGE_CACHE/.pause.lock"
flock 9
[ ! -s "$IMAGE_CACHE/pause.tar" ] || exit 0

folder=$(mktemp -d)
container=
trap 'rm -rf "$folder"; [ -z "$container" ] || buildah rm "$container" >/dev/null' EXIT
"${CC:-gcc}" -O2 -static -s -o "$folder/pause" "$here/pause.c"
container=$(buildah from scratch)
buildah add --quiet "$container" "$folder/pause" /pause >/dev/null
buildah config --entrypoint '["/pause"]' --user 65535:65535 "$container"
buildah commit --quiet "$container" "$image" >/dev/null
buildah push --quiet "$image" "docker-archive:$IMAGE_CACHE/pause.tar.part:$image"
mv "$IMAGE_CACHE/pause.tar.part" "$IMAGE_CACHE/pause.tar"
echo "pause image: made"
