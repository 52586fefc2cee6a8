"""What an oracle compared, and what of it differs. Knows no flights and no rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

SHOWN: Final = 10
# How far rounded values may be apart, relative to the greater of 1 and what is expected.
ROUNDED: Final = 1e-9


@dataclass
class Tally:
    """How many values were compared, by name, and which differ."""

    compared: Counter[str] = field(default_factory=Counter)
    differ: Counter[str] = field(default_factory=Counter)

    def compare(self, row: int, name: str, expected: object, found: object) -> None:
        """Counts one value. Values agree when they are equal and of one type: 1 is not 1.0."""
        self.count(row, name, expected, found, agree=type(expected) is type(found) and expected == found)

    def count(self, row: int, name: str, expected: object, found: object, *, agree: bool) -> None:
        """Counts one value, and shows it if it is among the first that differ."""
        self.compared[name] += 1
        if not agree:
            self.differ[name] += 1
            if self.differ.total() <= SHOWN:
                print(f"row {row}: {name}: oracle {expected!r}, fishplate {found!r}")

    def compare_rounded(self, row: int, name: str, expected: float | None, found: float | None) -> None:
        """Counts one double that both sides rounded in their own way."""
        agree = expected is found
        if isinstance(expected, float) and isinstance(found, float):
            agree = abs(expected - found) <= ROUNDED * max(1.0, abs(expected))
        self.count(row, name, expected, found, agree=agree)
