"""Memory: what is decided is given back, in Python's heap and in Rust's. Reads `/proc`, hence on Linux."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import PAYMENT_PROTO, PAYMENTS, payment, reading

import fishplate
from fishplate import Engine, RuleSet

PAGE = 4096
SLACK = 8 << 20
"""Bytes that an allocator may keep for itself."""


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


@pytest.mark.parametrize("kind", ["mapping", "bytes", "refused", "batch", "engines", "snapshots", "ticks"])
def test_doing_it_again_takes_no_more_memory(values: Engine, pumps: RuleSet, kind: str) -> None:
    event: dict[str, Any] = {"string": "x" * 1000, "doubles": [1.0] * 100, "by_string": {"k": 1.0}, "int": 0}

    def engines() -> None:
        with RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO}) as rules, Engine(rules) as engine:
            engine.decide(payment(1.0))

    def snapshots() -> None:
        with Engine(pumps) as engine:
            engine.decide_all([reading(f"p{at}", at) for at in range(100)])
            with Engine.restore(pumps, engine.snapshot(), bytearray(engine.snapshot([]))) as restored:
                restored.swap(pumps)

    def ticks() -> None:
        with Engine(pumps) as engine:
            engine.decide_all([reading(f"p{at}", at) for at in range(100)])
            assert len({decision.timer for decision in engine.advance_to(fishplate.Timestamp(9999))}) == 100

    works: dict[str, tuple[int, Callable[[], Any]]] = {
        "mapping": (20_000, lambda: (values.decide(event).outputs, values.decide(event).to_dict())),
        "bytes": (20_000, lambda: values.decide('{"string": "' + "x" * 1000 + '"}', format="json").id),
        "refused": (5_000, lambda: values.decide_all([{"int": "x" * 1000}, b"\xff", None])),  # type: ignore[list-item]
        "batch": (50, lambda: values.decide_all([event] * 400)),
        "engines": (300, engines),
        "snapshots": (200, snapshots),
        "ticks": (200, ticks),
    }
    times, work = works[kind]
    for _ in range(times // 10):
        work()
    before = resident()
    for _ in range(times):
        work()
    assert resident() - before < SLACK


def test_an_event_is_given_back_untouched(values: Engine) -> None:
    text, listed = "x" * 50, [1.0, 2.0]
    event = {"string": text, "doubles": listed}
    counts = (sys.getrefcount(text), sys.getrefcount(listed), sys.getrefcount(event))
    kept = [values.decide(event), *values.decide_all([event] * 10)]
    assert (sys.getrefcount(text), sys.getrefcount(listed), sys.getrefcount(event)) == counts
    assert len(kept) == 11
    assert event == {"string": "x" * 50, "doubles": [1.0, 2.0]}


def test_objects_that_nobody_closed_are_freed_with_their_last_reference() -> None:
    rules = RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO})
    engine = Engine(rules)
    assert fishplate.live_objects() == {"rule_set": 1, "engine": 1, "session": 0}
    del rules
    assert fishplate.live_objects() == {"rule_set": 1, "engine": 1, "session": 0}
    del engine
    assert fishplate.live_objects() == {"rule_set": 0, "engine": 0, "session": 0}
