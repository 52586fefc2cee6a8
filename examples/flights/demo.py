"""Sends all flights through Rust, C, Python and Java, in process, through shared memory and over gRPC, and through two
gRPC clients that are not ours; says whether all of them decide alike.

    demo.py                        all fourteen paths
    demo.py --paths rust,c-ring    only these

One path after the other, so that none takes the other's processor. Each runner decides every event of
.cache/flights/flights.stream by flights.yaml, with an engine of its own or a server's that is started for it, and
hashes, with its language's own code, the canonical form of every decision. Exit code 0: all agree; 1: they do not (and
where), or something is missing or fails.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from difference import Difference, Side, decide_one, differing_fields, first_difference
from runners import PATHS, REPOSITORY, RunnerError, carrier_of, command_of, deciding, encode, missing
from servers import ServerError, server_command

ROOM: Final = Path(__file__).resolve().parent
CACHE: Final = REPOSITORY / ".cache" / "flights"
COLUMNS: Final = ("path", "events", "decisions", "matched", "late", "events/s", "trace ids kept", "SHA-256")
BAR: Final = 28
QUARTERS: Final = 4


@dataclass(frozen=True)
class Outcome:
    """What a path made of the stream. `seconds` is its own account of deciding, reading and hashing."""

    path: str
    rule_set: str
    events: int
    decisions: int
    matched: int
    late: int
    seconds: float
    traces_kept: int
    sha256: str

    def agrees(self, other: Outcome) -> bool:
        """Whether two paths say the same, however long they took."""
        own, theirs = asdict(self), asdict(other)
        return all(own[name] == theirs[name] for name in own if name not in ("path", "seconds"))

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        counts = (self.events, self.decisions, self.matched, self.late)
        rate = f"{self.events / self.seconds:,.0f}" if self.seconds else "-"
        return (self.path, *(f"{count:,}" for count in counts), rate, f"{self.traces_kept:,}", self.sha256[:16])


class Progress:
    """A bar on a terminal; elsewhere a line a quarter."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._terminal = sys.stderr.isatty()
        self._quarter = 0
        self._started = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Shows how far the path is; `total` is 0 while nobody knows it."""
        rate = done / max(time.monotonic() - self._started, 1e-9)
        if self._terminal:
            filled = BAR * done // total if total else 0
            bar = "#" * filled + "." * (BAR - filled)
            print(f"\r{self._path:11}[{bar}] {done:9,} events, {rate:9,.0f}/s", end="", file=sys.stderr, flush=True)
        elif total and QUARTERS * done // total > self._quarter:
            self._quarter = QUARTERS * done // total
            print(f"{self._path}: {done:,} of {total:,} events", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Takes the bar away."""
        if self._terminal:
            print("\r" + " " * 79 + "\r", end="", file=sys.stderr, flush=True)


def send_all(side: Side) -> Outcome:
    """Sends a whole stream through a path's runner."""
    progress = Progress(side.path)
    try:
        with deciding(side.path, side.rules, progress) as (runner, version):
            answer = runner.demand("stream", "protobuf", encode(str(side.stream)), encode(str(side.marks)))
            if carrier_of(side.path) and answer[0] == "stream":
                runner.end_session(int(answer[1]))
    finally:
        progress.close()
    kind, events, decisions, matched, late, seconds, traces_kept, sha256 = answer
    if kind != "stream":
        raise RunnerError(f"{side.path}: `{kind}` does not answer `stream`")
    counts = (int(events), int(decisions), int(matched), int(late))
    return Outcome(side.path, version, *counts, float(seconds), int(traces_kept), sha256)


def table(outcomes: Sequence[Outcome]) -> str:
    """One row a path, numbers to the right."""
    rows = [COLUMNS, *(outcome.cells() for outcome in outcomes)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(COLUMNS))]
    left = (0, len(COLUMNS) - 1)
    return "\n".join(
        "  ".join(cell.ljust(width) if at in left else cell.rjust(width) for at, (cell, width) in cells).rstrip()
        for cells in (list(enumerate(zip(row, widths, strict=True))) for row in rows)
    )


def decide_again(first: Side, second: Side, event: int) -> list[Difference]:
    """Where both sides' answers to the `event`-th event (from 0) differ, after all events before it."""
    answers = []
    with tempfile.TemporaryDirectory() as scratch:
        for side in (first, second):
            with deciding(side.path, side.rules) as (runner, _):
                answers.append(decide_one(runner, side, event, Path(scratch)))
    return differing_fields(*answers)


def explain_difference(first: Side, second: Side, outcomes: tuple[Outcome, Outcome]) -> None:
    """Prints at which event and in which fields two paths differ."""
    event = first_difference(first.marks, second.marks)
    if event is None:
        explain_totals(*outcomes)
        return
    print(f"{second.path} differs from {first.path} first at event {event + 1:,}{flight_text(first.stream, event)}")
    differences = decide_again(first, second, event)
    for difference in differences:
        print(f"  {difference.field}")
        print(f"    {first.path}: {difference.first}\n    {second.path}: {difference.second}")
    if not differences:
        print("  decided once more by `decide`, it is the same on both: `stream` and `decide` of one path differ")


def explain_totals(first: Outcome, second: Outcome) -> None:
    """Prints in which totals two paths differ whose decisions are all the same."""
    own, theirs = asdict(first), asdict(second)
    print(f"{second.path} differs from {first.path} in no event's decision, but in")
    for name in own:
        if name not in ("path", "seconds") and own[name] != theirs[name]:
            print(f"  {name}\n    {first.path}: {own[name]}\n    {second.path}: {theirs[name]}")


def flight_text(stream: Path, event: int) -> str:
    """The event as JSON, if prepare.py left it beside the stream."""
    path = stream.with_suffix(".jsonl")
    if not path.exists():
        return ""
    with path.open(encoding="utf-8") as file:
        return "".join(f": {line.strip()}" for line in islice(file, event, event + 1))


def verdict(sides: Sequence[Side], outcomes: Sequence[Outcome]) -> bool:
    """Says whether all agree, and where not."""
    agree = True
    for side, outcome in zip(sides[1:], outcomes[1:], strict=True):
        if not outcome.agrees(outcomes[0]):
            explain_difference(sides[0], side, (outcomes[0], outcome))
            agree = False
    forgetful = [outcome.path for outcome in outcomes if outcome.traces_kept != outcome.decisions]
    if forgetful:
        print(f"trace ids are lost by: {', '.join(forgetful)}")
    elif agree:
        print(f"all {len(outcomes)} paths agree")
    return agree and not forgetful


def report_missing(paths: Sequence[str]) -> bool:
    """Names everything that is not there; gives whether anything is."""
    server = {path: server_command() if carrier_of(path) else [] for path in paths}
    absent = {path: missing(command_of(path)) + (missing(server[path]) if server[path] else []) for path in paths}
    stream = CACHE / "flights.stream"
    if not stream.exists():
        print(f"demo: no {stream}\n  make it with: python {ROOM / 'prepare.py'}", file=sys.stderr)
    for path, names in absent.items():
        for name in names:
            print(f"demo: the {path} path needs {name}, which is not there", file=sys.stderr)
    if any(absent.values()):
        print("  `make demo` builds all of them; `--paths` chooses among those that are there", file=sys.stderr)
    return any(absent.values()) or not stream.exists()


def run(paths: Sequence[str]) -> int:
    """Sends the flights through `paths`, prints the table and the verdict; gives the exit code."""
    if report_missing(paths):
        return 1
    rules, stream = ROOM / "flights.yaml", CACHE / "flights.stream"
    sides = [Side(path, rules, stream, CACHE / f"marks.{path}") for path in paths]
    try:
        outcomes = [send_all(side) for side in sides]
        print(table(outcomes), end="\n\n")
        agree = verdict(sides, outcomes)
    except (RunnerError, ServerError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    results = {"agree": agree, "paths": [asdict(outcome) for outcome in outcomes]}
    (CACHE / "demo.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0 if agree else 1


def chosen_paths(text: str) -> list[str]:
    """The paths in a list such as `rust,c-ring`."""
    paths = text.split(",")
    unknown = [path for path in paths if path not in PATHS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no path {', '.join(unknown)}; there are {', '.join(PATHS)}")
    return paths


def main() -> int:
    """The command line; gives the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--paths", type=chosen_paths, default=list(PATHS), help="which paths, as in rust,c-ring,java-grpc"
    )
    return run(options.parse_args().paths)


if __name__ == "__main__":
    sys.exit(main())
