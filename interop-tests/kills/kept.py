#!/usr/bin/env python3
"""Kills what keeps its state, again and again: the log of decisions is that of a run that nobody killed, byte for byte.

    kept.py                           20 kills: `fishplate run --state`, and `serve --state` over a ring and over gRPC
    kept.py --kills 500               more of them
    kept.py --seed 7                  other moments

A run is killed with SIGKILL at a random moment and started again over the same events. A server is killed under a
client that streams, and started again on the same folder; the client finds it by itself, and must not notice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path as File

HERE = File(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))

from harness.paths import PATHS, Path, missing, server_command  # noqa: E402
from harness.runner import RunnerDied  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.sites import session_of  # noqa: E402
from kills import Broken, Client, check, stop  # noqa: E402  (it has to be found first)

#: Events of a run: some seconds of it, however often it is killed.
RUN_EVENTS = 60_000
#: Events of a session for each kill, so that every kill meets events under way.
EVENTS_A_KILL = 120
SERVED = ("rust-ring", "rust-grpc")
#: A server must be back within this; the client waits as long.
RECONNECT_MS = 20_000
PATIENCE = 120.0


# --- fishplate run --------------------------------------------------------------------------------------------------


def write_events(path: File, dice: random.Random) -> None:
    """Events in order of time, some of them none, with pauses in which rules fire by themselves."""
    seconds = 1_700_000_000.0
    with path.open("w", encoding="utf-8") as out:
        for number in range(1, RUN_EVENTS + 1):
            if dice.random() < 0.01:
                out.write("no event\n")
                continue
            seconds += dice.choice([0.0, 0.01, 0.2, 5.0])
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03}Z"
            out.write(json.dumps({"n": number, "who": f"w{dice.randrange(40)}", "at": at}) + "\n")


def run_command(folder: File, output: str, *more: str) -> list[str]:
    """`fishplate run` over the events."""
    return [*server_command(), "run", "--rules", str(HERE / "timers.yaml"), "--events", str(folder / "events.jsonl"),
            "--output", str(folder / output), *more]  # fmt: skip


def kill_runs(kills: int, dice: random.Random) -> None:
    """One run after the other over the same events, so many of them killed: the output is the undisturbed one's."""
    left = kills
    while left > 0:
        folder = File(tempfile.mkdtemp(prefix="fishplate-kept-"))
        try:
            write_events(folder / "events.jsonl", dice)
            whole = subprocess.run(run_command(folder, "whole.jsonl"), capture_output=True, check=False)
            if whole.returncode != 2:
                raise Broken(f"the undisturbed run ended with {whole.returncode}: {whole.stderr.decode()}")
            killed = kill_one_run(folder, min(left, 25), dice, whole)
            if killed == 0:
                raise Broken("a run ended before it could be killed")
            left -= killed
        finally:
            shutil.rmtree(folder)


def kill_one_run(folder: File, kills: int, dice: random.Random, whole: subprocess.CompletedProcess[bytes]) -> int:
    """Kills a run up to so many times, each time when its output has grown by some bytes; says how many."""
    wanted, output = (folder / "whole.jsonl").read_bytes(), folder / "kept.jsonl"
    command, killed = run_command(folder, "kept.jsonl", "--state", str(folder / "state")), 0
    while True:
        begun = size_of(output)
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if killed < kills:
            grown = begun + dice.randrange(max(1, 2 * len(wanted) // (kills + 1)))
            wait_for_growth(run, output, grown, dice.uniform(0, 0.01))
        if killed < kills and run.poll() is None:
            run.kill()
            run.communicate()
            killed += 1
            continue
        said = run.communicate()[1]
        if run.returncode != whole.returncode or said != whole.stderr:
            raise Broken(f"after {killed} kills the run ended with {run.returncode}: {said.decode()}")
        if output.read_bytes() != wanted:
            raise Broken(f"after {killed} kills the output is another one: {folder}")
        return killed


def size_of(path: File) -> int:
    """Bytes of a file; 0 if it is not there."""
    return path.stat().st_size if path.exists() else 0


def wait_for_growth(run: subprocess.Popen[bytes], path: File, size: int, more: float) -> None:
    """Waits until the file has that size and a little longer, or the run has ended."""
    patience = time.monotonic() + PATIENCE
    while run.poll() is None and size_of(path) < size and time.monotonic() < patience:
        time.sleep(0.001)
    time.sleep(more)


# --- fishplate serve ------------------------------------------------------------------------------------------------


def kill_server(path: Path, kills: int, dice: random.Random) -> None:
    """A session over a server that is killed so often: its log is that of one over a server that was not."""
    session = session_of("kills", "kept")
    events = EVENTS_A_KILL * (kills + 1)
    moments = sorted(dice.sample(range(1, events), kills))
    whole, broken = serve(path, session, events, []), serve(path, session, events, moments)
    if whole != broken:
        first = next(at for at, (one, other) in enumerate(zip(whole, broken, strict=True)) if one != other)
        raise Broken(f"event {first + 1} has become another one:\n  {whole[first]}\n  {broken[first]}")


def serve(path: Path, session: bytes, events: int, moments: list[int]) -> list[list[str]]:
    """The log of a session; the server is killed, and started again, whenever so many outcomes were told."""
    folder = File(tempfile.mkdtemp(prefix="fishplate-kept-"))
    # Small enough that snapshots are met too.
    server = Server(path.carrier, "rules.yaml", HERE, ["--state", str(folder), "--snapshot-bytes", "16384"])
    log: list[list[str]] = []
    try:
        server.start()
        client = Client(path, server, session, {"reconnect_ms": RECONNECT_MS})
        client.stream(log, events)
        left = list(moments)
        for answer in client.answers():
            if answer[0] == "outcome":
                check(log, answer, session)
            elif answer[0] == "end":
                break
            elif answer[0] not in ("sent", "ok"):
                raise Broken(f"in mid-stream: {' '.join(answer)}")
            while left and len(log) >= left[0]:
                left.pop(0)
                server.kill()
                server.start()
        if answer != ["end", "OK", str(events)]:
            raise Broken(f"the session ended with {' '.join(answer)}, after {len(log)} outcomes:\n{server.words()}")
        client.runner.ask("close", "session")
        client.runner.stop()
        stop(server)
    except BaseException:
        server.kill()
        raise
    finally:
        shutil.rmtree(folder)
    return log


def main() -> int:
    """Kills, counts, tells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=int(os.environ.get("FISHPLATE_KILLS", "20")))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    runs = max(1, options.kills // 2)
    served = [max(1, (options.kills - runs + at) // len(SERVED)) for at in range(len(SERVED))]
    begun = time.monotonic()
    try:
        kill_runs(runs, random.Random(f"{options.seed} run"))
        print(f"run --state: {runs} times killed, and the output is that of a run that was not", flush=True)
        for name, kills in zip(SERVED, served, strict=True):
            gone = missing(PATHS[name])
            if gone:
                raise Broken(f"{gone} is missing")
            kill_server(PATHS[name], kills, random.Random(f"{options.seed} {name}"))
            print(f"{name}, serve --state: {kills} times killed, and its client has not noticed", flush=True)
    except (Broken, RunnerDied) as fault:
        print(f"seed {options.seed}: {fault}")
        return 1
    seconds = time.monotonic() - begun
    told = f"{runs + sum(served)} kills in {seconds:.0f} s (seed {options.seed})"
    print(f"{told}: nothing lost, nothing twice, no byte other")
    return 0


if __name__ == "__main__":
    sys.exit(main())
