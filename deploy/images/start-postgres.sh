#!/bin/bash
# The entry point of postgres.Dockerfile: makes the database cluster at the first start, then becomes the server.
set -euo pipefail
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -n "${POSTGRES_PASSWORD:-}" ] || { echo "POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE is needed" >&2; exit 1; }
  # By a pipe: the password must be neither in an argument nor in a file.
  initdb --pgdata "$PGDATA" --username "$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --encoding UTF8 --locale C.UTF-8 \
    --auth-local trust --auth-host scram-sha-256
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    echo "SELECT format('CREATE DATABASE %I', '${database//\'/\'\'}') \\gexec" >"$PGDATA/.first.sql"
    pg_ctl --pgdata "$PGDATA" --wait --silent start -o "-c listen_addresses='' -c unix_socket_directories=/tmp"
    psql --username "$user" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file "$PGDATA/.first.sql"
    pg_ctl --pgdata "$PGDATA" --wait --silent stop
    rm "$PGDATA/.first.sql"
  fi
fi
unset POSTGRES_PASSWORD PGPASSWORD
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
