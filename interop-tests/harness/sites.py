"""Where a scenario is played: in the client's own process, or against a server that is started for it.

Both take the commands of the line protocol, so that a scenario of events does not see the difference. On a served path
the commands for rules and engines are the server's command line, and the client gets one session an engine.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import subprocess
import tempfile
from pathlib import Path as File
from typing import Any
from urllib.parse import unquote

from .paths import OPERATOR, Path, server_command
from .proxy import Proxy
from .runner import Runner
from .server import REFUSED, Refused, Server
from .values import percent

#: A session on a network names when it ends by itself; these are long enough never to.
TERMS = {"idle_timeout_ms": 60_000, "max_age_ms": 600_000}
_names = itertools.count(1)


def session_of(*what: object) -> bytes:
    """The id of a session: the same in every run and on every path, so that decisions can be compared."""
    return hashlib.sha256("/".join(map(str, what)).encode()).digest()[:16]


class InProcess:
    """A client that decides in its own process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.client = Runner(path)
        self.session: bytes | None = None
        self.sent = 0
        self.shared = ""
        self.folder = ""

    def begin(self, scenario: str, form: str) -> None:
        """A scenario begins, without a session."""
        self.session, self.sent = None, 0

    def ask(self, command: str, *fields: str) -> list[str]:
        """Sends a command; gives the fields of its answer."""
        if command == "engine":
            self.shared = ""
        return self.client.ask(command, *fields)

    def operate(self, command: str, *fields: str) -> list[str]:
        """What is done to the engine, and is no event of a session: the client's own engine is told."""
        return self.client.ask(command, *fields)

    def keep_in(self, folder: str) -> list[str]:
        """Where the engines that follow keep their inputs; empty: nowhere."""
        self.folder = folder
        return self.client.ask("folder", percent(folder))

    def die(self) -> None:
        """The process that decides is killed; another one is there, which knows nothing."""
        self.client.kill()
        self.client = Runner(self.path)
        self.keep_in(self.folder)

    def address(self) -> str:
        """Shares the engine; gives where sessions find it."""
        if not self.shared:
            self.shared = f"matrix-{next(_names)}"
            answer = self.client.ask("share", self.shared)
            if answer != ["ok"]:
                raise ValueError(f"the engine cannot be shared: {unquote(answer[-1])}")
        return f"inproc:{self.shared}"

    def settle(self) -> list[str]:
        """Nothing is left to wait for."""
        return []

    def stop(self) -> int:
        """Ends the client; gives its exit code."""
        return self.client.stop()


class Served:
    """A client that asks a server. `sent` counts the events of the session."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.client = Runner(path)
        self.automatic = True  # every engine gets a session by itself
        self.server: Server | None = None
        self.proxy: Proxy | None = None
        self.stopping: list[Server] = []
        self.session: bytes | None = None
        self.sent = 0
        self.name = ""
        self.document = ("", File())
        self.limits: dict[str, str] = {}
        self.budget: dict[str, str] = {}
        self.strict = False
        self.fresh = False
        self.scope: tuple[str, str, int] = ("", "", 0)
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        self.operator: Runner | None = None
        self.operated = ""  # where the operator's connection leads

    def begin(self, scenario: str, form: str) -> None:
        """A scenario begins: session ids are derived from its name."""
        self.scope = (scenario, form, 0)
        self.automatic = True

    def ask(self, command: str, *fields: str) -> list[str]:
        """Answers for what the server does; sends everything else to the client."""
        handler = getattr(self, f"on_{command}", None)
        return handler(*fields) if handler else self.client.ask(command, *fields)

    def operate(self, command: str, *fields: str) -> list[str]:
        """What is done to the engine, and is no event of a session: the server's operator does it."""
        assert self.server is not None, "rules are loaded before an engine is operated"
        if self.operator is None:
            self.operator = Runner(OPERATOR)
        if self.operated != self.server.operator:
            self.operated = self.server.operator
            self.operator.ask("at", percent(self.operated))
        self.fresh = False
        answer = self.operator.ask(command, *fields)
        if answer == ["unsupported"]:
            raise ValueError(f"servers are not told to {command}: such a scenario is `in process`")
        return answer

    def keep_in(self, folder: str) -> list[str]:
        """Where the servers that follow keep their state; empty: nowhere."""
        self.budget["--state"] = folder or "0"
        self.fresh = False
        return ["ok"]

    def die(self) -> None:
        """The server is killed; the next one is started as soon as rules are loaded."""
        assert self.server is not None, "rules are loaded before a server is killed"
        self.server.kill()
        self.server.close()
        self.server = None
        self.client.ask("close", "session")

    # --- what is the server's ---

    def on_limit(self, name: str, value: str) -> list[str]:
        """A limit for the next server."""
        self.limits[name] = value
        self.fresh = False
        return ["ok"]

    def on_strict(self, flag: str) -> list[str]:
        """Whether the next server is strict."""
        self.strict = flag == "1"
        self.fresh = False
        return ["ok"]

    def on_memory(self, value: str) -> list[str]:
        """The budget of the next server."""
        self.budget["--memory"] = value
        self.fresh = False
        return ["ok"]

    def on_at_budget(self, policy: str) -> list[str]:
        """What the next server does when the budget is spent."""
        self.budget["--at-budget"] = policy
        self.fresh = False
        return ["ok"]

    def on_rules_text(self, file: str, text: str, *files: str) -> list[str]:
        """A server on a document in a folder of its own, under the name that it has in the scenario."""
        if self.folder is not None:
            self.folder.cleanup()
        self.folder = tempfile.TemporaryDirectory(prefix="fishplate-matrix-")
        folder = File(self.folder.name)
        written = {unquote(file): unquote(text).encode()}
        written |= {unquote(name): bytes.fromhex(body) for name, body in zip(files[::2], files[1::2], strict=True)}
        for name, body in written.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(body)
        self.document = (unquote(file), folder)
        return self._serve()

    def on_rules_load(self, path: str) -> list[str]:
        """A server on a document where it is."""
        self.document = (unquote(path), File(unquote(path)).parent)
        return self._serve()

    def on_engine(self) -> list[str]:
        """A new engine is a new server, unless nothing was sent to this one."""
        if self.fresh and self.sent == 0:
            return ["ok"]
        return self._serve()[:1]

    def on_columns(self, *_: str) -> list[str]:
        """Rows do not travel."""
        return ["unsupported"]

    def on_close(self, kind: str) -> list[str]:
        """Closing the engine is ending its session and its server."""
        if kind == "session":
            return self.client.ask("close", "session")
        return self._end() if kind == "engine" else ["ok"]

    def on_decide(self, *fields: str) -> list[str]:
        """One event."""
        self.sent += 1
        return self.client.ask("decide", *fields)

    def on_preview(self, *fields: str) -> list[str]:
        """One event that changes nothing; it has its place in the session like any other."""
        self.sent += 1
        return self.client.ask("preview", *fields)

    def on_batch(self, form: str, *events: str) -> list[str]:
        """Many events."""
        self.sent += len(events) // 2
        return self.client.ask("batch", form, *events)

    def on_stream(self, *fields: str) -> list[str]:
        """A file of events."""
        answer = self.client.ask("stream", *fields)
        self.sent += int(answer[1]) if answer[0] == "stream" else 0
        return answer

    # --- servers and sessions ---

    def _limits(self) -> list[str]:
        return [part for name, value in self.limits.items() for part in ("--limit", f"{name}={value}") if value != "0"]

    def _options(self) -> list[str]:
        budget = [part for option, value in self.budget.items() for part in (option, value) if value != "0"]
        return [*self._limits(), *budget, *(["--strict"] if self.strict else [])]

    def _serve(self) -> list[str]:
        self._let_go()
        document, folder = self.document
        if self.budget.get("--state", "0") != "0":
            # The folder is free when whoever had it is gone.
            for server in self.stopping:
                server.code()
        self.server = Server(self.path.carrier, document, folder, self._options())
        try:
            self.server.start()
        except Refused as refused:
            self._let_go()
            return self._refusal(refused)
        self.name = name_in((folder / document).read_text(encoding="utf-8"))
        self.fresh = True
        return self._connect() if self.automatic else ["ok", percent(self.name)]

    def _connect(self) -> list[str]:
        scenario, form, number = self.scope
        self.scope = (scenario, form, number + 1)
        self.session, self.sent = session_of(*self.scope), 0
        terms = [f"{name}={value}" for name, value in TERMS.items()] if self.path.carrier == "grpc" else []
        options = [f"id={self.session.hex()}", f"rule_set={percent(self.name)}", *terms]
        answer = self.client.ask("connect", percent(self.address()), *options)
        if answer[:3] != ["ok", self.session.hex(), "1"]:
            return answer
        return ["ok", percent(self.name), answer[3]]

    def address(self) -> str:
        """Where sessions find the server."""
        assert self.server is not None, "rules are loaded before sessions are opened"
        return f"grpc://{self.proxy.address}" if self.proxy else self.server.address

    def behind_a_proxy(self) -> Proxy:
        """From now on, connections go through a proxy that can cut them."""
        assert self.server is not None, "rules are loaded before sessions are opened"
        self.proxy = Proxy(self.server.address.removeprefix("grpc://"))
        return self.proxy

    def _end(self) -> list[str]:
        """Half-closes: the last word must be OK, at the last event that was sent."""
        if self.server is None:
            return ["ok"]
        answer = ["ok"]
        if self.automatic:
            told = self.client.ask("half_close")
            end = self.client.ask("receive")
            self.client.ask("close", "session")
            if told != ["ok"] or end != ["end", "OK", str(self.sent)]:
                answer = [f"a session that ends with {' '.join(map(unquote, end))} after {self.sent} events"]
        self._let_go()
        return answer

    def _let_go(self) -> None:
        """Asks the server to stop; `settle` waits for it."""
        if self.proxy is not None:
            self.proxy.close()
            self.proxy = None
        if self.server is not None:
            self.server.ask_to_stop()
            self.stopping.append(self.server)
            self.server = None
        self.session = None

    def settle(self) -> list[str]:
        """Waits for the servers that were asked to stop; gives those that did not end well, with their words."""
        bad = []
        for server in self.stopping:
            code = server.code()
            if code not in (0, REFUSED):
                bad.append(f"a server ended with exit code {code}: {server.words()[-500:]}")
            server.close()
        self.stopping.clear()
        return bad

    def stop(self) -> int:
        """Ends the client and the server; gives the client's exit code."""
        self._let_go()
        code = self.client.stop()
        with contextlib.suppress(OSError):
            self.settle()
        if self.operator is not None:
            code = code or self.operator.stop()
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None
        return code

    # --- documents that are wrong ---

    def _refusal(self, refused: Refused) -> list[str]:
        """A server that does not start says why in words; `check` says the same for programs."""
        if refused.code != REFUSED:
            return ["error", f"exit code {refused.code}", "0", percent(refused.said)]
        document, folder = self.document
        check = [*server_command(), "check", "--json", *self._limits(), document]
        done = subprocess.run(check, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        error = json.loads(done.stdout.splitlines()[0])["error"]
        fields = [error["status"], str(len(error["diagnostics"]))]
        for diagnostic in error["diagnostics"]:
            fields += [diagnostic["code"], percent(place_text(diagnostic["place"]))]
        return ["error", *fields, percent(refused.said.rstrip("\n"))]


def site_of(path: Path) -> InProcess | Served:
    """Where a path's scenarios are played."""
    return Served(path) if path.carrier else InProcess(path)


def name_in(document: str) -> str:
    """The rule set's name as the document has it."""
    match = re.search(r"^name:\s*(.*?)\s*(?:#.*)?$", document, re.MULTILINE)
    return match[1].strip("\"'") if match else ""


def place_text(place: dict[str, Any] | None) -> str:
    """A place of the command line's JSON as runners write it."""
    if not place:
        return "-"
    if "file" in place:
        return f"{place['file']}:{place['line']}:{place['column']}"
    return str(place.get("field") or place["name"])
