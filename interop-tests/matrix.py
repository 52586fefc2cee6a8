#!/usr/bin/env python3
"""The matrix: every scenario on every path, every field compared.

    matrix.py                     everything
    matrix.py --path python       one path (again for more)
    matrix.py --scenario limits   scenarios whose name holds this (again for more)
    matrix.py --list              what there is

Ends with exit code 1 if anything differs or a runner is missing. Opens no network connection.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.expect import Difference
from harness.play import Found, Notes, Play, Scenario
from harness.runner import Runner, RunnerDied, missing

HERE = Path(__file__).resolve().parent
Row = dict[str, Any]
PATHS = ["rust", "c", "python", "java"]


def main() -> int:
    """Plans, plays, prints, writes the report."""
    args = arguments()
    files = sorted((HERE / "scenarios").glob("*/scenario.json"))
    scenarios = [Scenario.of_vectors(HERE / "vectors"), *(Scenario.read(file.parent) for file in files)]
    if args.scenario:
        scenarios = [one for one in scenarios if any(text in one.name for text in args.scenario)]
    if args.list:
        for scenario in scenarios:
            print(f"{scenario.name}: {len(scenario.steps)} steps as {', '.join(scenario.formats)}")
        return 0
    if not args.scenario and subprocess.call([sys.executable, HERE / "vectors/make.py", "--check"]) != 0:
        return 1
    rows, found = [], []
    notes = {scenario.name: Notes() for scenario in scenarios}
    for path in args.path or PATHS:
        path_rows, path_found = play_path(path, scenarios, notes)
        rows += path_rows
        found += path_found
    print_grid(rows)
    print_differences(found)
    write_report(rows, found, args.report)
    failed = sum(not row["passed"] for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Every scenario on every path, every field compared.")
    parser.add_argument("--path", action="append", choices=PATHS, help="only this path; may be given again")
    parser.add_argument("--scenario", action="append", help="only scenarios whose name holds this; may be given again")
    parser.add_argument("--list", action="store_true", help="list the scenarios and end")
    parser.add_argument("--report", type=Path, default=HERE / "report/matrix.json", help="where the report goes")
    return parser.parse_args()


def play_path(path: str, scenarios: list[Scenario], notes: dict[str, Notes]) -> tuple[list[Row], list[Found]]:
    """Every scenario on one path, in one process that lives as long as it does not crash."""
    gone = missing(path)
    if gone:
        lost = Found("all", path, "-", "start", Difference("runner", "a runner", f"{gone} is missing"))
        return [row_of(scenario, path, 0, [lost]) for scenario in scenarios], [lost]
    rows, found = [], []
    runner = Runner(path)
    for scenario in scenarios:
        show_progress(f"{path}: {scenario.name}")
        checks, differences = 0, []
        for form in scenario.formats:
            play = Play(scenario, form, runner, notes[scenario.name])
            try:
                if form == "row" and runner.ask("columns", "x") == ["unsupported"]:
                    continue
                play.run()
            except RunnerDied as death:
                play.found.append(
                    Found(scenario.name, path, form, play.at, Difference("runner", "an answer", str(death)))
                )
                runner.stop()
                runner = Runner(path)
            except (ValueError, KeyError, IndexError) as mistake:
                shown = f"{type(mistake).__name__}: {mistake}"
                play.found.append(Found(scenario.name, path, form, play.at, Difference("harness", "an answer", shown)))
                runner.stop()
                runner = Runner(path)
            checks += play.checks
            differences += play.found
        rows.append(row_of(scenario, path, checks, differences))
        found += differences
    code = runner.stop()
    show_progress("")
    if code != 0:
        found.append(Found("all", path, "-", "quit", Difference("exit code", "0", str(code))))
        rows[-1]["passed"] = False
    return rows, found


def show_progress(text: str) -> None:
    """One line that the next one covers; nothing where no person watches."""
    if sys.stderr.isatty():
        print("\r" + text.ljust(79), end="\r", file=sys.stderr, flush=True)


def row_of(scenario: Scenario, path: str, checks: int, differences: list[Found]) -> Row:
    """One row of the report."""
    passed = not differences and checks > 0
    return {"scenario": scenario.name, "path": path, "formats": scenario.formats, "checks": checks, "passed": passed}


def print_grid(rows: list[Row]) -> None:
    """Scenarios down, paths across."""
    paths = list(dict.fromkeys(row["path"] for row in rows))
    names = list(dict.fromkeys(row["scenario"] for row in rows))
    marks = {(row["scenario"], row["path"]): "✓" if row["passed"] else "✗" for row in rows}
    width = max([len(name) for name in names], default=8)
    print("scenario".ljust(width), *(path.center(8) for path in paths))
    for name in names:
        print(name.ljust(width), *(marks.get((name, path), " ").center(8) for path in paths))


def print_differences(found: list[Found]) -> None:
    """Where what differs, and how."""
    for one in found:
        print(f"\n✗ {one.scenario}, step {one.step}, on {one.path} as {one.format}: {one.difference.field}")
        print(f"    expected  {one.difference.expected}")
        print(f"    got       {one.difference.got}")


def write_report(rows: list[Row], found: list[Found], file: Path) -> None:
    """Rows, and the differences in full."""
    file.parent.mkdir(parents=True, exist_ok=True)
    differences = [{**vars(one), "difference": one.difference._asdict()} for one in found]
    report = {"rows": rows, "differences": differences}
    file.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
