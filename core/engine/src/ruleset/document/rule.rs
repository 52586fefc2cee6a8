//! Declarations of rules.

use std::collections::HashSet;

use super::super::read::Reader;
use super::super::yaml::{Key, Node};
use crate::codes;
use crate::limits::Limits;

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

pub(super) fn rules<'n>(reader: &mut Reader<'_>, node: &'n Node, limits: &Limits) -> Vec<RuleDecl<'n>> {
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
