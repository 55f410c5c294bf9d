#!/bin/bash
# Puts images from buildah's storage into the node of a cluster that up.sh made; pods then use them with
# imagePullPolicy IfNotPresent or Never.    load-into-node.sh [--cluster NAME] IMAGE...
# An image that the node already holds in this very version is not sent again.
set -euo pipefail
NAME=default
[ "${1:-}" != --cluster ] || { NAME=$2; shift 2; }
here=$(cd "$(dirname "$0")" && pwd)
source "$here/buildah.sh"
source "$here/../../deploy/cluster/cluster.sh"
[ -S "$CONTAINERD_SOCKET" ] || die "is not up"

archive=$(mktemp -u "$IMAGE_CACHE/load.XXXXXX.tar")
trap 'rm -f "$archive"' EXIT

load() {
  local image=$1 id record
  id=$(buildah inspect --type image --format '{{.FromImageID}}' "$image")
  record=$STATE/loaded/${image//[^A-Za-z0-9.-]/_}
  if [ "$(cat "$record" 2>/dev/null)" = "$id" ] && node_ctr images list -q | grep -qxF "$image"; then
    return
  fi
  buildah push --quiet "$image" "docker-archive:$archive:$image"
  node_ctr images import "$archive" >/dev/null
  rm -f "$archive"
  mkdir -p "$STATE/loaded"
  echo "$id" >"$record"
}

for image in "$@"; do
  # Without a registry in its name containerd would not find the image a pod asks for.
  [[ $image == */*/* || $image == localhost/* ]] || die "name the image in full (docker.io/library/NAME:TAG, localhost/NAME:TAG): $image"
  step "image $image is in the node" load "$image"
done
