#!/usr/bin/env python3
"""Writes scenario.json: buckets of up to 256 different values, which are exact, and of more, which are estimates.

The estimate is computed from the papers that docs/windows.md names: HyperLogLog with 4,096 registers over the first 64
bits of SHA-256 of a value's canonical form (docs/canonical.md), read by the improved estimator of Ertl. It is written
here by its formulas, knows nothing of Fishplate, and keeps every value. Run it again to write the same file.
"""

import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from harness import canonical  # noqa: E402
from harness.values import from_plain  # noqa: E402

EXACT, REGISTERS, BITS = 256, 4_096, 52


def hash_of(plain: str) -> int:
    """The first 8 bytes of SHA-256 of the canonical form."""
    return int.from_bytes(hashlib.sha256(canonical.value_bytes(from_plain(plain))).digest()[:8], "big")


def estimate(hashes: set[int]) -> int:
    """Ertl's estimator over the registers that all of the hashes fill."""
    registers = [0] * REGISTERS
    for value in hashes:
        rest = value % 2**BITS
        rank = BITS - rest.bit_length() + 1
        registers[value >> BITS] = max(registers[value >> BITS], rank)
    count = [registers.count(rank) for rank in range(BITS + 2)]
    z = REGISTERS * tau(1 - count[BITS + 1] / REGISTERS)
    for rank in range(BITS, 0, -1):
        z = (z + count[rank]) / 2
    z += REGISTERS * sigma(count[0] / REGISTERS)
    return round(REGISTERS**2 / (2 * math.log(2) * z))


def sigma(x: float) -> float:
    """The sum of x^(2^k) * 2^(k−1) for k from 1, and x."""
    total, power, weight, before = x, x * x, 1.0, math.nan
    while total != before:
        before, total, power, weight = total, total + power * weight, power * power, 2 * weight
    return total


def tau(x: float) -> float:
    """A third of 1 − x − the sum of (1 − x^(2^−k))² * 2^−k for k from 1; 0 at both ends."""
    if x in (0.0, 1.0):
        return 0.0
    total, root, weight, before = 1 - x, math.sqrt(x), 0.5, math.nan
    while total != before:
        before, total, root, weight = total, total - (1 - root) ** 2 * weight, math.sqrt(root), weight / 2
    return total / 3


def distinct(buckets: list[set[str]]) -> int:
    """How many different values the buckets hold together: exact while each of them is."""
    together = set().union(*buckets)
    if all(len(bucket) <= EXACT for bucket in buckets):
        return len(together)
    return estimate({hash_of(plain) for plain in together})


MINUTES = ([*range(256), 0, 1], range(250, 300), range(600, 880), range(3), range(870, 880), [0])


def values() -> list[tuple[int, str, str, str]]:
    """Minute, time, text and number of each event; 20 events a second."""
    return [
        (
            minute,
            f"timestamp 2024-01-01T10:{minute:02}:{nth // 20:02}.{nth % 20 * 50:03}Z",
            f"string {'ß' * (text % 3)}{text}",
            f"int {nth * 7 % 300 - 100}",
        )
        for minute, texts in enumerate(MINUTES)
        for nth, text in enumerate(texts)
    ]


def main() -> None:
    """Writes every event with its decision."""
    texts: dict[int, set[str]] = {}
    numbers: dict[int, set[str]] = {}
    steps: list[dict[str, Any]] = []
    for minute, at, text, number in values():
        texts.setdefault(minute, set()).add(text)
        numbers.setdefault(minute, set()).add(number)
        found = {
            "texts": f"int {distinct([texts.get(minute - back, set()) for back in range(3)])}",
            "numbers": f"int {distinct([numbers[minute]])}",
        }
        event = {"at": at, "text": text, "n": number}
        steps.append({"event": event, "expect": {"outputs": found, "matched": ["all"], "features": found}})
    lines = ",\n".join("    " + json.dumps(step) for step in steps)
    text = '{\n  "formats": ["json", "map"],\n  "steps": [\n' + lines + "\n  ]\n}\n"
    (HERE / "scenario.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
