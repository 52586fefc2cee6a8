//! Expressions of policies that are written as blocks: `|` and `>` mean the same there, the text as it stands in the file,
//! so that a text literal over several lines keeps its line ends and its indentation. Knows lines; knows no expression.

use super::super::source::{Position, Source, Style};
use super::super::yaml::{Kind, Node};

const EXPRESSIONS: [&str; 4] = ["condition", "output", "explanation", "expression"];

/// Puts the raw text into every expression of `node` that is a block.
pub(in crate::ruleset) fn unfold(source: &Source, node: &mut Node) {
    let variables = |key: &str| key == "variables";
    walk(source, node, false, &variables);
}

/// `inline`: the values of a map are expressions, whatever their keys (`- x: e`).
fn walk(source: &Source, node: &mut Node, inline: bool, variables: &dyn Fn(&str) -> bool) {
    match &mut node.kind {
        Kind::Scalar(..) => {}
        Kind::List(nodes) => nodes.iter_mut().for_each(|node| walk(source, node, inline, variables)),
        Kind::Map(entries) => {
            let short = inline && entries.len() == 1;
            for (key, value) in entries {
                match &mut value.kind {
                    Kind::Scalar(text, Style::Block) if short || EXPRESSIONS.contains(&key.name.as_str()) => {
                        *text = raw(source, value.at, text);
                    }
                    _ => walk(source, value, variables(&key.name), variables),
                }
            }
        }
    }
}

/// The lines from `at` on that are indented as far, and blank ones between them.
fn raw(source: &Source, at: Position, folded: &str) -> String {
    let indent = at.column as usize - 1;
    let mut text = String::new();
    let mut line = at.line;
    let last = source.text().lines().count() as u32;
    while line <= last {
        let whole = source.line(line);
        let blank = whole.trim().is_empty();
        if !blank && !whole.bytes().take(indent).all(|byte| byte == b' ') {
            break;
        }
        if line > at.line {
            text.push('\n');
        }
        // The first line begins where the node does.
        text.push_str(if line == at.line { whole.get(indent..).unwrap_or("") } else { whole });
        line += 1;
    }
    // Where this reading finds something else than the parser did, the parser is right.
    let same = text.split_whitespace().eq(folded.split_whitespace());
    if same { text.trim_end().to_owned() } else { folded.to_owned() }
}
