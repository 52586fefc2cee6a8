//! `_status.py`, the status table for the Python binding.

use fishplate::status::TABLE;

use super::java::effect_name;
use super::{Generated, HEAD};

/// The status table as an enum.
pub(super) fn status() -> Generated {
    let mut text = format!("# {HEAD}\n{STATUS_HEAD}");
    for row in &TABLE {
        text += &format!("    {} = {}\n", row.name, row.status as i32);
    }
    text += STATUS_BODY;
    for row in &TABLE {
        let retryable = if row.retryable { "True" } else { "False" };
        let (number, state) = (row.status as i32, row.state.name());
        text += &format!("    {number}: (\"{state}\", {retryable}, Effect.{}),\n", effect_name(row.effect));
    }
    text += "}\n";
    Generated { path: "bindings-python/python/fishplate/_status.py".to_owned(), text }
}

const STATUS_HEAD: &str = r#""""The outcome of an operation: gRPC's codes with gRPC's numbers, and what each means."""

from __future__ import annotations

import enum


class Effect(enum.Enum):
    """Whether an operation may have taken effect although it failed."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNTIL_WATERMARK = "until watermark"


class Status(enum.IntEnum):
    """The outcome of an operation, by gRPC's name and number."""

"#;

const STATUS_BODY: &str = r#"
    @property
    def state(self) -> str:
        """What an event-driven system records: ``EVENT_REJECTED``."""
        return _TABLE[self.value][0]

    @property
    def retryable(self) -> bool:
        """Whether trying again can help."""
        return _TABLE[self.value][1]

    @property
    def effect(self) -> Effect:
        """Whether the effect of the operation is known."""
        return _TABLE[self.value][2]

    @property
    def effect_unknown(self) -> bool:
        """Whether the operation may have taken effect although it failed."""
        return self.effect is not Effect.KNOWN


_TABLE: dict[int, tuple[str, bool, Effect]] = {
"#;
