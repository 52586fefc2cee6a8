//! Declarations of outputs.

use std::sync::Arc;

use super::super::outputs::{Merge, Values};
use super::super::read::Reader;
use super::super::source::Position;
use super::super::yaml::{Key, Node};
use super::value_type;
use crate::codes;

#[derive(Debug)]
pub(crate) struct OutputDecl<'n> {
    pub(crate) name: &'n str,
    pub(crate) at: Position,
    pub(crate) values: Values,
    pub(crate) merge: Merge,
    pub(crate) default: Option<&'n Node>,
}

pub(super) fn output<'n>(reader: &mut Reader<'_>, key: &'n Key, node: &'n Node) -> Option<OutputDecl<'n>> {
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

fn enum_names(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Arc<str>>> {
    let mut names: Vec<Arc<str>> = Vec::new();
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
