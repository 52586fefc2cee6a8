//! `fishplate check`: compiles rule documents and shows every mistake in them. Knows counts and names; the core
//! compiles.

use std::path::Path;

use fishplate::{Error, RuleSet};

use crate::cli::CheckArgs;
use crate::console::{Console, Exit};
use crate::{files, json};

/// Carries the command out: every document is checked, whatever is wrong with those before it.
pub(crate) fn check(args: &CheckArgs, console: &Console) -> Exit {
    let limits = args.limits.limits();
    let mut worst = Exit::Done;
    for path in &args.rules {
        let exit = match files::load_rules(path, &limits) {
            Ok(rules) => {
                console.print(&if console.json() { json_line(path, Ok(&rules)) } else { text_line(path, &rules) });
                Exit::Done
            }
            Err(error) if console.json() => {
                console.print(&json_line(path, Err(&error)));
                Exit::of(error.status)
            }
            Err(error) => console.refuse(&error),
        };
        worst = worst.or(exit);
    }
    worst
}

fn text_line(path: &Path, rules: &RuleSet) -> Vec<u8> {
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut line = format!(
        "{}: {}, {}, {}, {}, version ",
        path.display(),
        rules.name(),
        counted(rules.rules().count(), "rule"),
        counted(rules.features().count(), "feature"),
        counted(rules.outputs().count(), "output"),
    )
    .into_bytes();
    json::write_hex(rules.version(), &mut line);
    line.push(b'\n');
    line
}

fn json_line(path: &Path, checked: Result<&RuleSet, &Error>) -> Vec<u8> {
    let mut line = b"{\"file\":".to_vec();
    json::write_string(&path.to_string_lossy(), &mut line);
    match checked {
        Ok(rules) => {
            line.extend(b",\"ok\":true,\"name\":");
            json::write_string(rules.name(), &mut line);
            line.extend(b",\"version\":\"");
            json::write_hex(rules.version(), &mut line);
            let (count, features, outputs) = (rules.rules().count(), rules.features().count(), rules.outputs().count());
            line.extend(format!("\",\"rules\":{count},\"features\":{features},\"outputs\":{outputs}").as_bytes());
        }
        Err(error) => {
            line.extend(b",\"ok\":false,\"error\":");
            json::write_error(error, &mut line);
        }
    }
    line.extend(b"}\n");
    line
}
