"""The programs that the payments need, and the files they make of them. Knows no rules and no SQL."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOM: Final = Path(__file__).resolve().parent
REPOSITORY: Final = ROOM.parents[1]
CACHE: Final = REPOSITORY / ".cache" / "payments"
RULES: Final = ROOM / "rules.yaml"


@dataclass(frozen=True)
class Files:
    """The payments of a seed: as they are decided, as a table, and which of them are fraud."""

    folder: Path

    @property
    def events(self) -> Path:
        """Length-delimited protobuf."""
        return self.folder / "payments.pb"

    @property
    def table(self) -> Path:
        """The same as CSV."""
        return self.folder / "payments.csv"

    @property
    def labels(self) -> Path:
        """Id, scenario and case of each fraudulent payment."""
        return self.folder / "labels.csv"


def program(name: str) -> Path:
    """A program of this repository as `make build` leaves it; FISHPLATE_TARGET moves the build folder."""
    path = Path(os.environ.get("FISHPLATE_TARGET", REPOSITORY / "target")) / "release" / name
    if not path.exists():
        raise SystemExit(f"payments: no {path}; `make build` builds it")
    return path


def generate(folder: Path, seed: int, events: int) -> Files:
    """Writes the payments of a seed into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder)
    options = ["--seed", str(seed), "--events", str(events), "--labels", str(files.labels)]
    subprocess.run([program("fishplate-payments"), *options, files.events, files.table], check=True)
    return files


#: Bytes that the windows of all cards may take.
MEMORY: Final = 16 << 30


def decide(rules: Path, files: Files, output: Path) -> None:
    """Decides all payments by a document, into JSON lines."""
    command = [program("fishplate"), "run", "--rules", rules, "--events", files.events, "--output", output]
    # Every key of ten million payments is to be kept: their windows are more than the gibibyte of the default.
    command += ["--memory", str(MEMORY)]
    if subprocess.run(command, check=False).returncode != 0:
        raise SystemExit(f"payments: `{' '.join(map(str, command))}` fails")


def say(text: str) -> None:
    """Progress, for people."""
    print(f"payments: {text}", file=sys.stderr, flush=True)
