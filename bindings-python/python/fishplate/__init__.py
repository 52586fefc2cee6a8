"""Streaming rules in CEL, decided at native speed, with the same answer in every language.

A :class:`RuleSet` is a compiled rule document. An :class:`Engine` is a rule set and its windows. It takes an event
(protobuf bytes, JSON said explicitly, or a mapping) and gives a :class:`Decision`, a plain immutable value::

    import fishplate

    with fishplate.RuleSet.from_file("rules.yaml") as rules, fishplate.Engine(rules) as engine:
        decision = engine.decide({"id": "e1", "amount": 1200.0})
        print(decision.outputs, decision.matched)

:func:`connect` opens a :class:`Session` with an engine elsewhere: in another process through shared memory, or on
another machine over gRPC. :func:`aconnect` does the same for asyncio.

Whatever is refused raises a :class:`FishplateError` with a status, a stable code and a place; its text is the same
in every language. Every object may be used from any thread.
"""

from . import canonical
from ._asyncio import AsyncSession, aconnect
from ._native import (
    Decision,
    Duration,
    Engine,
    RuleSet,
    Session,
    Timestamp,
    TraceContext,
    __version__,
    explain_error,
    live_objects,
)
from ._records import Counters, DecisionError, Explanation, Outcome, SessionReport, State, Swapped, Timer
from ._sessions import connect
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
    "AsyncSession",
    "Cancelled",
    "Counters",
    "DataLoss",
    "DeadlineExceeded",
    "Decision",
    "DecisionError",
    "Diagnostic",
    "Duration",
    "Engine",
    "Explanation",
    "FailedPrecondition",
    "FishplateError",
    "Internal",
    "InvalidArgument",
    "Limits",
    "NotFound",
    "OutOfRange",
    "Outcome",
    "PermissionDenied",
    "Place",
    "ResourceExhausted",
    "RuleSet",
    "Session",
    "SessionReport",
    "State",
    "Status",
    "Swapped",
    "Timer",
    "Timestamp",
    "TraceContext",
    "Uint",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "__version__",
    "aconnect",
    "canonical",
    "connect",
    "explain_error",
    "live_objects",
]
