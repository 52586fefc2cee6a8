"""The canonical form against the vectors that were made from `docs/canonical.md` and never by this program."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

import fishplate
import tagged
from fishplate import Engine, RuleSet, TraceContext, canonical

VECTORS = Path(__file__).resolve().parents[2] / "interop-tests/vectors"


def lines(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (VECTORS / name).read_text("utf-8").splitlines() if line]


@pytest.mark.parametrize(("name", "text", "form"), lines("values.txt"))
def test_a_value_has_the_bytes_of_the_page(name: str, text: str, form: str) -> None:
    assert canonical.encode_value(tagged.read(text)).hex() == form, name


def trace_of(headers: str) -> TraceContext | None:
    pairs = dict(pair.split("=", 1) for pair in headers.split(",")) if headers != "-" else {}
    return TraceContext.from_headers({key: tagged.unpercent(value) for key, value in pairs.items()})


@pytest.mark.parametrize("line", lines("decisions.txt"), ids=lambda line: line[0])
def test_a_decision_has_the_bytes_of_the_page(line: list[str]) -> None:
    name, rules, headers, form, *events = line
    trace = trace_of(headers)
    with RuleSet.from_file(VECTORS / rules) as rule_set, Engine(rule_set) as engine:
        for event in events[:-1]:
            engine.decide(tagged.read(event))
        decision = engine.decide(tagged.read(events[-1]), trace=trace)
    assert canonical.encode(decision).hex() == form, name
    assert canonical.digest(decision) == hashlib.sha256(bytes.fromhex(form)).digest()


@pytest.mark.parametrize("line", lines("timers.txt"), ids=lambda line: line[0])
def test_a_decision_without_an_event_has_the_bytes_of_the_page(line: list[str]) -> None:
    name, rules, headers, form, now, event = line
    with RuleSet.from_file(VECTORS / rules) as rule_set, Engine(rule_set) as engine:
        engine.decide(tagged.read(event), trace=trace_of(headers))
        (decision,) = engine.advance_to(tagged.read(now))
    assert canonical.encode(decision).hex() == form, name
    assert decision.timer is not None
    assert canonical.timer_id(decision.version, decision.timer) == decision.id == bytes.fromhex(form)[36:52]


def test_a_refusal_is_its_status_and_its_first_code(engine: Engine) -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide(b"\xff")
    assert canonical.encode_refusal(caught.value) == b"FPR1" + (3).to_bytes(4, "little") + (601).to_bytes(4, "little")
    assert canonical.digest(caught.value) == hashlib.sha256(canonical.encode_refusal(caught.value)).digest()


@pytest.mark.parametrize("value", [object(), {1}, 1j, (1,)])
def test_what_is_no_cel_value_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical.encode_value(value)
