# Sourced by deploy/quickstart.sh: how the story is told, and what both ways of running it share.
story=$root/deploy/quickstart
state=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/quickstart
logs=$state/logs
given_clusters=$state/given-clusters # KUBECONFIG and context of each that the story was told on
ours=sluice.dev/quickstart=true      # label of the namespace it made there
mkdir -p "$logs"

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
chapter() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
tell() { printf '  %s\n' "$@"; }

# step WHAT COMMAND…: says what it does and how long it took; shows the output only when it fails.
step() {
    local what=$1 started=$SECONDS log
    shift
    log=$logs/$(tr -c 'a-zA-Z0-9\n' '-' <<<"$what").txt
    printf '  %s ... ' "$what"
    if "$@" >"$log" 2>&1 </dev/null; then
        printf 'done in %d s\n' "$((SECONDS - started))"
    else
        printf 'FAILED after %d s. The end of %s:\n' "$((SECONDS - started))" "$log"
        tail -30 "$log"
        exit 1
    fi
}

# show COMMAND…: prints the command as a user would type it, then its output.
show() {
    printf '\n  %s$ %s%s\n' "$dim" "$*" "$plain"
    "$@" 2>&1 | sed 's/^/  /'
}

# On a compiler that we may not have seen: its warnings are for us, not for who tries Sluice.
build_sluice() {
    cmake --preset release -DSLUICE_WARNINGS_AS_ERRORS=OFF
    cmake --build build/release --target sluice
}
