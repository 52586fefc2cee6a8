"""Unsigned integers: how a value says that its declared type is CEL's ``uint``. Knows nothing of events or rules."""

from __future__ import annotations

from typing import SupportsIndex, SupportsInt

_MAX = (1 << 64) - 1


class Uint(int):
    """An ``int`` from 0 to 2⁶⁴ − 1 whose declared type is ``uint``.

    Outputs and features of type ``uint`` come out as ``Uint``; everything that takes an ``int`` takes it, and
    arithmetic on it gives plain ``int``. An event may hold either: the schema decides.

    Raises:
        ValueError: outside the range.
    """

    __slots__ = ()

    def __new__(cls, value: str | SupportsInt | SupportsIndex = 0) -> Uint:
        """Convert ``value`` as ``int`` does, and check its range."""
        number = super().__new__(cls, value)
        if not 0 <= number <= _MAX:
            raise ValueError(f"{int(number)} is outside the range of uint, 0 to {_MAX}")
        return number

    def __repr__(self) -> str:
        return f"Uint({int.__repr__(self)})"

    def __str__(self) -> str:
        return int.__repr__(self)
