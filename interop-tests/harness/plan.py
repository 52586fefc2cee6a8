"""A plan: every scenario with its files and its protobuf bodies in one file, which Python alone can play.

The bodies are the only part of a scenario that is made by tools that are not everywhere (Google's encoder). What is
expected is in the scenario, and everything else is computed while playing. This file knows scenarios, and no runner.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .bodies import Schema, body_of
from .scenario import BODY, Scenario, Step
from .values import from_plain

FORMAT = 1


def write(scenarios: list[Scenario], file: Path) -> None:
    """Writes the plan of these scenarios."""
    written = {"format": FORMAT, "scenarios": [_written(scenario) for scenario in scenarios]}
    file.write_text(json.dumps(written, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def read(file: Path, folder: Path) -> list[Scenario]:
    """Reads a plan; puts the scenarios' files into `folder`, which has to last as long as they are played."""
    plan = json.loads(file.read_text(encoding="utf-8"))
    if plan.get("format") != FORMAT:
        raise ValueError(f"{file} is no plan of format {FORMAT}")
    return [_read(plain, folder) for plain in plan["scenarios"]]


def _written(scenario: Scenario) -> dict[str, Any]:
    kept = [path for path in sorted(scenario.folder.rglob("*")) if path.suffix in (".yaml", ".proto", ".csv")]
    return {
        "name": scenario.name,
        "files": {path.relative_to(scenario.folder).as_posix(): path.read_bytes().hex() for path in kept},
        "formats": scenario.formats,
        "where": list(scenario.where),
        "sessions": scenario.sessions,
        "once": scenario.once,
        "steps": _with_bodies(scenario) if "protobuf" in scenario.formats else scenario.steps,
    }


def _read(plain: dict[str, Any], folder: Path) -> Scenario:
    own = folder / plain["name"]
    for name, body in plain["files"].items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(bytes.fromhex(body))
    return Scenario(
        plain["name"],
        own,
        plain["formats"],
        plain["steps"],
        tuple(plain["where"]),
        plain["sessions"],
        plain["once"],
    )


def _with_bodies(scenario: Scenario) -> list[Step]:
    """The steps; each event has its protobuf body beside it, by the schema that is loaded when it is sent."""
    steps = copy.deepcopy(scenario.steps)
    schema = _schema(scenario.folder / "rules.yaml")
    for step in steps:
        if "rules" in step:
            schema = _schema(scenario.folder / step["rules"])
        for one in _events(step):
            if schema.event is not None and "protobuf" in one.get("only", ["protobuf"]):
                one[BODY] = body_of(from_plain(one["event"]), "protobuf", schema)
    return steps


def _events(step: Step) -> Iterator[Step]:
    for one in (step, *step.get("batch", ()), *step.get("stream", ())):
        if "event" in one:
            yield one


def _schema(rules: Path) -> Schema:
    return Schema(rules.parent, rules.read_text(encoding="utf-8") if rules.exists() else "")
