#!/usr/bin/env python3
"""Compiles with clang what build/dev compiles, tests included, with the warnings of every build as errors: what gcc lets
pass, clang may not. `tests/run.sh` asks clang for the product alone (tidy.sh); this asks it for the rest, by hand. ccache
keeps what passed, so that a second run looks at nothing but what changed.
  tests/lint/clang.py [--alone] [FILE-SUBSTRING...]    only sources whose name holds one of these
    --alone   each source by itself, which shows that it includes what it uses: presets dev and release compile eight as one
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLANG = shutil.which("clang++-16") or shutil.which("clang++") or sys.exit("clang++ is missing")
# Code that isn't run needs no sanitizer and no debug information.
GCC_ONLY = ("-fsanitize", "-fno-sanitize", "-g", "-Wno-maybe-uninitialized", "-Wno-dangling-reference", "-Wno-subobject-linkage",
            "-fpch-preprocess", "-Winvalid-pch")
WITH_A_WORD = ("-o", "-include")    # the precompiled header is gcc's


def command(entry: dict, target: str) -> list[str]:
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if word.endswith(("g++", "c++", "clang++"))) + 1:]
    kept = []
    skip = False
    for word in words:
        if skip or word.startswith(GCC_ONLY) or word in ("-c", entry["file"]):
            skip = False
        elif word in WITH_A_WORD:
            skip = True
        else:
            kept.append(word)
    ccache = [shutil.which("ccache")] if shutil.which("ccache") else []
    return ccache + [CLANG, *kept, "-c", entry["file"], "-o", target]


def alone(entry: dict) -> list[dict]:
    """What a joined file (sluice_sources in common/cmake) includes, each as if it were compiled so."""
    if pathlib.Path(entry["file"]).is_relative_to(ROOT / "build"):
        included = re.findall('^#include "(.+[.]cc)"$', pathlib.Path(entry["file"]).read_text(), re.MULTILINE)
        return [entry | {"file": str(ROOT / each), "command": entry["command"].replace(entry["file"], str(ROOT / each))} for each in included]
    return [entry]


def compile_one(entry: dict, folder: str) -> tuple[str, str]:
    name = str(pathlib.Path(entry["file"]).relative_to(ROOT))
    # A compiler that fails removes what it began.
    target = os.path.join(folder, name.replace("/", "_") + ".o")
    environment = os.environ | {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}
    done = subprocess.run(command(entry, target), cwd=entry["directory"], env=environment,
                          stderr=subprocess.PIPE, text=True, check=False)
    return name, "" if done.returncode == 0 else done.stderr


def main() -> int:
    entries = json.loads((ROOT / "build/dev/compile_commands.json").read_text())
    entries = [each for each in entries if each["file"].endswith(".cc") and not each["file"].endswith("/precompiled.cc")]
    parts = [each for each in sys.argv[1:] if each != "--alone"]
    if len(parts) < len(sys.argv) - 1:
        entries = [source for each in entries for source in alone(each)]
    entries = [each for each in entries if not parts or any(part in each["file"] for part in parts)]
    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, errors in pool.map(lambda each: compile_one(each, folder), entries):
            if errors:
                failed += 1
                print(f"{name}:\n{errors}")
    print(f"{len(entries)} files, {failed} failed")
    return 1 if failed or not entries else 0


sys.exit(main())
