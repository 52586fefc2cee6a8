"""The native half of ``fishplate``, typed and documented. Import it through ``fishplate``.

Every object may be used from any thread, and every value is immutable.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Self, SupportsIndex, TypeAlias, final

from ._records import Counters, DecisionError, Explanation, Outcome, SessionReport, State, Swapped, Timer
from .errors import FishplateError
from .limits import Limits

__version__: str

_Bytes: TypeAlias = bytes | bytearray | memoryview
_Event: TypeAlias = _Bytes | str | Mapping[str, Any]
_Features: TypeAlias = Mapping[str, Any]
_Format: TypeAlias = Literal["protobuf", "json"]
_Mode: TypeAlias = Literal["live", "shadow", "off"]
_AtBudget: TypeAlias = Literal["refuse", "evict"]

@final
class Timestamp:
    """An instant from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z, to the nanosecond.

    ``str()`` gives RFC 3339 in UTC. Timestamps compare, hash and pickle.

    Raises:
        ValueError: outside the range.
    """

    def __new__(cls, seconds: SupportsIndex, nanos: SupportsIndex = 0) -> Self: ...
    @property
    def seconds(self) -> int:
        """Whole seconds since the Unix epoch, floored."""

    @property
    def nanos(self) -> int:
        """Nanoseconds after ``seconds``, 0 to 999,999,999."""

    @classmethod
    def from_datetime(cls, value: datetime) -> Self:
        """Take an aware ``datetime``, exact to its microsecond.

        Raises:
            ValueError: it is naive (it names no instant), or outside the range.
        """

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read RFC 3339 text with an offset.

        Raises:
            ValueError: it is none, or outside the range.
        """

    def to_datetime(self) -> datetime:
        """Give an aware ``datetime`` in UTC; nanoseconds below its microsecond are cut off."""

    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: Timestamp, /) -> bool: ...
    def __le__(self, other: Timestamp, /) -> bool: ...
    def __gt__(self, other: Timestamp, /) -> bool: ...
    def __ge__(self, other: Timestamp, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Duration:
    """A span of at most 315,576,000,000 seconds either way, to the nanosecond.

    ``str()`` gives seconds with an ``s``: ``90s``, ``-1.500s``. Durations compare, hash and pickle.

    Raises:
        ValueError: outside the range, or ``seconds`` and ``nanos`` of different signs.
    """

    def __new__(cls, seconds: SupportsIndex, nanos: SupportsIndex = 0) -> Self: ...
    @property
    def seconds(self) -> int:
        """Whole seconds, towards zero."""

    @property
    def nanos(self) -> int:
        """The rest, −999,999,999 to 999,999,999, with the sign of the whole."""

    @classmethod
    def from_timedelta(cls, value: timedelta) -> Self:
        """Take a ``timedelta``.

        Raises:
            ValueError: outside the range.
        """

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read CEL's text form: ``1h30m``, ``-1.5s``, ``250ms``.

        Raises:
            ValueError: it is none, or outside the range.
        """

    def to_timedelta(self) -> timedelta:
        """Give a ``timedelta``; nanoseconds below its microsecond are cut off, towards zero."""

    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: Duration, /) -> bool: ...
    def __le__(self, other: Duration, /) -> bool: ...
    def __gt__(self, other: Duration, /) -> bool: ...
    def __ge__(self, other: Duration, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class TraceContext:
    """Where an event belongs: a trace id, a span id and W3C trace flags. ``str()`` gives ``traceparent``.

    Raises:
        ValueError: ids of other lengths than 16 and 8 bytes, or a trace id that is all zero.
    """

    def __new__(cls, trace_id: bytes, span_id: bytes, flags: SupportsIndex = 0) -> Self: ...
    @property
    def trace_id(self) -> bytes:
        """The trace, 16 bytes."""

    @property
    def span_id(self) -> bytes:
        """The span, 8 bytes."""

    @property
    def flags(self) -> int:
        """W3C trace flags; bit 0 is ``sampled``."""

    @property
    def traceparent(self) -> str:
        """The W3C form: ``00-<trace id>-<span id>-<flags>``."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str | bytes]) -> Self | None:
        """Read headers, names in any case; None if no known form is there.

        Forms, the first found wins: ``traceparent``, ``grpc-trace-bin`` (bytes), ``uber-trace-id``, ``b3`` or
        ``x-b3-*``, ``x-trace-id``. Malformed values are ignored.
        """

    @classmethod
    def parse_headers(cls, headers: Mapping[str, str | bytes]) -> tuple[Self | None, int]:
        """As :meth:`from_headers`, with the number of headers of a known form that were malformed and ignored."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Decision:
    """What was decided of one event, or by a rule that fired by itself: a plain, immutable value, nothing to close.

    Values come as None, bool, int, :class:`fishplate.Uint`, float, str, bytes, :class:`fishplate.Timestamp`,
    :class:`fishplate.Duration`, list and dict. Decisions compare by everything they say, hash and pickle.
    """

    @property
    def id(self) -> bytes:
        """The first 16 bytes of SHA-256 over the rule-set version and what the decision is told by. Computed when read.

        That is the event's own id, its session and sequence, its ordinal, or the :attr:`timer`.
        """

    @property
    def version(self) -> bytes:
        """The version of the rule set that decided, 32 bytes."""

    @property
    def late(self) -> bool:
        """Whether the event came later than ``max_disorder`` allows: decided, and in no window."""

    @property
    def repeated(self) -> bool:
        """Whether the event's id was seen before: this is the first decision again."""

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs that have a value, in document order. A new dict each time."""

    @property
    def matched(self) -> tuple[str, ...]:
        """Ids of the live rules that fired, in document order."""

    @property
    def features(self) -> dict[str, Any]:
        """The features that the matched rules name, in document order. A new dict each time."""

    @property
    def errors(self) -> tuple[DecisionError, ...]:
        """What ended in an error, in document order: rules, then outputs."""

    @property
    def shadow_matched(self) -> tuple[str, ...]:
        """Ids of the shadow rules that fired."""

    @property
    def shadow_errors(self) -> tuple[DecisionError, ...]:
        """Errors of shadow rules."""

    @property
    def trace(self) -> TraceContext | None:
        """The event's trace with a span id of the decision's own; None if the event had none. Computed when read."""

    @property
    def parent(self) -> TraceContext | None:
        """The trace context that came with the event; of a rule that fired by itself, with its key's last event."""

    @property
    def timer(self) -> Timer | None:
        """The rule, key and time of a rule that fired by itself (:meth:`Engine.advance_to`); None: an event asked."""

    def to_dict(self) -> dict[str, Any]:
        """Give the decision as JSON can hold it, in the form of the command line's ``--json``.

        Ids are hexadecimal, bytes base64, timestamps RFC 3339, durations seconds with an ``s``; NaN and the
        infinities are ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``; keys of maps are text; traces are ``traceparent``.
        """

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RuleSet:
    """A compiled, immutable rule document. Made by :meth:`from_text` or :meth:`from_file`.

    Close it, or use it in a ``with`` statement; engines keep what they need of it, whichever is closed first.
    """

    @classmethod
    def from_text(
        cls,
        text: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        file: str = "<text>",
        limits: Limits | None = None,
    ) -> Self:
        """Compile a document; nothing is opened. Releases the GIL.

        Args:
            text: The document.
            files: The schema files, by the names that the document gives them.
            file: The document's name, which errors show.
            limits: Bounds on what comes in.

        Raises:
            InvalidArgument: with every mistake in the document at once.
        """

    @classmethod
    def from_file(cls, path: str | PathLike[str], *, limits: Limits | None = None) -> Self:
        """Compile the document in a file; schema files are looked up beside it. Releases the GIL.

        Raises:
            NotFound: there is no such file.
            InvalidArgument: with every mistake in the document at once.
        """

    @property
    def name(self) -> str:
        """The document's name."""

    @property
    def version(self) -> bytes:
        """SHA-256 over the document and its schema files, 32 bytes."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs, in document order."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules, in document order."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in document order."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Paths of the event's fields that the document reads: ``device.id``."""

    def close(self) -> None:
        """Free it when its last user is done. Closing again changes nothing; any other use is then refused."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
        /,
    ) -> None: ...

@final
class Engine:
    """A rule set, its windows and its limits.

    Close it, or use it in a ``with`` statement. Any thread may use it at any time; calls on one engine take turns, and
    a thread that waits for its turn holds no GIL.

    Args:
        rule_set: What to decide by.
        limits: Bounds on each event.
        strict: Refuse fields that the schema does not have, in JSON and in mappings.
        memory: The most bytes of state, as ``docs/windows.md`` counts them; None and 0 are 1 GiB.
        at_budget: What happens to a new key when they are taken: ``"refuse"`` keeps nothing of it, and rules that
            need its windows end in an error; ``"evict"`` drops the key that was not written for the longest. Both are
            counted in :attr:`state`.
        state: A folder in which its inputs are kept, made if it is not there; None: none. The engine begins with what
            they left. Whatever changes it returns when the disk has it, with the GIL released meanwhile; a batch waits
            once, and threads wait together. One engine at a time has the folder; :meth:`close` frees it.

    Raises:
        DataLoss: the state folder is damaged (F0874).
        FailedPrecondition: the rule set is closed, or was made before ``fork``; the state folder is another engine's
            at this moment (F0870), cannot be used (F0871), or has the state of another rule set (F0880, F0893).
        InvalidArgument: ``at_budget`` is another word.
        Unavailable: the disk is full (F0872) or fails (F0873); also of a later call, after which the engine takes
            nothing more.
        ValueError: ``memory`` is below 0 or above 2⁶⁴ − 1.
    """

    def __new__(
        cls,
        rule_set: RuleSet,
        *,
        limits: Limits | None = None,
        strict: bool = False,
        memory: int | None = None,
        at_budget: _AtBudget = "refuse",
        state: str | PathLike[str] | None = None,
    ) -> Self: ...
    @classmethod
    def restore(
        cls,
        rule_set: RuleSet,
        *snapshots: _Bytes,
        limits: Limits | None = None,
        strict: bool = False,
        memory: int | None = None,
        at_budget: _AtBudget = "refuse",
    ) -> Self:
        """Make an engine with the state of ``snapshots``, which decides as the one that they are of. Releases the GIL.

        The rule set may be another than theirs; then it is as after :meth:`swap`. Key groups that are in none of them
        begin empty.

        Args:
            rule_set: What to decide by.
            snapshots: What :meth:`snapshot` gave: one of everything, or several of different key groups. Bytes are
                read where they are, other buffers copied.
            limits: As the constructor takes it, and the options that follow too: a snapshot holds none of them.
            strict: See the constructor.
            memory: See the constructor.
            at_budget: See the constructor.

        Raises:
            DataLoss: the bytes are no snapshot, or not a whole one (F0891).
            FailedPrecondition: written by a later version (F0892); of another ``partition_by`` (F0893); the rule set is
                closed, or was made before ``fork``.
            InvalidArgument: no snapshot, the same key group twice, or snapshots of different rule sets (F0809).
        """

    @property
    def counters(self) -> Counters:
        """What it has done so far."""

    @property
    def state(self) -> State:
        """How much it remembers, which features are warming, and the modes of its rules."""

    def decide(
        self,
        event: _Event,
        *,
        format: _Format | None = None,
        trace: TraceContext | None = None,
        features: _Features | None = None,
    ) -> Decision:
        """Decide ``event`` and update the windows.

        Args:
            event: A mapping by field names, or bytes. In mappings, None is absent, an aware ``datetime`` or a
                :class:`Timestamp` is a timestamp, a ``timedelta`` or a :class:`Duration` a duration.
            format: What bytes are: a protobuf message of the rule set's event type (the default), or ``"json"``:
                UTF-8 by the proto3 JSON mapping, also as ``str``. Nothing is sniffed.
            trace: Where the event belongs.
            features: Values of the features that the document declares as ``supplied``, by name, as a mapping event has
                them. One that is left out, or None, is absent: reading it is an error, ``has(features.x)`` is false.

        Raises:
            InvalidArgument: the event is refused, or its features are: no such feature, or another type; nothing has
                changed.
            FailedPrecondition: the engine is closed, or was made before ``fork``.
        """

    def preview(
        self,
        event: _Event,
        *,
        format: _Format | None = None,
        trace: TraceContext | None = None,
        features: _Features | None = None,
    ) -> Decision:
        """Give what :meth:`decide` would give now; changes nothing. Raises as :meth:`decide`."""

    def explain(
        self, event: _Event, *, format: _Format | None = None, features: _Features | None = None
    ) -> Explanation:
        """Say why each rule would, or would not, match ``event`` now; changes nothing. Raises as :meth:`decide`.

        Values that come of fields which the document calls sensitive are hidden.
        """

    def decide_all(
        self,
        events: Iterable[_Event],
        *,
        format: _Format | None = None,
        traces: Sequence[TraceContext | None] | None = None,
        features: Sequence[_Features | None] | None = None,
    ) -> list[Decision | FishplateError]:
        """Decide ``events`` in order. A refused event is an error in its own place; the others are decided.

        Releases the GIL where all events are bytes and bring no features.

        Args:
            events: As :meth:`decide` takes them.
            format: What bytes are, for all of them.
            traces: One an event, None where it has none.
            features: One mapping an event, None where it brings none.

        Raises:
            FailedPrecondition: the engine is closed, or was made before ``fork``; nothing has changed.
        """

    def advance_to(self, now: Timestamp | datetime) -> list[Decision]:
        """Say that it is ``now`` in event time; give the decisions of the rules that fire by themselves.

        They come in the order in which they were due, of the same moment in document order, of the same rule by key;
        each says in :attr:`Decision.timer` what fired. Events from before ``now`` − ``max_disorder`` are late from now
        on, in every partition; keys whose windows are over are dropped. An earlier time than before changes nothing.
        Releases the GIL.

        Args:
            now: A :class:`Timestamp`, or an aware ``datetime``, exact to its microsecond.

        Raises:
            ValueError: a ``datetime`` that is naive (it names no instant), or outside the years 1 to 9999 in UTC.
            FailedPrecondition: the engine is closed, or was made before ``fork``.
        """

    def snapshot(self, groups: Iterable[int] | None = None) -> bytes:
        """Give the state as bytes, for :meth:`restore`. Takes time and memory in proportion to it.

        Releases the GIL; who wants to decide meanwhile waits.

        Args:
            groups: Only the state of these key groups. With ``partition_by`` there are 0 to 127, without it there is
                0 alone; numbers of no group are left out. None is all of them.

        Raises:
            ValueError: a number below 0 or above 65,535.
            FailedPrecondition: the engine is closed, or was made before ``fork``.
        """

    def swap(self, rule_set: RuleSet) -> Swapped:
        """Decide by ``rule_set`` from the next event on. Features whose definition is unchanged keep their state.

        No decision mixes versions. Rules that were switched by :meth:`set_mode` stay so, by id. Swapping back is the
        same call; what the other rule set did not define was dropped. Releases the GIL.

        Raises:
            FailedPrecondition: ``partition_by`` differs (F0893), and nothing has changed; the rule set or the engine is
                closed, or was made before ``fork``.
        """

    def set_mode(self, rule: str, mode: _Mode | None) -> None:
        """Switch a rule, whatever the document says, from the next event on and through swaps. Releases the GIL.

        Args:
            rule: The rule's id.
            mode: ``"live"``; ``"shadow"`` (decided and reported apart, never merged); ``"off"`` (not decided); None
                makes the document count again.

        Raises:
            NotFound: the rule set has no such rule (F0894).
            InvalidArgument: ``mode`` is another word (F0809).
            FailedPrecondition: the engine is closed, or was made before ``fork``.
        """

    def share(self, name: str) -> None:
        """Make it reachable in this process as ``inproc:NAME`` for :func:`fishplate.connect`, until it is closed.

        Raises:
            AlreadyExists: another engine has the name.
        """

    def close(self) -> None:
        """Free it when its last user is done. Closing again changes nothing; any other use is then refused."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
        /,
    ) -> None: ...

@final
class Session:
    """An ordered conversation of events and decisions. Made by :func:`fishplate.connect`.

    Any thread may use it; a thread that waits holds no GIL. Close it, or use it in a ``with`` statement. Iterating
    gives outcomes until the session ends.
    """

    @staticmethod
    def _open(
        address: str, numbers: dict[str, int], session_id: bytes | None, rule_set: str, pick_up_trace: bool
    ) -> Session: ...
    def send(
        self,
        event: _Event,
        *,
        format: _Format | None = None,
        trace: TraceContext | None = None,
        preview: bool = False,
        within: float | timedelta | None = None,
        timeout: float | timedelta | None = None,
        features: _Features | None = None,
    ) -> int:
        """Send an event, which is copied; give its sequence, from 1.

        Args:
            event: A mapping by field names, or bytes, as :meth:`Engine.decide` takes them.
            format: What bytes are.
            trace: Where the event belongs; without it, the current OpenTelemetry span if there is one.
            preview: Say what would be decided, and change nothing.
            within: Refuse the event instead of deciding it if its turn comes later, in seconds from now.
            timeout: With a full window and ``when_full="block"``: how long to wait, in seconds.
            features: Values of supplied features, as :meth:`Engine.decide` takes them; copied.

        Raises:
            InvalidArgument: this is no event, or it is too large for the ring; it has no sequence.
            Unimplemented: the server is of a version that knows no features (F0849); it has no sequence.
            ResourceExhausted: the window is full, and ``when_full`` is ``"reject"``.
            DeadlineExceeded: the window stayed full; the event was not sent.
            Cancelled: the session was closed meanwhile.
            FailedPrecondition: the session takes no more events, is closed, or was opened before ``fork``.
        """

    def receive(self, timeout: float | timedelta | None = None) -> Outcome | None:
        """Give the outcome of the next event, in order; None once the session has ended with OK.

        Raises:
            DeadlineExceeded: nothing came within ``timeout`` seconds (F0852), or the session ended so.
            Cancelled: the session was closed meanwhile (F0863), or ended so after :meth:`cancel`.
            FishplateError: the session's last word, if it ended otherwise than OK; given again at every further call.
        """

    def half_close(self) -> None:
        """Say that no more events come; what was sent is decided and delivered, then the session ends with OK.

        Raises:
            FailedPrecondition: the session is not streaming.
        """

    def cancel(self) -> None:
        """Take no more events; what was accepted is decided and delivered within the drain timeout.

        Raises:
            FailedPrecondition: the session was cancelled already, or is done.
        """

    def report(self) -> SessionReport:
        """Say where the session stands; also after closing."""

    def close(self) -> None:
        """Let go of it at once: calls that wait raise :class:`fishplate.Cancelled`. Closing again changes nothing."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
        /,
    ) -> None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Outcome: ...

def session_options_table() -> list[tuple[str, str]]:
    """Give name and meaning of every option of a session that is a number."""

def explain_error(code: str | int) -> str:
    """Give what an error code means, with an example of the mistake and the way out.

    Raises:
        InvalidArgument: there is no such code.
    """

def live_objects() -> dict[str, int]:
    """Count the objects that are not freed yet, in this process: ``{"rule_set": 0, "engine": 0, "session": 0}``."""

def limits_table() -> list[tuple[str, int, str]]:
    """Give name, default and meaning of every limit, as the core has them."""

def run_command_line(args: list[str]) -> int:
    """Run the command line on ``args`` (the first is the program's name) and give its exit code."""

def _decision_from_parts(
    id: bytes,
    version: bytes,
    flags: tuple[bool, bool],
    outputs: dict[str, Any],
    matched: Sequence[str],
    features: dict[str, Any],
    errors: tuple[DecisionError, ...],
    shadow_matched: Sequence[str],
    shadow_errors: tuple[DecisionError, ...],
    traces: tuple[TraceContext | None, TraceContext | None],
    timer: Timer | None = None,
) -> Decision: ...

__all__ = [
    "Decision",
    "Duration",
    "Engine",
    "RuleSet",
    "Session",
    "Timestamp",
    "TraceContext",
    "__version__",
    "_decision_from_parts",
    "explain_error",
    "limits_table",
    "live_objects",
    "run_command_line",
    "session_options_table",
]
