//! What rules cost, as far as it is known when they are loaded, and which of them can never be afforded.

pub use fishplate_cel::Cost;

use super::{Expression, Plan, Rule, RuleSet};
use crate::codes;
use crate::error::{Diagnostic, Place};
use crate::limits::Limits;

/// What a rule costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleCost<'r> {
    /// Its id.
    pub rule: &'r str,
    /// Of its condition, and of its outputs where it matches: events are within the limits that the document was loaded with.
    pub cost: Cost,
}

impl RuleSet {
    /// What each rule costs for one event, in document order, in units of the limit `cost`. An index may spare more.
    pub fn costs(&self) -> impl Iterator<Item = RuleCost<'_>> {
        self.plan().rules.iter().map(|rule| RuleCost { rule: &rule.id, cost: of(rule) })
    }

    /// What is no mistake of the document, and yet should not stay: expressions that cost more than `limits.cost` for
    /// every event (F0712), and so are errors whenever they are evaluated.
    pub fn warnings(&self, limits: &Limits) -> Vec<Diagnostic> {
        let dear = |expression: &&Expression| expression.program.cost().least > limits.cost;
        let told = |expression: &Expression| self.too_dear(expression, limits.cost, None);
        let rules = self.plan().rules.iter().flat_map(|rule| {
            rule.expressions().filter(dear).map(move |expression| self.too_dear(expression, limits.cost, Some(rule)))
        });
        kept(self.plan()).filter(dear).map(told).chain(rules).collect()
    }

    fn too_dear(&self, expression: &Expression, limit: u64, of: Option<&Rule>) -> Diagnostic {
        let least = expression.program.cost().least;
        // The cells of a row may stand in another file.
        let place = match of.filter(|rule| rule.table.is_some()) {
            Some(row) => Place::Name(row.id.to_string()),
            None => {
                let width = expression.text().lines().next().unwrap_or("").chars().count();
                self.source().place(expression.start(self.source()), width as u32)
            }
        };
        Diagnostic {
            code: codes::LIMIT_COST_ALWAYS,
            message: format!("this costs at least {least} for every event, over the limit cost = {limit}"),
            place,
            expected: String::new(),
            suggestion: Some("walk over shorter lists, or set the limit cost".into()),
        }
    }
}

/// The condition comes first, and only what it lets through gives outputs.
fn of(rule: &Rule) -> Cost {
    let none = Cost { least: 0, most: Some(0) };
    let when = rule.when.as_ref().map_or(none, |when| when.program.cost());
    rule.expressions()
        .skip(rule.when.iter().count())
        .fold(when, |sum, other| sum.and(other.program.cost().or_nothing()))
}

/// The expressions of keys and features.
fn kept(plan: &Plan) -> impl Iterator<Item = &Expression> {
    let windows = plan.keyed.iter().flat_map(|list| &list.windows);
    let read = windows.flat_map(|window| window.value.iter().chain(&window.filter));
    plan.partition.iter().chain(plan.keyed.iter().flat_map(|list| &list.by)).chain(read)
}
