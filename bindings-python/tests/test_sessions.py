"""Sessions: an ordered conversation of events and decisions, in this process and with a real server."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from documents import JSON, TRACEPARENT, payment

import fishplate


def drain(session: fishplate.Session) -> None:
    """Receive until it ends; there is always something to come."""
    while session.receive(5.0) is not None:
        pass


TERMS: dict[str, Any] = {"deadline": 60.0}


def test_outcomes_come_in_the_order_of_their_events(shared: str) -> None:
    with fishplate.connect(shared) as session:
        assert [session.send(payment(amount)) for amount in (1.0, 2000.0, 3.0)] == [1, 2, 3]
        outcomes = [session.receive() for _ in range(3)]
    assert [outcome and outcome.sequence for outcome in outcomes] == [1, 2, 3]
    assert [outcome and outcome.result().matched for outcome in outcomes] == [(), ("large",), ("often",)]


def test_a_half_closed_session_delivers_everything_and_ends(shared: str) -> None:
    with fishplate.connect(shared) as session:
        for amount in range(10):
            session.send(payment(float(amount)))
        session.half_close()
        assert [outcome.sequence for outcome in session] == list(range(1, 11))
        assert session.receive() is None
        report = session.report()
    assert (report.state, report.status, report.watermark) == ("done", fishplate.Status.OK, 10)
    assert (report.sent, report.received, report.rule_set) == (10, 10, "payments")


def test_a_mapping_bytes_and_json_are_the_same_event(shared: str) -> None:
    fields = {"id": "p1", "amount": 1200.5, "country": "CH", "at": fishplate.Timestamp.parse("2026-01-01T00:00:00Z")}
    with fishplate.connect(shared) as session:
        session.send(fields)
        session.send(JSON, format="json")
        first, second = session.receive(), session.receive()
    assert first is not None
    assert second is not None
    assert first.result().outputs == second.result().outputs
    assert first.result().shadow_matched == second.result().shadow_matched == ("watched",)


def test_a_refused_event_is_an_outcome_in_its_own_place(shared: str) -> None:
    with fishplate.connect(shared) as session:
        session.send(b"\xff", trace=fishplate.TraceContext.from_headers({"traceparent": TRACEPARENT}))
        session.send(payment(1.0))
        refused, decided = session.receive(), session.receive()
    assert refused is not None
    assert isinstance(refused.error, fishplate.InvalidArgument)
    with pytest.raises(fishplate.InvalidArgument):
        refused.result()
    assert decided is not None
    assert decided.sequence == 2
    assert decided.decision is not None


def test_a_preview_changes_nothing(shared: str) -> None:
    with fishplate.connect(shared) as session:
        for _ in range(5):
            session.send(payment(1.0), preview=True)
        outcomes = [session.receive() for _ in range(5)]
    assert all(outcome and not outcome.result().matched for outcome in outcomes)


def test_a_full_window_refuses_waits_or_sheds(shared: str) -> None:
    with fishplate.connect(shared, window_events=2) as session:
        session.send(payment(1.0))
        session.send(payment(1.0))
        with pytest.raises(fishplate.ResourceExhausted, match="F0851"):
            session.send(payment(1.0))
        assert session.report().sent == 2
    with fishplate.connect(shared, window_events=2, when_full="block") as session:
        session.send(payment(1.0))
        session.send(payment(1.0))
        with pytest.raises(fishplate.DeadlineExceeded, match="F0852"):
            session.send(payment(1.0), timeout=0.05)
        assert session.receive() is not None
        assert session.send(payment(1.0), timeout=timedelta(seconds=5)) == 3
    with fishplate.connect(shared, window_events=2, when_full="shed_oldest") as session:
        for _ in range(7):
            session.send(payment(1.0))
        session.half_close()
        outcomes = list(session)
        assert session.report().shed == 3
    assert [outcome.sequence for outcome in outcomes] == list(range(1, 8))
    assert [outcome.error is None or outcome.error.code for outcome in outcomes].count("F0853") == 3


def test_a_cancelled_session_says_up_to_where_it_decided(shared: str) -> None:
    with fishplate.connect(shared) as session:
        for _ in range(3):
            session.send(payment(1.0))
        session.cancel()
        with pytest.raises(fishplate.FailedPrecondition, match="F0850"):
            session.send(payment(1.0))
        assert [outcome and outcome.sequence for outcome in (session.receive() for _ in range(3))] == [1, 2, 3]
        for _ in range(2):
            with pytest.raises(fishplate.Cancelled, match="CANCELLED"):
                session.receive()
        report = session.report()
    assert report.status is fishplate.Status.CANCELLED
    assert report.watermark == 3


@pytest.mark.parametrize("blocked", ["receive", "send"])
def test_a_close_wakes_whoever_waits(shared: str, blocked: str) -> None:
    session = fishplate.connect(shared, window_events=1, when_full="block")
    if blocked == "send":
        session.send(payment(1.0))
    call: Callable[[], Any] = session.receive if blocked == "receive" else lambda: session.send(payment(1.0))
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            call()
        except fishplate.FishplateError as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    session.close()
    thread.join(10)
    assert not thread.is_alive()
    assert isinstance(raised[0], (fishplate.Cancelled, fishplate.FailedPrecondition))
    session.close()
    with pytest.raises(fishplate.FailedPrecondition, match="F0801"):
        session.send(payment(1.0))
    assert session.report().id != bytes(16)


def test_a_waiting_thread_holds_no_gil_and_hears_signals(shared: str) -> None:
    def interrupt(*_: object) -> None:
        raise InterruptedError

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with fishplate.connect(shared) as session:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(InterruptedError):
                session.receive()
    finally:
        signal.signal(signal.SIGALRM, before)


def test_wrong_options_are_told(shared: str) -> None:
    for address in ("nowhere", "inproc:", "grpc://host", "shm://"):
        with pytest.raises(fishplate.InvalidArgument, match="F0859"):
            fishplate.connect(address)
    with pytest.raises(fishplate.InvalidArgument, match="F0854"):
        fishplate.connect("grpc://127.0.0.1:1")
    with pytest.raises(fishplate.Unavailable, match="F0860"):
        fishplate.connect("grpc://127.0.0.1:1", connect_timeout=0.3, **TERMS)
    with pytest.raises(fishplate.FishplateError, match="F0860"):
        fishplate.connect("shm://no-such-ring")
    with pytest.raises(fishplate.Unavailable, match="F0860"):
        fishplate.connect("inproc:nobody")
    with pytest.raises(ValueError, match="when_full"):
        fishplate.connect(shared, when_full="sometimes")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="deadline"):
        fishplate.connect(shared, deadline=0)
    with pytest.raises(ValueError, match="16 bytes"):
        fishplate.connect(shared, session_id=b"short")
    with fishplate.connect(shared) as session, pytest.raises(fishplate.InvalidArgument):
        session.send(5)  # type: ignore[arg-type]


def test_a_name_is_taken_until_its_engine_is_closed(payments: fishplate.RuleSet) -> None:
    with fishplate.Engine(payments) as first, fishplate.Engine(payments) as second:
        first.share("taken")
        with pytest.raises(fishplate.AlreadyExists, match="F0867"):
            second.share("taken")
        first.close()
        second.share("taken")
        with fishplate.connect("inproc:taken") as session:
            session.send(payment(1.0))
            assert session.receive() is not None


def test_an_exception_in_a_mapping_goes_to_the_caller(shared: str) -> None:
    class Broken(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise RuntimeError("mine")

        def __iter__(self) -> Iterator[str]:
            return iter(["amount"])

        def __len__(self) -> int:
            return 1

    with fishplate.connect(shared) as session:
        with pytest.raises(RuntimeError, match="mine"):
            session.send(Broken())
        assert session.send(payment(1.0)) == 1, "nothing was sent"


def test_the_child_of_a_fork_refuses_a_session_of_its_parent(shared: str) -> None:
    with fishplate.connect(shared) as session:
        session.send(payment(1.0))
        child = os.fork()
        if child == 0:
            code = 1
            try:
                session.receive(1.0)
            except fishplate.FailedPrecondition as error:
                code = 0 if error.code == "F0805" else 2
            os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        assert session.receive() is not None, "the parent's goes on"


def test_a_server_gives_the_decisions_that_an_engine_of_this_process_gives(
    server: str, engine: fishplate.Engine
) -> None:
    trace = fishplate.TraceContext.from_headers({"traceparent": TRACEPARENT})
    events = [payment(float(amount), country) for amount in (1, 2000) for country in ("CH", "DE", "CH", "FR")] * 50
    expected = [engine.decide(event, trace=trace) for event in events]
    got = []
    with fishplate.connect(server, **TERMS) as session:
        for event in events:
            session.send(event, trace=trace)
        session.half_close()
        got = [outcome.result() for outcome in session]
        version = session.report().version
    assert version == expected[0].version
    for ours, theirs in zip(expected, got, strict=True):
        assert (ours.outputs, ours.matched, ours.features) == (theirs.outputs, theirs.matched, theirs.features)
        assert ours.shadow_matched == theirs.shadow_matched
        assert theirs.trace is not None
        assert theirs.trace.trace_id == trace.trace_id if trace else False
    assert len({decision.id for decision in got}) == len(events)


def test_an_event_that_comes_too_late_is_refused_and_a_session_ends_at_its_deadline(server: str) -> None:
    with fishplate.connect(server, deadline=1.0) as session:
        session.send(payment(1.0), within=1e-9)
        session.send(payment(1.0))
        expired, decided = session.receive(5.0), session.receive(5.0)
        assert expired is not None
        assert isinstance(expired.error, fishplate.DeadlineExceeded)
        assert expired.error.code == "F0862"
        assert decided is not None
        assert decided.decision is not None
        with pytest.raises(fishplate.DeadlineExceeded):
            session.receive(10.0)
        assert session.report().status is fishplate.Status.DEADLINE_EXCEEDED


def test_a_later_process_takes_a_session_over(server: str) -> None:
    first = fishplate.connect(server, session_id=b"one session only", **TERMS)
    for _ in range(4):
        first.send(payment(1.0))
    assert first.receive(5.0) is not None
    deadline = time.monotonic() + 5
    while first.report().accepted < 4 and time.monotonic() < deadline:
        first.receive(5.0)
    with fishplate.connect(server, session_id=b"one session only", epoch=2, received=1, **TERMS) as second:
        assert second.report().accepted == 4
        assert [outcome and outcome.sequence for outcome in (second.receive(5.0) for _ in range(3))] == [2, 3, 4]
        assert second.send(payment(1.0)) == 5
        with pytest.raises(fishplate.Aborted, match="F0857"):
            drain(first)
        first.close()
