# Generated from boundary/src/table.rs by `cargo run -p fishplate-boundary --features generate --bin fishplate-generate`; do not edit.
"""The outcome of an operation: gRPC's codes with gRPC's numbers, and what each means."""

from __future__ import annotations

import enum


class Effect(enum.Enum):
    """Whether an operation may have taken effect although it failed."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNTIL_WATERMARK = "until watermark"


class Status(enum.IntEnum):
    """The outcome of an operation, by gRPC's name and number."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16

    @property
    def state(self) -> str:
        """What an event-driven system records: ``EVENT_REJECTED``."""
        return _TABLE[self.value][0]

    @property
    def retryable(self) -> bool:
        """Whether trying again can help."""
        return _TABLE[self.value][1]

    @property
    def effect(self) -> Effect:
        """Whether the effect of the operation is known."""
        return _TABLE[self.value][2]

    @property
    def effect_unknown(self) -> bool:
        """Whether the operation may have taken effect although it failed."""
        return self.effect is not Effect.KNOWN


_TABLE: dict[int, tuple[str, bool, Effect]] = {
    0: ("EVENT_SUCCESS", False, Effect.KNOWN),
    1: ("EVENT_FAILURE", False, Effect.UNTIL_WATERMARK),
    2: ("EVENT_FAILURE", False, Effect.UNKNOWN),
    3: ("EVENT_REJECTED", False, Effect.KNOWN),
    4: ("EVENT_TIMEOUT", True, Effect.UNKNOWN),
    5: ("EVENT_MISSING", True, Effect.KNOWN),
    6: ("EVENT_CONFLICT", False, Effect.KNOWN),
    7: ("EVENT_REJECTED", False, Effect.KNOWN),
    8: ("EVENT_TIMEOUT", True, Effect.KNOWN),
    9: ("EVENT_REJECTED", False, Effect.KNOWN),
    10: ("EVENT_CONFLICT", True, Effect.KNOWN),
    11: ("EVENT_REJECTED", False, Effect.KNOWN),
    12: ("EVENT_REJECTED", False, Effect.KNOWN),
    13: ("EVENT_FAILURE", False, Effect.UNKNOWN),
    14: ("EVENT_TIMEOUT", True, Effect.UNKNOWN),
    15: ("EVENT_FAILURE", False, Effect.UNKNOWN),
    16: ("EVENT_REJECTED", False, Effect.KNOWN),
}
