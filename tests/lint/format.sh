#!/bin/bash
# Fails where a source file isn't as clang-format 16 writes it; `tests/lint/format.sh --fix` mends them.
set -euo pipefail
cd "$(dirname "$0")/../.."
format=$(command -v clang-format-16 || command -v clang-format)
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cc' '*.h')
if [ "${1:-}" = --fix ]; then
    "$format" -i "${files[@]}"
else
    "$format" --dry-run -Werror "${files[@]}"
fi
