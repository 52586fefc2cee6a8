"""The server of a path: `fishplate serve` on a port of loopback that is free, or on a ring of its own.

Knows its command line and what it prints; knows no runner.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
READY_SECONDS: Final = 30
STOP_SECONDS: Final = 20


class ServerError(Exception):
    """A server that is not there, does not start, or does not end well."""


def server_command() -> list[str]:
    """How the server is started. FISHPLATE_TARGET moves the build folder, FISHPLATE_SERVER replaces the command."""
    target = Path(os.environ.get("FISHPLATE_TARGET", REPOSITORY / "target"))
    return os.environ.get("FISHPLATE_SERVER", "").split() or [str(target / "release/fishplate")]


@contextmanager
def serving(carrier: str, rules: Path) -> Iterator[str]:
    """A server on a rule document; gives its address. At the end it is asked to stop, and has to end well."""
    listen = "127.0.0.1:0" if carrier == "grpc" else f"demo-{os.getpid()}"
    command = [*server_command(), "serve", "--rules", str(rules), f"--{carrier}", listen]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as words:
        try:
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True, encoding="utf-8")
        except OSError as error:
            raise ServerError(f"the server does not start: {error}") from error
        address, code = "", None
        try:
            address = _address(server)
            if address:
                yield address
                server.terminate()
            code = server.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass  # told below
        finally:
            server.kill()
            server.wait()
        if code != 0 or not address:
            words.seek(0)
            ended = "does not end when asked to" if code is None else f"ended with exit code {code}"
            raise ServerError(f"the server {ended}\n{words.read()}")


def _address(server: subprocess.Popen[str]) -> str:
    """What it says it listens on, once it is ready; no address if it ends instead."""
    late = threading.Timer(READY_SECONDS, server.kill)
    late.start()
    address = ""
    try:
        for line in server.stdout or ():
            said, _, rest = line.strip().partition(" ")
            if said == "listening":
                address = rest
            elif said == "ready":
                return address
    finally:
        late.cancel()
    return ""
