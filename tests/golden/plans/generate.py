#!/usr/bin/env python3
"""Writes alembic.json: what Alembic itself does with random graphs, for tests/migrator/revisions/alembic_test.cc.

    python3 -m venv v && v/bin/pip install alembic && v/bin/python generate.py > alembic.json

Alembic's own RevisionMap chooses the steps and its HeadMaintainer keeps the rows; nothing of ours takes part.
"""
import json
import random
import warnings

import alembic
from alembic.runtime.migration import HeadMaintainer, RevisionStep
from alembic.script.revision import Revision, RevisionMap

warnings.simplefilter("error")  # "ambiguous" is only a warning in places


class Script(Revision):
    """A revision with the module that a step asks for."""

    class module:
        upgrade = downgrade = staticmethod(lambda: None)


class Rows(HeadMaintainer):
    """Alembic's bookkeeping on a set instead of a table."""

    def __init__(self, rows):
        self.heads = set(rows)

    def _insert_version(self, version):
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, from_, to_):
        assert to_ not in self.heads
        self.heads.remove(from_)
        self.heads.add(to_)


def random_revisions(rng):
    count = rng.randint(1, 14)
    revisions = []
    for i in range(count):
        before = [r["id"] for r in revisions]
        parents, depends_on = [], []
        if before and rng.random() > 0.12:
            parents = rng.sample(before[-4:], min(len(before[-4:]), rng.choice([1, 1, 1, 1, 2])))
        if before and rng.random() < 0.15:
            depends_on = [d for d in [rng.choice(before)] if d not in parents]
        labels = [f"label{i}"] if rng.random() < 0.12 else []
        revisions.append({"id": f"r{i:03}", "parents": parents, "depends_on": depends_on, "labels": labels})
    return revisions


def revision_map(revisions):
    def load():
        return [
            Script(r["id"], tuple(r["parents"]) or None, dependencies=tuple(r["depends_on"]) or None,
                     branch_labels=r["labels"] or None)
            for r in revisions
        ]
    result = RevisionMap(load)
    result._revision_map  # raises where Alembic refuses the graph
    return result


def run(rmap, kind, rows, target):
    """steps in order and rows after, or the error; None where Alembic itself breaks."""
    try:
        if kind == "upgrade":
            found = list(rmap.iterate_revisions(target, tuple(rows), implicit_base=True, assert_relative_length=True))
            found.reverse()
        else:
            found = list(rmap.iterate_revisions(tuple(rows), target, select_for_downgrade=True,
                                                assert_relative_length=True))
    except AssertionError:  # not an answer but a failure of its own
        return None
    except Exception as error:  # whatever it raises, it refused
        return {"error": f"{type(error).__name__}: {error}"}
    keeper = Rows(rows)
    try:
        for revision in found:
            keeper.update_to_step(RevisionStep(rmap, revision, kind == "upgrade"))
    except (KeyError, AssertionError):  # a parent that another parent implies: its own bookkeeping fails
        return None
    return {"steps": [r.revision for r in found], "rows_after": sorted(keeper.heads)}


def targets(rng, kind, revisions):
    ids = [r["id"] for r in revisions]
    labels = [label for r in revisions for label in r["labels"]] or [rng.choice(ids)]
    one, label = rng.choice(ids), rng.choice(labels)
    if kind == "upgrade":
        return ["heads", "head", "+1", "+2", one, f"{one}+1", f"{one}-1", f"{label}@head", f"{label}@heads",
                f"{label}@+1", f"{label}@{one}"]
    return ["base", "-1", "-2", one, f"{one}-1", f"{one}+1", f"{label}@base", f"{label}@-1", f"{label}@{one}"]


def main():
    rng = random.Random(20261121)
    cases = []
    while len(cases) < 80:
        revisions = random_revisions(rng)
        try:
            rmap = revision_map(revisions)
            rmap.heads
        except Exception:
            continue
        shuffled = revisions[:]
        rng.shuffle(shuffled)
        states = [[]]
        for _ in range(3):
            after = run(rmap, "upgrade", rng.choice(states), rng.choice(revisions)["id"])
            if after and "rows_after" in after and after["rows_after"] not in states:
                states.append(after["rows_after"])
        everything = run(rmap, "upgrade", [], "heads")
        if everything and everything.get("rows_after") not in states:
            states.append(everything["rows_after"])
        asked = []
        for rows in states:
            for kind in ("upgrade", "downgrade"):
                for target in targets(rng, kind, revisions):
                    answer = run(rmap, kind, rows, target)
                    if answer is not None:
                        asked.append({"do": kind, "rows": rows, "target": target, **answer})
        cases.append({"revisions": shuffled, "asked": rng.sample(asked, min(len(asked), 24))})
    print(json.dumps({"about": "What Alembic does with random graphs; written by generate.py",
                      "alembic": alembic.__version__, "cases": cases}, separators=(",", ":"))
          .replace('{"revisions"', '\n{"revisions"').replace('{"do"', '\n {"do"'))


main()
