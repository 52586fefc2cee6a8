"""The grid: scenarios down, paths across. Plays it, prints it, writes it down. Knows no scenario and no language."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import paths
from .expect import Difference
from .runner import RunnerDied
from .scenario import Found, Notes, Scenario
from .session_play import SessionPlay
from .sites import site_of
from .state_play import StatePlay

Row = dict[str, Any]


def play_grid(chosen: Iterable[str], scenarios: list[Scenario], report: Path) -> int:
    """Plays every scenario on every path, prints and writes what came of it; gives the exit code."""
    names = list(chosen)
    played = play_paths(names, scenarios)
    rows, found = [], []
    for path in names:
        rows += played[path].rows
        found += played[path].found
    for one in parted(names, played):
        found.append(one)
        row = next(row for row in rows if (row["scenario"], row["path"]) == (one.scenario, one.path))
        row["passed"] = False
    print_grid(rows)
    print_differences(found)
    write_report(rows, found, report)
    passed, failed, others = (sum(row["passed"] is state for row in rows) for state in (True, False, None))
    print(f"{passed} passed, {failed} failed" + (f", {others} cannot be there (why.md says why)" if others else ""))
    return 1 if failed or not passed else 0


@dataclass
class Played:
    """What came of one path."""

    rows: list[Row] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    notes: dict[str, Notes] = field(default_factory=dict)  # by scenario


def play_paths(names: list[str], scenarios: list[Scenario]) -> dict[str, Played]:
    """Plays the paths, as many at a time as there are processors: they share nothing."""
    # Spawned, not forked: a path listens to its runner with threads.
    workers = min(len(names), os.cpu_count() or 1)
    played: dict[str, Played] = {}
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(play_path, name, scenarios): name for name in names}
        for done in as_completed(waiting):
            played[waiting[done]] = done.result()
            show_progress(f"{len(played)} of {len(names)} paths played, the last one {waiting[done]}")
    show_progress("")
    return played


def parted(names: list[str], played: dict[str, Played]) -> Iterator[Found]:
    """Where paths answered differently what all of them must answer the same."""
    first: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for path in names:
        for scenario, notes in played[path].notes.items():
            for (form, step, name), answer in notes.items():
                reference, expected = first.setdefault((scenario, form, step, name), (path, answer))
                if answer != expected:
                    told = Difference(f"{name}, as {reference} gave it", expected, answer)
                    yield Found(scenario, path, form, step, told)


def play_path(name: str, scenarios: list[Scenario]) -> Played:
    """Every scenario on one path, by one client that lives as long as it does not crash."""
    path, played = paths.PATHS[name], Played()
    gone = paths.missing(path)
    if gone:
        lost = Found("all", name, "-", "start", Difference("runner", "a runner", f"{gone} is missing"))
        return Played([row_of(scenario, path, 0, [lost]) for scenario in scenarios], [lost])
    site = site_of(path)
    for scenario in scenarios:
        notes = played.notes.setdefault(scenario.name, {})
        checks, differences = 0, []
        for form in scenario.formats if can_be(scenario, path) else []:
            play = (SessionPlay if scenario.sessions else StatePlay)(scenario, form, site, notes)
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
        played.rows.append(row_of(scenario, path, checks, differences))
        played.found += differences
    code = site.stop()
    if code != 0:
        played.found.append(Found("all", name, "-", "quit", Difference("exit code", "0", str(code))))
        played.rows[-1]["passed"] = False
    return played


def show_progress(text: str) -> None:
    """One line that the next one covers; nothing where no person watches."""
    if sys.stderr.isatty():
        print("\r" + text.ljust(79), end="\r", file=sys.stderr, flush=True)


def can_be(scenario: Scenario, path: paths.Path) -> bool:
    """Whether the path can play it; where nobody can operate a server, engines are operated in process alone."""
    if path.carrier and scenario.operated and paths.missing(paths.OPERATOR):
        return False
    return path.kind in scenario.where


def row_of(scenario: Scenario, path: paths.Path, checks: int, differences: list[Found]) -> Row:
    """One row of the report. What cannot exist on a path was not played, and is neither passed nor failed."""
    played = can_be(scenario, path)
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
