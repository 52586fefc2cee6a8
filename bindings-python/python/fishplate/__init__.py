"""Streaming rules in CEL, decided at native speed, with the same answer in every language.

A :class:`RuleSet` is a compiled rule document. An :class:`Engine` is a rule set and its windows. It takes an event
(protobuf bytes, JSON said explicitly, or a mapping) and gives a :class:`Decision`, a plain immutable value::

    import fishplate

    with fishplate.RuleSet.from_file("rules.yaml") as rules, fishplate.Engine(rules) as engine:
        decision = engine.decide({"id": "e1", "amount": 1200.0})
        print(decision.outputs, decision.matched)

Whatever is refused raises a :class:`FishplateError` with a status, a stable code and a place; its text is the same
in every language. Every object may be used from any thread.
"""

from . import canonical
from ._native import (
    Decision,
    Duration,
    Engine,
    RuleSet,
    Timestamp,
    TraceContext,
    __version__,
    explain_error,
    live_objects,
)
from ._records import Counters, DecisionError
from ._status import Status
from ._uint import Uint
from .errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    Diagnostic,
    FailedPrecondition,
    FishplateError,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    Place,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
)
from .limits import Limits

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Cancelled",
    "Counters",
    "DataLoss",
    "DeadlineExceeded",
    "Decision",
    "DecisionError",
    "Diagnostic",
    "Duration",
    "Engine",
    "FailedPrecondition",
    "FishplateError",
    "Internal",
    "InvalidArgument",
    "Limits",
    "NotFound",
    "OutOfRange",
    "PermissionDenied",
    "Place",
    "ResourceExhausted",
    "RuleSet",
    "Status",
    "Timestamp",
    "TraceContext",
    "Uint",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "__version__",
    "canonical",
    "explain_error",
    "live_objects",
]
