"""The Python runner: one command a line in, one answer a line out, until `quit`. Thin: it translates and calls.

It uses the installed `fishplate` and nothing that is not public.
"""

from __future__ import annotations

import sys
from typing import Any

import fishplate
import stream
from fishplate import Decision, DecisionError, Engine, FishplateError, Limits, RuleSet, TraceContext, canonical
from tagged import percent, read, unpercent, write, write_named


class Session:
    """What the runner holds between commands: the last rule set, one engine, the options for the next."""

    def __init__(self) -> None:
        """Begin with nothing loaded and the default limits."""
        self.limits: dict[str, int] = {}
        self.strict = False
        self.rules: RuleSet | None = None
        self.engine: Engine | None = None

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
        self.strict = flag == "1"
        return ["ok"]

    def on_engine(self) -> list[str]:
        """Open an engine in the place of the last one."""
        if self.engine is not None:
            self.engine.close()
        self.engine = Engine(self.rules, limits=Limits(**self.limits), strict=self.strict)
        return ["ok"]

    def on_decide(self, form: str, trace: str, body: str) -> list[str]:
        """Decide one event."""
        return self.one(self.engine.decide, form, trace, body)

    def on_preview(self, form: str, trace: str, body: str) -> list[str]:
        """Preview one event."""
        return self.one(self.engine.preview, form, trace, body)

    def one(self, decide: Any, form: str, trace: str, body: str) -> list[str]:
        """Decide or preview one event."""
        if form == "row":
            return ["unsupported"]
        decision = decide(event_of(form, body), format=format_of(form), trace=trace_of(trace))
        return ["decision", *decision_fields(decision)]

    def on_batch(self, form: str, *events: str) -> list[str]:
        """Decide many events in one call."""
        bodies = [event_of(form, body) for body in events[1::2]]
        traces = [trace_of(trace) for trace in events[::2]]
        answer = ["batch", str(len(bodies))]
        for outcome in self.engine.decide_all(bodies, format=format_of(form), traces=traces):
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
        (self.engine if kind == "engine" else self.rules).close()
        return ["ok"]

    def on_use_closed(self, kind: str) -> list[str]:
        """Use a closed object on purpose."""
        if kind == "engine":
            self.engine.decide({})
        else:
            Engine(self.rules)
        return ["ok"]

    def on_live(self) -> list[str]:
        """Count what is not freed."""
        live = fishplate.live_objects()
        return ["ok", str(live["rule_set"]), str(live["engine"])]

    def on_stream(self, form: str, file: str, out: str) -> list[str]:
        """Decide a file of events."""
        return stream.run(self.engine, form, unpercent(file), unpercent(out))


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
