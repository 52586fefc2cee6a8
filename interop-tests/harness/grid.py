"""The grid: scenarios down, paths across. Plays it, prints it, writes it down. Knows no scenario and no language."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import paths
from .expect import Difference
from .play import Found, Notes, Play, Scenario
from .runner import RunnerDied
from .session_play import SessionPlay
from .sites import site_of

Row = dict[str, Any]


def play_grid(chosen: Iterable[str], scenarios: list[Scenario], report: Path) -> int:
    """Plays every scenario on every path, prints and writes what came of it; gives the exit code."""
    rows, found = [], []
    notes = {scenario.name: Notes() for scenario in scenarios}
    for path in chosen:
        path_rows, path_found = play_path(paths.PATHS[path], scenarios, notes)
        rows += path_rows
        found += path_found
    print_grid(rows)
    print_differences(found)
    write_report(rows, found, report)
    passed, failed, others = (sum(row["passed"] is state for row in rows) for state in (True, False, None))
    print(f"{passed} passed, {failed} failed" + (f", {others} cannot be there (why.md says why)" if others else ""))
    return 1 if failed or not passed else 0


def play_path(path: paths.Path, scenarios: list[Scenario], notes: dict[str, Notes]) -> tuple[list[Row], list[Found]]:
    """Every scenario on one path, by one client that lives as long as it does not crash."""
    gone = paths.missing(path)
    if gone:
        lost = Found("all", path.name, "-", "start", Difference("runner", "a runner", f"{gone} is missing"))
        return [row_of(scenario, path, 0, [lost]) for scenario in scenarios], [lost]
    rows, found = [], []
    site = site_of(path)
    for scenario in scenarios:
        show_progress(f"{path.name}: {scenario.name}")
        checks, differences = 0, []
        for form in scenario.formats if path.kind in scenario.where else []:
            play = (SessionPlay if scenario.sessions else Play)(scenario, form, site, notes[scenario.name])
            try:
                if form == "row" and site.ask("columns", "x") == ["unsupported"]:
                    continue
                play.run()
            except RunnerDied as death:
                play.differs(Difference("runner", "an answer", str(death)))
                site.stop()
                site = site_of(path)
            except (ValueError, KeyError, IndexError) as mistake:
                shown = f"{type(mistake).__name__}: {mistake}"
                play.differs(Difference("harness", "an answer", shown))
                site.stop()
                site = site_of(path)
            checks += play.checks
            differences += play.found
        rows.append(row_of(scenario, path, checks, differences))
        found += differences
    code = site.stop()
    show_progress("")
    if code != 0:
        found.append(Found("all", path.name, "-", "quit", Difference("exit code", "0", str(code))))
        rows[-1]["passed"] = False
    return rows, found


def show_progress(text: str) -> None:
    """One line that the next one covers; nothing where no person watches."""
    if sys.stderr.isatty():
        print("\r" + text.ljust(79), end="\r", file=sys.stderr, flush=True)


def row_of(scenario: Scenario, path: paths.Path, checks: int, differences: list[Found]) -> Row:
    """One row of the report. What cannot exist on a path was not played, and is neither passed nor failed."""
    played = path.kind in scenario.where
    return {
        "scenario": scenario.name,
        "path": path.name,
        "formats": scenario.formats,
        "checks": checks,
        "played": played,
        "passed": not differences and checks > 0 if played else None,
    }


def print_grid(rows: list[Row]) -> None:
    """Scenarios down, paths across."""
    names = list(dict.fromkeys(row["scenario"] for row in rows))
    across = list(dict.fromkeys(row["path"] for row in rows))
    marks = {(row["scenario"], row["path"]): {True: "✓", False: "✗", None: "–"}[row["passed"]] for row in rows}
    width = max([len(name) for name in names], default=8)
    print("scenario".ljust(width), *across)
    for name in names:
        print(name.ljust(width), *(marks.get((name, path), " ").center(len(path)) for path in across))


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
