#!/usr/bin/env python3
"""Packs what `fishplate matrix` needs into one file for the wheel: the plan, the player, and the runners' sources.

pack.py OUT.zip

The player needs Python's standard library only; what compiles scenarios into the plan stays here.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CANONICAL = HERE.parent / "bindings-c" / "canonical"
# The same bytes for the same content, whenever they are packed: the first moment that the format knows.
WHEN = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    """Compiles the plan and packs."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        command = [sys.executable, HERE / "matrix.py", "--compile", plan]
        if subprocess.call(command, stdout=subprocess.DEVNULL) != 0:
            return 1
        files = {"plan.json": plan}
        for source in (
            *(HERE / "harness").glob("*.py"),
            *(HERE / "python").glob("*.py"),
            *(HERE / "java").glob("*.java"),
        ):
            files[f"{source.parent.name}/{source.name}"] = source
        for source in (*(HERE / "c").glob("*.[ch]"), *CANONICAL.glob("*.[ch]")):
            files[f"c/{source.name}"] = source
        with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as packed:
            for name in sorted(files):
                packed.writestr(zipfile.ZipInfo(name, WHEN), files[name].read_bytes(), zipfile.ZIP_DEFLATED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
