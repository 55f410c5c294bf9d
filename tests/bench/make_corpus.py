#!/usr/bin/env python3
"""Write a corpus of N small PostgreSQL migrations in every peer's own layout.

    make_corpus.py OUT N [N...]        e.g.  make_corpus.py corpus 100 1000

The SQL is the same for every tool; only names, headers and markers differ. The mix
cycles through six kinds (create table, add column, create index, insert ten rows,
alter a column's type, create a dollar-quoted function whose body has semicolons),
so file i touches table i - i % 6 and N migrations make ceil(N / 6) tables.

Layout: OUT/N/<layout>/...  with layouts
    plain    000001_name.sql             Sluice, sqlx, and the floor (pq_limit)
    migrate  000001_name.{up,down}.sql   golang-migrate
    goose    00001_name.sql              -- +goose Up / Down
    dbmate   20200101000001_name.sql     -- migrate:up / migrate:down
    flyway   V1__name.sql
    liquibase  changelog.xml (includeAll) and changes/000001_name.sql (formatted SQL)
    sqitch   sqitch.conf, sqitch.plan, deploy/, revert/
    alembic  alembic.ini, env.py, versions/000001_name.py (op.execute)
    psql     all.sql, one BEGIN..COMMIT with the version row per migration
"""
import pathlib
import sys

KINDS = ("create_table", "add_column", "create_index", "insert_rows", "alter_type", "function")


def migration(i: int) -> tuple[str, str, str]:
    """Name, up SQL and down SQL of the i-th migration (i from 1)."""
    kind = KINDS[(i - 1) % len(KINDS)]
    table = f"t_{(i - 1) - (i - 1) % len(KINDS) + 1:06d}"
    if kind == "create_table":
        up = (f"CREATE TABLE {table} (\n"
              "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
              "    name text NOT NULL,\n    amount integer NOT NULL DEFAULT 0,\n"
              "    created_at timestamptz NOT NULL DEFAULT now()\n);\n")
        down = f"DROP TABLE {table};\n"
    elif kind == "add_column":
        up = f"ALTER TABLE {table} ADD COLUMN note text DEFAULT 'none; see docs';\n"
        down = f"ALTER TABLE {table} DROP COLUMN note;\n"
    elif kind == "create_index":
        up = f"CREATE INDEX {table}_name_idx ON {table} (name, created_at);\n"
        down = f"DROP INDEX {table}_name_idx;\n"
    elif kind == "insert_rows":
        rows = ",\n".join(f"    ('row {i}-{k}', {k})" for k in range(10))
        up = f"INSERT INTO {table} (name, amount) VALUES\n{rows};\n"
        down = f"DELETE FROM {table};\n"
    elif kind == "alter_type":
        up = f"ALTER TABLE {table} ALTER COLUMN amount TYPE bigint;\n"
        down = f"ALTER TABLE {table} ALTER COLUMN amount TYPE integer;\n"
    else:
        up = (f"CREATE FUNCTION {table}_touch() RETURNS trigger LANGUAGE plpgsql AS $body$\n"
              "BEGIN\n    -- a semicolon; inside a body\n    NEW.created_at := now();\n"
              "    RETURN NEW;\nEND;\n$body$;\n")
        down = f"DROP FUNCTION {table}_touch();\n"
    return f"{kind}_{table}", up, down


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


ALEMBIC_INI = """[alembic]
script_location = %(here)s
path_separator = os
sqlalchemy.url = postgresql+psycopg2://placeholder/placeholder
"""

# The stock env.py of `alembic init`, with the URL from the environment and one
# transaction for each migration, as every other peer here commits.
ALEMBIC_ENV = '''import os
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])
connectable = engine_from_config(
    config.get_section(config.config_ini_section, {}),
    prefix="sqlalchemy.", poolclass=pool.NullPool)
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=None,
                      transaction_per_migration=os.environ.get("TX_PER_MIGRATION", "1") == "1")
    with context.begin_transaction():
        context.run_migrations()
'''

LIQUIBASE_XML = """<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog
                      http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">
  <includeAll path="changes" relativeToChangelogFile="true"/>
</databaseChangeLog>
"""


def make(root: pathlib.Path, n: int) -> None:
    base = root / str(n)
    plan, script = [], [
        "\\set ON_ERROR_STOP on\n",
        "CREATE TABLE IF NOT EXISTS schema_version (version text PRIMARY KEY,"
        " applied_at timestamptz DEFAULT now());\n"]
    for i in range(1, n + 1):
        name, up, down = migration(i)
        is_function = name.startswith("function")
        write(base / f"plain/{i:06d}_{name}.sql", up)
        write(base / f"migrate/{i:06d}_{name}.up.sql", up)
        write(base / f"migrate/{i:06d}_{name}.down.sql", down)
        begin, end = ("-- +goose StatementBegin\n", "-- +goose StatementEnd\n") if is_function else ("", "")
        write(base / f"goose/{i:05d}_{name}.sql",
              f"-- +goose Up\n{begin}{up}{end}-- +goose Down\n{down}")
        write(base / f"dbmate/{20200101000000 + i}_{name}.sql",
              f"-- migrate:up\n{up}\n-- migrate:down\n{down}")
        write(base / f"flyway/V{i}__{name}.sql", up)
        split = " splitStatements:false" if is_function else ""
        write(base / f"liquibase/changes/{i:06d}_{name}.sql",
              f"--liquibase formatted sql\n--changeset bench:{i}{split}\n{up}--rollback {down}")
        write(base / f"sqitch/deploy/{name}.sql", f"BEGIN;\n{up}COMMIT;\n")
        write(base / f"sqitch/revert/{name}.sql", f"BEGIN;\n{down}COMMIT;\n")
        plan.append(f"{name} 2026-01-01T00:00:00Z bench <bench@example.test> # {name}\n")
        previous = f'"{i - 1:06d}"' if i > 1 else "None"
        write(base / f"alembic/versions/{i:06d}_{name}.py",
              f'"""{name}"""\nfrom alembic import op\n\nrevision = "{i:06d}"\n'
              f"down_revision = {previous}\nbranch_labels = None\ndepends_on = None\n\n\n"
              f'def upgrade() -> None:\n    op.execute("""{up}""")\n\n\n'
              f'def downgrade() -> None:\n    op.execute("""{down}""")\n')
        script.append(f"BEGIN;\n{up}INSERT INTO schema_version (version) VALUES ('{i:06d}');\nCOMMIT;\n")
    write(base / "liquibase/changelog.xml", LIQUIBASE_XML)
    write(base / "sqitch/sqitch.conf", "[core]\n\tengine = pg\n[user]\n\tname = bench\n\temail = bench@example.test\n")
    write(base / "sqitch/sqitch.plan",
          "%syntax-version=1.0.0\n%project=bench\n\n" + "".join(plan))
    write(base / "alembic/alembic.ini", ALEMBIC_INI)
    write(base / "alembic/env.py", ALEMBIC_ENV)
    write(base / "psql/all.sql", "".join(script))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    for count in sys.argv[2:]:
        make(pathlib.Path(sys.argv[1]), int(count))
