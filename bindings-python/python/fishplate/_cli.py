"""The command line that the wheel carries: the same program as `fishplate` built from the sources, and `matrix`."""

from __future__ import annotations

import signal
import sys

from . import _matrix
from ._native import run_command_line


def main() -> int:
    """Run the command line on this process's arguments and give its exit code: 0 done, 1 failed, 2 wrong input."""
    if sys.argv[1:2] == ["matrix"]:
        return _matrix.main(sys.argv[2:])
    # Python's own handler only leaves a note for the interpreter, which does not run until the command has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command_line(["fishplate", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
