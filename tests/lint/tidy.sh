#!/bin/bash
# Runs the checks of .clang-tidy, and clang's own warnings, on all that build/dev compiles of the product, a library at a time:
# most of what a file costs is what it includes. What passed is not looked at again until it, what it includes or the checks
# change: its stamp is the hash of its preprocessed text.
set -euo pipefail
cd "$(dirname "$0")/../.."
export stamps=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/tidy joined=build/dev/lint
tidy=$(command -v clang-tidy-16 || command -v clang-tidy)
clang=$(command -v clang++-16 || command -v clang++)
export tidy clang
mkdir -p "$stamps"
rm -rf "$joined"

# The files that sluice_sources made of a library's sources are NAME_0.cc, NAME_8.cc, …: joined/NAME.cc includes all. What is
# compiled alone stays so.
while read -r file; do
    one=$joined/${file//\//:}
    if [[ $file == build/dev/* && $file =~ _[0-9]+[.]cc$ ]]; then one=${one%_*}.cc; fi
    mkdir -p "$joined"
    echo "#include \"$PWD/$file\"" >>"$one"
done < <(jq -r '.[].file' build/dev/compile_commands.json | grep -E "^$PWD/(build/dev/)?(common|migrator|operator)/" | sed "s|^$PWD/||" | sort -u)

check() {
    local file=$1 first flags key
    first=$(sed -n '1s/^#include "\(.*\)"$/\1/p' "$file")
    # Definitions, include folders and warnings of these files, as ninja uses them; clang needs no gcc-only ones, and can't read
    # gcc's precompiled headers.
    flags=$(jq -r --arg file "$first" '.[] | select(.file == $file) | .command' build/dev/compile_commands.json |
        head -1 | grep -oE -- ' (-isystem|-I|-D|-std=|-W)[^ ]*( [^ -][^ ]*)?' | tr '\n' ' ')
    eval "flags=($flags -Wno-unknown-warning-option)" # a definition may hold quotes
    key=$(set -o pipefail; $clang "${flags[@]}" -E -P "$file" | cat .clang-tidy - | sha256sum | cut -d' ' -f1) || return 1
    [ -e "$stamps/$key" ] && return 0
    echo "${file##*/}"
    "$tidy" --quiet "$file" -- "${flags[@]}" 2>/dev/null && touch "$stamps/$key"
}
export -f check
# The longest first: one of them at the end would keep the other processors waiting.
wc -l "$joined"/* | sort -rn | awk '$2 != "total" { print $2 }' | xargs -P "$(nproc)" -I{} bash -c 'check {}'
