#!/bin/bash
# Builds localhost/test-argo-rollouts:1 from what deploy/cluster/build-argo-rollouts.sh built; skipped while that is as it was.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
source "$root/deploy/images/buildah.sh"

image=localhost/test-argo-rollouts:1
folder=$("$root/deploy/cluster/build-argo-rollouts.sh" | tail -1)
key=$(cat "$here/argo-rollouts.Dockerfile" "$folder/rollouts-controller" | sha256sum | cut -c1-16)
if [ "$(buildah inspect --type image --format '{{index .OCIv1.Config.Labels "key"}}' "$image" 2>/dev/null)" = "$key" ]; then
    echo "test-argo-rollouts is there"
    exit 0
fi
buildah bud --pull-never --label "key=$key" --tag "$image" --file "$here/argo-rollouts.Dockerfile" "$folder"
