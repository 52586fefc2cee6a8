//! Declarations of features.

use fishplate_cel::Type;

use super::super::read::{Entries, Reader};
use super::super::yaml::{Key, Kind, Node};
use super::value_type;
use crate::codes;

/// More buckets a window than this cost more memory than anyone means to spend.
const MAX_BUCKETS: i128 = 10_000;
/// The finest slide: bucket numbers of every representable instant stay within 64 bits.
const MIN_SLIDE: i128 = 1_000_000;

#[derive(Debug)]
pub(crate) struct FeatureDecl<'n> {
    pub(crate) name: &'n str,
    pub(crate) kind: FeatureKind<'n>,
}

#[derive(Debug)]
pub(crate) enum FeatureKind<'n> {
    /// Kept from events.
    Window(WindowDecl<'n>),
    /// Given with each event by whoever sends it.
    Supplied(Type),
}

#[derive(Debug)]
pub(crate) struct WindowDecl<'n> {
    pub(crate) by: Vec<&'n Node>,
    pub(crate) aggregate: AggregateDecl,
    /// What is read from each event; `None` for `count` and `rate`.
    pub(crate) value: Option<&'n Node>,
    pub(crate) filter: Option<&'n Node>,
    /// Nanoseconds.
    pub(crate) size: i128,
    /// Nanoseconds.
    pub(crate) slide: i128,
    /// Where the slide is said.
    pub(crate) slide_node: &'n Node,
    pub(crate) current_included: bool,
}

/// The word alone: what it takes is known when its expression has a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AggregateDecl {
    Count,
    Rate,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
    Stddev,
    Distinct,
}

impl AggregateDecl {
    const WORDS: [(&'static str, Self); 10] = [
        ("count", Self::Count),
        ("rate", Self::Rate),
        ("sum", Self::Sum),
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("first", Self::First),
        ("last", Self::Last),
        ("stddev", Self::Stddev),
        ("distinct", Self::Distinct),
    ];
}

const WINDOW: [&str; 5] = ["sliding", "slide", "tumbling", "where", "current"];
/// A value that comes with each event, as from a feature store.
const SUPPLIED: &str = "supplied";

pub(super) fn feature<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<FeatureDecl<'n>> {
    let words = AggregateDecl::WORDS.map(|(word, _)| word);
    let known: Vec<&str> = ["by"].into_iter().chain(words).chain(WINDOW).chain([SUPPLIED]).collect();
    let entries = reader.entries(node, "a feature", &known)?;
    let kind = match entries.get(SUPPLIED) {
        Some(node) => FeatureKind::Supplied(supplied(reader, &entries, node)?),
        None => FeatureKind::Window(window(reader, &entries)?),
    };
    Some(FeatureDecl { name: &key.name, kind })
}

/// The type of a value that is not computed here: nothing else can be said of it.
fn supplied(reader: &mut Reader<'_>, entries: &Entries<'_>, node: &Node) -> Option<Type> {
    let words = AggregateDecl::WORDS.map(|(word, _)| word);
    for name in ["by"].into_iter().chain(words).chain(WINDOW) {
        if let Some(other) = entries.get(name) {
            let message = format!("a supplied feature has no `{name}`");
            reader.report_node(codes::BAD_FEATURE, other, message).suggestion =
                Some("its value comes with each event: take the rest out, or `supplied`".into());
        }
    }
    let ty = value_type(reader, node)?;
    if matches!(ty, Type::List(_) | Type::Map(..)) {
        reader.report_node(codes::BAD_FEATURE, node, format!("{ty} cannot be supplied")).expected =
            "one of bool, int, uint, double, string, bytes, timestamp, duration".into();
        return None;
    }
    Some(ty)
}

fn window<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>) -> Option<WindowDecl<'n>> {
    let by = reader.required(entries, "by", "a feature").map(|node| match &node.kind {
        Kind::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    });
    let aggregate = aggregate(reader, entries);
    let current = entries
        .get("current")
        .map(|node| reader.word(node, "a word for `current`", &[("included", true), ("excluded", false)]));
    let (size, slide, slide_node) = span(reader, entries)?;
    let (aggregate, value) = aggregate?;
    Some(WindowDecl {
        by: by?,
        aggregate,
        value,
        filter: entries.get("where"),
        size,
        slide,
        slide_node,
        current_included: current.flatten().unwrap_or(true),
    })
}

/// The one aggregate, and the expression that it takes.
fn aggregate<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>) -> Option<(AggregateDecl, Option<&'n Node>)> {
    let mut there =
        AggregateDecl::WORDS.into_iter().filter_map(|(word, meant)| Some((word, meant, entries.get(word)?)));
    let Some((word, meant, node)) = there.next() else {
        let words: Vec<&str> = AggregateDecl::WORDS.iter().map(|(word, _)| *word).collect();
        let fault = reader.report(codes::MISSING_KEY, entries.at, 1, "a feature needs an aggregate");
        fault.expected = format!("one of {}", words.join(", "));
        return None;
    };
    for (other, _, node) in there {
        let message = format!("a feature has one aggregate, and this one has `{word}` already, beside `{other}`");
        reader.report_node(codes::BAD_FEATURE, node, message).suggestion = Some("make two features of it".into());
    }
    if !matches!(meant, AggregateDecl::Count | AggregateDecl::Rate) {
        return Some((meant, Some(node)));
    }
    let what = format!("`true`, which `{word}` takes; use `where` to choose events");
    reader.word(node, &what, &[("true", ())])?;
    Some((meant, None))
}

/// The window's size and slide in nanoseconds, and where the slide is said.
fn span<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>) -> Option<(i128, i128, &'n Node)> {
    if let Some(node) = entries.get("tumbling") {
        return tumbling(reader, entries, node);
    }
    let size_node = entries.get("sliding");
    if size_node.is_none() {
        let message = "a feature needs the key `sliding`, with `slide`, or `tumbling`";
        reader.report(codes::MISSING_KEY, entries.at, 1, message);
    }
    let slide_node = size_node.and_then(|_| reader.required(entries, "slide", "a sliding window"));
    let size = size_node.and_then(|node| reader.duration(node, "`sliding`"));
    let slide = slide_node.and_then(|node| reader.duration(node, "`slide`"));
    let (size, slide, slide_node) = (size?, slide?, slide_node?);
    if slide < MIN_SLIDE {
        reader.report_node(codes::BAD_DURATION, slide_node, "`slide` is at least 1ms");
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
    Some((size, slide, slide_node))
}

/// A window that slides by its own size.
fn tumbling<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>, node: &'n Node) -> Option<(i128, i128, &'n Node)> {
    for name in ["sliding", "slide"] {
        if let Some(other) = entries.get(name) {
            let message = format!("a tumbling window has no `{name}`");
            reader.report_node(codes::BAD_FEATURE, other, message).expected =
                "`tumbling`, or `sliding` and `slide`".into();
        }
    }
    let size = reader.duration(node, "`tumbling`")?;
    if size < MIN_SLIDE {
        reader.report_node(codes::BAD_DURATION, node, "`tumbling` is at least 1ms");
        return None;
    }
    Some((size, size, node))
}
