"""Deciding: one event in each form, previews, batches, what is refused, and what an engine counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from documents import JSON, TRACEPARENT, payment

import fishplate
from fishplate import Engine, RuleSet, Timestamp, TraceContext

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_protobuf_json_and_mappings_give_the_same_answer(payments: RuleSet) -> None:
    forms: list[tuple[Any, Any]] = [
        (payment(1200.5, "CH"), None),
        (payment(1200.5, "CH"), "protobuf"),
        (bytearray(payment(1200.5, "CH")), None),
        (memoryview(payment(1200.5, "CH")), None),
        (JSON, "json"),
        (JSON.decode(), "json"),
        (bytearray(JSON), "json"),
        ({"id": "p1", "amount": 1200.5, "country": "CH", "at": NEW_YEAR}, None),
    ]
    decisions = []
    for event, form in forms:
        with Engine(payments) as engine:
            decisions.append(engine.decide(event, format=form))
    for decision in decisions:
        assert decision.outputs == {"score": 40, "action": "REVIEW"}
        assert decision.matched == ("large",)
        assert decision.shadow_matched == ("watched",)
        assert decision == decisions[0]


def test_windows_are_read_and_the_decision_lists_the_features_that_matched(engine: Engine) -> None:
    decisions = [engine.decide(payment(1.0)) for _ in range(3)]
    assert [decision.matched for decision in decisions] == [(), (), ("often",)]
    assert decisions[2].features == {"seen": 3}
    assert decisions[0].features == {}


def test_a_preview_changes_nothing(engine: Engine) -> None:
    for _ in range(5):
        assert engine.preview(payment(1.0)).matched == ()
    first, again = engine.preview(payment(1.0)), engine.decide(payment(1.0))
    assert first == again
    assert engine.counters.accepted == 1


def test_nothing_is_sniffed(engine: Engine) -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide(JSON)
    assert caught.value.code == "F0601"
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide(b"\x0a\x02p1", format="json")  # a whole message of protobuf, and UTF-8 besides
    assert caught.value.code == "F0602"
    with pytest.raises(fishplate.InvalidArgument, match='say format="json"'):
        engine.decide(JSON.decode())


def test_a_truncated_message_is_refused_and_changes_nothing(engine: Engine) -> None:
    whole = payment(1.0)
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide(whole[:-1])
    assert caught.value.code == "F0601"
    assert not caught.value.status.retryable
    assert engine.counters == fishplate.Counters(accepted=0, refused=1, late=0, repeated=0, matched=0)
    assert engine.decide(whole).matched == ()


def test_a_wrong_value_is_named_by_its_path(engine: Engine) -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide({"at": NEW_YEAR, "device": {"name": 7}})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "F0603"
    assert str(diagnostic.place) == "event.device.name"


@pytest.mark.parametrize("event", [None, 7, "text", object(), [1], {1, 2}])
def test_what_is_no_event_is_refused_as_an_event(engine: Engine, event: object) -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide(event)  # type: ignore[arg-type]
    assert caught.value.code == "F0603"
    assert "an event is bytes or a mapping, not " in str(caught.value)
    (outcome,) = engine.decide_all([event])  # type: ignore[list-item]
    assert isinstance(outcome, fishplate.InvalidArgument)
    assert str(outcome) == str(caught.value)


def test_a_mapping_has_no_format(engine: Engine) -> None:
    forms: list[Any] = ["json", "protobuf"]
    for form in forms:
        with pytest.raises(fishplate.InvalidArgument, match="not a mapping"):
            engine.decide({"amount": 1.0}, format=form)


def test_an_unknown_format_is_a_value_error(engine: Engine) -> None:
    with pytest.raises(ValueError, match="'protobuf', 'json' or None"):
        engine.decide(JSON, format="xml")  # type: ignore[arg-type]


def test_unknown_fields_are_skipped_unless_the_engine_is_strict(payments: RuleSet) -> None:
    event = {"amount": 1.0, "at": NEW_YEAR, "colour": "red"}
    text = '{"amount": 1.0, "at": "2026-01-01T00:00:00Z", "colour": "red"}'
    with Engine(payments) as engine:
        assert engine.decide(event).matched == ()
        assert engine.decide(text, format="json").matched == ()
    with Engine(payments, strict=True) as engine:
        forms: list[tuple[Any, Any]] = [(event, None), (text, "json")]
        for form, name in forms:
            with pytest.raises(fishplate.InvalidArgument) as caught:
                engine.decide(form, format=name)
            assert caught.value.code == "F0606"
            assert "colour" in str(caught.value)


def test_limits_hold_for_events(payments: RuleSet) -> None:
    with Engine(payments, limits=fishplate.Limits(string_bytes=1, event_bytes=40)) as engine:
        with pytest.raises(fishplate.InvalidArgument) as caught:
            engine.decide({"at": NEW_YEAR, "country": "CH"})
        assert caught.value.code == "F0705"
        assert "string_bytes" in str(caught.value)
        with pytest.raises(fishplate.InvalidArgument) as caught:
            engine.decide(payment(1.0, "LONGCOUNTRY" * 4))
        assert caught.value.code == "F0703"


def test_a_batch_decides_in_order_with_errors_in_their_places(engine: Engine) -> None:
    events: list[Any] = [payment(1200.0), b"\xff", payment(1.0), bytearray(payment(1.0))]
    outcomes = engine.decide_all(events)
    first, second, third, fourth = outcomes
    assert isinstance(first, fishplate.Decision)
    assert first.matched == ("large",)
    assert isinstance(second, fishplate.InvalidArgument)
    assert second.code == "F0601"
    assert isinstance(third, fishplate.Decision)
    assert isinstance(fourth, fishplate.Decision)
    assert fourth.matched == ("often",)
    assert engine.counters.accepted == 3


def test_a_batch_may_mix_mappings_and_bytes(engine: Engine) -> None:
    events: list[Any] = [{"country": "DE", "at": NEW_YEAR}, payment(1.0), {"country": 7, "at": NEW_YEAR}, payment(1.0)]
    outcomes = engine.decide_all(iter(events))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Decision", "Decision", "InvalidArgument", "Decision"]
    assert outcomes[3].matched == ("often",)  # type: ignore[union-attr]


def test_a_batch_gives_what_one_by_one_gives(payments: RuleSet) -> None:
    bodies = [payment(float(at), "DE" if at % 2 else "CH", 1_767_225_600 + at) for at in range(3000)]
    mappings = [
        {"amount": float(at), "country": "DE" if at % 2 else "CH", "at": Timestamp(1_767_225_600 + at)}
        for at in range(3000)
    ]
    with Engine(payments) as one, Engine(payments) as batch, Engine(payments) as mapped:
        singles = [one.decide(body) for body in bodies]
        assert batch.decide_all(bodies) == singles
        assert mapped.decide_all(mappings) == singles


def test_an_empty_batch_is_an_empty_list(engine: Engine) -> None:
    assert engine.decide_all([]) == []


def test_a_batch_of_json_says_so_once(engine: Engine) -> None:
    outcomes = engine.decide_all([JSON, JSON.decode(), "{"], format="json")
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [None, None, "F0602"]


def test_each_event_of_a_batch_has_its_own_trace(engine: Engine) -> None:
    trace = TraceContext.from_headers({"traceparent": TRACEPARENT})
    first, second = engine.decide_all([payment(1.0), payment(1.0)], traces=[trace, None])
    assert isinstance(first, fishplate.Decision)
    assert isinstance(second, fishplate.Decision)
    assert first.parent == trace
    assert second.trace is None
    with pytest.raises(ValueError, match="1 traces for 2 events"):
        engine.decide_all([payment(1.0), payment(1.0)], traces=[trace])
    with pytest.raises(TypeError):
        engine.decide_all([payment(1.0)], traces=["x"])  # type: ignore[list-item]


def test_the_counters_count(engine: Engine) -> None:
    engine.decide(payment(5000.0))
    engine.decide(payment(1.0, seconds=1_767_225_600 - 3600))
    engine.decide_all([b"\xff", payment(1.0)])
    assert engine.counters == fishplate.Counters(accepted=3, refused=1, late=1, repeated=0, matched=1)


def test_a_late_event_is_decided_and_says_so(engine: Engine) -> None:
    engine.decide(payment(1.0))
    assert engine.decide(payment(1.0, seconds=1_767_225_600 - 3600)).late


class Custom(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values_held = values

    def __getitem__(self, key: str) -> Any:
        value = self.values_held[key]
        if isinstance(value, BaseException):
            raise value
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_held)

    def __len__(self) -> int:
        return len(self.values_held)


def test_any_mapping_is_an_event(engine: Engine) -> None:
    event = Custom({"amount": 2000.0, "at": NEW_YEAR, "device": Custom({"name": "kiosk"})})
    assert engine.decide(event).matched == ("large", "named")


def test_what_a_mapping_raises_reaches_the_caller(engine: Engine) -> None:
    event = {"at": NEW_YEAR, "device": Custom({"name": ZeroDivisionError("in the mapping")})}
    with pytest.raises(ZeroDivisionError, match="in the mapping"):
        engine.decide(event)
    with pytest.raises(ZeroDivisionError):
        engine.decide(event["device"])  # type: ignore[arg-type]
    outcomes = engine.decide_all([payment(1.0), event, event["device"], payment(1.0)])  # type: ignore[list-item]
    names = [type(outcome).__name__ for outcome in outcomes]
    assert names == ["Decision", "InvalidArgument", "InvalidArgument", "Decision"]
    assert isinstance(outcomes[1], fishplate.InvalidArgument)
    assert isinstance(outcomes[1].__cause__, ZeroDivisionError)


def test_an_interrupt_while_a_mapping_is_read_ends_the_batch(engine: Engine) -> None:
    event = {"at": NEW_YEAR, "device": Custom({"name": KeyboardInterrupt()})}
    with pytest.raises(KeyboardInterrupt):
        engine.decide_all([event, event])
    assert engine.decide(payment(1.0)).matched == ()


def test_a_decision_as_json_can_be_dumped(engine: Engine) -> None:
    decision = engine.decide(payment(1200.0), trace=TraceContext.from_headers({"traceparent": TRACEPARENT}))
    plain = json.loads(json.dumps(decision.to_dict()))
    assert plain["outputs"] == {"score": 40, "action": "REVIEW"}
    assert plain["matched"] == ["large"]
    assert plain["id"] == decision.id.hex()
    assert plain["trace"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert plain["parent"] == TRACEPARENT


def test_an_explanation_says_why_and_changes_nothing(payments: RuleSet) -> None:
    with Engine(payments) as engine:
        before = engine.counters
        explanation = engine.explain({"id": "p1", "amount": 1200.5, "country": "CH", "at": NEW_YEAR})
        assert str(explanation).startswith("large: matched\n")
        assert "event.amount  =  1200.5\n" in explanation.text
        outcomes = {rule["rule"]: rule["outcome"] for rule in explanation.rules}
        assert outcomes["large"] == "matched"
        assert engine.explain(JSON, format="json") == engine.explain(JSON.decode(), format="json")
        with pytest.raises(fishplate.InvalidArgument):
            engine.explain({"amount": "x"})
        assert engine.counters == before
