"""What is measured: no-op, apply, trips, latency. Runs are interleaved (run 1 of every peer, then run 2), so that noise
of the machine spreads over all of them; figures are medians."""
import re
import statistics
import sys

from peers import Peer
from server import Proxy, Server, run


def median(runs: list[dict], key: str) -> float:
    return statistics.median(one[key] for one in runs)


def say(text: str) -> None:
    print(f"  … {text}", file=sys.stderr, flush=True)


def working(peers: list[Peer], attempt) -> list[Peer]:
    """Those for which `attempt(peer)` goes through; a peer's own trouble leaves it out, ours or the floor's does not."""
    kept = []
    for peer in peers:
        try:
            attempt(peer)
            kept.append(peer)
        except RuntimeError as error:
            if peer.is_required:
                raise
            say(f"left out: {error}")
    return kept


def applied(server: Server, peer: Peer, n: int) -> str:
    """A database in which this peer has applied corpus N; made once."""
    name = re.sub(r"[^a-z0-9]+", "_", f"noop_{peer.name}_{n}")
    if not server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        server.fresh_database(name)
        run(peer.command(name, server.port, n), peer.cwd(n), peer.environment(name, server.port))
        server.psql("VACUUM ANALYZE", name)
    return name


def noop(server: Server, cases: list[tuple[str, Peer, int, Peer]], runs: int) -> dict[str, dict]:
    """Cases are (label, peer, N, the peer whose database it is); median wall, cpu and rss_kib by label."""
    results: dict[str, list[dict]] = {label: [] for label, *_ in cases}
    databases = {label: applied(server, owner, n) for label, _, n, owner in cases}
    for turn in range(runs + 1):     # the first warms up
        for label, peer, n, _ in cases:
            if peer.slow and turn > max(2, runs // 5):
                continue
            database = databases[label]
            command = peer.noop or peer.command
            one = run(command(database, server.port, n), peer.cwd(n), peer.environment(database, server.port))
            if turn:
                results[label].append(one)
    return {label: {key: median(got, key) for key in ("wall", "cpu", "rss_kib")} for label, got in results.items()}


def apply_once(server: Server, peer: Peer, n: int, port: int) -> dict:
    database = server.fresh_database("apply")
    server.psql("CHECKPOINT")
    before = server.transactions()
    one = run(peer.command(database, port, n), peer.cwd(n), peer.environment(database, port))
    one["commits"] = server.transactions() - before
    tables = int(server.psql("SELECT count(*) FROM pg_class WHERE relname ~ '^t_[0-9]+$'", database))
    if tables != (n + 5) // 6:
        raise RuntimeError(f"{peer.name}: made {tables} tables, not {(n + 5) // 6}")
    return one


def apply(server: Server, peers: list[Peer], n: int, runs: int, delay_us: int = 0) -> dict[str, dict]:
    """Corpus N into an empty database; with `delay_us` through a proxy that adds it each way."""
    results: dict[str, list[dict]] = {peer.name: [] for peer in peers}
    proxy = Proxy(server, delay_us) if delay_us else None
    try:
        for turn in range(runs):
            for peer in peers:
                if peer.slow and turn >= max(1, runs // 3):
                    continue
                one = apply_once(server, peer, n, proxy.port if proxy else server.port)
                results[peer.name].append(one)
            say(f"apply {n}: run {turn + 1} of {runs}")
    finally:
        if proxy:
            proxy.__exit__()
    return {name: {key: median(got, key) for key in ("wall", "cpu", "rss_kib", "commits")} for name, got in results.items()}


def trips(server: Server, proxy: Proxy, peer: Peer, n: int) -> dict[str, dict]:
    """Connections and round trips of applying corpus N, and of the no-op after it; writing transactions of both."""
    database = server.fresh_database("trips")
    result = {}
    for what, command in (("apply", peer.command), ("noop", peer.noop or peer.command)):
        proxy.take()
        before = server.transactions()
        run(command(database, proxy.port, n), peer.cwd(n), peer.environment(database, proxy.port))
        result[what] = {**proxy.take(), "commits": server.transactions() - before}
    return result


def per_migration(server: Server, proxy: Proxy, peer: Peer, few: int, many: int) -> dict[str, float]:
    """What one migration more costs: the slope between two corpora, free of what a run costs once. `busiest` is the
    slope of the connection that speaks most: a watcher beside it polls by the clock."""
    small, large = (trips(server, proxy, peer, n)["apply"] for n in (few, many))
    step = many - few
    return {"turns": (large["turns"] - small["turns"]) / step,
            "busiest": (max(large["each"]) - max(small["each"])) / step,
            "commits": (large["commits"] - small["commits"]) / step}
