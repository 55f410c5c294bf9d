#!/bin/bash
# Builds the users' images that the cluster tests run migrations from; each is skipped while its Dockerfile is as it was.
#   localhost/test-prefect:1   an unmodified Alembic project with its own tool
#   localhost/test-files:1     FROM scratch, with nothing but migrations in it
# Those of the tests with label rollouts: build-people.sh, build-argo-rollouts.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
source "$root/deploy/images/buildah.sh"
"$root/deploy/images/build-base.sh"
mkdir -p "$IMAGE_CACHE"

# Programs in the build trust what this machine trusts: it may reach PyPI through a proxy with a certificate of its own.
build() {
    local name=$1 context=$2 key
    key=$(cat "$here/$name.Dockerfile" | sha256sum | cut -c1-16)
    if [ "$(buildah inspect --type image --format '{{index .OCIv1.Config.Labels "key"}}' "localhost/test-$name:1" 2>/dev/null)" = "$key" ]; then
        echo "test-$name is there"
        return
    fi
    buildah bud --pull-never --label "key=$key" --tag "localhost/test-$name:1" --file "$here/$name.Dockerfile" \
        --volume /etc/ssl/certs/ca-certificates.crt:/etc/host-ca.crt:ro \
        --build-arg PIP_CERT=/etc/host-ca.crt "$context"
}

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
mkdir -p "$context/migrations"
echo 'create table from_image (id int);' >"$context/migrations/001_from_image.up.sql"
echo 'create table more_from_image (id int);' >"$context/migrations/002_more.up.sql"
build files "$context"
build prefect "$context"
