//! docs/cel-conformance.md: the lists of cases that do not apply or do not pass, and the count. It knows no expressions.

use std::fmt;

use crate::case::Outcome;

/// Cases of one outcome.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    passed: usize,
    of: usize,
    not_applicable: usize,
}

impl Count {
    /// Counts one case.
    pub(crate) fn add(&mut self, applies: bool, passed: bool) {
        self.of += 1;
        self.not_applicable += usize::from(!applies);
        self.passed += usize::from(applies && passed);
    }

    /// Counts the cases of another file too.
    pub(crate) fn join(&mut self, other: &Self) {
        self.of += other.of;
        self.not_applicable += other.not_applicable;
        self.passed += other.passed;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} passed, {} not applicable", self.passed, self.of, self.not_applicable)
    }
}

/// A row of a list: a case, or all whose names begin like this, and why.
pub(crate) struct Row {
    pattern: String,
    reason: String,
}

impl Row {
    /// Whether it speaks of the case of this name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == self.pattern,
        }
    }
}

/// What the page says.
pub(crate) struct Lists {
    pub(crate) not_applicable: Vec<Row>,
    failing: Vec<Row>,
    count: String,
}

const NOT_APPLICABLE: &str = "## Cases that cannot apply";
const FAILING: &str = "## Cases that do not pass";
const COUNT: &str = "cel-spec: ";
const UNEXPLAINED: &str = "unexplained";

/// Reads the lists from the page's text.
pub(crate) fn read(text: &str) -> Result<Lists, String> {
    let list = |heading: &str| -> Result<Vec<Row>, String> {
        let body = text.split_once(heading).ok_or_else(|| format!("the page has no `{heading}`"))?.1;
        let body = body.split("\n## ").next().unwrap_or_default();
        Ok(body.lines().filter_map(row).collect())
    };
    let count = text.lines().find_map(|line| line.strip_prefix(COUNT)).unwrap_or_default().to_owned();
    Ok(Lists { not_applicable: list(NOT_APPLICABLE)?, failing: list(FAILING)?, count })
}

/// "| `pattern` | reason |"
fn row(line: &str) -> Option<Row> {
    let (pattern, reason) = line.strip_prefix("| `")?.split_once("` | ")?;
    let reason = reason.trim_end().strip_suffix('|')?.trim_end();
    Some(Row { pattern: pattern.to_owned(), reason: reason.to_owned() })
}

/// Whether the outcomes are as the page says; prints what is not.
pub(crate) fn held(lists: &Lists, outcomes: &[(String, bool, Outcome)], total: &Count) -> bool {
    let mut faults = Vec::new();
    for (name, applies, outcome) in outcomes {
        let listed = lists.failing.iter().find(|row| row.covers(name));
        match (applies, outcome, listed) {
            (false, _, Some(_)) => faults.push(format!("{name} is on both lists of the page")),
            (true, Outcome::Passed, Some(_)) => faults.push(format!("{name} passes: take it from the page's list")),
            (true, Outcome::Failed(why), None) => faults.push(format!("{name} fails: {why}")),
            _ => {}
        }
    }
    for row in lists.not_applicable.iter().chain(&lists.failing) {
        if !outcomes.iter().any(|(name, ..)| row.covers(name)) {
            faults.push(format!("the page lists `{}`, which the suite does not have", row.pattern));
        }
        if row.reason == UNEXPLAINED || row.reason.is_empty() {
            faults.push(format!("the page gives no reason for `{}`", row.pattern));
        }
    }
    if lists.count != total.to_string() {
        faults.push(format!("the page counts `{}`", lists.count));
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    faults.is_empty()
}

/// The page with the list of failing cases and the count as they are now.
pub(crate) fn rewritten(text: &str, lists: &Lists, outcomes: &[(String, bool, Outcome)], total: &Count) -> String {
    let mut out = String::new();
    let mut in_list = false;
    for line in text.lines() {
        if line.starts_with(COUNT) {
            out.push_str(&format!("{COUNT}{total}\n"));
            continue;
        }
        if line.starts_with("## ") {
            in_list = line == FAILING;
        }
        if !in_list || row(line).is_none() {
            out.push_str(line);
            out.push('\n');
        }
        if in_list && line.starts_with("| ---") {
            let failing = outcomes.iter().filter(|(_, applies, outcome)| *applies && *outcome != Outcome::Passed);
            for (name, ..) in failing {
                let reason = lists.failing.iter().find(|row| row.covers(name)).map_or(UNEXPLAINED, |row| &row.reason);
                out.push_str(&format!("| `{name}` | {reason} |\n"));
            }
        }
    }
    out
}
