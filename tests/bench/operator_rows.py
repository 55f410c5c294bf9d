"""The operator's tables and targets; see operators.py for what is measured."""
import os
import sys

import kubernetes
import measure
import operators

COUNT = 1000


def show_patches(title: str, phase: str, got: dict[operators.Operator, dict]) -> None:
    print(f"\n### {title}\n\n| | workers | all written after s | patches/s | CPU ms a patch | API server's | RSS MiB 5 s later |\n"
          "|---|--:|--:|--:|--:|--:|--:|")
    for each, phases in got.items():
        one = phases[phase]
        print(f"| {each.name} | {each.workers} | {one['seconds']:.2f} | {one['rate']:.0f} | {one['each'] * 1e3:.2f} |"
              f" {one['api_each'] * 1e3:.2f} | {one['rss']:.1f} |")


def show_restart(got: dict[operators.Operator, dict]) -> None:
    print("\n### Restart, nothing to do\n\n| | workers | CPU ms in 5 s | in 25 s more | RSS MiB after 5 s | after 30 s |\n"
          "|---|--:|--:|--:|--:|--:|")
    for each, phases in got.items():
        one = phases["restart"]
        print(f"| {each.name} | {each.workers} | {one['cpu'] * 1e3:.0f} | {one['idle_cpu'] * 1e3:.0f} | {one['rss']:.1f} |"
              f" {one['idle_rss']:.1f} |")


def add_rows(table, phase: str, what: str, mine: dict, other: dict, workers: int) -> None:
    one, two = mine[phase], other[phase]
    title = f"operator, 1,000 {what}, {workers} workers" if workers > 1 else f"operator, 1,000 {what}, 1 worker"
    table.add(f"{title}: RSS", one["rss"] / two["rss"], 0.5, "x", f"peer {two['rss']:.1f} MiB, ours {one['rss']:.1f} MiB")
    table.add(f"{title}: CPU a status patch", one["each"] / two["each"], 0.8, "x",
              f"peer {two['each'] * 1e3:.2f} ms, ours {one['each'] * 1e3:.2f} ms")
    table.add_at_least(f"{title}: patches a second", one["rate"] / two["rate"], 1.0, "x",
                       f"peer {two['rate']:.0f}, ours {one['rate']:.0f}")


def bench_operator(table, numbers_of_workers: list[int], runs: int) -> None:
    lacking = kubernetes.missing_programs() + [path for path in (operators.OPERATOR, operators.PEER) if not os.path.exists(path)]
    if lacking:
        sys.exit(f"operator: missing {', '.join(lacking)}: deploy/cluster/build-tools.sh, the release build, install_peers.sh --operator")
    mine = {workers: operators.ours(workers) for workers in numbers_of_workers}
    plain = {workers: operators.peer(workers) for workers in numbers_of_workers}
    telling = {workers: operators.peer(workers, "-events") for workers in numbers_of_workers}
    got = operators.measure_all([kind[workers] for workers in numbers_of_workers for kind in (mine, plain, telling)], COUNT, runs)
    show_patches("1,000 DatabaseMigrations seen for the first time: a status patch each, and where said an Event each",
                 "first sight", got)
    show_patches("1,000 with a new generation: a status patch each, no Event", "new generation", got)
    show_restart(got)
    for workers in numbers_of_workers:
        add_rows(table, "new generation", "patches", got[mine[workers]], got[plain[workers]], workers)
    for workers in numbers_of_workers:
        add_rows(table, "first sight", "patches and Events", got[mine[workers]], got[telling[workers]], workers)
