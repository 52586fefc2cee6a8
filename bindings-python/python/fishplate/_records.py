"""Small immutable records that decisions and engines give out, and a decision as JSON. Knows no native state."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ._status import Status

if TYPE_CHECKING:
    from ._native import Decision, Timestamp
    from .errors import FishplateError


@dataclass(frozen=True, slots=True)
class DecisionError:
    """Something that ended in an error while an event was decided; the rest was decided all the same.

    Attributes:
        kind: ``"rule"`` (its ``when`` or ``output`` failed, so it did not match) or ``"output"`` (its merge failed, so
            it took its default).
        name: The rule's id or the output's name.
        code: The stable code, ``"F0301"``.
        line: Line of the rule document, from 1.
        column: Column, from 1, in code points.
        message: What went wrong.
    """

    kind: Literal["rule", "output"]
    name: str
    code: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Timer:
    """What a decision is told by that no event asked for: a rule fired by itself.

    Attributes:
        rule: The rule's id.
        key: The key for which it fired: the values of the rule's ``by``.
        due: When it was due, in event time.
    """

    rule: str
    key: tuple[Any, ...]
    due: Timestamp


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why each rule would, or would not, match an event; ``str()`` of it is ``text``.

    Attributes:
        text: For people: a paragraph a rule, a line for each part of its conditions.
        json: One JSON object; ``docs/explain.md`` gives its form.
    """

    text: str
    json: str

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The rules of ``json``, in the order of the document: ``rule``, ``mode``, ``outcome``, ``expressions``."""
        rules: list[dict[str, Any]] = json.loads(self.json)["rules"]
        return rules

    def __str__(self) -> str:
        """Give the text."""
        return self.text


@dataclass(frozen=True, slots=True)
class Counters:
    """What an engine has done so far, in events.

    Attributes:
        accepted: Accepted.
        refused: Refused.
        late: Accepted, and late.
        repeated: Accepted, with an id that was seen before.
        matched: Accepted, and matched by at least one live rule.
    """

    accepted: int
    refused: int
    late: int
    repeated: int
    matched: int


@dataclass(frozen=True, slots=True)
class State:
    """How much an engine remembers, and how it stands.

    Attributes:
        bytes: Bytes of state, as ``docs/windows.md`` counts them.
        keys: Keys whose windows or waiting rules are kept; a key of two different ``by`` counts twice.
        partitions: Values of ``partition_by``; without it 1, once an event was accepted.
        refused_keys: Times that a new key was refused for want of memory.
        evicted_keys: Keys that were evicted for want of memory.
        expired_keys: Keys that were dropped because their windows were over.
        warming: Features whose windows have not filled since a swap or a restore, by name.
        modes: The mode of each rule as it is now, by id, in document order.
    """

    bytes: int
    keys: int
    partitions: int
    refused_keys: int
    evicted_keys: int
    expired_keys: int
    warming: tuple[str, ...]
    modes: dict[str, Literal["live", "shadow", "off"]]


@dataclass(frozen=True, slots=True)
class Swapped:
    """What became of the state when the rule set was swapped.

    Attributes:
        kept: Features and remembering rules whose state went on, by name.
        warming: Features that begin empty, by name: until their windows have filled they tell less than they will.
        dropped: Features of the earlier rule set that are gone, by name.
    """

    kept: tuple[str, ...]
    warming: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event of a session: a decision, or an error if it was refused.

    Attributes:
        sequence: The event's, from 1.
        decision: The decision; None if the event was refused.
        error: Why it was refused; None if it was decided.
    """

    sequence: int
    decision: Decision | None
    error: FishplateError | None

    def result(self) -> Decision:
        """Give the decision, or raise the error."""
        if self.decision is None:
            raise self.error or RuntimeError("an outcome is a decision or an error")
        return self.decision


@dataclass(frozen=True, slots=True)
class SessionReport:
    """Where a session stands.

    Attributes:
        id: The session's id, 16 bytes.
        epoch: The epoch of its connection.
        state: ``"streaming"``, ``"closing"`` or ``"done"``.
        status: The status with which it is done; None before.
        watermark: Once the last word is known: everything up to this sequence was decided, and nothing after it.
        sent: The sequence of the last event that was sent.
        accepted: The sequence of the last event that the server has said it accepted.
        received: The sequence of the last outcome that was received.
        shed: Events shed for newer ones.
        repeats: Messages that came again after a broken connection, and were dropped.
        rule_set: The name of the rule set that decides.
        version: Its version, 32 bytes.
    """

    id: bytes
    epoch: int
    state: Literal["streaming", "closing", "done"]
    status: Status | None
    watermark: int | None
    sent: int
    accepted: int
    received: int
    shed: int
    repeats: int
    rule_set: str
    version: bytes


def session_report(  # noqa: PLR0913, PLR0917 # the native half's tuple, spread
    id: bytes,
    epoch: int,
    state: Literal["streaming", "closing", "done"],
    status: int | None,
    watermark: int | None,
    counted: tuple[int, int, int, int, int],
    rule_set: str,
    version: bytes,
) -> SessionReport:
    """Make a report; the native half calls this."""
    done = None if status is None else Status(status)
    return SessionReport(id, epoch, state, done, watermark, *counted, rule_set, version)


def decision_to_dict(decision: Decision) -> dict[str, Any]:
    """Give ``decision`` as JSON can hold it; see :meth:`fishplate.Decision.to_dict`."""
    trace, parent, timer = decision.trace, decision.parent, decision.timer
    return {
        "id": decision.id.hex(),
        "version": decision.version.hex(),
        "late": decision.late,
        "repeated": decision.repeated,
        "outputs": {name: to_json(value) for name, value in decision.outputs.items()},
        "matched": list(decision.matched),
        "features": {name: to_json(value) for name, value in decision.features.items()},
        "errors": [_error(error) for error in decision.errors],
        "shadow": {
            "matched": list(decision.shadow_matched),
            "errors": [_error(error) for error in decision.shadow_errors],
        },
        "trace": None if trace is None else trace.traceparent,
        "parent": None if parent is None else parent.traceparent,
        "timer": None if timer is None else _timer(timer),
    }


def _timer(timer: Timer) -> dict[str, Any]:
    return {"rule": timer.rule, "key": [to_json(value) for value in timer.key], "due": str(timer.due)}


def _error(error: DecisionError) -> dict[str, Any]:
    return {
        error.kind: error.name,
        "code": error.code,
        "line": error.line,
        "column": error.column,
        "message": error.message,
    }


def to_json(value: Any) -> Any:
    """Give a CEL value as JSON can hold it.

    Numbers stay numbers, but NaN and the infinities are ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``; bytes are
    base64; timestamps RFC 3339; durations seconds with an ``s``; keys of maps are text.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, list):
        return [to_json(entry) for entry in value]
    if isinstance(value, dict):
        return {_key(key): to_json(entry) for key, entry in value.items()}
    return str(value)


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _key(key: bool | int | str) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)
