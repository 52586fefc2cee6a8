"""Plays one scenario at one site: turns its steps into commands, and its expectations into differences.

This file knows the layout of `scenario.json` (interop-tests/README.md); it knows nothing of any language.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from . import canonical
from .bodies import Schema, body_of, columns_of
from .checks import Checks
from .expect import compare_decisions, fields_of, read_decision
from .scenario import BODY, Notes, Scenario, Step
from .sites import InProcess, Served
from .stream import Totals, record
from .values import from_plain, percent, to_tagged

LIMITS = [
    "message_depth",
    "message_fields",
    "event_bytes",
    "list_entries",
    "string_bytes",
    "document_bytes",
    "rules",
    "expression_depth",
    "expression_nodes",
    "cost",
    "table_rows",
]
RAW = {"json": "json", "hex": "protobuf", "tagged": "map"}


class Abandoned(Exception):
    """What follows in the scenario makes no sense: the rules that it needs are not there."""


class Play(Checks):
    """One scenario in one format at one site."""

    def __init__(self, scenario: Scenario, form: str, site: InProcess | Served, notes: Notes) -> None:
        super().__init__(scenario, form, site, notes)
        self.once = scenario.once and site.path.plain
        self.ordinal = 0
        self.version = b""
        self.schema: Schema | None = None
        self.header: list[str] = []
        self.open: set[str] = set()

    def run(self) -> None:
        """Plays every step, then closes everything and counts what is left."""
        self.at = "reset"
        self.site.begin(self.scenario.name, self.form)
        for limit in LIMITS:
            self._told("limit", limit, "0")
        self._told("strict", "0")
        with contextlib.suppress(Abandoned):
            self._steps()
        self.at = "end"
        self._close()
        # Rule sets, engines, sessions.
        self._equal("live objects", ["ok", "0", "0", "0"], self.site.ask("live"))
        self._equal("servers that ended badly", [], self.site.settle())

    def _steps(self) -> None:
        if not any("rules" in step for step in self.scenario.steps):
            self._rules({"rules": "rules.yaml"})
        for number, step in enumerate(self.scenario.steps, 1):
            self.at = f"{number}" + (f" ({step['note']})" if "note" in step else "")
            kind = self.site.path.kind
            if self.form in step.get("only", [self.form]) and kind in step.get("on", [kind]):
                self._step(step)

    def _step(self, step: Step) -> None:
        if "limits" in step:
            for name, value in step["limits"].items():
                self._told("limit", name, str(value))
        if "strict" in step:
            self._told("strict", str(int(step["strict"])))
        if "rules" in step:
            self._rules(step)
        elif "engine" in step:
            self._engine()
        elif "close" in step:
            self._told("close", step["close"])
            self.open.discard(step["close"])
        elif "use_closed" in step:
            answer = self.site.ask("use_closed", step["use_closed"])
            # Where a closed object cannot be named, it cannot be used either (interop-tests/README.md).
            if answer != ["unsupported"]:
                self._refused(step, answer)
        elif "stream" in step:
            self._stream(step["stream"])
        elif "batch" in step:
            self._batch(step["batch"])
        elif ("event" in step or RAW.keys() & step.keys()) and form_of(step, self.form) == self.form:
            verb = "once" if self.once else "preview" if step.get("preview") else "decide"
            self._columns(step)
            answer = self.site.ask(verb, self.form, trace_of(step), self._body(step))
            self._outcome(step, answer, self._place(self.site.sent))

    # --- rules and engines ---

    def _rules(self, step: Step) -> None:
        self._close()
        answer = self._compile(step["rules"], step.get("by"))
        if "error" in step:
            self._refused(step, answer)
            return
        self._loaded(step["rules"], answer)
        if "name" in step:
            self._equal("rule set's name", [step["name"]], [unquote(answer[1])])
        self._engine()

    def _compile(self, file: str, by: str | None = None) -> list[str]:
        path = self.scenario.folder / file
        if by == "path" or not path.exists():
            return self.site.ask("rules_load", percent(str(path)))
        return self.site.ask("rules_text", percent(path.name), percent(path.read_bytes()), *self._files())

    def _loaded(self, file: str, answer: list[str]) -> None:
        """The rules are there, and are those that the next events are decided by."""
        self.schema, self.version = self._told_of(file)
        if not self._kind("ok", answer):
            raise Abandoned
        self.open.add("rules")
        self._equal("rule-set version", [self.version.hex()], answer[2:])

    def _told_of(self, file: str) -> tuple[Schema, bytes]:
        """A document's event type and version."""
        path = self.scenario.folder / file
        document = path.read_bytes()
        schema = Schema(path.parent, document.decode())
        # A document names its tables' files, and not as a part of its schema.
        tables = {name.name: name.read_bytes() for name in path.parent.glob("*.csv") if name.name.encode() in document}
        # A policy's environment stands beside it, and is named by nothing else.
        environment = path.with_name(f"{path.stem}.config.yaml")
        if environment.exists():
            tables[environment.name] = environment.read_bytes()
        return schema, canonical.version_of(document, {**schema.files, **tables})

    def _files(self) -> Iterator[str]:
        folder = self.scenario.folder
        for file in sorted([*folder.rglob("*.proto"), *folder.rglob("*.csv"), *folder.rglob("*.config.yaml")]):
            yield percent(file.relative_to(folder).as_posix())
            yield file.read_bytes().hex()

    def _engine(self) -> None:
        self._told("engine")
        self.open.add("engine")
        self.ordinal, self.header = 0, []

    def _close(self) -> None:
        for kind in ("engine", "rules"):
            if kind in self.open:
                self._told("close", kind)
        self.open.clear()

    # --- events ---

    def _place(self, sequence: int) -> canonical.Identity:
        """What tells an event that has no id of its own: its place in the session, or its ordinal in the engine."""
        if self.site.session is None or self.once:
            return self.ordinal + 1
        return self.site.session, sequence

    def _body(self, step: Step) -> str:
        return features_of(step) + self._bare_body(step)

    def _bare_body(self, step: Step) -> str:
        for raw in RAW:
            if raw in step:
                body = str(step[raw])
                return body.encode("utf-8").hex() if raw == "json" else body.replace(" ", "")
        if self.form == "protobuf" and BODY in step:
            return str(step[BODY])
        assert self.schema is not None, "rules are loaded before events are sent"
        return body_of(from_plain(step["event"]), self.form, self.schema)

    def _columns(self, step: Step) -> None:
        if self.form == "row":
            header = [name for name, _ in columns_of(from_plain(step["event"]))]
            if header != self.header:
                self._told("columns", *(percent(name) for name in header))
                self.header = header

    def _batch(self, steps: list[Step]) -> None:
        steps = [step for step in expanded(steps) if form_of(step, self.form) == self.form]
        pairs = [part for step in steps for part in (trace_of(step), self._body(step))]
        first = self.site.sent + 1
        answer = self.site.ask("batch", self.form, *pairs)
        at = self.at
        if self._equal("batch", ["batch", str(len(steps))], answer[:2]):
            for number, step in enumerate(steps):
                self.at = f"{at}, event {number + 1} of the batch"
                kind = {"d": "decision", "e": "error"}[answer[2 + 2 * number]]
                fields = unquote(answer[3 + 2 * number]).split("\t")
                self._outcome(step, [kind, *fields], self._place(first + number))

    def _stream(self, steps: list[Step]) -> None:
        totals, records = Totals(), b""
        for sequence, step in enumerate(expanded(steps), self.site.sent + 1):
            parent = step["expect"].get("trace") if "expect" in step else None
            records += record(bytes.fromhex(self._body(step)), parent)
            if "error" in step:
                totals.refusal(step["error"])
                continue
            fields = fields_of(step["expect"], self.version, self._place(sequence))
            self.ordinal += not fields.repeated
            totals.decision(fields)
        with tempfile.TemporaryDirectory() as work:
            events, out = Path(work) / "events", Path(work) / "marks"
            events.write_bytes(records)
            answer = self.site.ask("stream", self.form, percent(str(events)), percent(str(out)))
            marks = out.read_bytes().hex() if out.exists() else "no file"
        self._equal("stream", ["stream", *totals.counts()], answer[:5])
        self._equal("traces kept", [str(totals.traces)], answer[6:7])
        self._equal("SHA-256 of the stream", [totals.whole.hexdigest()], answer[7:])
        self._equal("8 bytes of each decision", [totals.marks.hex()], [marks])

    def _outcome(self, step: Step, answer: list[str], place: canonical.Identity) -> None:
        if "error" in step:
            self._refused(step, answer)
            return
        if step["expect"] == "any":
            self.ordinal += self._kind("decision", answer)
            return
        self.ordinal += not (step.get("preview") or "repeated" in step["expect"].get("flags", []))
        if self._kind("decision", answer):
            self._decision(step, answer[1:], place)

    def _decision(self, step: Step, parts: list[str], place: canonical.Identity) -> None:
        """Compares a whole decision, its canonical form among all paths too."""
        expected = dict(step["expect"])
        # A repeat's decision is the first one, by the rules of that time.
        version = self._told_of(expected.pop("rules"))[1] if "rules" in expected else self.version
        got = read_decision(parts)
        for difference in compare_decisions(fields_of(expected, version, place), got):
            self.differs(difference)
        # The vectors' ids are those of an engine's own events.
        if "canonical" in step and not isinstance(place, tuple):
            vector = hashlib.sha256(bytes.fromhex(step["canonical"])).hexdigest()
            self._equal("canonical form of the vector", [vector], [got.canonical_sha256])
        # Places differ between an engine and a session, so ids do, and the form with them.
        told = "session" if isinstance(place, tuple) else "engine"
        self._shared(f"canonical form (SHA-256) of an event told by its {told}", got.canonical_sha256)


def expanded(steps: list[Step]) -> list[Step]:
    """The events of a batch or stream, those with `times` that often."""
    return [step for step in steps for _ in range(step.get("times", 1))]


def form_of(step: Step, form: str) -> str:
    """The only format in which the step can be sent, if its body is raw; else the format in hand."""
    return next((RAW[raw] for raw in RAW if raw in step), form)


def features_of(step: Step) -> str:
    """What stands before a BODY: the features that the event brings, and `+`; nothing if it brings none."""
    return to_tagged(from_plain(step["features"])) + "+" if "features" in step else ""


def trace_of(step: Step) -> str:
    """The TRACE field: headers, or `-`."""
    headers = step.get("trace", {})
    return ",".join(f"{percent(name)}={percent(value)}" for name, value in headers.items()) or "-"
