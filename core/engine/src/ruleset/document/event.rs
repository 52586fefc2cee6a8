//! What a document says of its events: which fields are id and time, how long ids are kept, what is not shown.

use super::super::read::{Entries, Reader};
use super::super::yaml::Node;
use crate::codes;

#[derive(Debug, Default)]
pub(crate) struct EventDecl<'n> {
    pub(crate) id: Option<(&'n str, &'n Node)>,
    pub(crate) time: Option<(&'n str, &'n Node)>,
    /// Nanoseconds.
    pub(crate) max_disorder: i128,
    pub(crate) keep: KeepIds,
    pub(crate) sensitive: Vec<(&'n str, &'n Node)>,
}

/// How long an event's id is remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepIds {
    /// Nanoseconds by which the high mark may move on; `None`: for ever (the event has no time).
    pub(crate) span: i128,
    /// Newer ids.
    pub(crate) max: u64,
}

impl Default for KeepIds {
    /// An hour covers a redelivery after a restart; 100,000 ids with their decisions are some 100 MB at the most.
    fn default() -> Self {
        Self { span: 3_600 * 1_000_000_000, max: 100_000 }
    }
}

pub(in crate::ruleset) fn event<'n>(reader: &mut Reader<'_>, node: &'n Node) -> EventDecl<'n> {
    let mut event = EventDecl::default();
    let known = ["id", "time", "max_disorder", "keep_ids", "sensitive"];
    let Some(entries) = reader.entries(node, "`event`", &known) else { return event };
    let mut path = |name: &str| {
        let node = entries.get(name)?;
        reader.text(node, &format!("`{name}`")).map(|text| (text, node))
    };
    event.id = path("id");
    event.time = path("time");
    if let Some(node) = entries.get("max_disorder") {
        event.max_disorder = reader.duration(node, "`max_disorder`").unwrap_or_default();
        if entries.get("time").is_none() {
            reader.report_node(codes::NEEDS_EVENT_TIME, node, "`max_disorder` needs `time`");
        }
    }
    if let Some(node) = entries.get("keep_ids") {
        event.keep = keep_ids(reader, node, &entries);
    }
    if let Some(node) = entries.get("sensitive") {
        let paths = reader.list(node, "`sensitive`").unwrap_or_default();
        event.sensitive =
            paths.iter().filter_map(|node| reader.text(node, "a sensitive field").map(|text| (text, node))).collect();
    }
    event
}

fn keep_ids(reader: &mut Reader<'_>, node: &Node, event: &Entries<'_>) -> KeepIds {
    let mut keep = KeepIds::default();
    let Some(entries) = reader.entries(node, "`keep_ids`", &["for", "max"]) else { return keep };
    if event.get("id").is_none() {
        reader.report_node(codes::MISSING_KEY, node, "`keep_ids` needs `id`");
    }
    if let Some(node) = entries.get("for") {
        keep.span = reader.duration(node, "`for`").unwrap_or(keep.span);
        if event.get("time").is_none() {
            reader.report_node(codes::NEEDS_EVENT_TIME, node, "`for` needs the event's `time`; use `max` alone");
        }
    }
    if let Some(node) = entries.get("max") {
        keep.max = reader.count(node, "`max`").unwrap_or(keep.max);
    }
    keep
}
