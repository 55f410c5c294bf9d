#!/usr/bin/env python3
"""Every target of speed and size, measured beside the peers in one run; see run.sh."""
import argparse
import json
import os
import shutil
import subprocess
import sys

import measure
import peers as registry
from operator_rows import bench_operator
from peers import FLOOR_HEAD, FLOOR_ONE, FLOOR_PIPE, OURS, OURS_KNOWN, OURS_SUM, PEERS, Peer
from server import Proxy, Server, prepare

MEBIBYTE = 2**20


class Table:
    """Targets with what was measured; a row fails when its value is beyond its limit."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.missed = 0

    def add(self, what: str, value: float, limit: float, unit: str, compared: str) -> None:
        self._add(what, value <= limit, f"{value:.2f}{unit}", f"≤ {limit:g}{unit}", compared)

    def add_at_least(self, what: str, value: float, limit: float, unit: str, compared: str) -> None:
        self._add(what, value >= limit, f"{value:.2f}{unit}", f"≥ {limit:g}{unit}", compared)

    def _add(self, what: str, is_met: bool, *cells: str) -> None:
        self.missed += not is_met
        self.rows.append((what, *cells, "ok" if is_met else "MISSED"))

    def leave_out(self, what: str, limit: str, why: str) -> None:
        self.rows.append((what, "–", limit, why, "not measured"))

    def show(self) -> None:
        print("\n| target | measured | limit | compared with, in the same run | verdict |\n|---|--:|--:|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


def show_noop(title: str, figures: dict[str, dict]) -> None:
    print(f"\n### {title}\n\n| | wall ms | CPU ms | RSS MiB |\n|---|--:|--:|--:|")
    for name, one in figures.items():
        print(f"| {name} | {one['wall'] * 1e3:.1f} | {one['cpu'] * 1e3:.1f} | {one['rss_kib'] / 1024:.1f} |")


def show_apply(title: str, figures: dict[str, dict]) -> None:
    print(f"\n### {title}\n\n| | wall ms | CPU ms | RSS MiB | commits |\n|---|--:|--:|--:|--:|")
    for name, one in figures.items():
        print(f"| {name} | {one['wall'] * 1e3:.0f} | {one['cpu'] * 1e3:.0f} | {one['rss_kib'] / 1024:.1f} |"
              f" {one['commits']:.0f} |")


def bench_noop(server: Server, table: Table, present: list[Peer], runs: int) -> None:
    ours = [OURS_KNOWN, OURS_SUM, OURS] if OURS.is_present() else []
    if ours:
        registry.write_digest(1000)
        registry.write_digest(5000)
    cases = [(FLOOR_HEAD.name, FLOOR_HEAD, 1000, FLOOR_ONE), ("pq_limit verify", FLOOR_ONE, 1000, FLOOR_ONE)]
    cases += [(peer.name, peer, 1000, peer) for peer in ours + present]
    cases += [(f"{peer.name}, 5,000", peer, 5000, peer) for peer in ours]
    got = measure.noop(server, cases, runs)
    show_noop("Nothing to do, 1,000 applied (5,000 where said)", got)
    if not ours:
        return
    floor, known, plain = got[FLOOR_HEAD.name], got[OURS_KNOWN.name], got[OURS.name]
    table.add("no-op, 1,000 applied, digest known: CPU against the libpq floor", known["cpu"] / floor["cpu"], 2.0, "x",
              f"floor {milliseconds(floor['cpu'])}, ours {milliseconds(known['cpu'])}")
    table.add("no-op, digest known: CPU at 5,000 against 1,000", got[f"{OURS_KNOWN.name}, 5,000"]["cpu"] / known["cpu"],
              1.1, "x", f"ours {milliseconds(known['cpu'])}")
    against_goose = "no-op, 1,000 applied, no digest, files warm: CPU against goose"
    if "goose" in got:
        table.add(against_goose, plain["cpu"] / got["goose"]["cpu"], 1.0, "x",
                  f"goose {milliseconds(got['goose']['cpu'])}, ours {milliseconds(plain['cpu'])}")
    else:
        table.leave_out(against_goose, "1x", "goose is not installed, or was not asked for")
    summed, read = got[f"{OURS_SUM.name}, 5,000"], got[f"{OURS.name}, 5,000"]
    table.add("no-op, 5,000 applied, sluice.sum: CPU against reading the files", summed["cpu"] / read["cpu"], 0.5, "x",
              f"sluice.sum {milliseconds(summed['cpu'])}, read {milliseconds(read['cpu'])}")
    table.add("RSS of the no-op", known["rss_kib"] / 1024, 6, " MiB", f"floor {floor['rss_kib'] / 1024:.1f} MiB")
    table.add("RSS, 5,000 files verified", got[f"{OURS.name}, 5,000"]["rss_kib"] / 1024, 12, " MiB", "")


def bench_apply(server: Server, table: Table, present: list[Peer], runs: int) -> None:
    ours = [OURS] if OURS.is_present() else []
    got = measure.apply(server, [FLOOR_ONE, FLOOR_PIPE, *ours, *present], 1000, runs)
    show_apply("Apply 1,000", got)
    delayed = measure.apply(server, [FLOOR_ONE, FLOOR_PIPE, *ours, *present], 100, runs, delay_us=500)
    show_apply("Apply 100 at a round trip of 1 ms", delayed)
    if not ours:
        return
    one, mine = got[FLOOR_ONE.name], got[OURS.name]
    table.add("apply 1,000: wall against `pq_limit one`", mine["wall"] / one["wall"], 1.1, "x",
              f"floor {milliseconds(one['wall'])}, ours {milliseconds(mine['wall'])}")
    table.add("apply 1,000: client CPU", mine["cpu"] * 1e3, 60, " ms", f"floor {milliseconds(one['cpu'])}")
    table.add("apply 100 at 1 ms round trip: wall against `pq_limit one`",
              delayed[OURS.name]["wall"] / delayed[FLOOR_ONE.name]["wall"], 1.1, "x",
              f"floor {milliseconds(delayed[FLOOR_ONE.name]['wall'])}, ours {milliseconds(delayed[OURS.name]['wall'])}")


def bench_trips(server: Server, table: Table, present: list[Peer]) -> None:
    print("\n### Trips\n\n| | connections, no-op | trips, no-op | trips a migration | commits a migration |\n|---|--:|--:|--:|--:|")
    ours = [OURS_KNOWN, OURS] if OURS.is_present() else []
    if ours:
        registry.write_digest(100)
        registry.write_digest(1000)
    with Proxy(server) as proxy:
        for peer in [FLOOR_ONE, *ours, *present]:
            nothing = measure.trips(server, proxy, peer, 100)["noop"]
            each = measure.per_migration(server, proxy, peer, 100, 1000 if peer in ours else 200)
            print(f"| {peer.name} | {nothing['connections']} | {nothing['turns']} | {each['turns']:.2f} |"
                  f" {each['commits']:.2f} |", flush=True)
            if peer is OURS_KNOWN:
                table.add("no-op: round trips", nothing["turns"], 3, "", "")
                table.add("no-op: connections", nothing["connections"], 1, "", "")
                table.add("round trips a migration", each["busiest"], 1, "", f"all connections {each['turns']:.3f}")
                table.add("commits a migration", each["commits"], 1, "", "")


def bench_sizes(table: Table, present: list[Peer]) -> None:
    print("\n### On disk\n\n| | MiB |\n|---|--:|")
    for peer in [OURS, FLOOR_HEAD, *present]:
        files = [path for path in peer.files if os.path.exists(path)]
        if files:
            size = sum(os.path.getsize(path) for path in files) / MEBIBYTE
            print(f"| {peer.name} | {size:.1f} |")
            if peer is OURS:
                table.add("`sluice`, one static file", size, 8, " MiB", "")
    for image, limit in (("localhost/sluice:test", 30), ("localhost/sluice-operator:test", 60)):
        size = image_megabytes(image)
        if size is None:
            table.leave_out(f"image {image}", f"{limit} MB", "not built: deploy/build-images.sh --tag test")
        else:
            table.add(f"image {image}", size, limit, " MB", "")


def image_megabytes(name: str) -> float | None:
    """What the image takes, by buildah (which says "17.9 MB"); None where there is none, or no buildah."""
    if shutil.which("buildah") is None:
        return None
    asked = subprocess.run(["buildah", "images", "--json", name], text=True, capture_output=True)
    if asked.returncode != 0:
        return None
    amount, unit = json.loads(asked.stdout)[0]["size"].split()
    return float(amount) * {"KB": 1e-3, "MB": 1, "GB": 1e3}[unit]


def bench_migrator(what: list[str], table: Table, wanted: list[str] | None, runs: int) -> None:
    prepare(100, 200, 1000, 5000)
    present = [peer for peer in PEERS if peer.is_present() and (wanted is None or peer.name in wanted)]
    if not OURS.is_present():
        print(f"{registry.SLUICE} is not built: measuring the peers only", file=sys.stderr)
    with Server() as server:
        present = measure.working(present, lambda peer: measure.apply_once(server, peer, 100, server.port))
        if "noop" in what:
            bench_noop(server, table, present, 3 * runs)
        if "apply" in what:
            bench_apply(server, table, present, runs)
        if "trips" in what:
            bench_trips(server, table, present)
    if "sizes" in what:
        bench_sizes(table, present)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="only these, separated by commas; `none` for the floor alone")
    parser.add_argument("--runs", type=int, default=9, help="runs of each thing (no-ops three times as many, operators a third)")
    parser.add_argument("--workers", default="1,4,16", help="of the operators: resources looked at at once")
    parser.add_argument("what", nargs="*", help="noop apply trips sizes operator; all but the last without one")
    arguments = parser.parse_args()
    what, table = arguments.what or ["noop", "apply", "trips", "sizes"], Table()
    if set(what) - {"operator"}:
        bench_migrator(what, table, arguments.peers.split(",") if arguments.peers else None, arguments.runs)
    if "operator" in what:
        bench_operator(table, [int(each) for each in arguments.workers.split(",")], max(1, arguments.runs // 3))
    table.show()
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
