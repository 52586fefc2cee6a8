"""Opening sessions: options in Python's terms. Knows no protocol; the native half opens and carries."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from ._native import Session

Seconds = float | timedelta
_POLICIES: Final = {"reject": 1, "block": 2, "shed_oldest": 3}


def connect(  # noqa: PLR0913 # options, each with a default
    address: str,
    *,
    deadline: Seconds | None = None,
    idle_timeout: Seconds | None = None,
    max_age: Seconds | None = None,
    when_full: Literal["reject", "block", "shed_oldest"] | None = None,
    window_events: int = 0,
    window_bytes: int = 0,
    drain: Seconds | None = None,
    connect_timeout: Seconds | None = None,
    reconnect_timeout: Seconds | None = None,
    rule_set: str = "",
    session_id: bytes | None = None,
    epoch: int = 0,
    received: int = 0,
    pick_up_trace: bool = True,
) -> Session:
    """Open a session with whatever is at ``address``: ``inproc:NAME``, ``shm://NAME`` or ``grpc://HOST:PORT``.

    Waits for the welcome without the GIL. Times are seconds or ``timedelta``.

    Args:
        address: Where the engine is.
        deadline: The session ends so long after its opening. Over gRPC this, or the two that follow, must be given.
        idle_timeout: The session ends when nothing has come from this side for so long.
        max_age: The session ends at this age.
        when_full: What :meth:`Session.send` does when the window is full: ``"reject"`` (the default in process),
            ``"block"`` (the default elsewhere), or ``"shed_oldest"``.
        window_events: Events that may be under way, from sending to receiving; 0 is 1,024.
        window_bytes: Bytes of events that may be under way; 0 is 1 MiB.
        drain: How long what was accepted may take after a cancel or a deadline; 1 s unless given.
        connect_timeout: How long connecting may take; 2 s unless given.
        reconnect_timeout: How long a broken connection is tried again; 3 s unless given.
        rule_set: The rule set's name, where a server has several.
        session_id: 16 bytes; a random one unless given.
        epoch: 1 for a new session; more takes one over from an earlier process.
        received: When taking over: outcomes up to this sequence have been received.
        pick_up_trace: Give each event the current OpenTelemetry span unless it has a trace.

    Raises:
        InvalidArgument: not an address, a wrong option, or no deadline on a network.
        Unavailable: nobody answers.
        NotFound: no such rule set on the server.
        DataLoss: the session to be taken over is not known there.
        Aborted: a connection with a later epoch has the session.
    """
    if when_full is not None and when_full not in _POLICIES:
        raise ValueError(f"when_full is 'reject', 'block' or 'shed_oldest', and is {when_full!r}")
    times = {
        "deadline_ms": deadline,
        "idle_timeout_ms": idle_timeout,
        "max_age_ms": max_age,
        "drain_ms": drain,
        "connect_ms": connect_timeout,
        "reconnect_ms": reconnect_timeout,
    }
    numbers = {name: _milliseconds(name, value) for name, value in times.items() if value is not None}
    numbers |= {"window_events": window_events, "window_bytes": window_bytes, "epoch": epoch, "received": received}
    numbers["when_full"] = _POLICIES[when_full] if when_full is not None else 0
    return Session._open(address, numbers, session_id, rule_set, pick_up_trace)


def _milliseconds(name: str, value: Seconds) -> int:
    """Whole milliseconds, rounded up: 0 would mean the default."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if not seconds > 0:
        raise ValueError(f"{name.removesuffix('_ms')} is a time above 0, and is {value!r}")
    return max(1, round(seconds * 1000))
