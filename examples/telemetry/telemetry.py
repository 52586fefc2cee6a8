"""Pumps under control: readings go to a server over gRPC, and each pump obeys the decision that comes back.

    telemetry.py grpc://127.0.0.1:7001               200 pumps, 20 simulated minutes
    telemetry.py grpc://127.0.0.1:7001 --deaf        the same pumps, which do not listen
    telemetry.py shm://telemetry                     through shared memory
    telemetry.py --in-process                        without a server: the same decisions

Start the server with `fishplate serve --rules examples/telemetry/telemetry.yaml --grpc 127.0.0.1:7001`. The same seed
gives the same run, to the last alarm. Exit code 1 if the server cannot be reached or refuses a reading.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import fishplate

from pumps import Fault, Pump, make

RULES: Final = Path(__file__).resolve().parent / "telemetry.yaml"
Reading = dict[str, Any]
Decide = Callable[[list[Reading]], list[fishplate.Decision]]


def over(session: fishplate.Session) -> Decide:
    """Decides through a session: all readings of a moment go out before the first answer is awaited."""

    def decide(readings: list[Reading]) -> list[fishplate.Decision]:
        for reading in readings:
            session.send(reading)
        decisions = []
        for _ in readings:
            outcome = session.receive(timeout=10.0)
            if outcome is None:
                raise ConnectionError("the server has ended the session")
            decisions.append(outcome.result())
        return decisions

    return decide


def inside(engine: fishplate.Engine) -> Decide:
    """Decides in this process."""
    return lambda readings: [engine.decide(reading) for reading in readings]


def run(pumps: list[Pump], seconds: int, decide: Decide) -> Counter[str]:
    """Runs the works; gives how often each alarm was raised."""
    alarms: Counter[str] = Counter()
    for second in range(seconds):
        for pump in pumps:
            pump.step(second)
        for moment in (second, second + 1 / 3, second + 2 / 3):
            due = [pump for pump in pumps if pump.is_due(moment) and (moment == second or pump.fault is Fault.CHATTY)]
            decisions = decide([pump.reading(moment) for pump in due])
            for pump, decision in zip(due, decisions, strict=True):
                every = decision.outputs["report_every"]
                pump.obey(decision.outputs["command"], every.seconds + every.nanos / 1e9)
                alarms.update(text.split(": ", 1)[1] for text in decision.outputs.get("alarms", []))
    return alarms


def table(pumps: list[Pump], alarms: Counter[str]) -> Iterable[str]:
    """What became of the pumps, by fault, and the alarms."""
    yield f"{'pumps':18}{'count':>6}{'readings':>10}{'throttled':>11}{'stopped':>9}{'hottest winding':>17}"
    for fault in Fault:
        of = [pump for pump in pumps if pump.fault is fault]
        if of:
            throttled = sum("THROTTLE" in pump.commands for pump in of)
            stopped = sum("STOP" in pump.commands for pump in of)
            hottest = max(pump.hottest for pump in of)
            readings = sum(pump.readings for pump in of)
            yield f"{fault.value:18}{len(of):6}{readings:10,}{throttled:11}{stopped:9}{hottest:14.1f} °C"
    for text, count in sorted(alarms.items()):
        yield f"alarm: {text}, {count:,} times"


def main() -> int:
    """The command line; gives the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("address", nargs="?", help="where the server is: grpc://HOST:PORT or shm://NAME")
    options.add_argument("--in-process", action="store_true", help="decide in this process")
    options.add_argument("--deaf", action="store_true", help="the pumps do not obey")
    options.add_argument("--pumps", type=int, default=200, help="how many (default: 200)")
    options.add_argument("--minutes", type=int, default=20, help="simulated minutes (default: 20)")
    options.add_argument("--seed", type=int, default=1, help="another seed is another run (default: 1)")
    args = options.parse_args()
    if (args.address is None) != args.in_process:
        options.error("give an address, or --in-process")
    pumps = make(args.pumps, args.seed, obeys=not args.deaf)
    try:
        with ExitStack() as open_until_done:
            if args.in_process:
                rules = open_until_done.enter_context(fishplate.RuleSet.from_file(RULES))
                decide = inside(open_until_done.enter_context(fishplate.Engine(rules)))
            else:
                session = fishplate.connect(args.address, deadline=3600.0)
                decide = over(open_until_done.enter_context(session))
            alarms = run(pumps, args.minutes * 60, decide)
    except (fishplate.FishplateError, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(table(pumps, alarms)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
