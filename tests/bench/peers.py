"""How Sluice, the floor and each peer are called. A peer whose program is missing is left out."""
import dataclasses
import os
import pathlib
import shutil
import subprocess
from typing import Callable

from server import BIN, CACHE, CORPUS, HERE, conninfo, url

RELEASE = os.environ.get("SLUICE_RELEASE_BIN") or str(HERE.parents[1] / "build/release/bin")
SLUICE = os.environ.get("SLUICE_BIN") or f"{RELEASE}/sluice"
JAVA = shutil.which("java") or "java"
ALEMBIC = [str(CACHE / "venv/bin/python"), "-m", "alembic.config"]
DBMATE = str(CACHE / "npm/node_modules/@dbmate/linux-x64/bin/dbmate")

Command = Callable[[str, int, int], list[str]]     # (database, port, N) -> argv


@dataclasses.dataclass
class Peer:
    """One way to bring a database up to corpus N."""
    name: str
    command: Command
    layout: str = "plain"                          # folder of corpus N it reads, and is started in
    environment: Callable[[str, int], dict[str, str]] = lambda database, port: {}
    noop: Command | None = None                    # what "already up to date" is measured with, if not `command`
    is_required: bool = False                      # ours and the floor: their failure ends the run
    slow: bool = False                             # fewer runs
    files: list[str] = dataclasses.field(default_factory=list)     # what a container must carry besides libc

    def cwd(self, n: int) -> str:
        return str(CORPUS / str(n) / self.layout)

    def is_present(self) -> bool:
        return bool(shutil.which(self.command("x", 1, 1)[0]))


def folder(n: int, layout: str) -> str:
    return str(CORPUS / str(n) / layout)


def sluice(*more: str, layout: str = "plain") -> Command:
    return lambda database, port, n: [SLUICE, "upgrade", "heads", "--migrations", folder(n, layout),
                                      "--database", url(database, port), *more]


def limit(mode: str) -> Command:
    return lambda database, port, n: [str(BIN / "pq_limit"), mode, conninfo(database, port), folder(n, "plain")]


def expecting_digest(database: str, port: int, n: int) -> list[str]:
    """As the operator does it for ConfigMaps: it has hashed the files itself."""
    digest = pathlib.Path(folder(n, "known"), "sluice.sum").read_text().split()[0]
    return sluice("--expect-digest", digest, layout="known")(database, port, n)


def write_digest(n: int) -> None:
    """sluice.sum in a folder of its own, so that nobody reads it who was not told to."""
    known = pathlib.Path(folder(n, "known"))
    if not known.exists():
        shutil.copytree(folder(n, "plain"), known)
    subprocess.run([SLUICE, "digest", known], check=True, capture_output=True)


def java(tool: str, *argv: str) -> list[str]:
    return [JAVA, "-cp", f"{CACHE}/jvm/{tool}/lib/*", *argv]


OURS = Peer("sluice", sluice(), files=[SLUICE], is_required=True)
OURS_KNOWN = Peer("sluice, digest known", expecting_digest, layout="known", is_required=True)
# Names and sizes are compared with the folder's: not constant, but without opening a file.
OURS_SUM = Peer("sluice, sluice.sum", sluice("--trust-digest", layout="known"), layout="known", is_required=True)
FLOOR_HEAD = Peer("libpq floor", limit("head"), files=[str(BIN / "pq_limit")], is_required=True)
FLOOR_ONE = Peer("pq_limit one", limit("one"), noop=limit("verify"), is_required=True)
FLOOR_PIPE = Peer("pq_limit pipe", limit("pipe"), is_required=True)

PEERS = [
    Peer("psql", lambda d, p, n: ["psql", "-X", "-q", "-f", folder(n, "psql") + "/all.sql", conninfo(d, p)], "psql",
         noop=lambda d, p, n: ["psql", "-XqAt", "-c", "SELECT max(version) FROM schema_version", conninfo(d, p)]),
    Peer("goose", lambda d, p, n: [str(BIN / "goose"), "-dir", folder(n, "goose"), "postgres", url(d, p), "up"], "goose",
         files=[str(BIN / "goose")]),
    Peer("golang-migrate", lambda d, p, n: [str(BIN / "migrate"), "-path", folder(n, "migrate"), "-database", url(d, p), "up"],
         "migrate", files=[str(BIN / "migrate")]),
    Peer("alembic", lambda d, p, n: [*ALEMBIC, "-c", "alembic.ini", "upgrade", "head"], "alembic", slow=True,
         environment=lambda d, p: {"DATABASE_URL": url(d, p, "postgresql+psycopg2"), "PYTHONDONTWRITEBYTECODE": ""}),
    Peer("dbmate", lambda d, p, n: [DBMATE, "--url", url(d, p), "--migrations-dir", folder(n, "dbmate"),
                                    "--no-dump-schema", "migrate"], "dbmate", files=[DBMATE]),
    Peer("sqlx-cli", lambda d, p, n: [str(CACHE / "cargo/bin/sqlx"), "migrate", "run", "--source", folder(n, "plain"),
                                      "--database-url", url(d, p)], files=[str(CACHE / "cargo/bin/sqlx")]),
    Peer("sqitch", lambda d, p, n: ["sqitch", "deploy", f"db:pg://bench@127.0.0.1:{p}/{d}"], "sqitch", slow=True),
]
if (CACHE / "jvm/flyway/lib").exists():
    PEERS.append(Peer("flyway", lambda d, p, n: java(
        "flyway", "org.flywaydb.commandline.Main", f"-url=jdbc:postgresql://127.0.0.1:{p}/{d}?sslmode=disable",
        "-user=bench", f"-locations=filesystem:{folder(n, 'flyway')}", "-skipCheckForUpdate",
        "-outputQueryResults=false", "migrate"), "flyway", slow=True))
if (CACHE / "jvm/liquibase/lib").exists():
    PEERS.append(Peer("liquibase", lambda d, p, n: java(
        "liquibase", "liquibase.integration.commandline.LiquibaseCommandLine", "--show-banner=false",
        "--analytics-enabled=false", f"--search-path={folder(n, 'liquibase')}", "update",
        "--changelog-file=changelog.xml", "--username=bench",
        f"--url=jdbc:postgresql://127.0.0.1:{p}/{d}?sslmode=disable"), "liquibase", slow=True))
