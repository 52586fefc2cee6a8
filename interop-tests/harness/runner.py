"""One runner: a process that speaks the line protocol of `interop-tests/README.md`. Knows lines, not scenarios."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 60.0


def command_of(path: str) -> list[str]:
    """How the runner of a language is started. FISHPLATE_TARGET moves the build folder."""
    target = Path(os.environ.get("FISHPLATE_TARGET", ROOT / "target"))
    jar = ROOT / "bindings-java/target/fishplate-0.1.0.jar"
    commands = {
        "rust": [str(target / "release/fishplate-runner")],
        "c": [str(target / "dist/c/runner")],
        "python": [str(ROOT / ".venv/bin/python"), str(ROOT / "interop-tests/python/runner.py")],
        "java": ["java", "-Xshare:auto", "-cp", f"{jar}:{target / 'dist/java'}", "Runner"],
    }
    return os.environ.get(f"FISHPLATE_RUNNER_{path.upper()}", "").split() or commands[path]


def missing(path: str) -> str | None:
    """What is missing to start the runner; `None` if it can be started."""
    command = command_of(path)
    needed = [part for part in command if part.startswith("/") and ":" not in part]
    if path == "java" and len(command) > 2:
        needed += command[command.index("-cp") + 1].split(":") if "-cp" in command else []
    if shutil.which(command[0]) is None:
        return command[0]
    return next((part for part in needed if not Path(part).exists()), None)


class RunnerDied(Exception):
    """The runner ended or fell silent: a crash is what the matrix exists to find."""


class Runner:
    """A running runner. `ask` sends one command and gives the fields of its one answer."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.process = subprocess.Popen(
            command_of(path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", bufsize=1
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def ask(self, *fields: str) -> list[str]:
        """Sends a command; `RunnerDied` if no answer comes."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("\t".join(fields) + "\n")
            self.process.stdin.flush()
            answer = self.lines.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise RunnerDied(f"no answer to `{fields[0]}` in {ANSWER_SECONDS:.0f} s") from None
        except BrokenPipeError:
            raise RunnerDied(f"it ended before `{fields[0]}`") from None
        if not answer:
            raise RunnerDied(f"it ended in `{fields[0]}` with exit code {self.process.wait()}")
        return answer.rstrip("\n").split("\t")

    def stop(self) -> int:
        """Says `quit`, and ends it if it does not listen; gives its exit code."""
        try:
            assert self.process.stdin is not None
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
            return self.process.wait(timeout=20)
        except (BrokenPipeError, OSError):
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
