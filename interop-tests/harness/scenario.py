"""What a scenario is, and what can be found of it: read from `scenario.json`, or made from the vectors.

This file knows the layout of `scenario.json` (interop-tests/README.md); it plays nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .expect import Difference
from .paths import KINDS

Step = dict[str, Any]
#: In a plan, the protobuf body of a step's event, made when the plan was (harness/plan.py).
BODY = "protobuf_body"
#: Steps that a server's operator carries out.
OPERATED = {"advance", "swap", "mode", "state"}


@dataclass
class Scenario:
    """A folder with rules, events and what must come out."""

    name: str
    folder: Path
    formats: list[str]
    steps: list[Step]
    where: tuple[str, ...] = KINDS  # the kinds of paths on which it can be played at all
    sessions: bool = False  # its steps are about sessions: harness/session_play.py
    once: bool = False  # clients that are not ours send its events by DecideOnce

    @property
    def operated(self) -> bool:
        """Whether something is done to the engine between its events."""
        return any(OPERATED & step.keys() for step in self.steps)

    @classmethod
    def read(cls, folder: Path) -> Scenario:
        """Reads `scenario.json`."""
        plain = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
        known = {"formats", "steps", "where", "sessions", "once"}
        if plain.keys() - known or set(plain.get("where", ())) - set(KINDS):
            raise ValueError(f"{folder.name}: no such key of a scenario: {sorted(plain)}")
        rest = {name: plain[name] for name in ("sessions", "once") if name in plain}
        return cls(folder.name, folder, plain["formats"], plain["steps"], tuple(plain.get("where", KINDS)), **rest)

    @classmethod
    def of_vectors(cls, folder: Path) -> list[Scenario]:
        """The whole decisions among the vectors, as scenarios of map events: the bytes are compared too."""
        vectors = json.loads((folder / "decisions.json").read_text(encoding="utf-8"))
        steps: list[Step] = []
        for vector in vectors["decisions"]:
            steps.append({"rules": vector["rules"]})
            steps += [{"tagged": event, "expect": "any"} for event in vector["before"]]
            whole = {"trace": vector["trace"], "expect": vector["decision"], "canonical": vector["hex"]}
            steps.append({"note": vector["name"], "tagged": vector["event"], **whole})
        timers: list[Step] = []
        for vector in vectors["timers"]:
            timers.append({"rules": vector["rules"]})
            timers.append({"tagged": vector["event"], "trace": vector["trace"], "expect": "any"})
            fires = {**vector["timer"], "expect": vector["decision"], "canonical": vector["hex"]}
            timers.append({"note": vector["name"], "advance": vector["advance"], "fires": [fires]})
        return [
            cls("canonical-vectors", folder, ["map"], steps),
            cls("canonical-vectors-of-timers", folder, ["map"], timers),
        ]


@dataclass
class Found:
    """One difference and where it is."""

    scenario: str
    path: str
    format: str
    step: str
    difference: Difference


#: What a path answered where only all paths together say what is right: by format, step and name.
Notes = dict[tuple[str, str, str], str]
