"""The runner's sessions: options as the protocol writes them, and deciding through a session.

This file knows names and numbers; it knows no tagged text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import fishplate
from fishplate import Decision, FishplateError, Session
from tagged import unpercent

POLICIES = {1: "reject", 2: "block", 3: "shed_oldest"}
# By the protocol's names: what `connect` calls it, for times in milliseconds.
TIMES = {
    "deadline_ms": "deadline",
    "idle_timeout_ms": "idle_timeout",
    "max_age_ms": "max_age",
    "drain_ms": "drain",
    "connect_ms": "connect_timeout",
    "reconnect_ms": "reconnect_timeout",
}
RECEIVE_SECONDS = 30.0
# How a full window says so: under `reject`, and under `block` without time to wait.
WINDOW_FULL = ("F0851", "F0852")


def connect(address: str, options: tuple[str, ...]) -> Session:
    """Open a session with `name=value` options."""
    named: dict[str, Any] = {}
    for option in options:
        name, value = option.split("=", 1)
        if name in TIMES:
            named[TIMES[name]] = int(value) / 1000
        elif name == "when_full":
            named[name] = POLICIES[int(value)]
        elif name == "id":
            named["session_id"] = bytes.fromhex(value)
        elif name == "rule_set":
            named[name] = unpercent(value)
        else:
            named[name] = int(value)
    return fishplate.connect(address, **named)


def send_options(options: tuple[str, ...]) -> dict[str, Any]:
    """Give the keywords of `send`."""
    named = dict(option.split("=", 1) for option in options)
    keywords: dict[str, Any] = {"timeout": int(named.get("wait_ms", "10000")) / 1000}
    if named.get("preview") == "1":
        keywords["preview"] = True
    if int(named.get("within_ms", "0")):
        keywords["within"] = int(named["within_ms"]) / 1000
    return keywords


def decide(session: Session, event: Any, **named: Any) -> Decision:
    """Send one event and give its decision, or raise its refusal."""
    sequence = session.send(event, **named)
    outcome = session.receive(RECEIVE_SECONDS)
    if outcome is None or outcome.sequence != sequence:
        raise ValueError(f"event {sequence} was answered by {outcome}")
    return outcome.result()


def through(session: Session, events: Iterable[tuple[Any, dict[str, Any]]]) -> Iterator[Decision | FishplateError]:
    """Decide events with their keywords; the window is kept full, and outcomes are received when it is."""
    under_way = 0
    for event, named in events:
        # Full with nothing under way: the credit is still on its way back, and sending waits for it.
        while not sent(session, event, 0 if under_way else RECEIVE_SECONDS, named):
            yield outcome_of(session)
            under_way -= 1
        under_way += 1
    for _ in range(under_way):
        yield outcome_of(session)


def sent(session: Session, event: Any, timeout: float, named: dict[str, Any]) -> bool:
    """Send an event if there is room for it in time."""
    try:
        session.send(event, timeout=timeout, **named)
    except FishplateError as error:
        if error.code in WINDOW_FULL and timeout == 0:
            return False
        raise
    return True


def outcome_of(session: Session) -> Decision | FishplateError:
    """Give the next outcome; there must be one."""
    outcome = session.receive(RECEIVE_SECONDS)
    if outcome is None:
        raise ValueError("the session ended too early")
    return outcome.decision or outcome.error or ValueError("an outcome without a result")


def decide_all(
    session: Session, events: list[Any], *, format: Any, traces: list[Any], features: list[Any]
) -> list[Decision | FishplateError]:
    """Decide many events; give what became of each."""
    beside = zip(traces, features, strict=True)
    named = ({"format": format, "trace": trace, "features": brought} for trace, brought in beside)
    return list(through(session, zip(events, named, strict=True)))
