# Sourced by deploy/quickstart.sh: the story without a cluster.
chapter "1. sluice, and a throwaway PostgreSQL"
tell "The first time this compiles for some minutes."
step "install Debian packages" deploy/install-build-deps.sh
step "build the lean libpq and its static pg_dump" deploy/build-lean-libpq.sh
step "build sluice" build_sluice
# As a user would type it; what fails says its exit code and the story goes on.
sluice() {
    local code=0
    "$root/build/release/bin/sluice" "$@" || code=$?
    [ "$code" = 0 ] || echo "(exit code $code)"
}

server=${TMPDIR:-/tmp}/sluice-quickstart-$(id -u) # the role postgres must be able to enter it
as_server=()
if [ "$(id -u)" = 0 ]; then as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi
pg_bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")

start_server() {
    stop_server
    rm -rf "$server"
    mkdir -p "$server"
    [ "$(id -u)" != 0 ] || chown postgres "$server"
    (cd / && "${as_server[@]}" "$pg_bin/initdb" -D "$server/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
        "${as_server[@]}" "$pg_bin/pg_ctl" -D "$server/data" -w -l "$server/log" \
            -o "-c listen_addresses='' -c unix_socket_directories='$server'" start)
    command psql -h "$server" -U postgres -c 'create database shop'
}
stop_server() { [ ! -s "$server/data/postmaster.pid" ] || (cd / && "${as_server[@]}" "$pg_bin/pg_ctl" -D "$server/data" -m immediate -w stop); }

step "start PostgreSQL in $server" start_server
export SLUICE_DATABASE_URL="postgresql://postgres@/shop?host=$server"
migrations=$server/migrations
backups=$server/backups
mkdir -p "$migrations" "$backups"
# As in a cluster, the resource says what to do; the files and the database are given here.
run_release() {
    rm -f "$migrations"/*
    local folder
    for folder in 1-first "$@"; do cp "$story/migrations/$folder"/* "$migrations/"; done
    show sluice run -f deploy/quickstart/migration.yaml --migrations "$migrations" --backup-dir "$backups" --output text
}
psql() { command psql -h "$server" -U postgres "$@"; }

chapter "2. The first release"
tell "Three files; the resource deploy/quickstart/migration.yaml says what to back up and what must be true afterwards."
run_release
psql shop -c "insert into customers (name, email) values ('Ada Lovelace', 'ada@example.com'), ('Grace Hopper', 'grace@example.com')" >/dev/null
show psql shop -c "select id, name, email from customers"

chapter "3. A bad release"
tell "Revision 004 drops a column that it should have copied first: the check sees it, and the backup comes back."
run_release 2-bad
show psql shop -c "select id, name, email from customers"
show sluice history --migrations "$migrations"

chapter "4. The fixed release"
run_release 3-fixed
show psql shop -c "select id, first_name, last_name from customers"
show sluice current --migrations "$migrations"

step "stop PostgreSQL" stop_server
chapter "Done"
tell "Clean up:  deploy/quickstart.sh --down"
