"""Plays a scenario of sessions: every send, receive and signal is a step.

What becomes of an event is expected where it is sent; receiving compares in order.
This file knows the session steps of `scenario.json` (interop-tests/README.md); it knows nothing of any language.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from . import canonical
from .bodies import Schema, body_of
from .expect import Difference, compare_refusals, read_refusal, refusal_of
from .play import Abandoned, Play, expanded, features_of, trace_of
from .runner import Runner
from .scenario import Step
from .sites import TERMS, Served, session_of
from .values import from_plain, percent

POLICIES = {"reject": 1, "block": 2, "shed_oldest": 3}
#: A client whose server died knows it within this time, and so does a call that another thread waits in.
SOON = 5.0
SHED = "F0853"


class SessionPlay(Play):
    """One scenario of sessions in one format at one site."""

    def run(self) -> None:
        """Plays every step on a session of its own."""
        self.asked: list[Step] = []  # every event of the session, in order: what is expected of it
        self.received = 0
        self.watermark = 0  # of the session that was drained last
        super().run()

    def _step(self, step: Step) -> None:
        verbs: dict[str, Callable[[Step], None]] = {
            "rules": self._rules,
            "connect": self._connect,
            "send": self._send,
            "send_again": self._send_again,
            "batch": self._whole_batch,
            "receive": self._receive,
            "end": self._end,
            "drain": self._drain,
            "report": self._report,
            "cut": self._cut,
            "cut_every": self._cut_every,
            "kill": self._kill,
            "start": self._start,
            "wait_ms": lambda step: time.sleep(step["wait_ms"] / 1000),
        }
        for verb in ("half_close", "cancel"):
            if verb in step:
                return self._call(step, verb)
        for verb, play in verbs.items():
            if verb in step:
                return play(step)
        if "close" in step or "use_closed" in step:
            return super()._step(step)
        raise ValueError(f"no such step of a session: {sorted(step)}")

    # --- rules and sessions ---

    def _rules(self, step: Step) -> None:
        self._close()
        path = self.scenario.folder / step["rules"]
        if isinstance(self.site, Served):
            self.site.automatic = False
        document = path.read_bytes()
        self.schema = Schema(path.parent, document.decode())
        self.version = canonical.version_of(document, self.schema.files)
        answer = self.site.ask("rules_text", percent(path.name), percent(document), *self._files())
        if not self._kind("ok", answer):
            raise Abandoned
        self.open.add("rules")
        if not isinstance(self.site, Served):
            self._engine()
        self.open.add("engine")

    def _connect(self, step: Step) -> None:
        options = dict(step["connect"])
        if "when_full" in options:
            options["when_full"] = POLICIES[options["when_full"]]
        if self.site.path.carrier == "grpc" and not step.get("bare"):
            options = {**TERMS, **options}
        session = session_of(self.scenario.name, self.form, options.pop("which", 1))
        options["id"] = session.hex()
        address = percent(step.get("address") or self.site.address())
        answer = self.client.ask("connect", address, *(f"{name}={value}" for name, value in options.items()))
        if "error" in step:
            self._refused(step, answer)
            return
        epoch = str(options.get("epoch", 1))
        if not self._equal("connect", ["ok", session.hex(), epoch, self.version.hex()], shown(answer)):
            raise Abandoned
        self.open.add("session")
        self.site.session = session
        if "epoch" in options:
            self._take_over(options["received"])
        else:
            self.asked, self.received = [], 0

    def _take_over(self, received: int) -> None:
        """Goes on with a session of a client that died: events that the server did not accept are sent again."""
        self.received = received
        report = self.client.ask("report")
        accepted = int(report[4])
        self.checks += 1
        if not received <= accepted <= len(self.asked):
            limits = f"{received} to {len(self.asked)}"
            self.differs(Difference("events that the server accepted", limits, str(accepted)))
        lost, self.asked = self.asked[accepted:], self.asked[:accepted]
        for step in lost:
            self._send(step)

    @property
    def client(self) -> Runner:
        """The client's runner: another one after a kill."""
        return self.site.client

    # --- events and signals ---

    def _send(self, step: Step) -> None:
        for _ in range(step.get("times", 1)):
            options = [f"{name}={step[name]}" for name in ("preview", "within_ms", "wait_ms") if name in step]
            command = ("send", self.form, trace_of(step), self._event(step), *options)
            answer = self.client.ask(*command)
            patience = time.monotonic() + SOON
            while step.get("soon") and answer[0] == "error" and time.monotonic() < patience:
                time.sleep(0.005)
                answer = self.client.ask(*command)
            if "error" in step:
                self._refused(step, answer)
            elif self._equal("send", ["sent", str(len(self.asked) + 1)], shown(answer)):
                self.asked.append(step)

    def _event(self, step: Step) -> str:
        assert self.schema is not None, "rules are loaded before events are sent"
        plain = step["send"] if "send" in step else step["event"]
        return features_of(step) + body_of(from_plain(plain), self.form, self.schema)

    def _send_again(self, step: Step) -> None:
        self._equal("again", ["ok"], shown(self.client.ask("again", str(step["send_again"]))))

    def _whole_batch(self, step: Step) -> None:
        steps = expanded(step["batch"])
        pairs = [part for one in steps for part in (trace_of(one), self._event(one))]
        answer = self.client.ask("batch", self.form, *pairs)
        self.asked += steps
        if self._equal("batch", ["batch", str(len(steps))], shown(answer)[:2]):
            for number, one in enumerate(steps):
                self.received += 1
                kind = {"d": "decision", "e": "error"}[answer[2 + 2 * number]]
                self._became(one, self.received, [kind, *unquote(answer[3 + 2 * number]).split("\t")])

    def _call(self, step: Step, verb: str) -> None:
        answer = self.client.ask(verb)
        if "error" in step:
            self._refused(step, answer)
        else:
            self._equal(verb, ["ok"], shown(answer))

    # --- outcomes ---

    def _receive(self, step: Step) -> None:
        for _ in range(step["receive"]):
            answer = self._ask_receive(step)
            if "error" in step:
                self._refused(step, answer)
            elif not self._outcome_of(answer):
                return

    def _ask_receive(self, step: Step) -> list[str]:
        begun = time.monotonic()
        answer = self.client.ask("receive", *([str(step["within_ms"])] if "within_ms" in step else []))
        took = time.monotonic() - begun
        if "soon" in step and took > SOON:
            self.differs(Difference("seconds until the answer", f"at most {SOON:.0f}", f"{took:.1f}"))
        return answer

    def _outcome_of(self, answer: list[str]) -> bool:
        """Compares the next outcome; says whether it was one."""
        sequence = self.received + 1
        if not self._equal("outcome", ["outcome", str(sequence)], shown(answer)[: 2 if answer[0] == "outcome" else 9]):
            return False
        self.received = sequence
        kind = {"d": "decision", "e": "error"}[answer[2]]
        self._became(self.asked[sequence - 1], sequence, [kind, *answer[3:]])
        return True

    def _became(self, step: Step, sequence: int, answer: list[str]) -> None:
        assert self.site.session is not None, "events are sent in a session"
        if "refused" in step:
            self._refused({"error": step["refused"]}, answer)
        else:
            filled = self._filled_in(step)
            # How far a cancelled session came is its path's own: only paths that came as far must tell the same.
            since = "" if filled == step else f" after a watermark of {self.watermark}"
            at, self.at = self.at, f"{self.at}, event {sequence}{since}"
            self._outcome(filled, answer, (self.site.session, sequence))
            self.at = at

    def _filled_in(self, step: Step) -> Step:
        """The step with what only a watermark can tell: how many events the window holds after a session ended."""
        text = json.dumps(step).replace("{watermark + 1}", str(self.watermark + 1))
        filled: Step = json.loads(text)
        return filled

    def _end(self, step: Step) -> None:
        """The last word, and no outcome before it."""
        self._last_word(step["end"], self._ask_receive(step), step["end"]["watermark"])

    def _drain(self, step: Step) -> None:
        """Receives to the end: outcomes in order, the watermark the last of them, as many shed as expected."""
        expected, shed = step["drain"], 0
        answer = self._ask_receive(step)
        while answer[0] == "outcome":
            if answer[2] == "e" and SHED in answer:
                shed += self._equal("outcome", [str(self.received + 1)], answer[1:2])
                self.received += 1
            elif not self._outcome_of(answer):
                return
            answer = self._ask_receive(step)
        self.watermark = self.received
        self._equal("events shed", [str(expected.get("shed", 0))], [str(shed)])
        self._last_word(expected, answer, self.received)
        least = expected.get("at_least", len(self.asked) if expected["status"] == "OK" else 0)
        if self.received < least:
            self.differs(Difference("outcomes", f"at least {least}", str(self.received)))

    def _last_word(self, expected: dict[str, Any], answer: list[str], watermark: int) -> None:
        if not self._equal("end", ["end", expected["status"], str(watermark)], shown(answer)[:3]):
            return
        if "diagnostics" not in expected:
            self._equal("error of the end", [], shown(answer)[3:])
            return
        for difference in compare_refusals(refusal_of(expected), read_refusal(answer[3:])):
            self.differs(difference)

    def _report(self, step: Step) -> None:
        names = ("state", "epoch", "sent", "accepted", "received", "shed", "repeats", "watermark")
        answer = self.client.ask("report")
        got = dict(zip(names, answer[1:], strict=True))
        for name, value in step["report"].items():
            if isinstance(value, str) and value.startswith("at least "):
                self.checks += 1
                if int(got[name]) < int(value.split()[-1]):
                    self.differs(Difference(f"report: {name}", value, got[name]))
            else:
                self._equal(f"report: {name}", [str(value)], [got[name]])

    # --- what goes wrong ---

    def _served(self) -> Served:
        if not isinstance(self.site, Served):
            raise ValueError("a client in the server's own process cannot lose it")
        return self.site

    def _cut(self, _: Step) -> None:
        site = self._served()
        if site.proxy is not None:
            site.proxy.cut()

    def _cut_every(self, step: Step) -> None:
        """Puts a proxy between (0: it cuts only when told), or tells it how long connections live, in bytes."""
        site = self._served()
        proxy = site.proxy or site.behind_a_proxy()
        proxy.cut_every = step["cut_every"]

    def _kill(self, step: Step) -> None:
        site = self._served()
        if step["kill"] == "server":
            assert site.server is not None, "there is a server to be killed"
            site.server.kill()
        else:
            site.client.kill()
            site.client = Runner(site.path)
            self.open.discard("session")

    def _start(self, _: Step) -> None:
        server = self._served().server
        assert server is not None, "a server that was killed is started again"
        server.start()

    def _close(self) -> None:
        if "session" in self.open:
            self.client.ask("close", "session")
            self.open.discard("session")
        super()._close()


def shown(answer: list[str]) -> list[str]:
    """An answer as people read it."""
    return [unquote(field) for field in answer]
