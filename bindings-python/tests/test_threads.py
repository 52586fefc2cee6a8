"""Threads, closing while others decide, forks: nothing hangs, nothing crashes, nothing is lost."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from documents import LONGER, PAYMENT_PROTO, PAYMENTS, payment, reading

import fishplate
from fishplate import Decision, Engine, RuleSet, Timestamp

PATIENCE = 60
"""Seconds after which a call that must end has not."""


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    """End a test that hangs, with a stack of it."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"not done in {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def run(workers: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same time, and give what each gave."""
    start = threading.Barrier(len(workers))

    def begin(work: Callable[[], Any]) -> Any:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(begin, workers))


def until_closed(work: Callable[[], Any]) -> int:
    """Work until it is refused because something was closed, and give how often it was done."""
    done = 0
    try:
        while True:
            work()
            done += 1
    except fishplate.FailedPrecondition as error:
        if error.code != "F0801":
            raise
    return done


def test_many_threads_decide_on_one_engine_and_no_event_is_lost(engine: Engine) -> None:
    event = {"amount": 1.0, "country": "DE", "at": fishplate.Timestamp(1_767_225_600)}
    one = payment(1.0)

    def singles() -> list[Any]:
        return [engine.decide(one).id for _ in range(300)]

    def mappings() -> list[Any]:
        return [engine.decide(event).id for _ in range(300)]

    def batches() -> list[Any]:
        return [outcome.id for _ in range(3) for outcome in engine.decide_all([one] * 100)]  # type: ignore[union-attr]

    def mixed() -> list[Any]:
        return [outcome.id for _ in range(3) for outcome in engine.decide_all([one, event] * 50)]  # type: ignore[union-attr]

    ids = [made for ids in run([singles, mappings, batches, mixed] * 2) for made in ids]
    assert len(set(ids)) == len(ids) == 2400
    assert engine.counters.accepted == 2400
    assert engine.decide(one).features["seen"] == 2401


def test_closing_while_others_decide_refuses_and_frees(payments: RuleSet) -> None:
    for round_ in range(20):
        engine = Engine(payments)

        def decide(engine: Engine = engine, round_: int = round_) -> int:
            batch = [payment(1.0)] * 50
            return until_closed(lambda: engine.decide_all(batch) if round_ % 2 else engine.decide(batch[0]))

        def close(engine: Engine = engine) -> int:
            time.sleep(0.002)
            engine.close()
            engine.close()
            return 0

        run([decide, decide, decide, close])
        assert fishplate.live_objects()["engine"] == 0
        with pytest.raises(fishplate.FailedPrecondition):
            engine.preview(payment(1.0))


def test_closing_while_others_take_snapshots_refuses_and_frees(pumps: RuleSet) -> None:
    for _ in range(10):
        engine = Engine(pumps)

        def snapshot(engine: Engine = engine) -> int:
            return until_closed(engine.snapshot)

        def tick(engine: Engine = engine) -> int:
            return until_closed(lambda: engine.advance_to(Timestamp(0)))

        def swap(engine: Engine = engine) -> int:
            return until_closed(lambda: engine.swap(pumps))

        def close(engine: Engine = engine) -> None:
            time.sleep(0.002)
            engine.close()

        run([snapshot, tick, swap, close])
        assert fishplate.live_objects()["engine"] == 0


def test_a_rule_set_is_closed_while_engines_are_opened() -> None:
    rules = RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO})

    def open_and_decide() -> None:
        with Engine(rules) as engine:
            engine.decide(payment(1.0))

    def opening() -> None:
        until_closed(open_and_decide)

    def closing() -> None:
        time.sleep(0.01)
        rules.close()

    run([opening, opening, closing])


def test_a_batch_of_bytes_lets_other_threads_run(engine: Engine) -> None:
    batch = [payment(float(at % 2000), "CH") for at in range(200_000)]
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    ticker = threading.Thread(target=tick)
    ticker.start()
    inputs_taken = time.perf_counter()
    engine.decide_all(batch)
    ended = time.perf_counter()
    done.set()
    ticker.join()
    assert sum(inputs_taken < at < ended for at in ticks) > 10


def test_the_state_is_taken_and_put_back_while_other_threads_run(payments: RuleSet) -> None:
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    def lets_others_run(work: Callable[[], Any]) -> bool:
        """Find a call during which another thread ran several times; a machine may be too busy for that once."""
        for _ in range(100):
            began = time.perf_counter()
            work()
            ended = time.perf_counter()
            if sum(began < at < ended for at in ticks) > 3:
                return True
        return False

    ticker = threading.Thread(target=tick)
    with Engine(payments) as engine:
        engine.decide_all([payment(1.0, f"country {at}") for at in range(50_000)])
        snapshot = engine.snapshot()
        ticker.start()
        assert lets_others_run(engine.snapshot)
        assert lets_others_run(lambda: Engine.restore(payments, snapshot).close())
    done.set()
    ticker.join()


def test_decisions_ticks_snapshots_and_swaps_take_turns(pumps: RuleSet) -> None:
    with RuleSet.from_text(LONGER) as longer, Engine(pumps) as engine:
        versions = {pumps.version, longer.version}

        def decide() -> list[Any]:
            decided = [engine.decide(reading("a", 0)) for _ in range(200)]
            return decided + engine.decide_all([reading("b", 0)] * 200)

        def swap() -> list[Any]:
            for at in range(50):
                engine.swap(pumps if at % 2 else longer)
                engine.set_mode("THIRD", ("live", "shadow", "off", None)[at % 4])
            return []

        def tick() -> list[Any]:
            return [decision for at in range(50) for decision in engine.advance_to(Timestamp(at - 50))]

        def snapshot() -> list[Any]:
            for _ in range(20):
                with Engine.restore(pumps, engine.snapshot()) as restored:
                    assert restored.state.keys <= 4
                assert set(engine.state.modes) == {"HOT", "QUIET", "THIRD"}
            return []

        decisions = [decision for made in run([decide, decide, swap, swap, tick, snapshot]) for decision in made]
        assert all(isinstance(decision, Decision) and decision.version in versions for decision in decisions)
        assert engine.counters.accepted == len(decisions) == 800
        assert engine.decide(reading("a", 0)).outputs["action"] == "RUN"


def test_who_waits_for_an_engine_holds_no_interpreter_lock(pumps: RuleSet) -> None:
    waits: list[Callable[[Engine], Any]] = [
        lambda engine: engine.snapshot(),
        lambda engine: engine.advance_to(Timestamp(0)),
        lambda engine: engine.swap(pumps),
        lambda engine: engine.set_mode("HOT", "off"),
        lambda engine: engine.state,
    ]
    for wait in waits:
        with Engine(pumps) as engine:
            started = threading.Event()

            def other(wait: Callable[[Engine], Any] = wait, engine: Engine = engine, go: Any = started) -> None:
                go.set()
                wait(engine)

            waiter = threading.Thread(target=other)

            class Slow(tzinfo):
                """A time zone that has another thread wait for the engine, and then needs the interpreter."""

                def utcoffset(self, _: datetime | None, waiter: Any = waiter, go: Any = started) -> timedelta:
                    """Start the thread, once."""
                    if not go.is_set():
                        waiter.start()
                        go.wait()
                        time.sleep(0.01)
                    return timedelta(0)

                def dst(self, _: datetime | None) -> None:
                    """Have none."""

                def tzname(self, _: datetime | None) -> None:
                    """Have none."""

            assert not engine.decide({"pump": "a", "at": datetime(2026, 1, 1, tzinfo=Slow()), "celsius": 1.0}).late
            waiter.join()


class Nested(Mapping[str, Any]):
    """A mapping whose lookup does something else first."""

    def __init__(self, action: Callable[[], Any]) -> None:
        self.action = action

    def __getitem__(self, key: str) -> str:
        self.action()
        return "kiosk"

    def __iter__(self) -> Iterator[str]:
        return iter(("name",))

    def __len__(self) -> int:
        return 1


def test_an_event_that_uses_its_own_engine_is_refused_instead_of_hanging(engine: Engine, payments: RuleSet) -> None:
    at = fishplate.Timestamp(0)
    one = payment(1.0)
    inner: list[Any] = [
        lambda: engine.decide(one),
        lambda: engine.decide_all([one]),
        lambda: engine.counters,
        lambda: engine.state,
        lambda: engine.advance_to(at),
        engine.snapshot,
        lambda: engine.swap(payments),
        lambda: engine.set_mode("large", "off"),
    ]
    for action in inner:
        with pytest.raises(fishplate.FailedPrecondition) as caught:
            engine.decide({"at": at, "device": Nested(action)})
        assert caught.value.code == "F0813"
    assert engine.decide({"at": at}).matched == ()


def test_an_event_may_use_another_engine_and_close_its_own(payments: RuleSet) -> None:
    at = fishplate.Timestamp(0)
    with Engine(payments) as other:
        engine = Engine(payments)
        event = {"at": at, "device": Nested(lambda: other.decide({"at": at}))}
        assert engine.decide(event).matched == ("named",)
        assert other.counters.accepted == 1
        assert engine.decide({"at": at, "device": Nested(engine.close)}).matched == ("named",)
        with pytest.raises(fishplate.FailedPrecondition):
            engine.decide({"at": at})


def test_threads_may_change_while_an_event_is_read(engine: Engine) -> None:
    class Slow(tzinfo):
        """A time zone that gives the interpreter away."""

        def utcoffset(self, _: datetime | None) -> timedelta:
            """Sleep."""
            time.sleep(0.001)
            return timedelta(0)

        def dst(self, _: datetime | None) -> None:
            """Have none."""

        def tzname(self, _: datetime | None) -> None:
            """Have none."""

    slow = {"at": datetime(2026, 1, 1, tzinfo=Slow())}

    def read() -> None:
        for _ in range(20):
            engine.decide(slow)

    def decide() -> None:
        for _ in range(200):
            engine.decide(payment(1.0))

    def batch() -> None:
        for _ in range(20):
            engine.decide_all([payment(1.0)] * 10)

    run([read, read, decide, batch])
    assert engine.counters.accepted == 2 * 20 + 200 + 200


def test_a_dict_that_changes_while_it_is_read_is_read_somehow(values: Engine) -> None:
    event: dict[str, Any] = {"doubles": [1.0] * 1000, "string": "x" * 1000}
    stop = threading.Event()

    def change() -> None:
        at = 0
        while not stop.is_set():
            at += 1
            event["doubles"] = [1.0] * (at % 1000)
            event["string"] = str(at) * 100
            event.pop("string")

    def decide() -> None:
        for _ in range(2000):
            values.decide(event)
        stop.set()

    run([change, decide])


def in_child(check: Callable[[], None]) -> int:
    """Fork, run `check` in the child, and give its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(20)
            check()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # forking beside a thread is what is tested
def test_what_was_made_before_a_fork_is_refused_in_the_child(engine: Engine, payments: RuleSet) -> None:
    held = threading.Event()
    batch = [payment(1.0)] * 400_000
    snapshot = engine.snapshot()

    def check() -> None:
        uses: list[Callable[[], Any]] = [
            lambda: engine.decide(payment(1.0)),
            lambda: engine.decide({}),
            lambda: engine.decide_all([payment(1.0)]),
            lambda: engine.counters,
            lambda: engine.state,
            lambda: engine.advance_to(Timestamp(0)),
            engine.snapshot,
            lambda: engine.swap(payments),
            lambda: engine.set_mode("large", "off"),
            lambda: payments.name,
            lambda: Engine(payments),
            lambda: Engine.restore(payments, snapshot),
        ]
        for use in uses:
            with pytest.raises(fishplate.FailedPrecondition) as caught:
                use()
            assert caught.value.code == "F0805"
        assert fishplate.live_objects() == {"rule_set": 0, "engine": 0, "session": 0}
        with RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO}) as rules, Engine(rules) as fresh:
            assert fresh.decide(payment(1.0)).matched == ()
            with pytest.raises(fishplate.FailedPrecondition) as caught:
                fresh.swap(payments)
            assert caught.value.code == "F0805"
            with Engine.restore(rules, snapshot) as restored:
                assert restored.decide(payment(1.0)).matched == ()
        engine.close()
        payments.close()

    def busy() -> None:
        held.set()
        engine.decide_all(batch)

    worker = threading.Thread(target=busy)
    worker.start()
    held.wait()
    time.sleep(0.05)
    assert in_child(check) == 0
    worker.join()
    assert engine.decide(payment(1.0)).features["seen"] == 400_001
