//! The page that explains the known differences: each class has a row, and each row's example still differs as it says.
//!
//! A row is "| class | `expression` | here | there | who is right |", under the heading of its engine. In the expression a
//! `|` stands as `\|`, as Markdown wants it.

use crate::{
    classes::{self, CLASSES},
    peer::{Engines, Peer},
};

struct Row<'p> {
    peer: Peer,
    class: &'p str,
    expression: String,
}

/// Whether the page is as the engines are; prints what is not.
pub(crate) fn held(text: &str, engines: &mut Engines) -> Result<bool, String> {
    let rows = rows(text);
    let mut faults = Vec::new();
    for class in CLASSES {
        if !rows.iter().any(|row| row.peer == class.peer && row.class == class.name) {
            faults.push(format!("the page says nothing of `{}` against {}", class.name, class.peer.name()));
        }
    }
    for row in &rows {
        if row.peer == Peer::Google && engines.google.is_none() {
            continue;
        }
        let found = engines.difference(row.peer, row.expression.clone(), &[])?;
        match found.as_ref().map(classes::of) {
            Some(Some(class)) if class.name == row.class => {}
            Some(Some(class)) => {
                faults.push(format!("`{}` is of {}, not of {}", row.expression, class.name, row.class))
            }
            Some(None) => faults.push(format!("`{}` differs, but is not of {}", row.expression, row.class)),
            None => faults.push(format!("`{}` differs no more: take {} from the page", row.expression, row.class)),
        }
    }
    for fault in &faults {
        println!("{fault}");
    }
    println!("the page: {} examples, {} wrong", rows.len(), faults.len());
    Ok(faults.is_empty())
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let mut peer = None;
    let mut rows = Vec::new();
    for line in text.lines() {
        match line {
            "## Google's engine" => peer = Some(Peer::Google),
            "## The cel crate" => peer = Some(Peer::Crate),
            _ if line.starts_with("## ") => peer = None,
            _ => rows.extend(peer.and_then(|peer| row(peer, line))),
        }
    }
    rows
}

fn row(peer: Peer, line: &str) -> Option<Row<'_>> {
    let (class, rest) = line.strip_prefix("| ")?.split_once(" | `")?;
    let (expression, _) = rest.split_once("` | ")?;
    Some(Row { peer, class, expression: expression.replace("\\|", "|") })
}
