"""The paths of the matrix: a client in some language, and what lies between it and the engine. Knows no scenario."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path as File
from typing import NamedTuple

ROOT = File(__file__).resolve().parents[2]


def target() -> File:
    """The build folder; FISHPLATE_TARGET moves it."""
    return File(os.environ.get("FISHPLATE_TARGET", ROOT / "target"))


class Path(NamedTuple):
    """A client and a carrier: `c` decides in its own process, `c-ring` and `c-grpc` ask a server."""

    name: str
    client: str
    carrier: str = ""  # "", "ring" or "grpc"

    @property
    def plain(self) -> bool:
        """Whether the client is not ours: stubs from `proto/`, and nothing else of Fishplate."""
        return self.client in ("grpcio", "grpc-java")

    @property
    def kind(self) -> str:
        """What a scenario's `where` calls it."""
        return "plain" if self.plain else self.carrier or "in process"


LANGUAGES = ("rust", "c", "python", "java")
PATHS = {
    path.name: path
    for path in (
        *(Path(language, language) for language in LANGUAGES),
        *(Path(f"{language}-ring", language, "ring") for language in LANGUAGES),
        *(Path(f"{language}-grpc", language, "grpc") for language in LANGUAGES),
        Path("grpcio", "grpcio", "grpc"),
        Path("grpc-java", "grpc-java", "grpc"),
    )
}
KINDS = ("in process", "ring", "grpc", "plain")
#: No path of the matrix: who lets time pass in the servers of the others, and changes their rules.
OPERATOR = Path("operator", "operator", "grpc")


def server_command() -> list[str]:
    """How the server is started; FISHPLATE_SERVER replaces it."""
    return shlex.split(os.environ.get("FISHPLATE_SERVER", "")) or [str(target() / "release/fishplate")]


def command_of(client: str) -> list[str]:
    """How a client's runner is started. FISHPLATE_RUNNER_JAVA and its like replace one command."""
    python = str(ROOT / ".venv/bin/python")
    jar = ROOT / "bindings-java/target/fishplate-0.1.0.jar"
    java = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp"]
    plain = target() / "dist/grpc-java"
    commands = {
        "rust": [str(target() / "release/fishplate-runner")],
        "c": [str(target() / "dist/c/runner")],
        "python": [python, str(ROOT / "interop-tests/python/runner.py")],
        "java": [*java, f"{jar}:{target() / 'dist/java'}", "Runner"],
        "grpcio": [python, str(ROOT / "interop-tests/grpcio/runner.py")],
        "grpc-java": [*java, f"{plain / 'classes'}:{plain / 'lib'}/*", "PlainRunner"],
        "operator": [python, str(ROOT / "interop-tests/grpcio/operating.py")],
    }
    variable = f"FISHPLATE_RUNNER_{client.upper().replace('-', '_')}"
    return shlex.split(os.environ.get(variable, "")) or commands[client]


def missing(path: Path) -> str | None:
    """What is missing to play this path; `None` if nothing is."""
    commands = [command_of(path.client), *([server_command()] if path.carrier else [])]
    for command in commands:
        if shutil.which(command[0]) is None:
            return command[0]
    named = (part for command in commands for argument in command[1:] for part in argument.split(":"))
    return next((part for part in named if part.startswith("/") and not File(part.removesuffix("/*")).exists()), None)
