#!/bin/bash
# Builds what the test cluster is made of: etcd, the Kubernetes programs, CoreDNS and Helm, from the Go modules pinned in
# tools/go.mod and tools/helm/go.mod, into ${XDG_CACHE_HOME:-~/.cache}/sluice/tools-VERSION. What is already there is not built again.
#   build-tools.sh [PROGRAM...]     default: all; prints the folder's path on the last line
# KUBEBUILDER_ASSETS (a folder with kube-apiserver, etcd and kubectl, as setup-envtest makes it): those three are taken from it
# if they are of the same minor version. Cold: about 8 minutes on two cores.
# Needs Go 1.21 or newer, which fetches the newer Go a module asks for (deploy/install-cluster-deps.sh).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/versions.sh"

PATH=$PATH:/usr/local/go/bin
mkdir -p "$TOOLS"
exec 9>"$TOOLS/.lock"
flock 9

# Without gitVersion the API server says v0.0.0 and clients misbehave.
IFS=. read -r major minor _ <<<"${KUBERNETES_VERSION#v}"
version_package=k8s.io/component-base/version
kubernetes_flags="-s -w -X $version_package.gitVersion=$KUBERNETES_VERSION -X $version_package.gitMajor=$major -X $version_package.gitMinor=$minor"

# build PROGRAM PACKAGE LDFLAGS [MODULE-FOLDER]
build() {
  local program=$1 began=$SECONDS
  echo "tools: building $program"
  # What would be written for debuggers takes the compiler an eighth of its time, and the linker leaves it out (-w).
  (cd "$here/tools/${4:-}" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto GOGC=${GOGC:-400} \
    go build -mod=readonly -trimpath -gcflags=all=-dwarf=false -ldflags "$3" -o "$TOOLS/.$program.part" "$2" 9>&-)
  mv "$TOOLS/.$program.part" "$TOOLS/$program"
  echo "tools: $program built in $((SECONDS - began)) s"
}

assets=${KUBEBUILDER_ASSETS:-}
assets_fit() {
  [ -x "$assets/kube-apiserver" ] && [[ $("$assets/kube-apiserver" --version) == "Kubernetes ${KUBERNETES_VERSION%.*}."* ]]
}
if [ -n "$assets" ] && ! assets_fit; then
  echo "tools: KUBEBUILDER_ASSETS holds no Kubernetes ${KUBERNETES_VERSION%.*}, so it is not used"
  assets=
fi

provide() {
  local program=$1
  [ ! -x "$TOOLS/$program" ] || return 0
  case $program in
    etcd | kube-apiserver | kubectl)
      if [ -n "$assets" ] && [ -x "$assets/$program" ]; then
        echo "tools: $program taken from KUBEBUILDER_ASSETS"
        ln -sf "$(realpath "$assets/$program")" "$TOOLS/$program"
        return
      fi ;;
  esac
  case $program in
    etcd) build etcd go.etcd.io/etcd/server/v3 "-s -w" ;;
    coredns) build coredns ./coredns "-s -w" ;;
    helm) build helm helm.sh/helm/v4/cmd/helm "-s -w -X helm.sh/helm/v4/internal/version.version=$HELM_VERSION" helm ;;
    kube*) build "$program" "k8s.io/kubernetes/cmd/$program" "$kubernetes_flags" ;;
    *) echo "tools: unknown program: $program" >&2; return 2 ;;
  esac
}

began=$SECONDS
[ $# -gt 0 ] || set -- "${PROGRAMS[@]}"
for program in "$@"; do
  [ -x "$TOOLS/$program" ] || command -v go >/dev/null || { echo "tools: no Go: run deploy/install-cluster-deps.sh" >&2; exit 1; }
  provide "$program"
done
echo "tools: ready after $((SECONDS - began)) s"
echo "$TOOLS"
