#!/bin/bash
# Runs the checks of .clang-tidy, and clang's own warnings, on all that build/dev compiles of the product. A file that passed is
# not looked at again until it, what it includes or the checks change: its stamp is the hash of its preprocessed text.
set -euo pipefail
cd "$(dirname "$0")/../.."
export stamps=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/tidy
mkdir -p "$stamps"
tidy=$(command -v clang-tidy-16 || command -v clang-tidy)
clang=$(command -v clang++-16 || command -v clang++)
export tidy clang

check() {
    local file=$1 flags key
    # Definitions, include folders and warnings of this file, as ninja uses them; clang needs no gcc-only ones, and can't read
    # gcc's precompiled headers.
    flags=$(jq -r --arg file "$file" '.[] | select(.file == $file) | .command' build/dev/compile_commands.json |
        head -1 | grep -oE -- ' (-isystem|-I|-D|-std=|-W)[^ ]*( [^ -][^ ]*)?' | tr '\n' ' ')
    eval "flags=($flags -Wno-unknown-warning-option)" # a definition may hold quotes
    key=$(set -o pipefail; $clang "${flags[@]}" -E -P "$file" | cat .clang-tidy - | sha256sum | cut -d' ' -f1) || return 1
    [ -e "$stamps/$key" ] && return 0
    echo "$file"
    "$tidy" --quiet "$file" -- "${flags[@]}" 2>/dev/null && touch "$stamps/$key"
}
export -f check
jq -r '.[].file' build/dev/compile_commands.json | grep -E "^$PWD/(build/dev/)?(common|migrator|operator)/" | sort -u |
    xargs -P "$(nproc)" -I{} bash -c 'check {}'
