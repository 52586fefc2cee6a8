//! What the tests reached: each rule should match somewhere and somewhere not, and each condition in it be true somewhere and
//! false somewhere.

use std::collections::HashMap;

use fishplate::explain::{Condition, Given, Part, conditions};
use fishplate::{Decision, Explanation, RuleSet, Subject, Value};

/// What the tests of a file reached.
#[derive(Default)]
pub(super) struct Coverage {
    rules: Vec<Reached>,
    places: HashMap<String, usize>,
}

/// How often a rule was decided which way.
#[derive(Clone, Default)]
pub(super) struct Reached {
    pub(super) rule: String,
    pub(super) matched: u64,
    pub(super) not_matched: u64,
    pub(super) errors: u64,
    pub(super) branches: Vec<Branch>,
}

/// A condition, and which ways it went.
#[derive(Clone)]
pub(super) struct Branch {
    pub(super) condition: Condition,
    pub(super) was_true: bool,
    pub(super) was_false: bool,
}

impl Reached {
    /// How many ways its conditions went, of twice as many as there are.
    pub(super) fn taken(&self) -> usize {
        self.branches.iter().map(|branch| usize::from(branch.was_true) + usize::from(branch.was_false)).sum()
    }
}

impl Coverage {
    pub(super) fn of(rules: &RuleSet) -> Self {
        let branch = |condition| Branch { condition, was_true: false, was_false: false };
        let of = |(rule, conditions): (&str, Vec<Condition>)| Reached {
            rule: rule.to_owned(),
            branches: conditions.into_iter().map(branch).collect(),
            ..Reached::default()
        };
        let rules: Vec<Reached> = rules.rules().zip(conditions(rules)).map(of).collect();
        let places = rules.iter().enumerate().map(|(at, reached)| (reached.rule.clone(), at)).collect();
        Self { rules, places }
    }

    /// Takes a decision's word for what its rules came to.
    pub(super) fn note(&mut self, decision: &Decision) {
        let place = |places: &HashMap<String, usize>, rule: &str| places.get(rule).copied();
        let mut told = vec![false; self.rules.len()];
        for rule in decision.matched().chain(decision.shadow_matched()) {
            if let Some(at) = place(&self.places, rule) {
                self.rules[at].matched += 1;
                told[at] = true;
            }
        }
        for error in decision.errors().iter().chain(decision.shadow_errors()) {
            if let Subject::Rule(rule) = &error.subject
                && let Some(at) = place(&self.places, rule)
            {
                self.rules[at].errors += 1;
                told[at] = true;
            }
        }
        // A decision that a rule made by itself says nothing of the others.
        if decision.timer().is_none() {
            let others = self.rules.iter_mut().zip(told).filter(|(_, told)| !told);
            others.for_each(|(reached, _)| reached.not_matched += 1);
        }
    }

    /// Takes an explanation's word for which way the conditions went.
    pub(super) fn note_ways(&mut self, explanation: &Explanation) {
        for explained in explanation.rules() {
            let Some(at) = self.places.get(&*explained.rule) else { continue };
            let parts = explained.expressions.iter().filter(|expression| expression.key == "when");
            for part in parts.flat_map(|expression| &expression.parts) {
                let same = |branch: &&mut Branch| is_of(&branch.condition, part);
                let Some(branch) = self.rules[*at].branches.iter_mut().find(same) else { continue };
                branch.was_true |= part.values.contains(&Given::Value(Value::Bool(true)));
                branch.was_false |= part.values.contains(&Given::Value(Value::Bool(false)));
            }
        }
    }

    pub(super) fn rules(&self) -> &[Reached] {
        &self.rules
    }

    /// How many rules matched somewhere.
    pub(super) fn matched(&self) -> usize {
        self.rules.iter().filter(|reached| reached.matched > 0).count()
    }

    /// How many ways conditions went, and how many they could go.
    pub(super) fn branches(&self) -> (usize, usize) {
        let all = self.rules.iter().map(|reached| 2 * reached.branches.len()).sum();
        (self.rules.iter().map(Reached::taken).sum(), all)
    }
}

fn is_of(condition: &Condition, part: &Part) -> bool {
    (part.line, part.column, &part.text) == (condition.line, condition.column, &condition.text)
}
