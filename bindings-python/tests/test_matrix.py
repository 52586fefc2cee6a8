"""`fishplate matrix`: the grid from what is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = [sys.executable, "-m", "fishplate", "matrix"]


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_scenarios_are_played_in_process_through_shared_memory_and_over_grpc(tmp_path: Path) -> None:
    done = run("--scenario", "unicode", "--scenario", "session-half-close", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "matrix.json").read_text())["rows"]
    played = {(row["scenario"], row["path"]) for row in rows if row["passed"]}
    paths = ("python", "python-ring", "python-grpc")
    assert played == {(scenario, path) for scenario in ("unicode", "session-half-close") for path in paths}


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    for option in ("--jar", "--c"):
        done = run(option, str(tmp_path / "nowhere"), folder=tmp_path)
        assert done.returncode == 2
        assert "nowhere" in done.stderr
