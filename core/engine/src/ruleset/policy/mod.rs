//! CEL Policy documents: the published format's tree → declarations. What they mean is for `compile/policy.rs`; what the
//! names in them are is for `environment`. Knows keys; knows no types.

pub(super) mod environment;
mod raw;
#[cfg(test)]
mod tests;
mod value;

use super::document::Document;
use super::read::Reader;
use super::source::Position;
use super::yaml::{Key, Kind, Node};
use crate::codes;

pub(super) use raw::unfold;
pub use value::value_of;

/// A policy, as far as it could be read.
#[derive(Debug)]
pub(crate) struct Policy<'n> {
    /// Whole names of types that expressions call by their last part.
    pub(crate) imports: Vec<(&'n str, &'n Node)>,
    /// The package in which names are looked up first.
    pub(crate) container: &'n str,
    pub(crate) rule: Block<'n>,
}

/// A rule of a policy: variables, then matches.
#[derive(Debug)]
pub(crate) struct Block<'n> {
    pub(crate) at: Position,
    pub(crate) id: Option<&'n str>,
    /// Every match speaks; otherwise the first that holds.
    pub(crate) aggregate: bool,
    pub(crate) variables: Vec<VariableDecl<'n>>,
    pub(crate) matches: Vec<Match<'n>>,
}

/// A named expression.
#[derive(Debug)]
pub(crate) struct VariableDecl<'n> {
    pub(crate) name: &'n str,
    pub(crate) at: Position,
    pub(crate) expression: &'n Node,
}

/// What happens if a condition holds.
#[derive(Debug)]
pub(crate) struct Match<'n> {
    pub(crate) at: Position,
    /// `None`: always.
    pub(crate) condition: Option<&'n Node>,
    pub(crate) then: Then<'n>,
}

#[derive(Debug)]
pub(crate) enum Then<'n> {
    Output { output: &'n Node, explanation: Option<&'n Node> },
    Rule(Block<'n>),
}

const TOP: [&str; 4] = ["name", "description", "imports", "rule"];

/// Whether the document is a policy: the key of its rule says so, where the format version of ours is not there.
pub(super) fn is_policy(root: &Node) -> bool {
    let Kind::Map(entries) = &root.kind else { return false };
    let has = |name: &str| entries.iter().any(|(key, _)| key.name == name);
    has("rule") && !has("fishplate")
}

/// Reads a policy and the environment beside it, if there is one.
pub(super) fn document<'n>(
    reader: &mut Reader<'n>,
    root: &'n Node,
    beside: Option<&'n environment::Beside>,
) -> Document<'n> {
    let mut document = Document::default();
    let environment = match beside {
        None => environment::Environment::without_file(),
        Some(beside) => {
            let policy = std::mem::replace(&mut reader.source, &beside.source);
            reader.faults.extend(beside.repeated.iter().cloned());
            let environment = environment::read(reader, &beside.root);
            reader.source = policy;
            environment
        }
    };
    document.schema = environment.schema;
    document.event = environment.event;
    document.partition_by = environment.partition_by;
    document.broken.extend(environment.broken);
    document.beside = beside.map(|beside| &beside.source);
    if let Some((name, mut policy)) = read(reader, root) {
        document.name = name.to_owned();
        policy.container = environment.container;
        policy.imports.extend(environment.imports);
        document.policy = Some(policy);
    }
    document
}

/// Reads the whole tree: the policy's name and the policy.
fn read<'n>(reader: &mut Reader<'_>, root: &'n Node) -> Option<(&'n str, Policy<'n>)> {
    let top = reader.entries(root, "a policy", &TOP)?;
    let name = top.get("name").and_then(|node| reader.text(node, "`name`")).unwrap_or("policy");
    if let Some(node) = top.get("description") {
        reader.text(node, "`description`");
    }
    let imports = top.get("imports").map(|node| imports(reader, node)).unwrap_or_default();
    let rule = reader.required(&top, "rule", "a policy")?;
    let rule = block(reader, rule)?;
    Some((name, Policy { imports, container: "", rule }))
}

/// `imports`, of a policy or of its environment.
pub(super) fn imports<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Vec<(&'n str, &'n Node)> {
    let mut found = Vec::new();
    for node in reader.list(node, "`imports`").unwrap_or_default() {
        let Some(entries) = reader.entries(node, "an import", &["name"]) else { continue };
        let Some(node) = reader.required(&entries, "name", "an import") else { continue };
        let Some(name) = reader.text(node, "an import's `name`").map(str::trim) else { continue };
        if name.split('.').all(is_identifier) {
            found.push((name, node));
        } else {
            reader.report_node(codes::BAD_NAME, node, format!("`{name}` is not the whole name of a type")).expected =
                "names with dots between them, such as risk.v1.Payment".into();
        }
    }
    found
}

fn is_identifier(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|char| char.is_ascii_alphabetic() || char == '_');
    first && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn block<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<Block<'n>> {
    let known = ["id", "description", "variables", "match", "aggregate"];
    let entries = reader.entries(node, "a rule of a policy", &known)?;
    let id = entries.get("id").and_then(|node| reader.text(node, "`id`"));
    if let Some(node) = entries.get("description") {
        reader.text(node, "`description`");
    }
    let variables = entries.get("variables").map(|node| variables(reader, node)).unwrap_or_default();
    let aggregate = entries.get("aggregate");
    let matches = match (entries.get("match"), aggregate) {
        (Some(_), Some(node)) => {
            let message =
                "a rule has `match`, the first of which speaks, or `aggregate`, of which all do, and not both";
            reader.report_node(codes::BAD_POLICY, node, message);
            return None;
        }
        (found, None) | (None, found) => found,
    };
    let Some(matches) = matches else {
        reader.report(codes::MISSING_KEY, node.at, 1, "a rule of a policy needs the key `match` or `aggregate`");
        return None;
    };
    let nodes = reader.list(matches, "what a rule matches")?;
    if nodes.is_empty() {
        reader.report_node(codes::BAD_POLICY, matches, "a rule without a match has no output");
    }
    let matches = nodes.iter().filter_map(|node| a_match(reader, node)).collect();
    Some(Block { at: node.at, id, aggregate: aggregate.is_some(), variables, matches })
}

fn variables<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Vec<VariableDecl<'n>> {
    let nodes = reader.list(node, "`variables`").unwrap_or_default();
    let mut found: Vec<VariableDecl<'n>> = Vec::new();
    for node in nodes {
        let Some(variable) = variable(reader, node) else { continue };
        if found.iter().any(|known| known.name == variable.name) {
            let message = format!("variable `{}` is already there", variable.name);
            reader.report(codes::REPEATED_NAME, variable.at, variable.name.chars().count(), message);
        }
        found.push(variable);
    }
    found
}

/// `{name: x, expression: e}`, or `{x: e}`.
fn variable<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<VariableDecl<'n>> {
    if let Kind::Map(entries) = &node.kind
        && let [(key, expression)] = &entries[..]
        && !["name", "expression"].contains(&key.name.as_str())
    {
        let good = reader.identifier(key, "a variable");
        return good.then_some(VariableDecl { name: &key.name, at: key.at, expression });
    }
    let entries = reader.entries(node, "a variable", &["name", "expression"])?;
    let name_node = reader.required(&entries, "name", "a variable");
    let expression = reader.required(&entries, "expression", "a variable");
    let name_node = name_node?;
    let name = reader.text(name_node, "a variable's `name`")?;
    if !reader.identifier(&Key { at: name_node.at, name: name.to_owned() }, "a variable") {
        return None;
    }
    Some(VariableDecl { name, at: name_node.at, expression: expression? })
}

fn a_match<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Option<Match<'n>> {
    let known = ["condition", "output", "explanation", "rule", "match", "aggregate"];
    let entries = reader.entries(node, "a match", &known)?;
    let condition = entries.get("condition");
    let (output, explanation) = (entries.get("output"), entries.get("explanation"));
    // The published reader takes all three words for a nested rule.
    let nested = ["rule", "match", "aggregate"].iter().find_map(|name| entries.get(name));
    let then = match (output, nested) {
        (Some(output), None) => Then::Output { output, explanation },
        (None, Some(nested)) => {
            if let Some(node) = explanation {
                let message = "a nested rule has explanations of its own, and none here";
                reader.report_node(codes::BAD_POLICY, node, message);
            }
            Then::Rule(block(reader, nested)?)
        }
        (Some(_), Some(nested)) => {
            reader.report_node(codes::BAD_POLICY, nested, "a match has an `output` or a `rule`, and not both");
            return None;
        }
        (None, None) => {
            reader.report(codes::BAD_POLICY, node.at, 1, "a match needs an `output` or a `rule`");
            return None;
        }
    };
    Some(Match { at: node.at, condition, then })
}

impl Match<'_> {
    /// Whether its condition is written as `word`: only then is it known before any event.
    pub(crate) fn is_literally(&self, word: &str) -> bool {
        match self.condition.map(|node| &node.kind) {
            None => word == "true",
            Some(Kind::Scalar(text, _)) => text.trim() == word,
            Some(_) => false,
        }
    }
}

impl Block<'_> {
    /// Whether an event may come through without an output.
    pub(crate) fn is_optional(&self) -> bool {
        if self.aggregate {
            return false;
        }
        let mut optional = false;
        for each in &self.matches {
            match &each.then {
                // What a nested rule leaves open under a condition stays open; without one, the next match has its turn.
                Then::Rule(nested) if nested.is_optional() => {
                    if !each.is_literally("true") {
                        return true;
                    }
                    optional = true;
                }
                _ if each.is_literally("true") => return false,
                _ => optional = true,
            }
        }
        optional
    }
}
