#!/bin/bash
# Builds the controller of Argo Rollouts from the Go module pinned in tools/argo-rollouts/go.mod, and lays its CRDs beside it, in
# ${XDG_CACHE_HOME:-~/.cache}/sluice/argo-rollouts-VERSION. What is already there is not built again.
#   build-argo-rollouts.sh     prints the folder's path on the last line: rollouts-controller, crds/*.yaml, role.yaml
# Cold: about three minutes on two cores. Needs Go 1.21 or newer (deploy/install-cluster-deps.sh).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/versions.sh"

PATH=$PATH:/usr/local/go/bin
module=github.com/argoproj/argo-rollouts
mkdir -p "$ARGO_ROLLOUTS"
exec 9>"$ARGO_ROLLOUTS/.lock"
flock 9
if [ ! -x "$ARGO_ROLLOUTS/rollouts-controller" ]; then
  command -v go >/dev/null || { echo "tools: no Go: run deploy/install-cluster-deps.sh" >&2; exit 1; }
  cd "$here/tools/argo-rollouts"
  export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto
  echo "tools: building rollouts-controller"
  go build -mod=readonly -trimpath -ldflags "-s -w -X $module/utils/version.version=${ARGO_ROLLOUTS_VERSION#v}" \
    -o "$ARGO_ROLLOUTS/.controller.part" "$module/cmd/rollouts-controller" 9>&-
  manifests=$(go list -mod=readonly -m -f '{{.Dir}}' "$module" 9>&-)/manifests
  rm -rf "$ARGO_ROLLOUTS/crds"
  mkdir "$ARGO_ROLLOUTS/crds"
  install -m 644 "$manifests"/crds/*-crd.yaml "$ARGO_ROLLOUTS/crds/"
  install -m 644 "$manifests/role/argo-rollouts-clusterrole.yaml" "$ARGO_ROLLOUTS/role.yaml"
  mv "$ARGO_ROLLOUTS/.controller.part" "$ARGO_ROLLOUTS/rollouts-controller"
fi
echo "tools: rollouts-controller is ready after $SECONDS s"
echo "$ARGO_ROLLOUTS"
