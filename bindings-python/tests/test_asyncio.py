"""Sessions awaited: the event loop is never blocked, and a cancelled receive loses nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import time

import pytest
from documents import PAYMENT_PROTO, PAYMENTS, payment

import fishplate


def test_events_go_out_while_outcomes_come_in(server: str) -> None:
    async def converse() -> list[int]:
        async with await fishplate.aconnect(server, deadline=60.0) as session:

            async def send() -> None:
                for amount in range(2_000):
                    await session.send(payment(float(amount)))
                await session.half_close()

            sender = asyncio.create_task(send())
            sequences = [outcome.sequence async for outcome in session]
            await sender
            return sequences

    assert asyncio.run(converse()) == list(range(1, 2_001))


def test_a_cancelled_receive_loses_nothing(shared: str) -> None:
    async def converse() -> fishplate.Outcome | None:
        async with await fishplate.aconnect(shared) as session:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(session.receive(), 0.05)
            await session.send(payment(1.0))
            return await session.receive()

    outcome = asyncio.run(converse())
    assert outcome is not None
    assert outcome.sequence == 1


def test_the_loop_goes_on_while_a_receive_waits(shared: str) -> None:
    async def converse() -> int:
        turns = 0
        async with await fishplate.aconnect(shared) as session:
            waiting = asyncio.create_task(session.receive())
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                await asyncio.sleep(0.001)
                turns += 1
            session.close()
            with pytest.raises((fishplate.Cancelled, fishplate.FailedPrecondition)):
                await waiting
        return turns

    assert asyncio.run(converse()) > 20


def test_cancelling_a_session_ends_its_iteration(shared: str) -> None:
    async def converse() -> fishplate.SessionReport:
        async with await fishplate.aconnect(shared) as session:
            await session.send(payment(1.0))
            await session.cancel()
            assert (await anext(session)).sequence == 1
            with pytest.raises(fishplate.Cancelled):
                await anext(session)
            return session.report()

    report = asyncio.run(converse())
    assert (report.status, report.watermark) == (fishplate.Status.CANCELLED, 1)


def test_a_program_ends_with_a_session_open_and_a_receive_waiting() -> None:
    program = f"""
        import asyncio, threading, fishplate
        rules = fishplate.RuleSet.from_text({PAYMENTS!r}, {{"payment.proto": {PAYMENT_PROTO!r}}})
        engine = fishplate.Engine(rules)
        engine.share("open")
        session = fishplate.connect("inproc:open")
        threading.Thread(target=session.receive, daemon=True).start()

        async def leave():
            other = await fishplate.aconnect("inproc:open")
            asyncio.create_task(other.receive())
            await asyncio.sleep(0.05)

        asyncio.run(leave())
        print("left")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], check=False, capture_output=True, timeout=30, text=True
    )
    assert (done.returncode, done.stdout) == (0, "left\n"), done.stderr
