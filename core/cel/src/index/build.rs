//! Conditions → fields, layers and chains of checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use super::Index;
use super::bits::{Bits, words};
use super::check::{Check, Test, among, text_among};
use super::condition::{Clause, Condition};
use super::layer::{Field, Group, Single, Source};
use super::quick::Quick;
use super::table::{Line, Rows, Star};
use super::words::Words;
use crate::{
    Checked,
    check::overloads::name_of,
    estimate::{Cost, Worst},
    plan::Slots,
    value::Value,
};

/// Gathers the conditions of an index, in the order of their rules.
#[derive(Debug, Default)]
pub struct Builder {
    worst: Worst,
    conditions: Vec<Option<Condition>>,
    rows: Vec<Row>,
    quick: Quick,
}

/// What is known of one rule besides its bits.
#[derive(Debug)]
pub(super) struct Row {
    /// Where its chain of checks begins.
    pub(super) quick: Option<u32>,
}

impl Builder {
    /// For evaluations within these bounds.
    pub fn new(worst: Worst) -> Self {
        Self { worst, ..Self::default() }
    }

    /// Adds the next rule. `None`: one that the index says nothing of, and which is always a candidate. `cost` is that of its
    /// program under the builder's bounds ([`crate::Program::cost`]), or the default where nobody knows it.
    pub fn add(&mut self, condition: Option<&Checked>, cost: Cost, slots: &mut Slots) {
        let mut condition = condition.map(|checked| Condition::new(checked, cost, slots, &self.worst));
        let chain = condition.as_ref().filter(|condition| condition.bounded).and_then(|of| self.quick.add(of));
        self.rows.push(Row { quick: chain });
        if let Some(condition) = &mut condition {
            // Only the chain needs the structure, and there may be many conditions.
            condition.kinds = Vec::new();
        }
        self.conditions.push(condition);
    }

    /// The index over all that was added.
    pub fn finish(self) -> Index {
        let rules = self.conditions.len();
        let (mut alive, mut judged) = (Bits::default(), Bits::none(rules));
        alive.fill(rules);
        let mut clauses = Clauses::default();
        for (rule, condition) in self.conditions.iter().enumerate() {
            let Some(condition) = condition else {
                judged.set(rule);
                continue;
            };
            if !condition.exact {
                judged.set(rule);
            }
            if condition.clauses.iter().any(Vec::is_empty) {
                alive.flip(rule as u32);
                continue;
            }
            clauses.add(rule, condition);
        }
        let (fields, singles, groups) = clauses.layers(rules, &mut judged);
        let Self { rows, quick, .. } = self;
        Index { alive, judged, fields, singles, groups, rows, quick, worst: self.worst }
    }
}

/// What makes a field: the slot, what it reads as where it is absent, and what kind of thing is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    slot: u32,
    /// Its number among the defaults.
    default: usize,
    kind: Kind,
}

/// What a check asks, apart from its constants where a field's cells are made of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Has,
    True,
    Number,
    Text,
    Part(&'static str, Arc<str>),
    /// In full.
    Other(String),
}

impl Kind {
    fn of(test: &Test) -> Self {
        match test {
            Test::Has => Self::Has,
            Test::True => Self::True,
            Test::Number(..) | Test::NumberIn(_) => Self::Number,
            Test::Text(..) | Test::TextIn(_) => Self::Text,
            Test::Part(function, part) => Self::Part(name_of(*function), part.clone()),
            Test::Compare(_) => Self::Other(format!("{test:?}")),
        }
    }
}

/// One check in a clause.
#[derive(Clone, Copy, Debug)]
struct Literal<'c> {
    field: usize,
    check: &'c Check,
    negated: bool,
}

/// The clauses of one rule that belong together, each with its literals over the fields of one layer.
type Own<'c> = (usize, Vec<Vec<Literal<'c>>>);

/// All clauses, by the layers that they would belong to.
#[derive(Debug, Default)]
struct Clauses<'c> {
    fields: Vec<&'c Check>,
    numbers: HashMap<Identity, usize>,
    defaults: Vec<&'c Option<Box<Value>>>,
    /// By field: the rules with clauses over it alone, in order.
    single: BTreeMap<usize, Vec<Own<'c>>>,
    /// By fields, and by which clause of its rule over just these it is.
    shared: BTreeMap<(Vec<usize>, usize), Vec<Own<'c>>>,
}

impl<'c> Clauses<'c> {
    fn add(&mut self, rule: usize, condition: &'c Condition) {
        let mut times: HashMap<Vec<usize>, usize> = HashMap::new();
        for clause in &condition.clauses {
            let literals = self.literals(clause, condition);
            let mut fields: Vec<usize> = literals.iter().map(|literal| literal.field).collect();
            fields.sort_unstable();
            fields.dedup();
            let own = match fields[..] {
                [field] => self.single.entry(field).or_default(),
                _ => {
                    let times = times.entry(fields.clone()).or_default();
                    *times += 1;
                    self.shared.entry((fields, *times)).or_default()
                }
            };
            match own.last_mut() {
                Some((last, clauses)) if *last == rule => clauses.push(literals),
                _ => own.push((rule, vec![literals])),
            }
        }
    }

    fn literals(&mut self, clause: &Clause, condition: &'c Condition) -> Vec<Literal<'c>> {
        let literal = |(at, negated): &(u32, bool)| {
            let check = &condition.checks[*at as usize];
            let next = self.fields.len();
            // There are few: a default a type.
            let known = self.defaults.iter().position(|known| **known == check.default);
            let default = known.unwrap_or_else(|| {
                self.defaults.push(&check.default);
                self.defaults.len() - 1
            });
            let identity = Identity { slot: check.slot, default, kind: Kind::of(&check.test) };
            let field = *self.numbers.entry(identity).or_insert(next);
            if field == next {
                self.fields.push(check);
            }
            Literal { field, check, negated: *negated }
        };
        clause.iter().map(literal).collect()
    }

    /// The layers that are worth their time; the rules of the others are left to the judge.
    fn layers(self, rules: usize, judged: &mut Bits) -> (Vec<Field>, Vec<Single>, Vec<Group>) {
        let Self { fields: checks, single, shared, .. } = self;
        let mut worth = |users: &[Own<'c>], parts: usize| {
            let worth = users.len() >= least_users(rules, parts);
            if !worth {
                users.iter().for_each(|(rule, _)| judged.set(*rule));
            }
            worth
        };
        let single: Vec<_> = single.into_iter().filter(|(_, users)| worth(users, 0)).collect();
        let shared: Vec<_> = shared.into_iter().filter(|((fields, _), users)| worth(users, fields.len())).collect();
        let mut made = Made::new(rules, checks);
        let users = single.iter().map(|(_, users)| users).chain(shared.iter().map(|(_, users)| users));
        users.flatten().for_each(|(rule, clauses)| made.gather(*rule, clauses));
        made.sort();
        let singles = single.iter().map(|(field, users)| {
            let mut own = Bits::none(rules);
            users.iter().for_each(|(rule, _)| own.set(*rule));
            Single { field: made.at[*field], own, rows: made.rows(*field, users) }
        });
        let singles = singles.collect();
        let groups = shared.iter().map(|((fields, _), users)| made.group(fields, users)).collect();
        (made.fields, singles, groups)
    }
}

/// Below this many rules, running their checks is faster than putting the rows of a layer together: a check takes about as
/// long as eight words.
fn least_users(rules: usize, parts: usize) -> usize {
    3 + words(rules) * (parts + 1) / 8
}

/// The fields in the making, then the rows over them.
#[derive(Debug)]
struct Made<'c> {
    rules: usize,
    checks: Vec<&'c Check>,
    /// By number among the checks: the field's number here, once it is used.
    at: Vec<usize>,
    fields: Vec<Field>,
}

const UNUSED: usize = usize::MAX;

impl<'c> Made<'c> {
    fn new(rules: usize, checks: Vec<&'c Check>) -> Self {
        Self { rules, at: vec![UNUSED; checks.len()], checks, fields: Vec::new() }
    }

    /// Takes the constants of clauses into their fields' cells.
    fn gather(&mut self, rule: usize, clauses: &[Vec<Literal<'c>>]) {
        for literal in clauses.iter().flatten() {
            if self.at[literal.field] == UNUSED {
                self.at[literal.field] = self.fields.len();
                self.fields.push(Field { source: source(self.checks[literal.field]), rules: Bits::none(self.rules) });
            }
            let field = &mut self.fields[self.at[literal.field]];
            field.rules.set(rule);
            match (&mut field.source, &literal.check.test) {
                (Source::Number { thresholds, .. }, Test::Number(_, constant)) => thresholds.push(*constant),
                (Source::Number { thresholds, .. }, Test::NumberIn(constants)) => thresholds.extend(&constants[..]),
                (Source::Text { words, .. }, Test::Text(text, _)) => {
                    words.intern(text);
                }
                (Source::Text { words, .. }, Test::TextIn(texts)) => {
                    for text in &texts[..] {
                        words.intern(text);
                    }
                }
                _ => {}
            }
        }
    }

    fn sort(&mut self) {
        for field in &mut self.fields {
            if let Source::Number { thresholds, .. } = &mut field.source {
                thresholds.sort_unstable_by(f64::total_cmp);
                thresholds.dedup();
                thresholds.shrink_to_fit();
            }
        }
    }

    /// The rows of one field for rules with clauses over it; the bits of all other rules are set.
    fn rows(&self, field: usize, users: &[Own<'c>]) -> Rows {
        let mut others = Bits::default();
        others.fill(self.rules);
        self.rows_over(field, users, others)
    }

    /// The same over a row in which the bits of the other rules are as they are to be.
    fn rows_over(&self, number: usize, users: &[Own<'c>], mut first: Bits) -> Rows {
        let field = &self.fields[self.at[number]];
        let (mut changes, mut own) = (Vec::new(), Vec::new());
        for (rule, clauses) in users {
            let holds = |sample: Sample<'_>| clauses.iter().all(|clause| clause_holds(clause, number, sample));
            own.clear();
            let begins = match &field.source {
                Source::Number { thresholds, .. } => line(thresholds, clauses, number, &holds, &mut own),
                Source::Text { words, .. } => star(words, clauses, number, &holds, &mut own),
                Source::Flag(_) => {
                    own.extend((holds(Sample::Flag(true)) != holds(Sample::Flag(false))).then_some(1));
                    holds(Sample::Flag(false))
                }
            };
            if first.has(*rule) != begins {
                first.flip(*rule as u32);
            }
            changes.extend(own.iter().map(|cell| (*cell, *rule as u32)));
        }
        match field.source {
            Source::Number { .. } => Rows::Line(Line::new(first, field.cells(), changes)),
            _ => Rows::Star(Star::new(first, field.cells(), changes)),
        }
    }

    fn group(&self, fields: &[usize], users: &[Own<'c>]) -> Group {
        let (mut others, mut own) = (Bits::default(), Bits::none(self.rules));
        others.fill(self.rules);
        for (rule, _) in users {
            own.set(*rule);
            others.flip(*rule as u32);
        }
        let none = || Bits::none(self.rules);
        let parts = fields.iter().map(|field| (self.at[*field], self.rows_over(*field, users, none()))).collect();
        Group { others, parts, own }
    }
}

fn source(check: &Check) -> Source {
    let (slot, default) = (check.slot, check.default.clone());
    match check.test {
        Test::Number(..) | Test::NumberIn(_) => Source::Number { slot, default, thresholds: Vec::new() },
        Test::Text(..) | Test::TextIn(_) => Source::Text { slot, default, words: Words::default() },
        Test::Has | Test::True | Test::Part(..) | Test::Compare(_) => Source::Flag(check.clone()),
    }
}

/// A value of a cell.
#[derive(Clone, Copy)]
enum Sample<'s> {
    Number(f64),
    /// `None`: a text that no rule names.
    Text(Option<&'s str>),
    Flag(bool),
}

/// Whether some literal of the clause over this field holds of the sample.
fn clause_holds(clause: &[Literal<'_>], field: usize, sample: Sample<'_>) -> bool {
    clause.iter().filter(|literal| literal.field == field).any(|literal| {
        let holds = match (&literal.check.test, sample) {
            (Test::Number(sides, constant), Sample::Number(value)) => sides.holds(value, *constant),
            (Test::NumberIn(constants), Sample::Number(value)) => among(constants, value),
            (Test::Text(constant, is), Sample::Text(text)) => (text == Some(&**constant)) == *is,
            (Test::TextIn(constants), Sample::Text(text)) => text.is_some_and(|text| text_among(constants, text)),
            (_, Sample::Flag(value)) => value,
            _ => return true,
        };
        holds != literal.negated
    })
}

/// The cells at which what holds of numbers changes, and what holds in cell 0.
fn line(
    thresholds: &[f64],
    clauses: &[Vec<Literal<'_>>],
    field: usize,
    holds: &dyn Fn(Sample<'_>) -> bool,
    changes: &mut Vec<u32>,
) -> bool {
    let mut own: Vec<f64> = Vec::new();
    for literal in clauses.iter().flatten().filter(|literal| literal.field == field) {
        match &literal.check.test {
            Test::Number(_, constant) => own.push(*constant),
            Test::NumberIn(constants) => own.extend(&constants[..]),
            _ => {}
        }
    }
    own.sort_unstable_by(f64::total_cmp);
    own.dedup();
    // Where two thresholds are neighbours, what is sampled between them is not between them; nor is any event.
    let first = own.first().map_or(0.0, |least| least.next_down());
    let begins = holds(Sample::Number(first));
    let mut now = begins;
    let mut go = |cell: usize, value: f64| {
        let next = holds(Sample::Number(value));
        if next != now {
            changes.push(cell as u32);
            now = next;
        }
    };
    for threshold in own {
        let at = thresholds.partition_point(|other| *other < threshold);
        go(2 * at + 1, threshold);
        go(2 * at + 2, threshold.next_up());
    }
    go(2 * thresholds.len() + 1, f64::NAN);
    begins
}

/// The same of texts.
fn star(
    words: &Words,
    clauses: &[Vec<Literal<'_>>],
    field: usize,
    holds: &dyn Fn(Sample<'_>) -> bool,
    changes: &mut Vec<u32>,
) -> bool {
    let begins = holds(Sample::Text(None));
    let mut add = |text: &str| {
        if let Some(number) = words.find(text)
            && holds(Sample::Text(Some(text))) != begins
        {
            changes.push(number + 1);
        }
    };
    for literal in clauses.iter().flatten().filter(|literal| literal.field == field) {
        match &literal.check.test {
            Test::Text(text, _) => add(text),
            Test::TextIn(texts) => texts.iter().for_each(|text| add(text)),
            _ => {}
        }
    }
    changes.sort_unstable();
    changes.dedup();
    begins
}
