//! Declarations of features.

use super::super::read::{Entries, Reader};
use super::super::yaml::{Key, Kind, Node};
use crate::codes;

/// More buckets a key than this cost more memory than anyone means to spend.
const MAX_BUCKETS: i128 = 10_000;
/// The finest slide: bucket numbers of every representable instant stay within 64 bits.
const MIN_SLIDE: i128 = 1_000_000;

#[derive(Debug)]
pub(crate) struct FeatureDecl<'n> {
    pub(crate) name: &'n str,
    pub(crate) by: Vec<&'n Node>,
    /// `None`: count.
    pub(crate) sum: Option<&'n Node>,
    pub(crate) filter: Option<&'n Node>,
    /// Nanoseconds.
    pub(crate) size: i128,
    /// Nanoseconds.
    pub(crate) slide: i128,
    pub(crate) current_included: bool,
}

pub(super) fn feature<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<FeatureDecl<'n>> {
    let known = ["by", "count", "sum", "sliding", "slide", "where", "current"];
    let entries = reader.entries(node, "a feature", &known)?;
    let by = reader.required(&entries, "by", "a feature").map(|node| match &node.kind {
        Kind::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    });
    let aggregates = (entries.get("count"), entries.get("sum"));
    let sum = match aggregates {
        (None, Some(sum)) => Some(sum),
        (Some(count), None) => {
            reader.word(count, "`true`, which `count` takes; use `where` to choose events", &[("true", ())]);
            None
        }
        _ => {
            reader.report(codes::MISSING_KEY, entries.at, 1, "a feature needs `count: true` or `sum`, one of the two");
            None
        }
    };
    let current = entries
        .get("current")
        .map(|node| reader.word(node, "a word for `current`", &[("included", true), ("excluded", false)]));
    let (size, slide) = window(reader, &entries)?;
    Some(FeatureDecl {
        name: &key.name,
        by: by?,
        sum,
        filter: entries.get("where"),
        size,
        slide,
        current_included: current.flatten().unwrap_or(true),
    })
}

/// `sliding` and `slide`, in nanoseconds.
fn window(reader: &mut Reader<'_>, entries: &Entries<'_>) -> Option<(i128, i128)> {
    let size_node = reader.required(entries, "sliding", "a feature");
    let slide_node = reader.required(entries, "slide", "a feature");
    let size = size_node.and_then(|node| reader.duration(node, "`sliding`"));
    let slide = slide_node.and_then(|node| reader.duration(node, "`slide`"));
    let (size, slide) = (size?, slide?);
    if slide < MIN_SLIDE {
        reader.report_node(codes::BAD_DURATION, slide_node?, "`slide` is at least 1ms");
        return None;
    }
    if size == 0 || size % slide != 0 {
        reader.report_node(codes::SIZE_NOT_MULTIPLE, size_node?, "`sliding` is not a multiple of `slide`");
        return None;
    }
    if size / slide > MAX_BUCKETS {
        let message = format!("{} buckets are over the most that a window has, {MAX_BUCKETS}", size / slide);
        reader.report_node(codes::BAD_DURATION, size_node?, message).suggestion = Some("use a longer `slide`".into());
        return None;
    }
    Some((size, slide))
}
