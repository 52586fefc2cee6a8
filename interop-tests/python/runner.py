"""The Python runner: one command a line in, one answer a line out, until `quit`. Thin: it translates and calls.

It uses the installed `fishplate` and nothing that is not public.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import fishplate
import sessions
import state
import stream
from fishplate import Decision, DecisionError, Engine, FishplateError, Limits, RuleSet, TraceContext, canonical
from tagged import percent, read, unpercent, write, write_named


class Session:
    """What the runner holds between commands: the last rule set, one engine, the options for the next, snapshots."""

    def __init__(self) -> None:
        """Begin with nothing loaded and the default limits."""
        self.limits: dict[str, int] = {}
        self.options: dict[str, Any] = {}
        self.folder: str | None = None
        self.kept = state.Kept()
        self.rules: RuleSet | None = None
        self.engine: Engine | None = None
        self.session: fishplate.Session | None = None

    def answer(self, command: str, *fields: str) -> list[str]:
        """Give the fields of the answer to one command."""
        try:
            return getattr(self, f"on_{command}")(*fields)
        except FishplateError as error:
            return ["error", *error_fields(error)]

    def on_rules_text(self, file: str, text: str, *files: str) -> list[str]:
        """Compile from text."""
        named = {unpercent(name): bytes.fromhex(content) for name, content in zip(files[::2], files[1::2], strict=True)}
        return self.compiled(
            RuleSet.from_text(unpercent(text), named, file=unpercent(file), limits=Limits(**self.limits))
        )

    def on_rules_load(self, path: str) -> list[str]:
        """Compile from a file."""
        return self.compiled(RuleSet.from_file(unpercent(path), limits=Limits(**self.limits)))

    def compiled(self, rules: RuleSet) -> list[str]:
        """Keep the rule set in the place of the last one."""
        if self.rules is not None:
            self.rules.close()
        self.rules = rules
        return ["ok", percent(rules.name), rules.version.hex()]

    def on_limit(self, name: str, value: str) -> list[str]:
        """Set a limit for what follows."""
        self.limits[name] = int(value)
        return ["ok"]

    def on_strict(self, flag: str) -> list[str]:
        """Say whether the next engine is strict."""
        self.options["strict"] = flag == "1"
        return ["ok"]

    def on_memory(self, number: str) -> list[str]:
        """Say how many bytes the next engine may remember."""
        self.options["memory"] = int(number)
        return ["ok"]

    def on_at_budget(self, policy: str) -> list[str]:
        """Say what the next engine does when they are taken."""
        self.options["at_budget"] = policy
        return ["ok"]

    def on_folder(self, path: str) -> list[str]:
        """Say where the next engine keeps its inputs."""
        self.folder = unpercent(path) or None
        return ["ok"]

    def on_engine(self) -> list[str]:
        """Open an engine in the place of the last one."""
        if self.engine is not None:
            self.engine.close()
        return self.opened(Engine(self.rules, limits=Limits(**self.limits), state=self.folder, **self.options))

    def opened(self, engine: Engine) -> list[str]:
        """Keep the engine in the place of the last one."""
        if self.engine is not None:
            self.engine.close()
        self.engine, self.session = engine, None
        return ["ok"]

    def on_restore(self, *names: str) -> list[str]:
        """Open an engine with the state of snapshots."""
        return self.opened(self.kept.restore(self.rules, names, {"limits": Limits(**self.limits), **self.options}))

    def on_keep(self, name: str, content: str) -> list[str]:
        """Keep bytes as a snapshot."""
        return self.kept.keep(name, content)

    def on_snapshot(self, name: str, *groups: str) -> list[str]:
        """Keep the state of the engine."""
        return self.kept.take(self.engine, name, groups)

    def on_advance(self, seconds: str, nanos: str) -> list[str]:
        """Say what time it is."""
        return state.advance(self.engine, seconds, nanos, decision_fields)

    def on_swap(self) -> list[str]:
        """Decide by the rules that were loaded last."""
        return state.swap(self.engine, self.rules)

    def on_mode(self, rule: str, mode: str) -> list[str]:
        """Switch a rule."""
        return state.switch(self.engine, rule, mode)

    def on_state(self) -> list[str]:
        """Say what the engine remembers."""
        return state.held(self.engine)

    def on_decide(self, form: str, trace: str, body: str) -> list[str]:
        """Decide one event."""
        decide = self.engine.decide if self.session is None else partial(sessions.decide, self.session)
        return self.one(decide, form, trace, body)

    def on_preview(self, form: str, trace: str, body: str) -> list[str]:
        """Preview one event."""
        preview = self.engine.preview if self.session is None else partial(sessions.decide, self.session, preview=True)
        return self.one(preview, form, trace, body)

    def on_explain(self, form: str, body: str) -> list[str]:
        """Say why rules match an event, or do not."""
        features, body = features_of(body)
        explanation = self.engine.explain(event_of(form, body), format=format_of(form), features=features)
        return ["explained", percent(str(explanation)), percent(explanation.json)]

    def one(self, decide: Any, form: str, trace: str, body: str) -> list[str]:
        """Decide or preview one event."""
        if form == "row":
            return ["unsupported"]
        features, body = features_of(body)
        event = event_of(form, body)
        decision = decide(event, format=format_of(form), trace=trace_of(trace), features=features)
        return ["decision", *decision_fields(decision)]

    def on_batch(self, form: str, *events: str) -> list[str]:
        """Decide many events in one call."""
        parted = [features_of(body) for body in events[1::2]]
        bodies = [event_of(form, body) for _, body in parted]
        brought = [features for features, _ in parted]
        traces = [trace_of(trace) for trace in events[::2]]
        answer = ["batch", str(len(bodies))]
        decide = self.engine.decide_all if self.session is None else partial(sessions.decide_all, self.session)
        for outcome in decide(bodies, format=format_of(form), traces=traces, features=brought):
            if isinstance(outcome, FishplateError):
                answer += ["e", percent("\t".join(error_fields(outcome)))]
            else:
                answer += ["d", percent("\t".join(decision_fields(outcome)))]
        return answer

    def on_columns(self, *_: str) -> list[str]:
        """Rows are not an event of Python's."""
        return ["unsupported"]

    def on_close(self, kind: str) -> list[str]:
        """Close an object; it stays at hand, so that it can be used closed."""
        {"engine": self.engine, "rules": self.rules, "session": self.session}[kind].close()
        return ["ok"]

    def on_use_closed(self, kind: str) -> list[str]:
        """Use a closed object on purpose."""
        if kind == "engine":
            self.engine.decide({})
        elif kind == "session":
            self.session.send({})
        else:
            Engine(self.rules)
        return ["ok"]

    def on_live(self) -> list[str]:
        """Count what is not freed."""
        live = fishplate.live_objects()
        return ["ok", str(live["rule_set"]), str(live["engine"]), str(live["session"])]

    def on_stream(self, form: str, file: str, out: str) -> list[str]:
        """Decide a file of events."""
        return stream.run(self.engine if self.session is None else self.session, form, unpercent(file), unpercent(out))

    def on_share(self, name: str) -> list[str]:
        """Make the engine reachable in this process."""
        self.engine.share(unpercent(name))
        return ["ok"]

    def on_connect(self, address: str, *options: str) -> list[str]:
        """Open a session in the place of the last one."""
        if self.session is not None:
            self.session.close()
        self.session = sessions.connect(unpercent(address), options)
        report = self.session.report()
        return ["ok", report.id.hex(), str(report.epoch), report.version.hex()]

    def on_send(self, form: str, trace: str, body: str, *options: str) -> list[str]:
        """Send one event."""
        named = sessions.send_options(options)
        named["features"], body = features_of(body)
        event = event_of(form, body)
        return ["sent", str(self.session.send(event, format=format_of(form), trace=trace_of(trace), **named))]

    def on_receive(self, wait_ms: str = "10000") -> list[str]:
        """Receive one outcome, or the end."""
        try:
            outcome = self.session.receive(int(wait_ms) / 1000)
        except FishplateError as error:
            last = self.session.report()
            if last.status is None or error.code in ("F0852", "F0863", "F0801"):
                raise
            return ["end", last.status.name, str(last.watermark), *error_fields(error)]
        if outcome is None:
            return ["end", "OK", str(self.session.report().watermark)]
        if outcome.error is not None:
            return ["outcome", str(outcome.sequence), "e", *error_fields(outcome.error)]
        return ["outcome", str(outcome.sequence), "d", *decision_fields(outcome.decision)]

    def on_half_close(self) -> list[str]:
        """Say that no more events come."""
        self.session.half_close()
        return ["ok"]

    def on_cancel(self) -> list[str]:
        """Cancel the session."""
        self.session.cancel()
        return ["ok"]

    def on_report(self) -> list[str]:
        """Say where the session stands."""
        report = self.session.report()
        state = report.state if report.status is None else f"done:{report.status.name}"
        numbers = (report.epoch, report.sent, report.accepted, report.received, report.shed, report.repeats)
        watermark = "-" if report.watermark is None else str(report.watermark)
        return ["report", state, *map(str, numbers), watermark]


def features_of(body: str) -> tuple[dict[str, Any] | None, str]:
    """Part the features that an event brings from its body."""
    before, plus, rest = body.partition("+")
    return (read(before), rest) if plus else (None, body)


def event_of(form: str, body: str) -> Any:
    """Give the event as Python has it."""
    return read(body) if form == "map" else bytes.fromhex(body)


def format_of(form: str) -> Any:
    """Give what is said of it."""
    return None if form == "map" else form


def trace_of(headers: str) -> TraceContext | None:
    """Read `-`, or `name=value,name=value`; the value of grpc-trace-bin is binary, hence hex here."""
    if headers == "-":
        return None
    pairs = (pair.split("=") for pair in headers.split(","))
    named = {unpercent(name): unpercent(value) for name, value in pairs}
    binary = {name: bytes.fromhex(value) for name, value in named.items() if name.lower() == "grpc-trace-bin"}
    return TraceContext.from_headers({**named, **binary})


def decision_fields(decision: Decision) -> list[str]:
    """Give the fields of `<decision>`."""
    flags = [name for name in ("late", "repeated") if getattr(decision, name)]
    trace = decision.trace
    return [
        decision.id.hex(),
        decision.version.hex(),
        "+".join(flags) or "-",
        f"{trace.trace_id.hex()}-{trace.span_id.hex()}-{trace.flags:02x}" if trace else "-",
        write_named(decision.outputs),
        write(list(decision.matched)),
        write_named(decision.features),
        write([error_text(error) for error in decision.errors]),
        write(list(decision.shadow_matched)),
        write([error_text(error) for error in decision.shadow_errors]),
        canonical.digest(decision).hex(),
    ]


def error_text(error: DecisionError) -> str:
    """Give one error of a decision."""
    return f"{error.kind}:{error.name}:{error.code}:{error.line}:{error.column}"


def error_fields(error: FishplateError) -> list[str]:
    """Give the fields of `<error>`."""
    fields = [error.status.name, str(len(error.diagnostics))]
    for diagnostic in error.diagnostics:
        fields += [diagnostic.code, "-" if diagnostic.place is None else percent(str(diagnostic.place))]
    return [*fields, percent(str(error))]


def main() -> None:
    """Answer until `quit`."""
    session = Session()
    for line in sys.stdin:
        fields = line.rstrip("\n").split("\t")
        if fields == ["quit"]:
            break
        print("\t".join(session.answer(*fields)), flush=True)


if __name__ == "__main__":
    main()
