"""Refusals as exceptions: one class a status, each with the core's diagnostics and the core's text, unchanged.

They are Python source because the stable ABI cannot extend exceptions; the native half calls :func:`refusal`.
Knows the status table, and nothing of rule sets or engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ._status import Status


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong.

    Attributes:
        kind: ``"text"`` (a rule document or a ``.proto`` file), ``"field"`` (of an event) or ``"name"`` (a file that
            could not be read, or an argument).
        name: The file's name, the field's path below the event (``device.tags[3]``; empty: the event itself), or the
            name.
        line: Line of a text, from 1; else 0.
        column: Column of a text, from 1, in code points; else 0.
        width: Code points to underline; 0 where there is no text.
        source: The line itself; empty if it has more than 1,000 code points.
    """

    kind: Literal["text", "field", "name"]
    name: str
    line: int = 0
    column: int = 0
    width: int = 0
    source: str = ""

    def __str__(self) -> str:
        if self.kind == "text":
            return f"{self.name}:{self.line}:{self.column}"
        if self.kind == "field":
            return f"event.{self.name}" if self.name else "event"
        return self.name


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong.

    Attributes:
        code: Its stable code, ``"F0203"``; :func:`fishplate.explain_error` explains it.
        message: What is wrong.
        place: Where, if it is somewhere.
        expected: What was expected there; may be empty.
        suggestion: What to do about it, where there is one suggestion.
    """

    code: str
    message: str
    place: Place | None
    expected: str
    suggestion: str | None


class FishplateError(Exception):
    """A call that was refused. ``str(error)`` is the core's text, the same in every language.

    Attributes:
        status: The status of the whole, with its ``state``, ``retryable`` and ``effect_unknown``.
        diagnostics: What is wrong: at least one; all of them for a rule document.
    """

    default_status: ClassVar[Status] = Status.UNKNOWN
    status: Status
    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, text: str = "", diagnostics: tuple[Diagnostic, ...] = (), status: Status | None = None) -> None:
        super().__init__(text)
        self.status = self.default_status if status is None else status
        self.diagnostics = diagnostics

    @property
    def code(self) -> str:
        """The first diagnostic's code, which names the error; empty for an error without diagnostics."""
        return self.diagnostics[0].code if self.diagnostics else ""

    def __reduce__(self) -> tuple[type[FishplateError], tuple[str, tuple[Diagnostic, ...], Status]]:
        return type(self), (str(self), self.diagnostics, self.status)


class Cancelled(FishplateError):
    """The operation was cancelled."""

    default_status = Status.CANCELLED


class Unknown(FishplateError):
    """The peer said nothing more."""

    default_status = Status.UNKNOWN


class InvalidArgument(FishplateError, ValueError):
    """What came in is wrong: a rule document, an event, an argument. Also a ``ValueError``."""

    default_status = Status.INVALID_ARGUMENT


class DeadlineExceeded(FishplateError):
    """The deadline passed first."""

    default_status = Status.DEADLINE_EXCEEDED


class NotFound(FishplateError):
    """Something that was named does not exist, such as a file."""

    default_status = Status.NOT_FOUND


class AlreadyExists(FishplateError):
    """Something of that name exists already."""

    default_status = Status.ALREADY_EXISTS


class PermissionDenied(FishplateError):
    """The caller may not do this, such as read that file."""

    default_status = Status.PERMISSION_DENIED


class ResourceExhausted(FishplateError):
    """Credit or a memory budget is used up; try later."""

    default_status = Status.RESOURCE_EXHAUSTED


class FailedPrecondition(FishplateError):
    """The object is in a state that does not allow the call: closed, or made before ``fork``."""

    default_status = Status.FAILED_PRECONDITION


class Aborted(FishplateError):
    """Another operation got in the way; try again."""

    default_status = Status.ABORTED


class OutOfRange(FishplateError):
    """Beyond the end of what there is."""

    default_status = Status.OUT_OF_RANGE


class Unimplemented(FishplateError):
    """Not something that this version can do."""

    default_status = Status.UNIMPLEMENTED


class Internal(FishplateError):
    """An error in Fishplate itself."""

    default_status = Status.INTERNAL


class Unavailable(FishplateError):
    """The peer cannot be reached."""

    default_status = Status.UNAVAILABLE


class DataLoss(FishplateError):
    """State was lost."""

    default_status = Status.DATA_LOSS


class Unauthenticated(FishplateError):
    """The caller did not prove who it is."""

    default_status = Status.UNAUTHENTICATED


_CLASSES: dict[int, type[FishplateError]] = {kind.default_status: kind for kind in FishplateError.__subclasses__()}


def refusal(status: int, text: str, diagnostics: tuple[Diagnostic, ...]) -> FishplateError:
    """Make the exception of a status; the native half calls this."""
    return _CLASSES.get(status, FishplateError)(text, diagnostics, Status(status))
