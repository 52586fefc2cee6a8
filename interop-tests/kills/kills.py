#!/usr/bin/env python3
"""Kills clients and servers in mid-stream, 20 times in all: nothing is lost, nothing comes twice, everyone is told.

    kills.py                          twelve clients, eight servers, over C, Python and Java, rings and gRPC
    kills.py --path rust-ring         only this path (again for more)
    kills.py --seed 7                 other moments

A client that is killed is followed by another one: the same session, the next epoch, and `received` from the log of
what the first one told. Their logs together must be the log of a run that nobody disturbed. A server that is killed
ends its client's session with UNAVAILABLE, or with DATA_LOSS if another one came in its place, within 5 seconds.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path as File

HERE = File(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from harness.canonical import decision_id, version_of  # noqa: E402  (the harness has to be found first)
from harness.paths import PATHS, Path, missing  # noqa: E402
from harness.runner import Runner, RunnerDied  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.sites import TERMS, session_of  # noqa: E402
from harness.values import percent  # noqa: E402

EVENTS = 600
#: Events between their sending and the receiving of their outcome, and commands that wait in the client's input.
UNDER_WAY = 64
AHEAD = 16
SOON = 5.0
CLIENT_KILLS = 2
#: Eight in all over six paths: every path once, the first and the last path once more.
SERVER_KILLS = 8
DEFAULT = [f"{language}-{carrier}" for language in ("c", "python", "java") for carrier in ("ring", "grpc")]


class Broken(Exception):
    """What must hold does not."""


class Client:
    """A runner that is given its commands without waiting for answers, as a busy application does."""

    def __init__(self, path: Path, server: Server, session: bytes, options: dict[str, int]) -> None:
        self.runner = Runner(path)
        self.ahead = threading.Semaphore(AHEAD)
        terms = TERMS if path.carrier == "grpc" else {}
        named = {"id": session.hex(), **terms, **options}
        written = (f"{name}={value}" for name, value in named.items())
        answer = self.runner.ask("connect", percent(server.address), *written)
        if answer[0] != "ok":
            raise Broken(f"connecting: {' '.join(answer)}")
        self.accepted = int(self.runner.ask("report")[4])

    def stream(self, log: list[list[str]], last: int) -> None:
        """Sends what the server has not accepted and receives what is not in the log, until `last`; does not wait."""
        threading.Thread(target=self._write, args=(len(log), last), daemon=True).start()

    def _write(self, received: int, last: int) -> None:
        commands = self.runner.process.stdin
        assert commands is not None
        try:
            for command in turns(self.accepted, received, last):
                if command == "receive":
                    self.ahead.acquire()
                commands.write(command + "\n")
                commands.flush()
        except OSError:
            pass  # it was killed: what it told before is in the log

    def answers(self) -> Iterator[list[str]]:
        """What it tells, until it ends."""
        while line := self.runner.lines.get(timeout=60):
            # A line without its end was cut by the kill: it was never told.
            if line.endswith("\n"):
                if line.startswith("outcome"):
                    self.ahead.release()
                yield line.rstrip("\n").split("\t")


def turns(accepted: int, received: int, last: int) -> Iterator[str]:
    """Commands that keep some events under way, half-close behind the last one and receive to the end."""
    sent = accepted
    while received < last:
        while sent < last and sent - received < UNDER_WAY:
            sent += 1
            yield f"send\tmap\t-\t{{sn=i{sent},sat=t1700000000;0}}"
        received += 1
        yield "receive"
    yield "half_close"
    yield "receive"


def start(path: Path) -> Server:
    """A server on the rules."""
    server = Server(path.carrier, "rules.yaml", HERE, [])
    server.start()
    return server


def stop(server: Server) -> None:
    """Ends a server that should end well."""
    server.ask_to_stop()
    code, words = server.code(), server.words()
    server.close()
    if code != 0:
        raise Broken(f"the server ended with exit code {code}: {words[-500:]}")


# --- clients that are killed ----------------------------------------------------------------------------------------


def kill_clients(path: Path, dice: random.Random) -> int:
    """One session through several clients, all but the last of them killed; gives how many were."""
    session = session_of("kills", "clients")
    whole = run(path, session, [])
    broken = run(path, session, [dice.randrange(20, 150) for _ in range(CLIENT_KILLS)])
    for sequence, (one, other) in enumerate(zip(whole, broken, strict=True), 1):
        if one != other:
            raise Broken(f"event {sequence} has become another one:\n  {one}\n  {other}")
    return CLIENT_KILLS


def run(path: Path, session: bytes, kills: list[int]) -> list[list[str]]:
    """The log of a session whose clients are killed, each when it has told so many outcomes; the last one is not."""
    server = start(path)
    log: list[list[str]] = []
    for epoch, kill in enumerate([*kills, None], 1):
        begun = len(log)
        client = Client(path, server, session, {"epoch": epoch, "received": begun} if epoch > 1 else {})
        if client.accepted < begun:
            raise Broken(f"the server accepted {client.accepted} events, and {begun} outcomes are in the log")
        client.stream(log, EVENTS)
        for answer in client.answers():
            if answer[0] == "outcome":
                check(log, answer, session)
            elif answer[0] == "end":
                break
            elif answer[0] not in ("sent", "ok"):
                raise Broken(f"in mid-stream: {' '.join(answer)}")
            if kill is not None and len(log) == begun + kill:
                client.runner.process.kill()
        if kill is not None:
            client.runner.kill()
            wait_for_words(server, session, epoch)
        elif answer != ["end", "OK", str(EVENTS)]:
            raise Broken(f"the session ended with {' '.join(answer)}")
        else:
            client.runner.ask("close", "session")
            client.runner.stop()
    stop(server)
    return log


def check(log: list[list[str]], answer: list[str], session: bytes) -> None:
    """Puts an outcome into the log: it must be the next one, and count every event before it once."""
    sequence = len(log) + 1
    version = version_of((HERE / "rules.yaml").read_bytes(), {})
    wanted = ["outcome", str(sequence), "d", decision_id(version, (session, sequence)).hex()]
    if answer[:4] != wanted or answer[7] != f"{{sn=i{sequence},sseen=i{sequence}}}":
        raise Broken(f"instead of the outcome of event {sequence}: {' '.join(answer)}")
    log.append(answer)


def wait_for_words(server: Server, session: bytes, epoch: int) -> None:
    """The server says whom it lost, and with what status, within 5 seconds."""
    patience = time.monotonic() + SOON
    while time.monotonic() < patience:
        lines = [line for line in server.words().splitlines() if session.hex() in line and "UNAVAILABLE" in line]
        if len(lines) >= epoch:
            return
        time.sleep(0.02)
    raise Broken(f"after {SOON:.0f} s the server has not said that it lost its client:\n{server.words()}")


# --- servers that are killed ----------------------------------------------------------------------------------------


def kill_server(path: Path, dice: random.Random, comes_back: bool) -> None:
    """A server killed in mid-stream: the client's session ends with a clear status within 5 seconds."""
    server = start(path)
    session = session_of("kills", "servers")
    client = Client(path, server, session, {"reconnect_ms": 3000 if comes_back else 800})
    client.stream([], EVENTS)
    log: list[list[str]] = []
    kill, killed = dice.randrange(20, EVENTS - 100), 0.0
    status = "DATA_LOSS" if comes_back else "UNAVAILABLE"
    for answer in client.answers():
        if answer[0] == "outcome":
            check(log, answer, session)
        elif answer[0] == "end" or (path.plain and killed and answer[0] == "error"):
            break
        if len(log) == kill and not killed:
            server.kill()
            killed = time.monotonic()
            if comes_back:
                server.start()
    took = time.monotonic() - killed
    wanted = ["end", status, str(len(log))]
    if not path.plain and (answer[:3] != wanted or took > SOON):
        raise Broken(f"instead of {' '.join(wanted)} within {SOON:.0f} s, after {took:.1f} s: {' '.join(answer)}")
    client.runner.kill()
    if comes_back:
        stop(server)
    else:
        server.close()


def main() -> int:
    """Kills, counts, tells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", action="append", choices=[name for name in PATHS if PATHS[name].carrier])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    paths = [PATHS[name] for name in options.path or DEFAULT]
    clients = servers = 0
    begun = time.monotonic()
    for number, path in enumerate(paths):
        gone = missing(path)
        dice = random.Random(f"{options.seed} {path.name}")
        try:
            if gone:
                raise Broken(f"{gone} is missing")
            clients += kill_clients(path, dice)
            more = number < SERVER_KILLS - len(paths) if len(paths) > 1 else 1
            for again in range(1 + more):
                kill_server(path, dice, comes_back=(number + again) % 2 == 1)
                servers += 1
        except (Broken, RunnerDied) as fault:
            print(f"{path.name}: {fault}")
            return 1
        print(f"{path.name}: as if nobody had been killed", flush=True)
    seconds = time.monotonic() - begun
    print(
        f"{clients} clients and {servers} servers killed in {seconds:.0f} s: nothing lost, nothing twice, everyone told"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
