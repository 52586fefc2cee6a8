//! `fishplate check`: compiles rule documents and shows every mistake in them. Knows counts and names; the core
//! compiles.

use std::path::Path;

use fishplate::ruleset::{Cost, RuleCost};
use fishplate::{Diagnostic, Error, Limits, RuleSet};

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
                let warnings = rules.warnings(&limits);
                if console.json() {
                    console.print(&json_line(path, Ok((&rules, &warnings))));
                } else {
                    console.print(&text_lines(path, &rules, &limits));
                    warnings.iter().for_each(|warning| console.warn(&as_warning(warning)));
                }
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

/// The form of an error, which it is not.
fn as_warning(of: &Diagnostic) -> String {
    let text = of.to_string();
    format!("warning{}\n", text.strip_prefix("error").unwrap_or(&text))
}

fn text_lines(path: &Path, rules: &RuleSet, limits: &Limits) -> Vec<u8> {
    let mut lines = text_line(path, rules);
    if let Some(costs) = cost_line(rules) {
        let limit = limits.cost;
        lines.extend(format!("{}: {costs}; one expression may spend {limit}\n", path.display()).as_bytes());
    }
    lines
}

/// What the rules cost together, and the one that costs the most. A rule that nobody bounds costs more than any other.
fn cost_line(rules: &RuleSet) -> Option<String> {
    let all = rules.costs().map(|of| of.cost).reduce(Cost::and)?;
    let order = |of: &RuleCost<'_>| (of.cost.most.is_none(), of.cost.most, of.cost.least);
    // The first of those that cost the same.
    let dearest = rules.costs().reduce(|a, b| if order(&b) > order(&a) { b } else { a })?;
    let span = |cost: Cost| match cost.most {
        Some(most) => format!("{} to {most}", cost.least),
        None => format!("{} or more", cost.least),
    };
    Some(format!("the rules cost {}; {} the most, {}", span(all), dearest.rule, span(dearest.cost)))
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

fn json_line(path: &Path, checked: Result<(&RuleSet, &[Diagnostic]), &Error>) -> Vec<u8> {
    let mut line = b"{\"file\":".to_vec();
    json::write_string(&path.to_string_lossy(), &mut line);
    match checked {
        Ok((rules, warnings)) => {
            line.extend(b",\"ok\":true,\"name\":");
            json::write_string(rules.name(), &mut line);
            line.extend(b",\"version\":\"");
            json::write_hex(rules.version(), &mut line);
            let (count, features, outputs) = (rules.rules().count(), rules.features().count(), rules.outputs().count());
            line.extend(
                format!("\",\"rules\":{count},\"features\":{features},\"outputs\":{outputs},\"costs\":").as_bytes(),
            );
            json::write_list(rules.costs(), &mut line, write_cost);
            line.extend(b",\"warnings\":");
            json::write_list(warnings.iter(), &mut line, json::write_diagnostic);
        }
        Err(error) => {
            line.extend(b",\"ok\":false,\"error\":");
            json::write_error(error, &mut line);
        }
    }
    line.extend(b"}\n");
    line
}

fn write_cost(of: RuleCost<'_>, line: &mut Vec<u8>) {
    line.extend(b"{\"rule\":");
    json::write_string(of.rule, line);
    let most = of.cost.most.map_or("null".to_owned(), |most| most.to_string());
    line.extend(format!(",\"least\":{},\"most\":{most}}}", of.cost.least).as_bytes());
}
