"""Small immutable records that decisions and engines give out, and a decision as JSON. Knows no native state."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ._native import Decision


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


def decision_to_dict(decision: Decision) -> dict[str, Any]:
    """Give ``decision`` as JSON can hold it; see :meth:`fishplate.Decision.to_dict`."""
    trace, parent = decision.trace, decision.parent
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
    }


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
