#!/usr/bin/env python3
"""Writes the vectors of the canonical form from `cases.py` and the specification alone; never from Fishplate's output.

make.py            writes values.json, decisions.json, and the same as lines: values.txt, decisions.txt, timers.txt
make.py --check    exit code 1 if the files, or the blocks in docs/canonical.md, are not what the specification gives
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from cases import DECISIONS, REFUSALS, TIMERS, VALUES  # noqa: E402

from harness import canonical  # noqa: E402
from harness.expect import fields_of  # noqa: E402
from harness.values import from_plain, percent, to_tagged  # noqa: E402


def value_rows() -> list[dict[str, Any]]:
    """Each value in plain form and tagged text, and its canonical bytes."""
    rows = []
    for name, plain in VALUES.items():
        value = from_plain(plain)
        rows.append(
            {"name": name, "value": plain, "tagged": to_tagged(value), "hex": canonical.value_bytes(value).hex()}
        )
    return rows


def decision_rows() -> list[dict[str, Any]]:
    """Each decision: the rule set, the events that lead to it, its fields, and its canonical bytes."""
    rows = []
    for name, case in DECISIONS.items():
        document = (HERE / case["rules"]).read_bytes()
        version = canonical.version_of(document, {})
        fields = fields_of(case["decision"], version, case.get("ordinal", 1))
        row = {
            "name": name,
            "rules": case["rules"],
            "before": [to_tagged(from_plain(event)) for event in case.get("before", [])],
            "event": to_tagged(from_plain(case["event"])),
            "trace": case.get("trace", {}),
            "decision": case["decision"],
            "version": version.hex(),
            "id": fields.id.hex(),
            "hex": canonical.decision_bytes(fields).hex(),
        }
        rows.append(row)
    return rows


def timer_rows() -> list[dict[str, Any]]:
    """Each decision without an event: what leads to it, what its id is made from, and its canonical bytes."""
    rows = []
    for name, case in TIMERS.items():
        version = canonical.version_of((HERE / case["rules"]).read_bytes(), {})
        plain = case["timer"]
        timer = canonical.Timer(plain["rule"], [from_plain(key) for key in plain["key"]], from_plain(plain["due"]))
        fields = fields_of(case["decision"], version, timer)
        row = {
            "name": name,
            "rules": case["rules"],
            "event": to_tagged(from_plain(case["event"])),
            "trace": case.get("trace", {}),
            "advance": case["advance"],
            "timer": plain,
            "decision": case["decision"],
            "version": version.hex(),
            "hashed": (version + canonical.timer_bytes(timer)).hex(),
            "id": fields.id.hex(),
            "hex": canonical.decision_bytes(fields).hex(),
        }
        rows.append(row)
    return rows


def trace_column(trace: dict[str, str]) -> str:
    """Headers as the runners read them."""
    return ",".join(f"{percent(key)}={percent(value)}" for key, value in trace.items()) or "-"


def refusal_rows() -> list[dict[str, Any]]:
    """Each refusal: status, code, and its canonical bytes."""
    return [
        {"name": name, "status": status, "code": code, "hex": canonical.refusal_bytes(status, code).hex()}
        for name, (status, code) in REFUSALS.items()
    ]


def files() -> dict[str, str]:
    """The files and what belongs in them."""
    values, decisions, refusals, timers = value_rows(), decision_rows(), refusal_rows(), timer_rows()
    decision_lines = [
        "\t".join([row["name"], row["rules"], trace_column(row["trace"]), row["hex"], *row["before"], row["event"]])
        for row in decisions
    ]
    timer_lines = []
    for row in timers:
        head = [row["name"], row["rules"], trace_column(row["trace"]), row["hex"]]
        timer_lines.append("\t".join([*head, to_tagged(from_plain(row["advance"])), row["event"]]))
    value_lines = ["\t".join([row["name"], row["tagged"], row["hex"]]) for row in values]
    return {
        "values.json": json.dumps(values, indent=1, ensure_ascii=True) + "\n",
        "values.txt": "\n".join(value_lines) + "\n",
        "decisions.json": json.dumps({"decisions": decisions, "timers": timers, "refusals": refusals}, indent=1) + "\n",
        "decisions.txt": "\n".join(decision_lines) + "\n",
        "timers.txt": "\n".join(timer_lines) + "\n",
    }


def blocks_that_differ() -> list[str]:
    """Names of the vectors whose bytes the document annotates otherwise, or that do not exist."""
    decisions, timers = decision_rows(), timer_rows()
    known = {row["name"]: row["hex"] for row in value_rows() + decisions}
    known |= {row["name"]: row["hashed"] for row in timers}
    hashes = {row["name"]: {"..version": row["version"], "..id": row["id"]} for row in decisions + timers}
    document = (HERE.parents[1] / "docs/canonical.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^Vector `([^`]+)`.*?```text\n(.*?)```", document, re.MULTILINE | re.DOTALL)
    differ = [] if len(blocks) >= 4 else ["at least four vectors"]
    for name, block in blocks:
        columns = (line.split("  ")[0] for line in block.splitlines())
        read = "".join(hashes.get(name, {}).get(column, column) for column in columns).replace(" ", "")
        differ += [name] if known.get(name) != read else []
    return differ


def main() -> int:
    """Writes the files, or compares them."""
    differ = [name for name, text in files().items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
    if "--check" in sys.argv[1:]:
        for name in differ:
            print(f"interop-tests/vectors/{name} is not what the specification gives; run vectors/make.py")
        by_hand = blocks_that_differ()
        for name in by_hand:
            print(f"docs/canonical.md: the bytes of `{name}` are not those of the vector")
        return 1 if differ or by_hand else 0
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")
    print(f"wrote {len(value_rows())} values and {len(decision_rows() + timer_rows())} decisions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
