"""The runner's commands of an engine's state: time, snapshots, other rules, what it holds.

This file knows fields of answers and snapshots by name; it knows no protocol and no canonical form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from fishplate import Decision, Engine, RuleSet, Timestamp
from tagged import percent, unpercent, write, write_named


class Kept:
    """Snapshots by name."""

    def __init__(self) -> None:
        """Begin with none."""
        self.snapshots: dict[str, bytes] = {}

    def keep(self, name: str, content: str) -> list[str]:
        """Keep bytes that the scenario gives."""
        self.snapshots[name] = bytes.fromhex(content)
        return ["ok"]

    def take(self, engine: Engine, name: str, groups: tuple[str, ...]) -> list[str]:
        """Keep an engine's state, or that of some key groups."""
        snapshot = engine.snapshot(map(int, groups) if groups else None)
        self.snapshots[name] = snapshot
        return ["snapshot", str(len(snapshot)), hashlib.sha256(snapshot).hexdigest()]

    def restore(self, rules: RuleSet, names: tuple[str, ...], options: dict[str, Any]) -> Engine:
        """Make an engine of what was kept."""
        return Engine.restore(rules, *(self.snapshots[name] for name in names), **options)


def advance(engine: Engine, seconds: str, nanos: str, fields_of: Callable[[Decision], list[str]]) -> list[str]:
    """Say what time it is, and give what fired."""
    decisions = engine.advance_to(Timestamp(int(seconds), int(nanos)))
    return ["advanced", str(len(decisions)), *(percent("\t".join(fired(one) + fields_of(one))) for one in decisions)]


def fired(decision: Decision) -> list[str]:
    """Give the fields of what a decision without an event is told by."""
    timer = decision.timer
    return [percent(timer.rule), write(list(timer.key)), write(timer.due)]


def swap(engine: Engine, rules: RuleSet) -> list[str]:
    """Decide by other rules."""
    swapped = engine.swap(rules)
    return ["swapped", *(write(list(names)) for names in (swapped.kept, swapped.warming, swapped.dropped))]


def switch(engine: Engine, rule: str, mode: str) -> list[str]:
    """Switch a rule; `-` is as the document says."""
    engine.set_mode(unpercent(rule), None if mode == "-" else mode)
    return ["ok"]


def held(engine: Engine) -> list[str]:
    """Give what an engine remembers."""
    state = engine.state
    counts = (state.bytes, state.keys, state.partitions, state.refused_keys, state.evicted_keys, state.expired_keys)
    return ["state", *map(str, counts), write(list(state.warming)), write_named(state.modes)]
