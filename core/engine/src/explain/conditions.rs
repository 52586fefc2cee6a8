//! The conditions on which a rule's way depends: what a test of the rule should see both true and false.

use crate::ruleset::{Expression, Rule, RuleSet};

/// A side of `&&` or `||`, a test of `?:`, or the whole of a rule's `when`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Line in the document, or in the CSV file that the rule is a row of, from 1.
    pub line: u32,
    /// Column in code points, from 1.
    pub column: u32,
    /// As it is written; an explanation's [`super::Part`] of the same place and text tells what it gave.
    pub text: String,
}

/// The conditions in the `when` of each rule, by the rule's place in the document. A rule that is always true has none.
pub fn conditions(rule_set: &RuleSet) -> Vec<Vec<Condition>> {
    let of = |when: &Expression| {
        if when.program.constant().is_some() {
            return Vec::new();
        }
        let condition = |span: fishplate_cel::Span| {
            let place = when.spot().inside(rule_set.source(), span.start as usize);
            let text = when.part(span.start as usize, span.end as usize).to_owned();
            Condition { line: place.line, column: place.column, text }
        };
        when.program.conditions().into_iter().map(condition).collect()
    };
    let plan = rule_set.plan();
    let of_rule = |rule: &Rule| {
        let guards = rule.guards.iter().map(|guard| &plan.variables[*guard as usize].expression);
        guards.chain(rule.when.as_ref()).flat_map(of).collect()
    };
    plan.rules.iter().map(of_rule).collect()
}
