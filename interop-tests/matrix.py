#!/usr/bin/env python3
"""The matrix: every scenario on every path, every field compared.

    matrix.py                     everything
    matrix.py --path python       one path (again for more)
    matrix.py --scenario limits   scenarios whose name holds this (again for more)
    matrix.py --list              what there is
    matrix.py --compile plan.json writes scenarios and bodies into one file, for harness/replay.py

Ends with exit code 1 if anything differs or a runner is missing. Opens connections on loopback only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from harness import plan
from harness.grid import play_grid
from harness.paths import KINDS, PATHS
from harness.scenario import Scenario

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Plans, plays, prints, writes the report."""
    args = arguments()
    files = sorted((HERE / "scenarios").glob("*/scenario.json"))
    scenarios = [*Scenario.of_vectors(HERE / "vectors"), *(Scenario.read(file.parent) for file in files)]
    if args.scenario:
        scenarios = [one for one in scenarios if any(text in one.name for text in args.scenario)]
    if args.list:
        for scenario in scenarios:
            on = "" if len(scenario.where) == len(KINDS) else f", on {', '.join(scenario.where)}"
            print(f"{scenario.name}: {len(scenario.steps)} steps as {', '.join(scenario.formats)}{on}")
        return 0
    if args.compile:
        plan.write(scenarios, args.compile)
        print(f"{len(scenarios)} scenarios: {args.compile}")
        return 0
    if not args.scenario and subprocess.call([sys.executable, HERE / "vectors/make.py", "--check"]) != 0:
        return 1
    return play_grid(args.path or PATHS, scenarios, args.report)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Every scenario on every path, every field compared.")
    parser.add_argument("--path", action="append", choices=PATHS, help="only this path; may be given again")
    parser.add_argument("--scenario", action="append", help="only scenarios whose name holds this; may be given again")
    parser.add_argument("--list", action="store_true", help="list the scenarios and end")
    parser.add_argument("--compile", type=Path, metavar="FILE", help="write what harness/replay.py plays, and end")
    parser.add_argument("--report", type=Path, default=HERE / "report/matrix.json", help="where the report goes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
