#!/usr/bin/python3
"""Writes docs/resource.md from the descriptions in crds/databasemigration.yaml; with --check fails where it isn't current."""
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/resource.md"
INTRODUCTION = """# DatabaseMigration, field by field
Group `sluice.dev`, version `v1alpha1`, short name `dbm`. Written by docs/render_resource.py from crds/databasemigration.yaml; `kubectl explain dbm.spec`
says the same. The same YAML runs without a cluster: `sluice run -f FILE`.
"""


def is_secret_key(schema):
    return list(schema.get("properties", {})) == ["secretKeyRef"]


def kind(schema):
    if is_secret_key(schema):
        return "`secretKeyRef: {name, key}`"
    if schema.get("enum"):
        return " or ".join(f"`{value or '(empty)'}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return "list of " + kind(schema["items"])
    if schema.get("type") == "object" and "additionalProperties" in schema:
        return "map of " + kind(schema["additionalProperties"])
    return schema.get("format") or schema.get("type", "any")


def rows(schema, path):
    for name, field in schema.get("properties", {}).items():
        below = f"{path}.{name}"
        default = f"`{yaml.safe_dump(field['default'], default_flow_style=True).split(chr(10))[0]}`" if "default" in field else ""
        text = " ".join(field.get("description", "").split()).replace("|", "\\|")
        rules = [rule["message"] for rule in field.get("x-kubernetes-validations", [])]
        if rules:
            text += " Rules: " + "; ".join(rules) + "."
        yield f"| `{below}` | {kind(field)} | {default} | {text} |"
        if not is_secret_key(field):
            yield from rows(field, below)
        if field.get("type") == "array":
            yield from rows(field["items"], below + "[]")


def page():
    definition = yaml.safe_load((ROOT / "crds/databasemigration.yaml").read_text())
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    lines = [INTRODUCTION]
    for part in ("spec", "status"):
        lines += [f"## {part}", "| field | kind | default | meaning |", "|---|---|---|---|", *rows(schema[part], part), ""]
    return "\n".join(lines)


def main():
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text() != page():
            sys.exit("docs/resource.md is not current: run docs/render_resource.py")
    else:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
