# Sourced by the scripts of this folder: how buildah runs here, and where archives of images are kept.
# chroot isolation needs neither a daemon nor the right to make containers.
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
export STORAGE_DRIVER=${STORAGE_DRIVER:-overlay}
IMAGE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/images
