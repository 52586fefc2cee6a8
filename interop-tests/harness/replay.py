"""Plays a plan (`matrix.py --compile plan.json`) on what is installed, with Python's standard library alone.

    python -m harness.replay plan.json --runner python="python runner.py" --server "fishplate"
    python -m harness.replay plan.json --path java --runner java="java -cp fishplate.jar:. Runner"

`--runner CLIENT=COMMAND` says how the runner of `rust`, `c`, `python`, `java`, `grpcio` or `grpc-java` is started, and
`--server COMMAND` the program `fishplate`; what is not said is looked for where a build leaves it. Without `--path` the
paths of the named runners are played. Ends with exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from . import plan
from .grid import play_grid
from .paths import PATHS


def main(arguments: list[str] | None = None) -> int:
    """Unpacks, plays, prints, writes the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="what `matrix.py --compile` wrote")
    parser.add_argument(
        "--runner", action="append", default=[], metavar="CLIENT=COMMAND", help="how a runner is started"
    )
    parser.add_argument("--server", metavar="COMMAND", help="how the program `fishplate` is started")
    parser.add_argument("--path", action="append", choices=PATHS, help="only this path; may be given again")
    parser.add_argument("--scenario", action="append", help="only scenarios whose name holds this; may be given again")
    parser.add_argument("--report", type=Path, default=Path("matrix.json"), help="where the report goes")
    args = parser.parse_args(arguments)
    clients = []
    for given in args.runner:
        client, _, command = given.partition("=")
        if not command or client not in {path.client for path in PATHS.values()}:
            parser.error(f"--runner CLIENT=COMMAND, not {given}")
        os.environ[f"FISHPLATE_RUNNER_{client.upper().replace('-', '_')}"] = command
        clients.append(client)
    if args.server:
        os.environ["FISHPLATE_SERVER"] = args.server
    served = bool(args.server) or not clients
    chosen = [name for name, path in PATHS.items() if path.client in clients and (served or not path.carrier)]
    with tempfile.TemporaryDirectory(prefix="fishplate-plan-") as folder:
        scenarios = plan.read(args.plan, Path(folder))
        if args.scenario:
            scenarios = [one for one in scenarios if any(text in one.name for text in args.scenario)]
        return play_grid(args.path or chosen or PATHS, scenarios, args.report)


if __name__ == "__main__":
    sys.exit(main())
