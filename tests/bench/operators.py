"""What sluice-operator costs beside the smallest controller-runtime manager (operator/main.go), on the same resources of
the same API server. Each turn of each program goes so:
  first sight     N suspended DatabaseMigrations nobody has seen: one status patch each, and from ours an Event each
  new generation  the program is stopped, all specs are changed, it is started: one status patch each, no Event
  restart         it is started with nothing to do
Told from outside, alike for both: a watch counts the writes, the kernel tells CPU and memory of the process."""
import dataclasses
import os
import re
import subprocess
import threading
import time

import measure
from kubernetes import ApiServer, Client
from server import BIN, HERE, free_port

OPERATOR = os.environ.get("SLUICE_OPERATOR_BIN") or str(HERE.parents[1] / "build/release/bin/sluice-operator")
PEER = str(BIN / "controller-runtime-peer")
COLLECTION = "/apis/sluice.dev/v1alpha1/namespaces/default/databasemigrations"
SETTLE, IDLE = 5, 30     # seconds after the last write, or after the start where nothing is written


@dataclasses.dataclass(frozen=True)
class Operator:
    name: str
    argv: tuple[str, ...]
    workers: int

    def command(self, kubeconfig: str) -> list[str]:
        known = {"kubeconfig": kubeconfig, "port": str(free_port()), "workers": str(self.workers)}
        return [argument.format(**known) for argument in self.argv]


def ours(workers: int) -> Operator:
    return Operator("sluice-operator", (OPERATOR, "--kubeconfig", "{kubeconfig}", "--migrator-image", "localhost/sluice:bench",
                                        "--metrics-address", "127.0.0.1:{port}", "--workers", "{workers}"), workers)


def peer(workers: int, *more: str) -> Operator:
    return Operator("controller-runtime" + (", Events too" if more else ""),
                    (PEER, "-kubeconfig-file", "{kubeconfig}", "-metrics-address", "127.0.0.1:{port}",
                     "-workers", "{workers}", *more), workers)


def cpu_seconds(process: subprocess.Popen) -> float:
    """Of all its threads, those that ended included, to the nanosecond: the kernel's clock of the process."""
    return time.clock_gettime((~process.pid << 3) | 2)


def rss_mib(process: subprocess.Popen) -> float:
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s*(\d+)", status.read())[1]) / 1024


class Writes:
    """Counts status writes of DatabaseMigrations from now on, without looking into them more than it must."""

    NAME = re.compile(rb'"name":"(m-\d+)"')

    def __init__(self, server: ApiServer, generation: int) -> None:
        self.changed = threading.Condition()
        self.written: set[bytes] = set()     # whose status is of this generation
        self.count = 0                       # writes of any kind
        self.first = self.last = 0.0
        self.mark = b'"observedGeneration":%d' % generation
        since = Client(server).must("GET", f"{COLLECTION}?limit=1")["metadata"]["resourceVersion"]
        self.watcher = Client(server)
        self.thread = threading.Thread(target=self._read, args=(since,), daemon=True)
        self.thread.start()

    def __enter__(self) -> "Writes":
        return self

    def __exit__(self, *_) -> None:
        self.watcher.close()
        self.thread.join()

    def _read(self, since: str) -> None:
        for line in self.watcher.watch(COLLECTION, since):
            now, name = time.monotonic(), self.NAME.search(line)
            with self.changed:
                self.count += 1
                self.first = self.first or now
                if name and self.mark in line and name[1] not in self.written:
                    self.written.add(name[1])
                    self.last = now
                    self.changed.notify()

    def wait(self, count: int, process: subprocess.Popen) -> None:
        end = time.monotonic() + 120
        with self.changed:
            while len(self.written) < count:
                self.changed.wait(1)
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{process.args[0]}: {len(self.written)} of {count} status writes")


def make_objects(server: ApiServer, count: int) -> None:
    client = Client(server)
    client.must("DELETE", COLLECTION)
    spec = {"database": {"urlFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}, "target": "heads", "suspend": True,
            "migrations": {"image": {"reference": "registry.example.test/app:1.2.3", "path": "/app/migrations"}}}
    for i in range(count):
        client.must("POST", COLLECTION, {"apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseMigration",
                                         "metadata": {"name": f"m-{i:05d}"}, "spec": spec})


def change_specs(server: ApiServer, count: int) -> None:
    client = Client(server)
    for i in range(count):
        client.must("PATCH", f"{COLLECTION}/m-{i:05d}", {"spec": {"target": "002"}}, "application/merge-patch+json")


class Running:
    """One life of a program; its output is kept only to be shown when it fails."""

    def __init__(self, operator: Operator, server: ApiServer) -> None:
        self.server, self.log = server, server.folder / "operator.log"
        self.api_cpu = cpu_seconds(server.process)
        self.began = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(operator.command(server.kubeconfig), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()

    def figures(self) -> dict:
        return {"cpu": cpu_seconds(self.process), "rss": rss_mib(self.process),
                "api_cpu": cpu_seconds(self.server.process) - self.api_cpu}


def patch_all(operator: Operator, server: ApiServer, count: int, generation: int) -> dict:
    with Writes(server, generation) as writes, Running(operator, server) as running:
        writes.wait(count, running.process)
        time.sleep(SETTLE)
        figures = running.figures()
    if writes.count != count:
        raise RuntimeError(f"{operator.name}: {writes.count} writes of {count} resources")
    return {**figures, "seconds": writes.last - running.began, "burst": writes.last - writes.first,
            "rate": count / (writes.last - running.began), "each": figures["cpu"] / count,
            "api_each": figures["api_cpu"] / count}


def restart(operator: Operator, server: ApiServer) -> dict:
    with Running(operator, server) as running:
        time.sleep(SETTLE)
        figures = running.figures()
        time.sleep(IDLE - SETTLE)
        return {**figures, "idle_rss": rss_mib(running.process), "idle_cpu": cpu_seconds(running.process) - figures["cpu"]}


def turn(operator: Operator, server: ApiServer, count: int) -> dict[str, dict]:
    make_objects(server, count)
    first = patch_all(operator, server, count, 1)
    change_specs(server, count)
    return {"first sight": first, "new generation": patch_all(operator, server, count, 2), "restart": restart(operator, server)}


def measure_all(operators: list[Operator], count: int, runs: int) -> dict[Operator, dict[str, dict]]:
    """Medians; the programs take turns, there and back, so that noise of the machine spreads over all of them."""
    results: dict[Operator, list[dict]] = {each: [] for each in operators}
    for run in range(runs):
        with ApiServer() as server:
            for each in operators if run % 2 == 0 else reversed(operators):
                results[each].append(turn(each, server, count))
                measure.say(f"operator: run {run + 1} of {runs}, {each.name} with {each.workers} workers")
    return {each: {phase: {key: measure.median([one[phase] for one in got], key) for key in got[0][phase]}
                   for phase in got[0]} for each, got in results.items()}
