#!/bin/bash
# Builds localhost/test-people:1, the application of the roll-out tests and their load generator, from people/ (Go, static,
# FROM scratch). The programs are kept in ${XDG_CACHE_HOME:-~/.cache}/sluice/people-HASH, by the hash of their sources.
# Needs Go (deploy/install-cluster-deps.sh), which fetches the PostgreSQL driver from the Go module proxy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../../../deploy/images/buildah.sh"

PATH=$PATH:/usr/local/go/bin
image=localhost/test-people:1
hash=$(cd "$here" && find people people.Dockerfile -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16)
if [ "$(buildah inspect --type image --format '{{index .OCIv1.Config.Labels "key"}}' "$image" 2>/dev/null)" = "$hash" ]; then
    echo "test-people is there"
    exit 0
fi
programs=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/people-$hash
mkdir -p "$programs"
for program in app load; do
    [ ! -x "$programs/$program" ] || continue
    (cd "$here/people" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto \
        go build -mod=readonly -trimpath -ldflags '-s -w' -o "$programs/.$program.part" "./$program")
    mv "$programs/.$program.part" "$programs/$program"
done
buildah bud --pull-never --label "key=$hash" --tag "$image" --file "$here/people.Dockerfile" "$programs"
