#!/bin/bash
# Makes docker.io/library/debian:trixie-slim in buildah's storage from Debian's own packages, so that every Dockerfile of
# this repository (FROM debian:trixie-slim) builds without an image registry: buildah bud --pull-never.
#   build-base.sh [--force]     a second call does nothing; --force makes it again
# Needs root, buildah and debootstrap (deploy/install-cluster-deps.sh). About 30 s and 100 MB; the tree is packed in
# ${XDG_CACHE_HOME:-~/.cache}/sluice/images. DEBIAN_MIRROR chooses another mirror.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/buildah.sh"

image=docker.io/library/debian:trixie-slim
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
tarball=$IMAGE_CACHE/debian-trixie-slim.tar
began=$SECONDS
mkdir -p "$IMAGE_CACHE"
exec 9>"$IMAGE_CACHE/.base.lock"
flock 9
[ "${1:-}" != --force ] || { rm -f "$tarball"; buildah rmi --force "$image" >/dev/null 2>&1 || true; }
if buildah inspect --type image "$image" >/dev/null 2>&1; then
  echo "base image: $image is already there"
  exit 0
fi

# What the official "slim" image leaves out too.
slim() {
  local tree=$1
  find "$tree/usr/share/doc" -type f ! -name copyright -delete
  rm -rf "$tree"/usr/share/{man,info,locale,groff,lintian,linda}/* "$tree"/var/cache/apt/archives/*.deb \
    "$tree"/var/lib/apt/lists/* "$tree"/var/log/* "$tree"/var/cache/debconf/*-old
  mkdir -p "$tree/var/lib/apt/lists/partial"
  printf 'path-exclude /usr/share/%s/*\n' doc man info locale groff lintian >"$tree/etc/dpkg/dpkg.cfg.d/slim"
  echo 'path-include /usr/share/doc/*/copyright' >>"$tree/etc/dpkg/dpkg.cfg.d/slim"
}

# Package updates and security fixes as in the official image; services must not start inside a build.
configure() {
  local tree=$1
  rm -f "$tree/etc/apt/sources.list"
  cat >"$tree/etc/apt/sources.list.d/debian.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: ${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
  chmod 755 "$tree/usr/sbin/policy-rc.d"
  echo 'Acquire::Languages "none";' >"$tree/etc/apt/apt.conf.d/no-languages"
  : >"$tree/etc/resolv.conf"
  : >"$tree/etc/machine-id"
  echo debian >"$tree/etc/hostname"
}

tree= container=
trap 'rm -rf "$tree"; [ -z "$container" ] || buildah rm "$container" >/dev/null' EXIT

make_tarball() {
  tree=$(mktemp -d "$IMAGE_CACHE/trixie.XXXXXX")
  echo "base image: debootstrap trixie from $mirror"
  if ! debootstrap --variant=minbase --include=ca-certificates trixie "$tree" "$mirror" >"$IMAGE_CACHE/debootstrap.log" 2>&1; then
    tail -n 20 "$IMAGE_CACHE/debootstrap.log" >&2
    return 1
  fi
  slim "$tree"
  configure "$tree"
  tar --numeric-owner --one-file-system -C "$tree" -cf "$tarball.part" .
  mv "$tarball.part" "$tarball"
}

[ -s "$tarball" ] || make_tarball
container=$(buildah from scratch)
buildah add --quiet "$container" "$tarball" / >/dev/null
buildah config --cmd bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet "$container" "$image" >/dev/null
echo "base image: $image made in $((SECONDS - began)) s"
