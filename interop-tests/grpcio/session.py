"""A session by plain gRPC: what a client does that has nothing but `proto/fishplate/v1` and its comments.

This file knows requests, responses, credit and acknowledgement; it knows no lines and no canonical form.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Sequence

import grpc
from fishplate.v1.decision_pb2 import Refusal
from fishplate.v1.session_pb2 import (
    SIGNAL_CANCEL,
    SIGNAL_HALF_CLOSE,
    DecideRequest,
    DecideResponse,
    Done,
    Event,
    Open,
    Outcome,
)
from fishplate.v1.session_pb2_grpc import DecisionServiceStub
from grpc_status import rpc_status

BATCH = 256
#: A message holds at most so many bytes of events, unless one event alone is larger.
BATCH_BYTES = 256 * 1024
#: Long enough for a loaded machine; a server that is silent for longer is a finding.
PATIENCE = 30.0
CHANNEL = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_retries", 0),
    # Each session has a connection of its own, so that cutting one cuts one.
    ("grpc.use_local_subchannel_pool", 1),
)


class Ended(Exception):
    """The session gave its last word, which is `done`."""

    def __init__(self, done: Done) -> None:
        """Keep the last word."""
        super().__init__(done.refusal.text)
        self.done = done


class Broken(Exception):
    """The call itself ended: gRPC's status and words, and the server's own, if it was the server that ended it."""

    def __init__(self, error: grpc.RpcError) -> None:
        """Keep what was said."""
        super().__init__(error.details())
        self.status: str = error.code().name
        self.refusal: Refusal | None = None
        details = rpc_status.from_call(error)
        for detail in details.details if details else ():
            refusal = Refusal()
            if detail.Unpack(refusal):
                self.refusal = refusal


class Silent(Exception):
    """Nothing came in time."""


def event_bytes(event: Event) -> int:
    """How heavy an event is: the bytes of its body and of its features."""
    kind = event.WhichOneof("body")
    body = event.fields.ByteSize() if kind == "fields" else len(getattr(event, kind))
    return body + event.features.ByteSize()


class Session:
    """One session. One caller at a time."""

    def __init__(self, server: str, open_: Open, session_id: bytes = b"", epoch: int = 1) -> None:
        """Connect and wait for the welcome."""
        self.id = session_id or os.urandom(16)
        self.epoch = epoch
        self.channel = grpc.insecure_channel(server, CHANNEL)
        self.requests: queue.SimpleQueue[DecideRequest | None] = queue.SimpleQueue()
        self.responses: queue.SimpleQueue[DecideResponse | grpc.RpcError] = queue.SimpleQueue()
        self.outcomes: deque[Outcome] = deque()
        self.kept: list[Event] = []  # every event of this connection, so that any can be sent again
        self.first = 1  # the sequence of the first of them
        self.sent_bytes = self.accepted = 0
        self.received = self.acked = open_.received
        self.credit_sequence = self.credit_bytes = 0
        self.done: Done | None = None
        self.signalled = False
        self.call = DecisionServiceStub(self.channel).Decide(iter(self.requests.get, None))
        threading.Thread(target=self._listen, daemon=True).start()
        self._request(open=open_)
        self.version = self._welcome()
        # A session that was taken over goes on after what the server has accepted.
        self.first = self.accepted + 1

    def _listen(self) -> None:
        try:
            for response in self.call:
                self.responses.put(response)
        except grpc.RpcError as error:
            self.responses.put(error)

    def _request(self, **fields: object) -> None:
        self.requests.put(DecideRequest(session_id=self.id, epoch=self.epoch, **fields))

    def _welcome(self) -> bytes:
        while True:
            response = self._next(PATIENCE)
            if response.HasField("welcome"):
                return response.welcome.rule_set_version
            if self.done:
                raise Ended(self.done)

    @property
    def sent(self) -> int:
        """The sequence of the last event that was sent."""
        return self.first + len(self.kept) - 1

    # --- the client's side ---

    def send(self, event: Event) -> int:
        """Send one event as soon as there is room; give its sequence."""
        while not self.send_some([event]):
            self._pump(PATIENCE)
        return self.sent

    def send_some(self, events: Sequence[Event], at: int = 0) -> int:
        """Send events from the `at`-th on, while there is room, in messages of up to 256; give how many."""
        begin = at
        while True:
            batch: list[Event] = []
            weight = 0
            while at < len(events) and len(batch) < BATCH and weight < BATCH_BYTES and self._room(events[at]):
                size = event_bytes(events[at])
                self.sent_bytes += size
                weight += size
                self.kept.append(events[at])
                batch.append(events[at])
                at += 1
            if not batch:
                return at - begin
            self._request(sequence=self.sent - len(batch) + 1, events=batch, ack=self._ack())

    def _room(self, event: Event) -> bool:
        """Whether credit allows one more event; one alone may be heavier than the window."""
        if self.received == self.sent:
            return True
        return self.sent < self.credit_sequence and self.sent_bytes + event_bytes(event) <= self.credit_bytes

    def _ack(self) -> int:
        self.acked = self.received
        return self.received

    def send_again(self, sequence: int) -> None:
        """Send everything from `sequence` on again, as after a broken connection."""
        self._request(sequence=sequence, events=self.kept[sequence - self.first :])

    def signal(self, cancel: bool) -> None:
        """Half-close or cancel."""
        self._request(signal=SIGNAL_CANCEL if cancel else SIGNAL_HALF_CLOSE)
        self.signalled = True

    def close(self) -> None:
        """Let go of the connection."""
        self.requests.put(None)
        self.call.cancel()
        self.channel.close()

    # --- the server's side ---

    def receive(self, patience: float = PATIENCE) -> Outcome:
        """Give the next outcome, and acknowledge it with whatever is sent next. `Ended` after the last one."""
        if not self.outcomes:
            self._acknowledge()
        while not self.outcomes:
            if self.done:
                raise Ended(self.done)
            self._pump(patience)
        outcome = self.outcomes.popleft()
        if outcome.sequence != self.received + 1:
            raise ValueError(f"the outcome of {outcome.sequence} after that of {self.received}")
        self.received = outcome.sequence
        return outcome

    def _acknowledge(self) -> None:
        """Say what was taken where no event carries it: the window opens by that alone."""
        if self.acked < self.received:
            self._request(ack=self._ack())

    def _pump(self, patience: float) -> None:
        """Take in one response. What was taken is acknowledged first, for it may be what the server waits for."""
        self._acknowledge()
        self._next(patience)

    def _next(self, patience: float) -> DecideResponse:
        try:
            response = self.responses.get(timeout=patience)
        except queue.Empty:
            raise Silent(f"nothing came in {patience:.1f} s") from None
        if isinstance(response, grpc.RpcError):
            self.responses.put(response)  # every further call finds it too
            raise Broken(response)
        self.accepted = max(self.accepted, response.ack)
        self.credit_sequence = max(self.credit_sequence, response.credit.sequence)
        self.credit_bytes = max(self.credit_bytes, response.credit.bytes)
        self.outcomes.extend(response.outcomes)
        if response.HasField("done"):
            self.done = response.done
        return response


def now_plus(seconds: float) -> tuple[int, int]:
    """Give a moment as protobuf's seconds and nanoseconds."""
    return divmod(time.time_ns() + int(seconds * 1e9), 1_000_000_000)
