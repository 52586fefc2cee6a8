"""Sessions for asyncio: the same calls, awaited.

Each session has two threads of its own, one that sends and one that receives, and both are daemons that wait in native
code without the GIL: an event loop is never blocked, and a program that ends does not wait for them. A ``receive`` that
is cancelled loses nothing: what it would have given is given to the next one.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import queue
import threading
import weakref
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from ._native import Session, TraceContext
from ._records import Outcome, SessionReport
from ._sessions import connect

_R = TypeVar("_R")
_open: weakref.WeakSet[AsyncSession] = weakref.WeakSet()


class _Worker:
    """A daemon thread that makes calls one after the other and hands their results to event loops."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, args=(self._calls,), name=name, daemon=True).start()

    @staticmethod
    def _run(calls: queue.SimpleQueue[Callable[[], None] | None]) -> None:
        while (call := calls.get()) is not None:
            call()

    def call(self, function: Callable[[], _R]) -> asyncio.Future[_R]:
        """Make a call on the thread; the future belongs to the running loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_R] = loop.create_future()

        def settle(result: _R | None, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type] # None only where the function gives it

        def run() -> None:
            result, error = None, None
            try:
                result = function()
            except BaseException as raised:  # it is raised again where it is awaited
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody awaits any more
                loop.call_soon_threadsafe(settle, result, error)

        self._calls.put(run)
        return future

    def stop(self) -> None:
        """End the thread after what it was given."""
        self._calls.put(None)


def _stop(*workers: _Worker) -> None:
    """End the threads of a session that was forgotten or closed."""
    for worker in workers:
        worker.stop()


class AsyncSession:
    """An ordered conversation of events and decisions, awaited. Made by :func:`fishplate.aconnect`.

    Use it in one event loop, in an ``async with`` statement; ``async for`` gives outcomes until the session ends. The
    calls are those of :class:`fishplate.Session`, which says what they raise.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sender = _Worker("fishplate-send")
        self._receiver = _Worker("fishplate-receive")
        self._pending: asyncio.Future[Outcome | None] | None = None
        _open.add(self)
        weakref.finalize(self, _stop, self._sender, self._receiver)

    async def send(  # noqa: PLR0913 # the session's own
        self,
        event: Any,
        *,
        format: Any = None,
        trace: TraceContext | None = None,
        preview: bool = False,
        within: float | timedelta | None = None,
        timeout: float | timedelta | None = None,  # the session's own, which leaves no event half sent
        features: Any = None,
    ) -> int:
        """Send an event; give its sequence. See :meth:`fishplate.Session.send`."""
        session = self._session
        options = {"format": format, "trace": trace, "preview": preview, "within": within, "timeout": timeout}
        return await self._sender.call(lambda: session.send(event, features=features, **options))

    async def receive(self) -> Outcome | None:
        """Give the outcome of the next event, or None at the end; one task at a time.

        See :meth:`fishplate.Session.receive`.
        """
        if self._pending is None:
            self._pending = self._receiver.call(self._session.receive)
        outcome = await asyncio.shield(self._pending)
        self._pending = None
        return outcome

    async def half_close(self) -> None:
        """See :meth:`fishplate.Session.half_close`; what was awaited before is sent before."""
        await self._sender.call(self._session.half_close)

    async def cancel(self) -> None:
        """See :meth:`fishplate.Session.cancel`."""
        self._session.cancel()

    def report(self) -> SessionReport:
        """Say where the session stands."""
        return self._session.report()

    def close(self) -> None:
        """Let go of it at once. Closing again changes nothing."""
        self._session.close()
        _stop(self._sender, self._receiver)
        if self._pending is not None and self._pending.done() and not self._pending.cancelled():
            self._pending.exception()  # nobody will ask for it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        outcome = await self.receive()
        if outcome is None:
            raise StopAsyncIteration
        return outcome


async def aconnect(address: str, **options: Any) -> AsyncSession:
    """Open a session for asyncio. The options are those of :func:`fishplate.connect`."""
    opener = _Worker("fishplate-connect")
    try:
        return AsyncSession(await opener.call(lambda: connect(address, **options)))
    finally:
        opener.stop()


@atexit.register
def _close_all() -> None:
    """Wake what still waits, so that no thread is in native code when the interpreter goes."""
    for session in list(_open):
        session.close()
