"""One server: a process `fishplate serve` on loopback or a ring. Knows its command line, not sessions."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path as File

from .paths import server_command

READY_SECONDS = 30.0
STOP_SECONDS = 15.0
REFUSED = 2
_numbers = itertools.count(1)


class Refused(Exception):
    """The server did not start: its exit code and what it said."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"exit code {code}: {said}")
        self.code = code
        self.said = said


class Server:
    """A server on one rule document. A new one listens where the killed one did."""

    def __init__(self, carrier: str, document: str, folder: File, options: list[str]) -> None:
        self.carrier = carrier
        self.options = ["--rules", document, *options]
        self.folder = folder
        self.listen = f"matrix-{os.getpid()}-{next(_numbers)}" if carrier == "ring" else "127.0.0.1:0"
        self.address = ""
        self.operator = ""
        self.process: subprocess.Popen[str] | None = None
        # Its words are read while it writes them, so both have the file open, each at its own place.
        self.log = tempfile.NamedTemporaryFile("ab", prefix="fishplate-server-")  # noqa: SIM115 (`close` closes it)

    def start(self) -> None:
        """Starts it and waits until it is ready; `Refused` if it ends instead."""
        # One client at a time; a second pair of lanes for the one that takes over.
        small = ["--ring-pairs", "2"] if self.carrier == "ring" else []
        listen = [f"--{self.carrier}", self.listen, "--operator", "127.0.0.1:0"]
        command = [*server_command(), "serve", *listen, *small, *self.options]
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log, text=True, encoding="utf-8"
        )
        assert self.process.stdout is not None
        late = threading.Timer(READY_SECONDS, self.process.kill)
        late.start()
        try:
            for line in self.process.stdout:
                said, _, address = line.strip().partition(" ")
                if said == "listening":
                    self.address = address
                    self.listen = address.split("://", 1)[1]
                elif said == "operator":
                    self.operator = address
                elif said == "ready":
                    return
        finally:
            late.cancel()
        raise Refused(self.process.wait(), self.words())

    def words(self) -> str:
        """What it wrote to standard error so far."""
        return File(self.log.name).read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """Ends it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask_to_stop(self) -> None:
        """Sends SIGTERM: it drains, and ends by itself."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def code(self) -> int:
        """Waits for its end; gives its exit code."""
        if self.process is None:
            return 0
        try:
            code = self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = -signal.SIGALRM  # it was asked to end, and did not
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def close(self) -> None:
        """Lets go of what it wrote, and of what it could not take away when it was killed."""
        self.log.close()
        if self.carrier == "ring":
            File("/dev/shm", f"fishplate-{self.listen}").unlink(missing_ok=True)  # noqa: S108 (rings are there)
