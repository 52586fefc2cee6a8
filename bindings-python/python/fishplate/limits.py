"""The bounds on what comes in, by the names that every language uses. The defaults live in the core."""

from __future__ import annotations

from dataclasses import dataclass, fields

_MAX = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds for loading a rule set or opening an engine. 0 means the core's default.

    What goes over a bound is refused with ``INVALID_ARGUMENT``, naming the limit, the field's path and the value.

    Attributes:
        message_depth: Messages in one another, the event itself being the first (16).
        message_fields: Fields of one message of an event, unknown ones included (1,024).
        event_bytes: Bytes of one event (1 MiB).
        list_entries: Entries of one list or map of an event (10,000).
        string_bytes: Bytes of one string or bytes field of an event (256 KiB).
        document_bytes: Bytes of a rule document (32 MiB).
        rules: Rules of one document (100,000).
        expression_depth: Nesting of one expression (250).
        expression_nodes: Nodes of one expression (10,000).
        cost: Cost of one evaluation of one expression, in units of cel-go's cost model (1,000,000).
        table_rows: Rows of all lookup tables of one document (100,000).

    Raises:
        ValueError: a bound is no int from 0 to 2⁶⁴ − 1.
    """

    message_depth: int = 0
    message_fields: int = 0
    event_bytes: int = 0
    list_entries: int = 0
    string_bytes: int = 0
    document_bytes: int = 0
    rules: int = 0
    expression_depth: int = 0
    expression_nodes: int = 0
    cost: int = 0
    table_rows: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX:
                raise ValueError(f"{field.name} must be an int from 0 to {_MAX}, and is {value!r}")
