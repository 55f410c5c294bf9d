"""A throwaway PostgreSQL with default settings, a proxy that counts round trips, and the measuring of one command."""
import glob
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sluice" / "bench"
BIN = CACHE / "bin"
CORPUS = CACHE / "corpus"


def prepare(*sizes: int, floor: bool = True) -> None:
    """The measuring programs, the floor's too unless told otherwise, and the corpora of these sizes; made if not there."""
    subprocess.run([HERE / "build_floor.sh", BIN, *(["--with-floor"] if floor else [])], check=True)
    for n in sizes:
        if not (CORPUS / str(n) / "complete").exists():
            subprocess.run([HERE / "make_corpus.py", CORPUS, str(n)], check=True)
            (CORPUS / str(n) / "complete").touch()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.002)


def newest_postgres() -> str:
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if not found:
        raise SystemExit("no PostgreSQL server: deploy/install-build-deps.sh --test")
    return os.path.dirname(max(found, key=lambda path: int(path.split("/")[4])))


class Server:
    """Default settings (durable commits too) on a free port of 127.0.0.1; superuser `bench`, let in without password."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="sluice-bench-")
        programs = newest_postgres()
        self.as_user = []
        if os.geteuid() == 0:     # a server refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = ["runuser", "-u", "postgres", "--"]
        self.control = [*self.as_user, f"{programs}/pg_ctl", "-D", f"{self.folder}/data", "-w", "-s"]
        subprocess.run([*self.as_user, f"{programs}/initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "bench",
                        "--locale=C.UTF-8", "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL)
        # Autovacuum's own transactions and CPU would be counted with the client's.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c autovacuum=off"
        subprocess.run([*self.control, "-l", f"{self.folder}/log", "-o", options, "start"], check=True)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        subprocess.run([*self.control, "-m", "immediate", "stop"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, sql: str, database: str = "postgres") -> str:
        return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", conninfo(database, self.port), "-c", sql],
                              check=True, text=True, capture_output=True).stdout.strip()

    def fresh_database(self, name: str) -> str:
        self.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.psql(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return name

    def transactions(self) -> int:
        """How many transactions have written so far; asking is not one of them."""
        return int(self.psql("SELECT pg_snapshot_xmax(pg_current_snapshot())"))


def url(database: str, port: int, scheme: str = "postgres") -> str:
    return f"{scheme}://bench@127.0.0.1:{port}/{database}?sslmode=disable"


def conninfo(database: str, port: int) -> str:
    return f"host=127.0.0.1 port={port} user=bench dbname={database} sslmode=disable gssencmode=disable"


class Proxy:
    """rtt_proxy before a server: counts connections and round trips; `delay_us` more each way."""

    def __init__(self, server: Server, delay_us: int = 0) -> None:
        self.port = free_port()
        self.log = pathlib.Path(server.folder) / f"proxy-{self.port}.json"
        self.process = subprocess.Popen([BIN / "rtt_proxy", str(self.port), str(server.port), self.log, str(delay_us)])
        self.taken = 0
        wait_until(lambda: self._lines(), "rtt_proxy did not start")

    def _lines(self) -> list[dict]:
        text = self.log.read_text() if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()] if text.endswith("\n") else []

    def take(self) -> dict:
        """Connections since the last call, and the round trips of each; waits until all of them have ended."""
        def ended() -> bool:
            lines = self._lines()
            return sum(line.get("open", 0) for line in lines) == sum("turns" in line for line in lines)
        wait_until(ended, "a connection through rtt_proxy stayed open")
        turns = [line["turns"] for line in self._lines() if "turns" in line][self.taken:]
        self.taken += len(turns)
        return {"connections": len(turns), "turns": sum(turns), "each": turns}

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()


def run(argv: list[str], cwd: str = "/", environment: dict[str, str] | None = None) -> dict:
    """Runs one command: {"wall", "cpu": seconds, "rss_kib"}; RuntimeError with the end of its output if it fails."""
    with tempfile.NamedTemporaryFile("r") as out:
        done = subprocess.run([BIN / "runstat", out.name, *argv], cwd=cwd, env={**os.environ, **(environment or {})},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = out.read().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{os.path.basename(argv[0])}: exit {done.returncode}: "
                           + done.stdout.decode(errors="replace").strip()[-600:])
    figures = json.loads(lines[-1])
    figures["cpu"] = figures["user"] + figures["sys"]
    return figures
