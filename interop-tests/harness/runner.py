"""One runner: a process that speaks the line protocol of `interop-tests/README.md`. Knows lines, not scenarios."""

from __future__ import annotations

import queue
import subprocess
import threading

from .paths import Path, command_of

ANSWER_SECONDS = 60.0


class RunnerDied(Exception):
    """The runner ended or fell silent: a crash is what the matrix exists to find."""


class Runner:
    """A running runner. `ask` sends one command and gives the fields of its one answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.process = subprocess.Popen(
            command_of(path.client),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
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

    def kill(self) -> None:
        """Ends it as a crash would: nothing is said, nothing is flushed."""
        self.process.kill()
        self.process.wait()

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
