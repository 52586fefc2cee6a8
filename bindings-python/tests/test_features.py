"""Features that come with an event: on every call that takes one, in sessions, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

import fishplate
from fishplate import Engine, RuleSet

STORE = """\
fishplate: 1
name: store
schema: {fields: {card: string}}
outputs:
  why: {type: string, merge: first}
features:
  risk: {supplied: double}
  segment: {supplied: string}
  since: {supplied: timestamp}
rules:
  - {id: RISKY, when: has(features.risk) && features.risk > 0.5}
  - {id: SEGMENT, when: has(features.segment), output: {why: features.segment}}
  - {id: OLD, when: has(features.since) && features.since < timestamp("2020-01-01T00:00:00Z")}
"""
RISKY = {"risk": 0.75, "segment": "neu, grün"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with RuleSet.from_text(STORE) as rules, Engine(rules) as engine:
        yield engine


def test_an_event_of_any_form_brings_features(engine: Engine) -> None:
    events: list[tuple[Any, Any]] = [({"card": "c"}, None), (b'{"card": "c"}', "json"), ('{"card": "c"}', "json")]
    for event, form in events:
        for call in (engine.decide, engine.preview):
            decision = call(event, format=form, features=RISKY)
            assert decision.matched == ("RISKY", "SEGMENT")
            assert decision.outputs == {"why": "neu, grün"}
            assert decision.features == RISKY
        assert "features.risk  =  0.75" in str(engine.explain(event, format=form, features=RISKY))


def test_nothing_is_left_of_the_event_before(engine: Engine) -> None:
    assert engine.decide({"card": "c"}, features=RISKY).matched
    for features in (None, {}, {"risk": None}):
        assert engine.decide({"card": "c"}, features=features).matched == ()


def test_any_mapping_is_taken_with_pythons_own_values(engine: Engine) -> None:
    class Store(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return {"risk": 1, "since": datetime(2019, 6, 1, tzinfo=UTC)}[name]

        def __iter__(self) -> Iterator[str]:
            return iter(("risk", "since"))

        def __len__(self) -> int:
            return 2

    assert engine.decide(b'{"card": "c"}', format="json", features=Store()).matched == ("RISKY", "OLD")


def test_what_no_rule_could_read_is_refused(engine: Engine) -> None:
    for features, code, place in (({"risc": 0.5}, "F0606", "risc"), ({"risk": "high"}, "F0603", "risk")):
        with pytest.raises(fishplate.InvalidArgument, match=f"features.{place}") as refused:
            engine.decide({"card": "c"}, features=features)
        assert refused.value.code == code
    with pytest.raises(TypeError, match="features are a mapping"):
        engine.decide({"card": "c"}, features=[("risk", 0.5)])  # type: ignore[arg-type]
    assert engine.counters.accepted == 0


def test_what_a_mapping_raises_comes_out(engine: Engine) -> None:
    class Broken(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise LookupError("the store is gone")

        def __iter__(self) -> Iterator[str]:
            return iter(("risk",))

        def __len__(self) -> int:
            return 1

    with pytest.raises(LookupError, match="the store is gone"):
        engine.decide({"card": "c"}, features=Broken())


def test_each_event_of_a_batch_brings_its_own(engine: Engine) -> None:
    events = [b'{"card": "c"}'] * 4
    features = [RISKY, None, {"risc": 1.0}, {"risk": 0.25, "segment": "x"}]
    first, second, refused, last = engine.decide_all(events, format="json", features=features)
    assert isinstance(first, fishplate.Decision)
    assert first.matched == ("RISKY", "SEGMENT")
    assert isinstance(second, fishplate.Decision)
    assert second.matched == ()
    assert isinstance(refused, fishplate.InvalidArgument)
    assert refused.code == "F0606"
    assert isinstance(last, fishplate.Decision)
    assert last.matched == ("SEGMENT",)
    with pytest.raises(ValueError, match="1 features for 4 events"):
        engine.decide_all(events, format="json", features=[RISKY])


def test_they_come_in_a_session(engine: Engine) -> None:
    engine.share("features")
    with fishplate.connect("inproc:features") as session:
        session.send({"card": "c"}, features=RISKY)
        session.send({"card": "c"})
        session.send(b'{"card": "c"}', format="json", features={"risk": "high"})
        session.half_close()
        decided, plain, refused = list(session)
    assert decided.result().matched == ("RISKY", "SEGMENT")
    assert plain.result().matched == ()
    assert isinstance(refused.error, fishplate.InvalidArgument)


def test_they_come_in_an_awaited_session(engine: Engine) -> None:
    async def decided() -> tuple[str, ...]:
        async with await fishplate.aconnect("inproc:awaited-features") as session:
            await session.send({"card": "c"}, features=RISKY)
            outcome = await session.receive()
            assert outcome is not None
            return outcome.result().matched

    engine.share("awaited-features")
    assert asyncio.run(decided()) == ("RISKY", "SEGMENT")
