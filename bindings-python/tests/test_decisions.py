"""Decisions as plain values: ids, traces, errors, equality, pickles, JSON."""

from __future__ import annotations

import copy
import gc
import hashlib
import json
import math
import pickle
from typing import Any

import pytest
from documents import TRACEPARENT, payment

import fishplate
from fishplate import Decision, DecisionError, Duration, Engine, Timestamp, TraceContext, Uint


def test_the_id_is_derived_from_version_and_ordinal(engine: Engine) -> None:
    engine.decide(payment(1.0))
    decision = engine.decide(payment(1.0))
    data = decision.version + b"\x03" + (2).to_bytes(8, "little")
    assert decision.id == hashlib.sha256(data).digest()[:16]


def test_a_decision_carries_its_trace_with_a_span_of_its_own(engine: Engine) -> None:
    trace = TraceContext.from_headers({"traceparent": TRACEPARENT})
    assert trace is not None
    decision = engine.decide(payment(1.0), trace=trace)
    span = hashlib.sha256(trace.trace_id + trace.span_id + decision.id).digest()[:8]
    assert decision.trace == TraceContext(trace.trace_id, span, 1)
    assert decision.parent == trace
    without = engine.decide(payment(1.0))
    assert (without.trace, without.parent) == (None, None)


def test_an_error_of_a_rule_stands_in_the_decision(values: Engine) -> None:
    decision = values.decide({"int": 0})
    assert decision.matched == ("int",)
    (error,) = decision.errors
    assert (error.kind, error.name, error.code) == ("rule", "zero", "F0301")
    assert error.line > 40
    assert error.column > 1
    assert error.message


def test_what_a_decision_gives_can_be_changed_without_changing_it(values: Engine) -> None:
    decision = values.decide({"int": 1})
    decision.outputs["int"] = 2
    decision.outputs["ints"].append(3)
    assert decision.outputs == {"int": 1, "ints": [1]}
    with pytest.raises(AttributeError):
        decision.late = True  # type: ignore[misc]


EVERYTHING: dict[str, Any] = {
    "bool": True,
    "int": 0,
    "uint": 7,
    "double": math.nan,
    "string": "é",
    "bytes": b"\xff",
    "timestamp": Timestamp(-1, 999_999_999),
    "duration": Duration(-1, -500_000_000),
    "doubles": [math.inf, -math.inf, 1.5],
    "by_int": {-1: "x"},
}


def test_a_decision_survives_a_pickle_without_its_engine(values: Engine) -> None:
    trace = TraceContext.from_headers({"traceparent": TRACEPARENT})
    decision = values.decide(EVERYTHING, trace=trace)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(decision, protocol))
        assert isinstance(again, Decision)
        assert again == decision
        assert hash(again) == hash(decision)
        assert repr(again) == repr(decision)
        assert again.to_dict() == decision.to_dict()
        assert fishplate.canonical.encode(again) == fishplate.canonical.encode(decision)
        assert type(again.outputs["uint"]) is Uint
        assert again.errors == decision.errors
        assert pickle.loads(pickle.dumps(again, protocol)) == decision
    assert copy.deepcopy(decision) == decision


def test_decisions_are_equal_if_they_say_the_same(values: Engine) -> None:
    first, second = values.preview(EVERYTHING), values.preview(EVERYTHING)
    assert first == second
    assert first != values.preview({"int": 1})
    assert first != "a decision"
    assert len({first, second}) == 1


def test_a_decision_as_json_keeps_what_json_cannot_say(values: Engine) -> None:
    plain = json.loads(json.dumps(values.decide(EVERYTHING).to_dict(), allow_nan=False))
    assert plain["outputs"] == {
        "bool": True,
        "int": 0,
        "uint": 7,
        "double": "NaN",
        "string": "é",
        "bytes": "/w==",
        "timestamp": "1969-12-31T23:59:59.999999999Z",
        "duration": "-1.500s",
        "ints": [0],
        "doubles": ["Infinity", "-Infinity", 1.5],
        "by_int": {"-1": "x"},
    }
    (error,) = plain["errors"]
    assert (error["rule"], error["code"]) == ("zero", "F0301")
    assert plain["shadow"] == {"matched": [], "errors": []}


def test_a_decision_outlives_engine_and_rule_set() -> None:
    document = "fishplate: 1\nname: n\nschema: {fields: {a: int}}\noutputs: {o: {type: int, merge: first}}\n"
    document += "rules:\n  - {id: r, when: event.a > 0, output: {o: event.a}}\n"
    with fishplate.RuleSet.from_text(document) as rules, Engine(rules) as engine:
        decision = engine.decide({"a": 4})
    gc.collect()
    assert fishplate.live_objects() == {"rule_set": 0, "engine": 0, "session": 0}
    assert (decision.outputs, decision.matched, decision.version) == ({"o": 4}, ("r",), decision.version)


def test_an_error_of_a_decision_is_a_plain_record() -> None:
    error = DecisionError("output", "score", "F1002", 3, 4, "too large")
    assert pickle.loads(pickle.dumps(error)) == error
    with pytest.raises(AttributeError):
        error.line = 1  # type: ignore[misc]


def test_parts_that_are_no_decision_are_refused() -> None:
    from fishplate._native import _decision_from_parts  # noqa: PLC0415

    with pytest.raises(ValueError, match="16 bytes"):
        _decision_from_parts(b"", b"", (False, False), {}, [], {}, (), [], (), (None, None))
