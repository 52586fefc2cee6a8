"""What an engine remembers: budgets, snapshots, other rule sets, rules switched by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from documents import LONGER, PUMPS, payment, reading

import fishplate
from fishplate import Decision, Engine, RuleSet, Timestamp

EVENTS = [reading(f"p{at % 7}", at * 10, 90.0 if at % 3 else 20.0) for at in range(60)]


def rest(engine: Engine) -> list[Decision]:
    """Everything that an engine says of what comes after `EVENTS`."""
    decided = engine.decide_all([reading(f"p{at % 7}", 600 + at * 10) for at in range(14)])
    assert all(isinstance(decision, Decision) for decision in decided)
    return [*decided, *engine.advance_to(Timestamp(5000))]  # type: ignore[list-item]


def refused(error: type[fishplate.FishplateError], code: str, use: Callable[[], Any]) -> fishplate.FishplateError:
    with pytest.raises(error) as caught:
        use()
    assert caught.value.code == code
    return caught.value


# Snapshots


def test_a_restored_engine_decides_what_the_other_would_have_decided(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide_all(EVENTS)
        engine.advance_to(Timestamp(598))
        snapshot = engine.snapshot()
        with Engine.restore(pumps, snapshot) as restored:
            assert restored.counters == engine.counters
            assert restored.state == engine.state
            assert restored.snapshot() == snapshot
            expected = rest(engine)
            assert rest(restored) == expected
            assert sum(decision.timer is not None for decision in expected) >= 7


def test_a_snapshot_may_be_any_buffer(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide_all(EVENTS)
        snapshot = engine.snapshot()
    for form in (snapshot, bytearray(snapshot), memoryview(snapshot), memoryview(b"?" + snapshot)[1:]):
        with Engine.restore(pumps, form) as restored:
            assert restored.counters.accepted == len(EVENTS)


def test_key_groups_move_between_engines(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide_all(EVENTS)
        parts = [engine.snapshot(range(first, first + 32)) for first in range(0, 128, 32)]
        with Engine.restore(pumps, *reversed(parts)) as whole:
            assert whole.state == engine.state
            assert whole.snapshot() == engine.snapshot()
        keys = 0
        for part in parts:
            with Engine.restore(pumps, part) as some:
                keys += some.state.keys
        assert keys == engine.state.keys
        with Engine.restore(pumps, engine.snapshot([])) as empty:
            assert (empty.state.keys, empty.counters) == (0, engine.counters)


def test_without_partitions_there_is_one_key_group(engine: Engine, payments: RuleSet) -> None:
    for _ in range(2):
        engine.decide(payment(1.0))
    assert engine.snapshot([0]) == engine.snapshot()
    with Engine.restore(payments, engine.snapshot()) as restored:
        assert restored.decide(payment(1.0)).matched == ("often",)


def test_the_options_are_the_restored_engines_own(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide_all(EVENTS)
        snapshot = engine.snapshot()
    odd = {**reading("a", 600), "colour": "red"}
    with Engine.restore(pumps, snapshot) as restored:
        restored.decide(odd)
    with Engine.restore(pumps, snapshot, strict=True, limits=fishplate.Limits(string_bytes=3)) as restored:
        refused(fishplate.InvalidArgument, "F0606", lambda: restored.decide(odd))
        refused(fishplate.InvalidArgument, "F0705", lambda: restored.decide(reading("long name", 600)))
    with Engine.restore(pumps, snapshot, memory=1) as restored:
        restored.decide(reading("new", 600))
        assert restored.state.refused_keys > 0


def test_a_snapshot_restored_to_another_rule_set_is_as_after_a_swap(pumps: RuleSet) -> None:
    with Engine(pumps) as engine, RuleSet.from_text(LONGER) as longer:
        engine.decide_all(EVENTS)
        engine.set_mode("THIRD", "off")
        with Engine.restore(longer, engine.snapshot()) as restored:
            engine.swap(longer)
            assert restored.state == engine.state
            assert restored.state.warming == ("mean",)
            assert restored.state.modes["THIRD"] == "off"
            assert rest(restored) == rest(engine)


def test_bytes_that_are_no_whole_snapshot_are_refused(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide_all(EVENTS)
        snapshot = engine.snapshot()
    wrong = [b"", b"x", b"FPS1", bytes(1000), bytes(range(256)), snapshot[:-1], snapshot[:50], snapshot + b"\0"]
    for at in range(6, len(snapshot), len(snapshot) // 50):
        wrong.append(snapshot[:at] + bytes((snapshot[at] ^ 1 << at % 8,)) + snapshot[at + 1 :])
    for content in wrong:
        error = refused(fishplate.DataLoss, "F0891", lambda content=content: Engine.restore(pumps, content))  # type: ignore[misc]
        assert error.status is fishplate.Status.DATA_LOSS


def test_a_snapshot_of_a_later_version_is_refused_naming_both(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        snapshot = engine.snapshot()
    later = snapshot[:4] + b"\x09\x07" + snapshot[6:]
    error = refused(fishplate.FailedPrecondition, "F0892", lambda: Engine.restore(pumps, later))
    assert "9.7" in str(error)


def test_snapshots_that_do_not_belong_together_are_refused(pumps: RuleSet, payments: RuleSet) -> None:
    with Engine(pumps) as engine, Engine(payments) as other, RuleSet.from_text(LONGER) as longer:
        snapshot = engine.snapshot()
        refused(fishplate.InvalidArgument, "F0809", lambda: Engine.restore(pumps))
        twice = refused(fishplate.InvalidArgument, "F0809", lambda: Engine.restore(pumps, snapshot, snapshot))
        assert "twice" in str(twice)
        refused(fishplate.FailedPrecondition, "F0893", lambda: Engine.restore(payments, snapshot))
        refused(fishplate.FailedPrecondition, "F0893", lambda: Engine.restore(pumps, other.snapshot()))
        with Engine(longer) as third:
            mixed = (engine.snapshot([0]), third.snapshot([1]))
            refused(fishplate.InvalidArgument, "F0809", lambda: Engine.restore(pumps, *mixed))


@pytest.mark.parametrize("snapshot", ["text", None, 7, [b""]])
def test_what_holds_no_bytes_is_no_snapshot(pumps: RuleSet, snapshot: Any) -> None:
    with pytest.raises(TypeError, match="a snapshot is bytes, not "):
        Engine.restore(pumps, snapshot)


@pytest.mark.parametrize(
    ("groups", "error"),
    [
        ([-1], ValueError),
        ([1 << 16], ValueError),
        ([10**30], ValueError),
        (["0"], TypeError),
        ([True], TypeError),
        (7, TypeError),
    ],
)
def test_a_key_group_is_a_number(pumps: RuleSet, groups: Any, error: type[Exception]) -> None:
    with Engine(pumps) as engine, pytest.raises(error):
        engine.snapshot(groups)


# Other rule sets


def test_a_swap_keeps_what_is_defined_alike_and_says_so(pumps: RuleSet) -> None:
    with Engine(pumps) as engine, RuleSet.from_text(LONGER) as longer:
        engine.decide(reading("a", 0, 90.0))
        assert engine.decide(reading("a", 1, 90.0)).version == pumps.version
        swapped = engine.swap(longer)
        assert set(swapped.kept) >= {"seen"}
        assert (swapped.warming, swapped.dropped) == (("mean",), ())
        warming = engine.state.warming
        assert warming == swapped.warming
        third = engine.decide(reading("a", 2, 90.0))
        assert (third.matched, third.features, third.version) == (("THIRD",), {"seen": 3}, longer.version)
        assert [decision.timer.rule for decision in engine.advance_to(Timestamp(65)) if decision.timer] == ["HOT"]
        engine.decide(reading("b", 7202))
        assert engine.state.warming == ()
        back = engine.swap(pumps)
        assert (back.warming, back.dropped) == ((), ("mean",))
        assert "longer" not in repr(engine)


def test_mappings_are_read_by_the_names_of_the_new_rule_set() -> None:
    document = """\
fishplate: 1
name: NAME
schema: {fields: {FIELDS, device: {NAME_id: string}}}
outputs: {o: {type: int, merge: sum}}
rules: [{id: r, when: event.device.NAME_id == "x", output: {o: SUM}}]
"""
    first, second = (
        document.replace("NAME", name)
        .replace("FIELDS", ", ".join(f"{field}: int" for field in fields))
        .replace("SUM", " + ".join(f"event.{field}" for field in fields))
        for name, fields in (("one", ("a", "b")), ("two", ("c", "a", "d")))
    )
    event = {"a": 1, "b": 20, "c": 300, "d": 4000, "device": {"one_id": "x", "two_id": "x"}}
    with RuleSet.from_text(first) as one, RuleSet.from_text(second) as two, Engine(one) as engine:
        for rules, total in ((one, 21), (two, 4301), (one, 21)):
            engine.swap(rules)
            assert engine.decide(event).outputs == {"o": total}
            assert engine.preview(event).outputs == {"o": total}
            (decision,) = engine.decide_all([event])
            assert isinstance(decision, Decision)
            assert decision.outputs == {"o": total}


def test_a_swap_frees_the_rule_set_of_before(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0))
        pumps.close()
        longer = RuleSet.from_text(LONGER)
        assert fishplate.live_objects() == {"rule_set": 2, "engine": 1, "session": 0}
        engine.swap(longer)
        longer.close()
        assert fishplate.live_objects() == {"rule_set": 1, "engine": 1, "session": 0}
        assert engine.decide(reading("a", 1)).late is False


def test_a_swap_that_is_refused_changes_nothing(pumps: RuleSet, payments: RuleSet) -> None:
    closed = RuleSet.from_text(LONGER)
    closed.close()
    with Engine(pumps) as engine:
        engine.decide(reading("a", 0))
        state = engine.state
        refused(fishplate.FailedPrecondition, "F0893", lambda: engine.swap(payments))
        refused(fishplate.FailedPrecondition, "F0801", lambda: engine.swap(closed))
        with pytest.raises(TypeError):
            engine.swap(PUMPS)  # type: ignore[arg-type]
        assert engine.state == state
        assert engine.decide(reading("a", 1)).version == pumps.version


# Rules switched by hand


def test_a_rule_is_switched_through_swaps_until_the_document_counts_again(pumps: RuleSet) -> None:
    with Engine(pumps) as engine, RuleSet.from_text(LONGER) as longer:
        assert engine.state.modes == {"HOT": "live", "QUIET": "live", "THIRD": "live"}
        engine.decide_all([reading("a", 0), reading("a", 1)])
        engine.set_mode("THIRD", "shadow")
        decision = engine.decide(reading("a", 2))
        assert (decision.matched, decision.shadow_matched) == ((), ("THIRD",))
        engine.set_mode("THIRD", "off")
        decision = engine.decide(reading("a", 3))
        assert (decision.matched, decision.shadow_matched) == ((), ())
        engine.swap(longer)
        assert engine.state.modes == {"HOT": "live", "QUIET": "live", "THIRD": "off"}
        engine.set_mode("THIRD", "live")
        assert engine.decide(reading("a", 4)).matched == ("THIRD",)
        engine.set_mode("THIRD", None)
        assert engine.state.modes["THIRD"] == "live"


def test_no_mode_makes_the_document_count(engine: Engine) -> None:
    engine.set_mode("watched", "live")
    assert engine.decide(payment(1.0, "CH")).matched == ("watched",)
    engine.set_mode("watched", None)
    assert engine.decide(payment(1.0, "CH")).shadow_matched == ("watched",)
    assert engine.state.modes == {"large": "live", "often": "live", "named": "live", "watched": "shadow"}


def test_a_wrong_word_is_told_with_the_right_one(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        error = refused(fishplate.InvalidArgument, "F0809", lambda: engine.set_mode("HOT", "shadwo"))  # type: ignore[arg-type]
        (diagnostic,) = error.diagnostics
        assert str(diagnostic.place) == "mode"
        assert diagnostic.message == 'mode is one of "live", "shadow", "off", and is "shadwo"'
        assert diagnostic.suggestion == 'did you mean "shadow"?'
        error = refused(fishplate.InvalidArgument, "F0809", lambda: engine.set_mode("HOT", "nothing"))  # type: ignore[arg-type]
        assert error.diagnostics[0].suggestion is None
        error = refused(fishplate.NotFound, "F0894", lambda: engine.set_mode("QUITE", "off"))
        assert error.diagnostics[0].suggestion == 'did you mean "QUIET"?'
        wrong: list[tuple[Any, ...]] = [(7, "off"), ("HOT", 1), ("HOT",)]
        for arguments in wrong:
            with pytest.raises(TypeError):
                engine.set_mode(*arguments)
        assert set(engine.state.modes.values()) == {"live"}


# Budgets


@pytest.mark.parametrize("at_budget", ["refuse", "evict"])
def test_no_more_memory_is_taken_than_was_given(payments: RuleSet, at_budget: Any) -> None:
    memory = 20_000
    countries = [payment(1.0, f"c{at}") for at in range(1000)]
    with Engine(payments, memory=memory, at_budget=at_budget) as engine:
        decisions = [engine.decide(country) for country in countries]
        state = engine.state
        assert 0 < state.bytes <= memory
        assert 0 < state.keys < len(countries)
        errors = [error.code for decision in decisions for error in decision.errors]
        again = [engine.decide(countries[at]).errors for at in (0, -1)]
        if at_budget == "refuse":
            assert state.refused_keys == len(countries) - state.keys
            assert (state.evicted_keys, errors) == (0, ["F0309"] * state.refused_keys)
            assert [len(errors) for errors in again] == [0, 1], "the keys that are there go on"
        else:
            assert state.evicted_keys == len(countries) - state.keys
            assert (state.refused_keys, errors, again) == (0, [], [(), ()])


def test_no_memory_and_none_are_as_much_as_by_default(payments: RuleSet) -> None:
    for memory in (None, 0, 1 << 30, (1 << 64) - 1):
        with Engine(payments, memory=memory) as engine:
            engine.decide(payment(1.0))
            assert (engine.state.keys, engine.state.refused_keys) == (1, 0)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"memory": -1}, ValueError),
        ({"memory": 1 << 64}, ValueError),
        ({"memory": 1.5}, TypeError),
        ({"memory": "1 GiB"}, TypeError),
        ({"memory": True}, TypeError),
        ({"at_budget": "evcit"}, fishplate.InvalidArgument),
        ({"at_budget": None}, TypeError),
        ({"at_bugdet": "evict"}, TypeError),
    ],
)
def test_wrong_options_are_refused(pumps: RuleSet, options: dict[str, Any], error: type[Exception]) -> None:
    with Engine(pumps) as engine:
        snapshot = engine.snapshot()
    ways: list[Callable[[], Engine]] = [
        lambda: Engine(pumps, **options),
        lambda: Engine.restore(pumps, snapshot, **options),
    ]
    for open_ in ways:
        with pytest.raises(error) as caught:
            open_()
        if isinstance(caught.value, fishplate.InvalidArgument):
            assert caught.value.code == "F0809"
            assert caught.value.diagnostics[0].suggestion == 'did you mean "evict"?'


def test_the_state_of_an_engine_is_a_plain_record(pumps: RuleSet) -> None:
    with Engine(pumps) as engine:
        state = engine.state
        numbers = (
            state.bytes,
            state.keys,
            state.partitions,
            state.refused_keys,
            state.evicted_keys,
            state.expired_keys,
        )
        assert numbers == (0, 0, 0, 0, 0, 0)
        engine.decide_all(EVENTS)
        state = engine.state
        assert (state.keys, state.partitions, state.warming) == (7, 7, ())
        assert state.bytes > 0
        state.modes["HOT"] = "off"
        assert engine.state.modes["HOT"] == "live"


def test_a_closed_engine_tells_nothing_more(pumps: RuleSet) -> None:
    engine = Engine(pumps)
    engine.close()
    uses: list[Callable[[], Any]] = [
        lambda: engine.state,
        engine.snapshot,
        lambda: engine.advance_to(Timestamp(0)),
        lambda: engine.swap(pumps),
        lambda: engine.set_mode("HOT", "off"),
    ]
    for use in uses:
        refused(fishplate.FailedPrecondition, "F0801", use)
    pumps.close()
    refused(fishplate.FailedPrecondition, "F0801", lambda: Engine.restore(pumps, b""))
