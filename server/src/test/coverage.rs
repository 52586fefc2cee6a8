//! Which rules the tests reached: each should match somewhere, and somewhere not.

use std::collections::HashMap;

use fishplate::{Decision, RuleSet, Subject};

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
}

impl Coverage {
    pub(super) fn of(rules: &RuleSet) -> Self {
        let of = |rule: &str| Reached { rule: rule.to_owned(), ..Reached::default() };
        let rules: Vec<Reached> = rules.rules().map(of).collect();
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

    pub(super) fn rules(&self) -> &[Reached] {
        &self.rules
    }

    /// How many rules matched somewhere.
    pub(super) fn matched(&self) -> usize {
        self.rules.iter().filter(|reached| reached.matched > 0).count()
    }
}
