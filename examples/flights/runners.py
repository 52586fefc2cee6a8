"""The paths of the demo: the runners of the languages, where they are, and how to talk to one.

A runner is a process that reads commands from its input, one a line, fields separated by a tab, and answers each with
one line (interop-tests/README.md). It decides by itself, or asks a server (servers.py). Knows that protocol; knows no
flights and draws nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote, unquote

from servers import serving

REPOSITORY: Final = Path(__file__).resolve().parents[2]
LANGUAGES: Final = ("rust", "c", "python", "java")
#: Clients that are not ours: plain gRPC, with stubs from proto/.
PLAIN: Final = ("grpcio", "grpc-java")
PATHS: Final = (
    *LANGUAGES,
    *(f"{language}-{carrier}" for carrier in ("ring", "grpc") for language in LANGUAGES),
    *PLAIN,
)
#: When a session on a network ends by itself; the flights are through long before.
TERMS: Final = ("idle_timeout_ms=60000", "max_age_ms=3600000")
DECISION_FIELDS: Final = (
    "id",
    "rule-set version",
    "flags",
    "trace",
    "outputs",
    "matched",
    "features",
    "errors",
    "shadow matched",
    "shadow errors",
    "canonical form",
)
REFUSAL_FIELDS: Final = ("status", "number of diagnostics")

Progress = Callable[[int, int], None]


class RunnerError(Exception):
    """A runner that is not there, ended, or answered with an error."""


def client_of(path: str) -> str:
    """The runner of a path: `c` for `c-ring`."""
    return path if path in PLAIN else path.partition("-")[0]


def carrier_of(path: str) -> str:
    """What lies between a path's runner and the engine: `ring`, `grpc`, or nothing."""
    return "grpc" if path in PLAIN else path.partition("-")[2]


def target() -> Path:
    """The build folder; FISHPLATE_TARGET moves it."""
    return Path(os.environ.get("FISHPLATE_TARGET", REPOSITORY / "target"))


def command_of(path: str) -> list[str]:
    """How the runner of `path` is started. FISHPLATE_RUNNER_JAVA and its like replace one command."""
    client = client_of(path)
    python = str(REPOSITORY / ".venv/bin/python")
    jar = REPOSITORY / "bindings-java/target/fishplate-0.1.0.jar"
    plain = target() / "dist/grpc-java"
    commands = {
        "rust": [str(target() / "release/fishplate-runner")],
        "c": [str(target() / "dist/c/runner")],
        "python": [python, str(REPOSITORY / "interop-tests/python/runner.py")],
        "java": ["java", "-cp", f"{jar}{os.pathsep}{target() / 'dist/java'}", "Runner"],
        "grpcio": [python, str(REPOSITORY / "interop-tests/grpcio/runner.py")],
        "grpc-java": ["java", "-cp", f"{plain / 'classes'}{os.pathsep}{plain / 'lib'}/*", "PlainRunner"],
    }
    variable = f"FISHPLATE_RUNNER_{client.upper().replace('-', '_')}"
    return os.environ.get(variable, "").split() or commands[client]


def missing(command: list[str]) -> list[str]:
    """What a command needs that is not there: its program, and every file it names by its absolute path."""
    named = [part for argument in command[1:] for part in argument.split(os.pathsep) if part.startswith("/")]
    absent = [] if shutil.which(command[0]) else [command[0]]
    return absent + [name for name in named if not Path(name.removesuffix("/*")).exists()]


def encode(text: str) -> str:
    """Text as a field of a line: every byte but the unreserved ones as %XX."""
    return quote(text, safe="._~/:-")


def opened(pipe: IO[str] | None) -> IO[str]:
    """A pipe that was asked for."""
    if pipe is None:
        raise RunnerError("the system gave no pipe to a runner")
    return pipe


class Runner:
    """A running runner. Progress comes from its standard error, on a thread of its own."""

    def __init__(self, path: str, command: list[str], progress: Progress | None = None) -> None:
        self.path = path
        self._progress = progress
        self._last_words: deque[str] = deque(maxlen=20)
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")
        except OSError as error:
            raise RunnerError(f"{path}: the runner does not start: {error}") from error
        self._commands = opened(self._process.stdin)
        self._answers = opened(self._process.stdout)
        self._words = opened(self._process.stderr)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with suppress(OSError):  # it may have ended already, and its pipe with it
            self._commands.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._answers.close()
        self._words.close()

    def ask(self, *fields: str) -> list[str]:
        """Sends a command and gives the fields of its answer; the first says what kind of answer it is."""
        line = "\t".join(fields)
        try:
            self._commands.write(line + "\n")
            self._commands.flush()
            answer = self._answers.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RunnerError(self._obituary(fields[0]))
        return answer.rstrip("\n").split("\t")

    def demand(self, *fields: str) -> list[str]:
        """As `ask`, for a command that has to succeed."""
        answer = self.ask(*fields)
        if answer[0] == "error":
            raise RunnerError(f"{self.path}: {fields[0]}: {unquote(answer[-1])}")
        return answer

    def open_engine(self, rules: Path) -> str:
        """Opens an engine on a rule document; gives the rule set's version."""
        version = self.demand("rules_load", encode(str(rules)))[2]
        self.demand("engine")
        return version

    def open_session(self, address: str) -> str:
        """Opens a session with a server; gives the version of its rule set."""
        carrier = address.partition("://")[0]
        return self.demand("connect", encode(address), *(TERMS if carrier == "grpc" else ()))[3]

    def end_session(self, events: int) -> None:
        """Half-closes: the last word has to be OK, at the last event."""
        self.demand("half_close")
        end = self.demand("receive")
        if end != ["end", "OK", str(events)]:
            raise RunnerError(f"{self.path}: the session of {events} events ended with {' '.join(end)}")
        self.demand("close", "session")

    def _listen(self) -> None:
        for line in self._words:
            words = line.split()
            if words[:1] == ["progress"] and self._progress:
                done, total = words[1:]
                self._progress(int(done), int(total))
            else:
                self._last_words.append(line)

    def _obituary(self, command: str) -> str:
        code = self._process.wait()
        self._listener.join()
        return f"{self.path}: the runner ended in `{command}` with exit code {code}\n{''.join(self._last_words)}"


@contextmanager
def deciding(path: str, rules: Path, progress: Progress | None = None) -> Iterator[tuple[Runner, str]]:
    """A runner with a fresh engine on a rule document, its own or a server's; with it the rule set's version."""
    with ExitStack() as stack:
        carrier = carrier_of(path)
        address = stack.enter_context(serving(carrier, rules)) if carrier else ""
        runner = stack.enter_context(Runner(path, command_of(path), progress))
        yield runner, runner.open_session(address) if address else runner.open_engine(rules)
