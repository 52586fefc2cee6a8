//! The format of a rule document: the tree → plain declarations, every mistake of form reported. Expressions are still
//! text here; what they mean is for [`super::compile`].

mod event;
mod feature;
mod lookup;
mod output;
mod rule;
mod table;

use std::collections::HashSet;

use fishplate_cel::Type;

use super::policy::Policy;
use super::read::{Entries, Reader};
use super::source::Source;
use super::yaml::{Key, Kind, Node};
use crate::codes;
use crate::limits::Limits;
use crate::schema::{InlineField, InlineType, Schema};

pub(super) use event::event as event_decl;
pub(crate) use event::{EventDecl, KeepIds};
pub(crate) use feature::{AggregateDecl, FeatureDecl, FeatureKind, WindowDecl};
pub(crate) use lookup::{ColumnDecl, DECIMAL, LookupDecl};
pub(crate) use output::OutputDecl;
pub use rule::Mode;
pub(crate) use rule::{RuleDecl, WatchDecl, WatchKind};
pub(crate) use table::{Hit, RowsDecl, TableDecl, cell};

/// A document, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Document<'n> {
    pub(crate) name: String,
    pub(crate) schema: Option<SchemaDecl<'n>>,
    pub(crate) event: EventDecl<'n>,
    pub(crate) partition_by: Option<&'n Node>,
    pub(crate) outputs: Vec<OutputDecl<'n>>,
    pub(crate) features: Vec<FeatureDecl<'n>>,
    pub(crate) lookups: Vec<LookupDecl<'n>>,
    pub(crate) rules: Vec<RuleDecl<'n>>,
    /// A published policy in place of outputs, features and rules.
    pub(crate) policy: Option<Policy<'n>>,
    /// The file beside a policy, in which `event` and `partition_by` stand.
    pub(crate) beside: Option<&'n Source>,
    /// Names of outputs, features and lookup tables that are declared and wrong: their uses are no further mistakes.
    pub(crate) broken: HashSet<&'n str>,
}

#[derive(Debug)]
pub(crate) enum SchemaDecl<'n> {
    Proto { file: &'n str, message: &'n str, node: &'n Node },
    Inline(Vec<InlineField>),
}

const TOP: [&str; 9] =
    ["fishplate", "name", "schema", "event", "partition_by", "tables", "outputs", "features", "rules"];
/// Keys of the format that a later version will read.
const LATER: [&str; 1] = ["functions"];

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
        document.event = event::event(reader, node);
    }
    document.partition_by = top.get("partition_by");
    if let Some(node) = top.get("tables") {
        document.lookups = named(reader, node, &mut document.broken, "a lookup table", lookup::lookup);
    }
    if let Some(node) = top.get("outputs") {
        document.outputs = named(reader, node, &mut document.broken, "an output", output::output);
    }
    if let Some(node) = top.get("features") {
        document.features = named(reader, node, &mut document.broken, "a feature", feature::feature);
    }
    if let Some(node) = reader.required(&top, "rules", "a rule document") {
        document.rules = rule::rules(reader, node, limits);
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

/// `FILE.proto#full.name.of.Message`
pub(super) fn proto_schema<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<SchemaDecl<'n>> {
    let text = reader.text(node, "`schema`")?;
    let parts = text.split_once('#').filter(|(file, message)| !file.is_empty() && !message.is_empty());
    if parts.is_none() {
        reader.report_node(codes::WRONG_KIND, node, format!("`{text}` names no message type")).expected =
            "expected FILE.proto#full.name.of.Message, or a map with `fields`".into();
    }
    parts.map(|(file, message)| SchemaDecl::Proto { file, message, node })
}

fn schema<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<SchemaDecl<'n>> {
    if let Kind::Scalar(text, _) = &node.kind
        && !text.is_empty()
    {
        return proto_schema(reader, node);
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
