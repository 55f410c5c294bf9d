#!/bin/bash
# Installs the real Alembic with its PostgreSQL driver, once, into ${XDG_CACHE_HOME:-~/.cache}/sluice/alembic-VERSION with pip, and
# prints where its program lies.
set -euo pipefail
readonly alembic=1.20.1 sqlalchemy=2.1.9 psycopg2=2.9.13
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sluice
to=$cache/alembic-$alembic-$sqlalchemy-$psycopg2
mkdir -p "$cache"
exec 9>"$to.lock"
flock 9 # several builds on one machine share the folder
if [ ! -e "$to/done" ]; then
    rm -rf "$to"
    python3 -m venv "$to" >&2
    "$to/bin/pip" install --quiet --disable-pip-version-check "alembic==$alembic" "sqlalchemy==$sqlalchemy" \
        "psycopg2-binary==$psycopg2" >&2
    touch "$to/done"
fi
echo "$to/bin/alembic"
