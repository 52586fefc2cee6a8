"""Plays the steps that are about an engine's state: time that passes, snapshots, other rules, what it holds.

This file knows the state steps of `scenario.json` (interop-tests/README.md); it knows nothing of any language.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from .canonical import Timer
from .play import Play
from .scenario import Step
from .values import from_plain, from_tagged, percent, to_plain

SIZES = ("bytes", "keys", "partitions", "refused", "evicted", "expired")
#: Key groups by halves, as a host that takes over every other one would name them.
GROUPS = {"even": range(0, 128, 2), "odd": range(1, 128, 2)}


class StatePlay(Play):
    """One scenario of an engine in one format at one site."""

    def run(self) -> None:
        """Plays every step; the budget is the scenario's own."""
        self.kept: dict[str, int] = {}  # by snapshot: how many events the engine had accepted
        self.budgeted = False
        with tempfile.TemporaryDirectory(prefix="fishplate-state-") as folders:
            self.folders = folders
            super().run()
            if self.budgeted:
                self._budget({"memory": 0, "at_budget": "refuse", "folder": ""})

    def _step(self, step: Step) -> None:
        if {"memory", "at_budget", "folder"} & step.keys():
            self._budget(step)
        verbs: dict[str, Callable[[Step], None]] = {
            "advance": self._advance,
            "snapshot": self._snapshot,
            "keep": self._keep,
            "restore": self._restore,
            "reopen": self._reopen,
            "swap": self._swap,
            "mode": self._mode,
            "state": self._state,
            "explain": self._explain,
        }
        verb = next((verb for verb in verbs if verb in step), None)
        if verb is None:
            super()._step(step)
        else:
            verbs[verb](step)

    def _budget(self, step: Step) -> None:
        self.budgeted = True
        for name in ("memory", "at_budget"):
            if name in step:
                self._told(name, str(step[name]))
        if "folder" in step:
            folder = f"{self.folders}/{step['folder']}" if step["folder"] else ""
            self._equal("folder", ["ok"], self.site.keep_in(folder))

    def _reopen(self, step: Step) -> None:
        """Another engine on the same document and folder, after the first was closed, or killed with its process."""
        before = self.ordinal
        if step["reopen"] == "kill":
            self.site.die()
            self.open.clear()
        self._rules({"rules": step.get("by", "rules.yaml")})
        self.ordinal = before

    # --- time ---

    def _advance(self, step: Step) -> None:
        seconds, nanos = from_plain(step["advance"]).data
        answer = self.site.operate("advance", str(seconds), str(nanos))
        if "error" in step:
            self._refused(step, answer)
            return
        expected = step.get("fires", [])
        if not self._kind("advanced", answer):
            return
        at, fired = self.at, [unquote(part).split("\t") for part in answer[2:]]
        told = [_shown_timer(unquote(rule), from_tagged(key), from_tagged(due)) for rule, key, due, *_ in fired]
        wanted = [_shown_timer(one["rule"], from_plain(one["key"]), from_plain(one["due"])) for one in expected]
        if self._equal("timers", [str(len(wanted)), *wanted], [answer[1], *told]):
            for number, (one, (_, _, _, *fields)) in enumerate(zip(expected, fired, strict=True), 1):
                self.at = f"{at}, timer {number}"
                self._decision(one, fields, Timer(one["rule"], from_plain(one["key"]).data, from_plain(one["due"])))

    # --- snapshots ---

    def _snapshot(self, step: Step) -> None:
        groups = step.get("groups", ())
        numbers = GROUPS[groups] if isinstance(groups, str) else groups
        answer = self.site.operate("snapshot", step["snapshot"], *map(str, numbers))
        if "error" in step:
            self._refused(step, answer)
        elif self._kind("snapshot", answer):
            self.kept[step["snapshot"]] = self.ordinal
            self._shared("a snapshot's length and SHA-256", " ".join(answer[1:]))

    def _keep(self, step: Step) -> None:
        self._told("keep", step["keep"], step["hex"].replace(" ", ""))

    def _restore(self, step: Step) -> None:
        if "by" in step:
            self._loaded(step["by"], self._compile(step["by"]))
        answer = self.site.operate("restore", *step["restore"])
        if "error" in step:
            self._refused(step, answer)
        elif self._equal("restore", ["ok"], [unquote(part) for part in answer]):
            self.ordinal, self.header = max(self.kept[name] for name in step["restore"]), []
            self.open.add("engine")

    # --- other rules ---

    def _swap(self, step: Step) -> None:
        before = self.schema, self.version
        answer = self._swapped(step["swap"])
        if "error" in step:
            self._refused(step, answer)
            self.schema, self.version = before
        elif self._kind("swapped", answer):
            self.header = []
            for name, got in zip(("kept", "warming", "dropped"), answer[1:], strict=True):
                self._equal(name, sorted(step.get(name, [])), sorted(_texts(got)))
                # In which order they are told is the engine's; every language tells the same.
                self._shared(name, got)

    def _swapped(self, file: str) -> list[str]:
        """A client in the engine's process compiles the document; a server is sent it."""
        if not self.site.path.carrier:
            self._loaded(file, self._compile(file))
            return self.site.operate("swap")
        self.schema, self.version = self._told_of(file)
        document = (self.scenario.folder / file).read_bytes()
        answer = self.site.operate("swap", percent(file), percent(document), *self._files())
        if answer[0] == "swapped":
            self._equal("rule-set version", [self.version.hex()], answer[4:])
        return answer[:4] if answer[0] == "swapped" else answer

    def _mode(self, step: Step) -> None:
        for rule, mode in step["mode"].items():
            answer = self.site.operate("mode", percent(rule), mode or "-")
            if "error" in step:
                self._refused(step, answer)
            else:
                self._equal("mode", ["ok"], [unquote(part) for part in answer])

    # --- why ---

    def _explain(self, step: Step) -> None:
        answer = self.site.operate("explain", self.form, self._body(step))
        if "error" in step:
            self._refused(step, answer)
        elif self._kind("explained", answer):
            text, plain = unquote(answer[1]), json.loads(unquote(answer[2]))
            self._equal("explanation", [line.rstrip() for line in step["explain"]], text.splitlines())
            # The JSON has no more rules and parts than the text has lines.
            parts = [part for rule in plain["rules"] for one in rule["expressions"] for part in one["parts"]]
            self._equal("parts as JSON", [str(len(step["explain"]))], [str(len(plain["rules"]) + len(parts))])
            self._shared("explanation as JSON", answer[2])

    # --- what it holds ---

    def _state(self, step: Step) -> None:
        answer = self.site.operate("state")
        if "error" in step:
            self._refused(step, answer)
        elif self._kind("state", answer):
            got: dict[str, Any] = dict(zip(SIZES, map(int, answer[1:7]), strict=True))
            modes = from_tagged(answer[8]).data
            # In which order features are told is the engine's; `_shared` below holds all languages to one.
            got |= {"warming": sorted(_texts(answer[7])), "modes": {rule.data: mode.data for rule, mode in modes}}
            for name, value in step["state"].items():
                self._equal(f"state: {name}", [repr(value)], [repr(got[name])])
            # How many bytes that is depends on how the engine is built, and not on who asks it.
            self._shared("state", " ".join(answer[1:]))


def _shown_timer(rule: str, key: Any, due: Any) -> str:
    return f"{rule} {to_plain(key)} {to_plain(due)}"


def _texts(tagged: str) -> list[str]:
    return [item.data for item in from_tagged(tagged).data]
