//! Declarations of rules.

use hashbrown::HashSet;

use super::super::read::{Entries, Reader};
use super::super::yaml::{Key, Kind, Node};
use super::table::{self, TableDecl};
use crate::codes;
use crate::limits::Limits;

#[derive(Debug)]
pub(crate) struct RuleDecl<'n> {
    pub(crate) id: &'n str,
    pub(crate) id_node: &'n Node,
    pub(crate) mode: Mode,
    /// `None`: the rule fires by itself alone.
    pub(crate) when: Option<&'n Node>,
    pub(crate) outputs: Vec<(&'n Key, &'n Node)>,
    pub(crate) watch: Option<WatchDecl<'n>>,
    /// Its conditions and outputs stand in a table's rows: `when` and `outputs` are empty.
    pub(crate) table: Option<TableDecl<'n>>,
}

/// What makes a rule remember its keys.
#[derive(Debug)]
pub(crate) struct WatchDecl<'n> {
    pub(crate) by: Vec<&'n Node>,
    pub(crate) kind: WatchKind<'n>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum WatchKind<'n> {
    /// `for`, in nanoseconds, and `until`.
    Hold { span: i128, until: Option<&'n Node> },
    /// `silent`, in nanoseconds.
    Silent { span: i128 },
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
    let known = ["id", "why", "when", "output", "mode", "by", "for", "until", "silent", "table"];
    let entries = reader.entries(node, "a rule", &known)?;
    let id_node = reader.required(&entries, "id", "a rule");
    let id = id_node.and_then(|node| reader.text(node, "`id`"));
    if let Some(why) = entries.get("why") {
        reader.text(why, "`why`");
    }
    let modes = [("live", Mode::Live), ("shadow", Mode::Shadow), ("off", Mode::Off)];
    let mode = entries.get("mode").and_then(|node| reader.word(node, "a mode", &modes)).unwrap_or(Mode::Live);
    if let Some(node) = entries.get("table") {
        let table = in_table(reader, &entries, node)?;
        let (when, outputs, watch) = (None, Vec::new(), None);
        return Some(RuleDecl { id: id?, id_node: id_node?, mode, when, outputs, watch, table: Some(table) });
    }
    let watch = watch(reader, &entries);
    let when = match &watch {
        Some(WatchDecl { kind: WatchKind::Silent { .. }, .. }) => None,
        _ => Some(reader.required(&entries, "when", "a rule")?),
    };
    let outputs = entries.get("output").and_then(|node| reader.map(node, "`output`")).unwrap_or_default();
    Some(RuleDecl {
        id: id?,
        id_node: id_node?,
        mode,
        when,
        outputs: outputs.iter().map(|(key, node)| (key, node)).collect(),
        watch,
        table: None,
    })
}

/// A table says what the rule would say otherwise.
fn in_table<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>, node: &'n Node) -> Option<TableDecl<'n>> {
    for name in ["when", "output", "by", "for", "until", "silent"] {
        if let Some(node) = entries.get(name) {
            let message = format!("a rule that is a table has its own conditions and outputs, and no `{name}`");
            reader.report_node(codes::BAD_TABLE, node, message);
        }
    }
    table::table(reader, node)
}

/// `by` with `for`, `until` or `silent`: whatever makes a rule remember.
fn watch<'n>(reader: &mut Reader<'_>, entries: &Entries<'n>) -> Option<WatchDecl<'n>> {
    let by = entries.get("by");
    let mut span = |name: &str| {
        let node = entries.get(name)?;
        reader.duration(node, &format!("`{name}`")).map(|span| (node, span))
    };
    let (hold, silent) = (span("for"), span("silent"));
    let until = entries.get("until");
    let watches = ["for", "until", "silent"].iter().find_map(|name| entries.get(name));
    let Some(first) = watches else {
        if let Some(by) = by {
            reader
                .report_node(
                    codes::BAD_WATCH,
                    by,
                    "`by` says for which key a rule remembers, and nothing is remembered",
                )
                .suggestion = Some("take `by` out, or add `for`, `until` or `silent`".into());
        }
        return None;
    };
    let Some(by) = by else {
        let message = "`for`, `until` and `silent` need `by`: the key for which the rule remembers";
        reader.report_node(codes::MISSING_KEY, first, message);
        return None;
    };
    let by = match &by.kind {
        Kind::List(nodes) => nodes.iter().collect(),
        _ => vec![by],
    };
    let kind = match (entries.get("silent"), silent) {
        (None, _) => WatchKind::Hold { span: hold.map_or(0, |(_, span)| span), until },
        (Some(node), _) if ["when", "for", "until"].iter().any(|name| entries.get(name).is_some()) => {
            let message = "`silent` stands alone: a rule that waits for nothing has no `when`, `for` or `until`";
            reader.report_node(codes::BAD_WATCH, node, message);
            return None;
        }
        (Some(node), Some((_, 0))) => {
            reader.report_node(codes::BAD_DURATION, node, "`silent` is longer than nothing");
            return None;
        }
        (Some(_), silent) => WatchKind::Silent { span: silent?.1 },
    };
    Some(WatchDecl { by, kind })
}
