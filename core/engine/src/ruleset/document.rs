//! The format of a rule document: the tree → plain declarations, every mistake of form reported. Expressions are still
//! text here; what they mean is for [`super::compile`].

use std::collections::HashSet;

use fishplate_cel::Type;

use super::outputs::{Merge, Values};
use super::read::{Entries, Reader};
use super::source::Position;
use super::yaml::{Key, Kind, Node};
use crate::codes;
use crate::limits::Limits;
use crate::schema::{InlineField, InlineType, Schema};

/// A document, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Document<'n> {
    pub(crate) name: String,
    pub(crate) schema: Option<SchemaDecl<'n>>,
    pub(crate) event: EventDecl<'n>,
    pub(crate) outputs: Vec<OutputDecl<'n>>,
    pub(crate) features: Vec<FeatureDecl<'n>>,
    pub(crate) rules: Vec<RuleDecl<'n>>,
    /// Names of outputs and features that are declared and wrong: their uses are no further mistakes.
    pub(crate) broken: HashSet<&'n str>,
}

#[derive(Debug)]
pub(crate) enum SchemaDecl<'n> {
    Proto { file: &'n str, message: &'n str, node: &'n Node },
    Inline(Vec<InlineField>),
}

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

#[derive(Debug)]
pub(crate) struct OutputDecl<'n> {
    pub(crate) name: &'n str,
    pub(crate) at: Position,
    pub(crate) values: Values,
    pub(crate) merge: Merge,
    pub(crate) default: Option<&'n Node>,
}

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

#[derive(Debug)]
pub(crate) struct RuleDecl<'n> {
    pub(crate) id: &'n str,
    pub(crate) id_node: &'n Node,
    pub(crate) mode: Mode,
    pub(crate) when: &'n Node,
    pub(crate) outputs: Vec<(&'n Key, &'n Node)>,
}

/// Whether a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Its outputs are merged.
    Live,
    /// Decided and reported apart, never merged.
    Shadow,
    /// Not decided.
    Off,
}

const TOP: [&str; 7] = ["fishplate", "name", "schema", "event", "outputs", "features", "rules"];
/// Keys of the format that a later version will read.
const LATER: [&str; 3] = ["partition_by", "functions", "tables"];
/// More buckets a key than this cost more memory than anyone means to spend.
const MAX_BUCKETS: i128 = 10_000;
/// The finest slide: bucket numbers of every representable instant stay within 64 bits.
const MIN_SLIDE: i128 = 1_000_000;

/// Reads the whole tree.
pub(crate) fn read<'n>(reader: &mut Reader<'_>, root: &'n Node, limits: &Limits) -> Document<'n> {
    let mut document = Document::default();
    let known: Vec<&str> = TOP.into_iter().chain(LATER).collect();
    let Some(top) = reader.entries(root, "a rule document", &known) else { return document };
    for name in LATER {
        if let Some(node) = top.get(name) {
            let message = format!("`{name}` is not read by this version");
            reader.report_node(codes::UNSUPPORTED_KEY, node, message);
        }
    }
    format_version(reader, &top);
    if let Some(name) = reader.required(&top, "name", "a rule document") {
        document.name = reader.text(name, "`name`").unwrap_or_default().to_owned();
    }
    document.schema = reader.required(&top, "schema", "a rule document").and_then(|node| schema(reader, node));
    if let Some(node) = top.get("event") {
        document.event = event(reader, node);
    }
    if let Some(node) = top.get("outputs") {
        document.outputs = named(reader, node, &mut document.broken, "an output", output);
    }
    if let Some(node) = top.get("features") {
        document.features = named(reader, node, &mut document.broken, "a feature", feature);
    }
    if let Some(node) = reader.required(&top, "rules", "a rule document") {
        document.rules = rules(reader, node, limits);
    }
    document
}

fn format_version(reader: &mut Reader<'_>, top: &Entries<'_>) {
    let Some(node) = reader.required(top, "fishplate", "a rule document") else { return };
    let Some(version) = reader.text(node, "`fishplate`, the format version,") else { return };
    if version != "1" {
        let message = format!("format version {version} is not known to this program");
        reader.report_node(codes::UNKNOWN_FORMAT, node, message).expected = "expected 1".into();
    }
}

fn schema<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<SchemaDecl<'n>> {
    if let Kind::Scalar(text, _) = &node.kind {
        let parts = text.split_once('#').filter(|(file, message)| !file.is_empty() && !message.is_empty());
        if parts.is_none() {
            reader.report_node(codes::WRONG_KIND, node, format!("`{text}` names no message type")).expected =
                "expected FILE.proto#full.name.of.Message, or a map with `fields`".into();
        }
        return parts.map(|(file, message)| SchemaDecl::Proto { file, message, node });
    }
    let entries = reader.entries(node, "an inline schema", &["fields"])?;
    let fields = reader.required(&entries, "fields", "an inline schema")?;
    Some(SchemaDecl::Inline(inline_fields(reader, fields)?))
}

fn inline_fields(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<InlineField>> {
    let entries = reader.map(node, "`fields`")?;
    let mut fields = Vec::new();
    for (key, node) in entries {
        let ty = match &node.kind {
            Kind::Map(_) => inline_fields(reader, node).map(InlineType::Message),
            _ => value_type(reader, node).map(InlineType::Value),
        };
        if let (true, Some(ty)) = (reader.identifier(key, "a field"), ty) {
            fields.push(InlineField { name: key.name.clone(), ty });
        }
    }
    Some(fields)
}

/// The type that a scalar names.
fn value_type(reader: &mut Reader<'_>, node: &Node) -> Option<Type> {
    let text = reader.text(node, "a type")?;
    let ty = Schema::parse_inline_type(text);
    if ty.is_none() {
        let fault = reader.report_node(codes::UNKNOWN_TYPE, node, format!("`{text}` is not a type"));
        fault.expected =
            "one of bool, int, uint, double, string, bytes, timestamp, duration, list(T), map(K, V)".into();
        let scalars = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];
        fault.suggestion = fishplate_cel::did_you_mean(text, scalars);
    }
    ty
}

fn event<'n>(reader: &mut Reader<'_>, node: &'n Node) -> EventDecl<'n> {
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

/// A map of names to declarations; those that are wrong are gathered by name.
fn named<'n, T>(
    reader: &mut Reader<'_>,
    node: &'n Node,
    broken: &mut HashSet<&'n str>,
    each: &str,
    mut read: impl FnMut(&mut Reader<'_>, &'n Key, &'n Node) -> Option<T>,
) -> Vec<T> {
    let entries = reader.map(node, &format!("what declares {each}")).unwrap_or_default();
    let mut found = Vec::new();
    for (key, node) in entries {
        let good = reader.identifier(key, each);
        match read(reader, key, node).filter(|_| good) {
            Some(declared) => found.push(declared),
            None => drop(broken.insert(&key.name)),
        }
    }
    found
}

fn output<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<OutputDecl<'n>> {
    let entries = reader.entries(node, "an output", &["type", "enum", "merge", "default"])?;
    let merge_node = reader.required(&entries, "merge", "an output");
    let merge = merge_node.and_then(|node| reader.word(node, "a merge", &Merge::WORDS));
    let values = match (entries.get("type"), entries.get("enum")) {
        (Some(node), None) => value_type(reader, node).map(Values::Typed),
        (None, Some(node)) => enum_names(reader, node).map(Values::Enum),
        _ => {
            reader.report(codes::MISSING_KEY, entries.at, 1, "an output needs `type` or `enum`, one of the two");
            None
        }
    };
    let (merge, values) = (merge?, values?);
    if !merge.fits(&values) {
        let message = format!("merge `{}` does not fit {values}", merge.word());
        reader.report_node(codes::BAD_MERGE, merge_node?, message).expected =
            format!("one of {}", Merge::fitting(&values));
    }
    Some(OutputDecl { name: &key.name, at: key.at, values, merge, default: entries.get("default") })
}

fn enum_names(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<std::sync::Arc<str>>> {
    let mut names: Vec<std::sync::Arc<str>> = Vec::new();
    for node in reader.list(node, "`enum`")? {
        let Some(name) = reader.text(node, "a name") else { continue };
        let key = Key { at: node.at, name: name.to_owned() };
        if names.iter().any(|known| **known == *name) {
            reader.report_node(codes::REPEATED_NAME, node, format!("`{name}` stands here twice"));
        } else if reader.identifier(&key, "an enum value") {
            names.push(name.into());
        }
    }
    Some(names)
}

fn feature<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<FeatureDecl<'n>> {
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

fn rules<'n>(reader: &mut Reader<'_>, node: &'n Node, limits: &Limits) -> Vec<RuleDecl<'n>> {
    let nodes = reader.list(node, "`rules`").unwrap_or_default();
    if nodes.len() as u64 > limits.rules {
        let message = format!("{} rules are over the limit rules = {}", nodes.len(), limits.rules);
        reader.report_node(codes::LIMIT_RULES, node, message);
        return Vec::new();
    }
    let mut ids = HashSet::new();
    let mut rules = Vec::new();
    for node in nodes {
        let Some(rule) = rule(reader, node) else { continue };
        if !ids.insert(rule.id) {
            reader.report_node(codes::REPEATED_NAME, rule.id_node, format!("rule `{}` is already there", rule.id));
        }
        rules.push(rule);
    }
    rules
}

fn rule<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<RuleDecl<'n>> {
    let entries = reader.entries(node, "a rule", &["id", "why", "when", "output", "mode"])?;
    let id_node = reader.required(&entries, "id", "a rule");
    let id = id_node.and_then(|node| reader.text(node, "`id`"));
    if let Some(why) = entries.get("why") {
        reader.text(why, "`why`");
    }
    let modes = [("live", Mode::Live), ("shadow", Mode::Shadow), ("off", Mode::Off)];
    let mode = entries.get("mode").and_then(|node| reader.word(node, "a mode", &modes)).unwrap_or(Mode::Live);
    let when = reader.required(&entries, "when", "a rule");
    let outputs = entries.get("output").and_then(|node| reader.map(node, "`output`")).unwrap_or_default();
    Some(RuleDecl {
        id: id?,
        id_node: id_node?,
        mode,
        when: when?,
        outputs: outputs.iter().map(|(key, node)| (key, node)).collect(),
    })
}
