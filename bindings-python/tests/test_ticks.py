"""Time that passes without an event: rules fire by themselves, each with a decision that says so."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from documents import TRACEPARENT, reading

import fishplate
from fishplate import Decision, Engine, RuleSet, Timer, Timestamp, TraceContext, canonical


def test_a_rule_fires_by_itself_once_no_event_of_its_span_can_come_any_more(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        assert engine.decide(reading("a", 0)).timer is None
        assert engine.advance_to(Timestamp(304, 999_999_999)) == []
        (decision,) = engine.advance_to(Timestamp(305))
        assert decision.timer == Timer("QUIET", ("a",), Timestamp(300))
        assert decision.matched == ("QUIET",)
        assert decision.outputs == {"action": "CHECK"}
        assert (decision.late, decision.repeated, decision.trace, decision.parent) == (False, False, None, None)
        assert engine.advance_to(Timestamp(1000)) == []
        assert engine.counters == fishplate.Counters(accepted=1, refused=0, late=0, repeated=0, matched=1)


def test_a_condition_that_held_says_what_its_last_event_gave(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0, 90.0))
        engine.decide(reading("a", 30, 95.0))
        (decision,) = engine.advance_to(Timestamp(65))
        assert decision.timer == Timer("HOT", ("a",), Timestamp(60))
        assert decision.outputs == {"action": "STOP", "heat": 95.0}


def test_what_is_due_comes_by_time_then_in_document_order_then_by_key(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        for pump in ("c", "a", "b"):
            engine.decide(reading(pump, 0, 90.0))
        engine.decide(reading("b", 1, 20.0))
        told = [decision.timer for decision in engine.advance_to(Timestamp(10_000))]
    rules = [("HOT", "a", 60), ("HOT", "c", 60), ("QUIET", "a", 300), ("QUIET", "c", 300), ("QUIET", "b", 301)]
    assert told == [Timer(rule, (pump,), Timestamp(due)) for rule, pump, due in rules]


def test_a_datetime_says_the_same_as_a_timestamp(pumps: RuleSet) -> None:
    zones = [UTC, timezone(timedelta(hours=-9, minutes=-30))]
    for zone in zones:
        with Engine(pumps) as engine:
            engine.decide(reading("a", 0))
            due = datetime(1970, 1, 1, 0, 5, 5, tzinfo=UTC).astimezone(zone)
            assert engine.advance_to(due - timedelta(microseconds=1)) == []
            assert len(engine.advance_to(due)) == 1


def test_a_tick_makes_older_events_late_and_time_never_goes_back(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.advance_to(Timestamp(100))
        assert not engine.decide(reading("a", 95)).late
        assert engine.decide(reading("a", 94)).late
        assert engine.advance_to(Timestamp(50)) == []
        assert engine.decide(reading("b", 94)).late


def test_keys_whose_windows_are_over_are_dropped_by_ticks(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0))
        assert engine.state.keys > 0
        engine.advance_to(Timestamp(100_000))
        assert (engine.state.keys, engine.state.expired_keys) == (0, 1)


def test_a_rule_that_is_off_is_silent_and_one_in_shadow_stands_apart(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0, 90.0))
        engine.set_mode("HOT", "off")
        engine.set_mode("QUIET", "shadow")
        (decision,) = engine.advance_to(Timestamp(1000))
        assert (decision.matched, decision.shadow_matched) == ((), ("QUIET",))
        assert decision.outputs == {"action": "RUN"}


def test_the_id_is_derived_from_version_rule_key_and_time(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", -301, 20.0))
        (decision,) = engine.advance_to(Timestamp(4))
    rule = b"\x05" + struct.pack("<I", 5) + b"QUIET"
    key = b"\x09" + struct.pack("<I", 1) + b"\x05" + struct.pack("<I", 1) + b"a"
    due = b"\x07" + struct.pack("<qi", -1, 0)
    assert decision.id == hashlib.sha256(decision.version + b"\x04" + rule + key + due).digest()[:16]


def test_a_rule_that_fires_by_itself_stands_in_the_trace_of_its_keys_last_event(pumps: RuleSet) -> None:
    trace = TraceContext.from_headers({"traceparent": TRACEPARENT})
    assert trace is not None
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0), trace=trace)
        (decision,) = engine.advance_to(Timestamp(305))
    span = hashlib.sha256(trace.trace_id + trace.span_id + decision.id).digest()[:8]
    assert (decision.parent, decision.trace) == (trace, TraceContext(trace.trace_id, span, trace.flags))


KEYS = """\
fishplate: 1
name: keys
schema:
  fields:
    {at: timestamp, bool: bool, int: int, uint: uint, string: string, bytes: bytes, since: timestamp, span: duration}
event: {time: at}
rules:
  - id: QUIET
    by: [event.bool, event.int, event.uint, event.string, event.bytes, event.since, event.span]
    silent: 5m
"""


def test_a_timer_survives_pickle_and_json_with_every_type_of_key() -> None:
    key = (
        True,
        -7,
        fishplate.Uint(7),
        "é\U0001f6e4",
        b"\xff\0",
        Timestamp(-1, 5),
        fishplate.Duration(-1, -500_000_000),
    )
    names = ("bool", "int", "uint", "string", "bytes", "since", "span")
    with RuleSet.from_text(KEYS) as rules, Engine(rules) as engine:
        engine.decide({"at": Timestamp(0), **dict(zip(names, key, strict=True))})
        (decision,) = engine.advance_to(Timestamp(300))
    assert decision.timer == Timer("QUIET", key, Timestamp(300))
    assert [type(value) for value in decision.timer.key] == [type(value) for value in key]
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(decision, protocol))
        assert isinstance(again, Decision)
        assert (again, hash(again), repr(again)) == (decision, hash(decision), repr(decision))
        assert again.timer == decision.timer
        assert again.to_dict() == decision.to_dict()
        assert canonical.encode(again) == canonical.encode(decision)
        assert pickle.loads(pickle.dumps(again, protocol)) == decision
    assert copy.deepcopy(decision) == decision
    assert repr(decision.timer) in repr(decision)
    plain = json.loads(json.dumps(decision.to_dict(), allow_nan=False))
    key_as_json = [True, -7, 7, "é\U0001f6e4", "/wA=", "1969-12-31T23:59:59.000000005Z", "-1.500s"]
    assert plain["timer"] == {"rule": "QUIET", "key": key_as_json, "due": "1970-01-01T00:05:00Z"}


def test_decisions_of_other_timers_are_other_decisions(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0))
        engine.decide(reading("b", 0))
        first, second = engine.advance_to(Timestamp(305))
        engine.decide(reading("a", 1000))
        (later,) = engine.advance_to(Timestamp(2000))
    assert len({first, second, later}) == 3
    assert first not in (second, later)


def taken_apart(decision: Decision) -> tuple[Any, tuple[Any, ...]]:
    reduced: Any = decision.__reduce__()
    make, parts = reduced
    return make, parts


def test_a_pickle_of_an_earlier_version_has_no_timer(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        decision = engine.decide(reading("a", 0))
    make, parts = taken_apart(decision)
    assert len(parts) == 10
    assert make(*parts).timer is None


@pytest.mark.parametrize("timer", [7, ("QUIET", ("a",), Timestamp(0)), Timer("QUIET", ["a"], Timestamp(0))])  # type: ignore[arg-type]
def test_parts_that_are_no_timer_are_refused(pumps: RuleSet, timer: Any) -> None:
    with Engine(pumps) as engine:
        make, parts = taken_apart(engine.decide(reading("a", 0)))
    with pytest.raises((TypeError, AttributeError)):
        make(*parts, timer)


@pytest.mark.parametrize(
    ("now", "error", "text"),
    [
        (datetime(2026, 1, 1), ValueError, "naive"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))), ValueError, "years 1 to 9999"),
        (1_767_225_600, TypeError, "now is a fishplate.Timestamp or an aware datetime, not an int"),
        ("2026-01-01T00:00:00Z", TypeError, "not a str"),
        (timedelta(1), TypeError, "not a datetime.timedelta"),
        (None, TypeError, "not None"),
    ],
)
def test_what_is_no_instant_is_refused_and_changes_nothing(
    pumps: RuleSet, now: Any, error: type[Exception], text: str
) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0))
        with pytest.raises(error, match=text):
            engine.advance_to(now)
        assert not engine.decide(reading("a", -5)).late
