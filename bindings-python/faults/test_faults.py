"""Panics: wherever one happens behind an entry, Python gets INTERNAL, the process goes on, and nothing leaks.

Runs against a wheel built with the feature `fault-injection`; `test.sh` builds it beside the real one.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from documents import VALUES

import fishplate
from fishplate import Engine, RuleSet, Timestamp, TraceContext, _native

arm: Callable[[str, int], None] = getattr(_native, "_arm_fault")  # noqa: B009 - the stub is the real wheel's


def refused(use: Callable[[], Any]) -> fishplate.FishplateError:
    with pytest.raises(fishplate.FishplateError) as caught:
        use()
    return caught.value


def test_a_panic_in_any_entry_is_internal_and_the_next_call_works(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(VALUES)
    with RuleSet.from_text(VALUES) as rules, Engine(rules) as engine:
        snapshot = engine.snapshot()
        entries: dict[str, Callable[[], Any]] = {
            "rule_set_from_text": lambda: RuleSet.from_text(VALUES).close(),
            "rule_set_load": lambda: RuleSet.from_file(path).close(),
            "rule_set_describe": lambda: rules.name,
            "engine_open": lambda: Engine(rules).close(),
            "decide": lambda: engine.decide({"int": 1}),
            "preview": lambda: engine.preview({"int": 1}),
            "decide_all": lambda: engine.decide_all([{"int": 1}]),
            "counters": lambda: engine.counters,
            "engine_state": lambda: engine.state,
            "engine_snapshot": engine.snapshot,
            "engine_restore": lambda: Engine.restore(rules, snapshot).close(),
            "engine_swap": lambda: engine.swap(rules),
            "engine_set_mode": lambda: engine.set_mode("int", None),
            "advance_to": lambda: engine.advance_to(Timestamp(0)),
            "trace_from_headers": lambda: TraceContext.from_headers({}),
            "live_objects": fishplate.live_objects,
            "explain_error": lambda: fishplate.explain_error("F0203"),
            "limits": _native.limits_table,
            "run_command_line": lambda: _native.run_command_line(["fishplate", "explain-error", "F0203"]),
        }
        for name, use in entries.items():
            arm(name, 1)
            error = refused(use)
            assert isinstance(error, fishplate.Internal), name
            assert error.code == "F0901"
            assert name in str(error)
            assert error.status.effect_unknown
            use()
        spare = Engine(rules)
        arm("close", 1)
        assert isinstance(refused(spare.close), fishplate.Internal)
        spare.close()
        assert engine.counters.accepted == 2


def test_a_panic_inside_an_engine_breaks_that_engine_alone() -> None:
    ways: list[Callable[[Engine], Any]] = [
        lambda engine: engine.decide({"int": 1}),
        lambda engine: engine.decide("{}", format="json"),
        lambda engine: engine.preview({"int": 1}),
        lambda engine: engine.decide_all(["{}", "{}"], format="json"),
        lambda engine: engine.advance_to(Timestamp(0)),
        lambda engine: engine.snapshot(),
        lambda engine: engine.swap(rules),
        lambda engine: engine.set_mode("int", "off"),
    ]
    with RuleSet.from_text(VALUES) as rules, Engine(rules) as other:
        for way in ways:
            with Engine(rules) as engine:
                arm("engine", 1)
                assert refused(lambda way=way, engine=engine: way(engine)).code == "F0901"  # type: ignore[misc]
                again = refused(lambda engine=engine: engine.decide({"int": 1}))  # type: ignore[misc]
                assert isinstance(again, fishplate.FailedPrecondition)
                assert again.code == "F0902"
            assert other.decide({"int": 1}).outputs["int"] == 1


def test_in_a_batch_of_mappings_a_panic_stands_in_its_event_s_place() -> None:
    with RuleSet.from_text(VALUES) as rules, Engine(rules) as engine:
        arm("engine", 2)
        outcomes = engine.decide_all([{"int": 1}, {"int": 1}, {"int": 1}])
    assert [getattr(outcome, "code", None) for outcome in outcomes] == [None, "F0901", "F0902"]
