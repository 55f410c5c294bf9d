#!/bin/bash
# Fetches real projects' SQL files, once, into ${XDG_CACHE_HOME:-~/.cache}/sluice/corpora (or $1): what Sluice must be
# able to lex, apply and come out of with psql's schema.
#   procrastinate/    Python job queue: 38 files with dotted versions, functions, triggers, enum changes
#   graphile-worker/  Node.js job queue: 19 files, :GRAPHILE_WORKER_SCHEMA is left for the test to replace
#   icinga2/          Debian's monitoring schema: one large file
set -euo pipefail
readonly procrastinate=3.10.0 graphile_worker=0.17.3
to=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice/corpora}
mkdir -p "$to"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exec 9>"$to/.lock"
flock 9 # several builds on one machine share the folder

# Only a finished corpus gets its name.
keep() { # NAME FILES...
  local name=$1
  shift
  mkdir "$work/kept" && cp "$@" "$work/kept/" && rm -rf "${to:?}/$name" && mv "$work/kept" "$to/$name"
  echo "fetched $name: $(find "$to/$name" -type f | wc -l) files"
}

if [ ! -d "$to/procrastinate" ]; then
  python3 -m venv "$work/venv" # Debian's python3 alone has no pip
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work/wheel" "procrastinate==$procrastinate"
  python3 -m zipfile -e "$work"/wheel/*.whl "$work/procrastinate"
  keep procrastinate "$work"/procrastinate/procrastinate/sql/migrations/*.sql
fi
if [ ! -d "$to/graphile-worker" ]; then
  mkdir "$work/npm"
  (cd "$work/npm" && npm pack --silent "graphile-worker@$graphile_worker" >/dev/null && tar xzf ./*.tgz)
  keep graphile-worker "$work"/npm/package/sql/*.sql
fi
if [ ! -d "$to/icinga2" ]; then
  mkdir "$work/deb"
  chmod a+rx "$work" && chmod a+rwx "$work/deb" # apt downloads as a user of its own
  (cd "$work/deb" && apt-get -qq download icinga2-ido-pgsql && dpkg-deb -x ./*.deb .)
  mv "$work/deb/usr/share/icinga2-ido-pgsql/schema/pgsql.sql" "$work/deb/001_pgsql.sql"
  keep icinga2 "$work/deb/001_pgsql.sql"
fi
