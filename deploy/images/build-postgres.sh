#!/bin/bash
# Makes localhost/sluice-postgres:17, the database pod's image, from Debian's postgresql-17.    build-postgres.sh [--force]
# A second call does nothing unless its files have changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/buildah.sh"

image=localhost/sluice-postgres:17
began=$SECONDS
mkdir -p "$IMAGE_CACHE"
exec 9>"$IMAGE_CACHE/.postgres.lock"
flock 9
inputs=$(cat "$here/postgres.Dockerfile" "$here/start-postgres.sh" | sha256sum | cut -c1-32)
built=$(buildah inspect --type image --format '{{index .OCIv1.Config.Labels "sluice.inputs"}}' "$image" 2>/dev/null || true)
if [ "${1:-}" != --force ] && [ "$built" = "$inputs" ]; then
  echo "postgres image: $image is already there"
  exit 0
fi
"$here/build-base.sh" 9>&-
if ! buildah bud --pull-never --label "sluice.inputs=$inputs" -f "$here/postgres.Dockerfile" -t "$image" "$here" \
  >"$IMAGE_CACHE/postgres.log" 2>&1; then
  tail -n 20 "$IMAGE_CACHE/postgres.log" >&2
  exit 1
fi
echo "postgres image: $image made in $((SECONDS - began)) s"
