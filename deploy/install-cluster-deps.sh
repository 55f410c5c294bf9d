#!/bin/bash
# Installs from Debian what deploy/cluster/up.sh and deploy/images need on Debian 12 or 13, and a Go that can build Kubernetes.
#   deploy/install-cluster-deps.sh
# Installs only what is missing: a containerd that came with Docker, or a Go in /usr/local/go, stays as it is. Needs root or sudo.
#
# Go: 1.21 or newer is enough, for it fetches the newer Go that a module asks for (1.24 for Kubernetes, 1.26 for Helm) from the
# Go module proxy by itself. Debian 13 has 1.24. Debian 12 has 1.19, which is too old; there golang-go 1.23 comes from
# bookworm-backports, which this script adds to apt (/etc/apt/sources.list.d/sluice-backports.sources; nothing else is taken
# from it). Without backports: unpack https://go.dev/dl/ into /usr/local/go.
set -euo pipefail

PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "run this as root, or install sudo" >&2; exit 1; }
  sudo=(sudo)
fi
apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)

# "command or file : package" for each thing the scripts call.
needs="containerd:containerd ctr:containerd runc:runc /usr/lib/cni/bridge:containernetworking-plugins buildah:buildah
  debootstrap:debootstrap /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring ip:iproute2 iptables:iptables
  nsenter:util-linux flock:util-linux sysctl:procps modprobe:kmod openssl:openssl curl:curl gcc:gcc
  /etc/ssl/certs/ca-certificates.crt:ca-certificates /usr/include/stdlib.h:libc6-dev git:git"

missing_packages() {
  local need
  for need in $needs; do
    [ -e "${need%:*}" ] || command -v "${need%:*}" >/dev/null || echo "${need#*:}"
  done | sort -u
}

go_is_new_enough() {
  local version
  version=$(GOTOOLCHAIN=local go version 2>/dev/null | sed -n 's/.* go1\.\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 21 ]
}

install_go() {
  local release
  . /etc/os-release
  release=()
  if [ "${VERSION_ID:-}" = 12 ]; then
    release=(--target-release bookworm-backports)
    printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: bookworm-backports' 'Components: main' \
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' |
      "${sudo[@]}" tee /etc/apt/sources.list.d/sluice-backports.sources >/dev/null
    "${apt[@]}" update
  fi
  "${apt[@]}" install -y --no-install-recommends "${release[@]}" golang-go </dev/null >/dev/null
  hash -r
  go_is_new_enough || { echo "Go 1.21 or newer is needed: unpack https://go.dev/dl/ into /usr/local/go" >&2; exit 1; }
}

mapfile -t packages < <(missing_packages)
if [ ${#packages[@]} -gt 0 ]; then
  echo "installing ${#packages[@]} packages: ${packages[*]}"
  "${apt[@]}" update || echo "warning: apt-get update failed; going on with the lists that are here" >&2
  "${apt[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >/dev/null
fi
if ! go_is_new_enough; then
  echo "installing Go"
  install_go
fi
echo "all that the cluster needs is installed; $(GOTOOLCHAIN=local go version)"
