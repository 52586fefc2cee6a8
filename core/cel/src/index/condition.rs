//! The boolean structure of one condition: which nodes are checks, which are logic, which the index leaves alone; and what
//! of it bounds the condition from above, as a conjunction of clauses.

use std::sync::Arc;

use super::check::{Check, Sides, Test, number};
use crate::{
    check::{Absent, Checked, Op, overloads::Function},
    estimate::{self, Cost, Worst},
    parse::ast::NodeId,
    plan::{Instr, Path, Slots, fold::Folder},
    value::Value,
};

/// Clauses that one conjunct may become, and checks that one clause may hold: more are left to the judge. Chains of
/// `||` over one field are one check each, so real conditions stay far below.
const MAX_CLAUSES: usize = 16;
const MAX_LITERALS: usize = 64;
/// Keys of a table that one check may copy.
const MAX_KEYS: usize = 1_000;

/// What a node is to logic.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// No part of the logic: below a check, or below what is left alone.
    Below,
    Constant(bool),
    /// Its number among the checks.
    Check(u32),
    /// Something that only the machine can evaluate.
    Unknown,
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    If(NodeId, NodeId, NodeId),
}

/// One condition, taken apart.
#[derive(Debug)]
pub(super) struct Condition {
    /// Beside the nodes of the typed tree.
    pub(super) kinds: Vec<Kind>,
    pub(super) checks: Vec<Check>,
    /// What has to hold of it, as far as the index can tell.
    pub(super) clauses: Vec<Clause>,
    /// Whether, where every check is sure, the clauses say neither more nor less than the condition.
    pub(super) exact: bool,
    /// Whether no evaluation of the whole can cost too much.
    pub(super) bounded: bool,
}

/// Checks of which one has to hold, each as it is or negated.
pub(super) type Clause = Vec<(u32, bool)>;

/// A conjunction of clauses, and whether it is all that is to say.
#[derive(Clone, Debug)]
struct Bound {
    clauses: Vec<Clause>,
    exact: bool,
}

impl Condition {
    pub(super) fn new(checked: &Checked, cost: Cost, slots: &mut Slots, worst: &Worst) -> Self {
        let known = known(checked);
        // What the whole can afford, each part can.
        let affordable = cost.most.is_some_and(|most| most <= worst.cost);
        let costs = if affordable && !cfg!(debug_assertions) { vec![] } else { estimate::most(checked, &known, worst) };
        let mut taken = Taken { checked, slots, known, kinds: vec![Kind::Below; checked.nodes.len()], checks: vec![] };
        taken.logic();
        let Taken { kinds, checks, .. } = taken;
        let (conjuncts, flat) = conjuncts(&kinds);
        let mut all_bounds: Option<Vec<(Bound, Bound)>> = None;
        let mut condition = Self { kinds, checks, clauses: Vec::new(), exact: true, bounded: true };
        // The machine goes from left to right and stops at what is false: a conjunct may say `false` for the whole
        // where it is sure to be reached.
        let is_not = |(kind, flat): &(&Kind, &bool)| **flat && matches!(kind, Kind::Not(_));
        // Negations around the conjuncts cost one each, whichever conjunct ends the run.
        let mut spent = condition.kinds.iter().zip(&flat).filter(is_not).count() as u64;
        for (id, holds) in conjuncts {
            spent = spent.saturating_add(costs.get(id as usize).copied().unwrap_or_default());
            debug_assert!(!affordable || spent <= worst.cost, "the whole costs no less than its parts");
            if spent > worst.cost {
                condition.bounded = false;
                condition.exact = false;
                break;
            }
            if let Some(clause) = clause(&condition.kinds, id, holds) {
                condition.clauses.push(clause);
                continue;
            }
            let (when, unless) = &all_bounds.get_or_insert_with(|| bounds(&condition.kinds, &flat))[id as usize];
            let bound = if holds { when } else { unless };
            condition.exact &= bound.exact;
            condition.clauses.extend(bound.clauses.iter().cloned());
        }
        // An error of a check that constants have simplified away is still one: `x > 1 ? true : true`.
        let mut held = vec![false; condition.checks.len()];
        condition.clauses.iter().flatten().for_each(|(check, _)| held[*check as usize] = true);
        condition.exact &= held.iter().all(|held| *held);
        condition
    }
}

/// The values of the nodes that are constants, as the planner folds them.
fn known(checked: &Checked) -> Vec<Option<Value>> {
    let mut folder = Folder::default();
    let mut known: Vec<Option<Value>> = Vec::with_capacity(checked.nodes.len());
    for node in &checked.nodes {
        let of = |ids: &[NodeId]| ids.iter().map(|id| known[*id as usize].clone()).collect::<Option<Vec<_>>>();
        let value = match &node.op {
            Op::Constant(value) => Some(value.clone()),
            Op::Call1(function, a) => of(&[*a]).and_then(|args| folder.call(*function, &args)),
            Op::Call2(function, a, b) => of(&[*a, *b]).and_then(|args| folder.call(*function, &args)),
            Op::List(items) => {
                let items = items.of(&checked.children);
                of(items).and_then(|values| folder.aggregate(Instr::List(items.len() as u32), values))
            }
            _ => None,
        };
        known.push(value);
    }
    known
}

/// The taking apart.
struct Taken<'c> {
    checked: &'c Checked,
    slots: &'c mut Slots,
    known: Vec<Option<Value>>,
    kinds: Vec<Kind>,
    checks: Vec<Check>,
}

impl Taken<'_> {
    /// From the root downwards: parents stand behind their children.
    fn logic(&mut self) {
        let Some(root) = self.checked.nodes.len().checked_sub(1) else { return };
        self.kinds[root] = Kind::Unknown;
        for id in (0..=root).rev() {
            if matches!(self.kinds[id], Kind::Below) {
                continue;
            }
            let kind = self.kind(id as NodeId);
            self.kinds[id] = kind;
            let below: &[NodeId] = match &kind {
                Kind::Not(a) => &[*a],
                Kind::And(a, b) | Kind::Or(a, b) => &[*a, *b],
                Kind::If(a, b, c) => &[*a, *b, *c],
                _ => &[],
            };
            below.iter().for_each(|id| self.kinds[*id as usize] = Kind::Unknown);
        }
    }

    fn kind(&mut self, id: NodeId) -> Kind {
        if let Some(value) = &self.known[id as usize] {
            // A constant that is no bool is an error when it is met.
            return if let Value::Bool(value) = value { Kind::Constant(*value) } else { Kind::Unknown };
        }
        let checked = self.checked;
        let check = match &checked.nodes[id as usize].op {
            Op::Call1(Function::Not, a) => return Kind::Not(*a),
            Op::And(a, b) => return Kind::And(*a, *b),
            Op::Or(a, b) => return Kind::Or(*a, *b),
            Op::Conditional { test, then, otherwise } => return Kind::If(*test, *then, *otherwise),
            Op::HasSlot(path) => Some(self.check(path, None, Test::Has)),
            Op::Read { path, absent } => Some(self.check(path, Some(absent), Test::True)),
            Op::Call2(function, a, b) => self.call(*function, *a, *b),
            _ => None,
        };
        match check {
            Some(check) => {
                self.checks.push(check);
                Kind::Check(self.checks.len() as u32 - 1)
            }
            None => Kind::Unknown,
        }
    }

    fn check(&mut self, path: &Path, absent: Option<&Absent>, test: Test) -> Check {
        let default = match absent {
            Some(Absent::Default(value)) => Some(Box::new(value.clone())),
            Some(Absent::Error | Absent::Empty) | None => None,
        };
        Check { slot: self.slots.intern(path) as u32, default, test }
    }

    /// A call of a reading and a constant.
    fn call(&mut self, function: Function, a: NodeId, b: NodeId) -> Option<Check> {
        let checked = self.checked;
        let op = |id: NodeId| &checked.nodes[id as usize].op;
        let (function, read, constant) = match (op(a), &self.known[b as usize], &self.known[a as usize], op(b)) {
            (Op::Read { path, absent }, Some(constant), _, _) => (function, (path, absent), constant),
            (_, _, Some(constant), Op::Read { path, absent }) => (turned(function)?, (path, absent), constant),
            _ => return None,
        };
        let test = test(function, constant)?;
        Some(self.check(read.0, Some(read.1), test))
    }
}

/// The function that gives the same with its operands the other way round.
fn turned(function: Function) -> Option<Function> {
    Some(match function {
        Function::Equal | Function::NotEqual => function,
        Function::Less => Function::Greater,
        Function::LessOrEqual => Function::GreaterOrEqual,
        Function::Greater => Function::Less,
        Function::GreaterOrEqual => Function::LessOrEqual,
        _ => return None,
    })
}

fn test(function: Function, constant: &Value) -> Option<Test> {
    let sides = Sides::of(function);
    match (function, constant) {
        (Function::In, Value::List(items)) => among(items.iter()),
        (Function::In, Value::Map(map)) if map.entries().len() <= MAX_KEYS => {
            among(map.entries().iter().map(|(key, _)| key))
        }
        (Function::Contains | Function::StartsWith | Function::EndsWith, Value::String(part)) => {
            Some(Test::Part(function, part.clone()))
        }
        (Function::Equal | Function::NotEqual, Value::String(text)) => {
            Some(Test::Text(text.clone(), function == Function::Equal))
        }
        (_, Value::Int(_) | Value::Uint(_) | Value::Double(_)) if number(constant).is_some() => {
            Some(Test::Number(sides?, number(constant)?))
        }
        // Comparing with lists and maps walks them: the machine counts what that costs.
        (_, Value::List(_) | Value::Map(_)) => None,
        _ => sides.map(|_| Test::Compare(Box::new((function, constant.clone())))),
    }
}

fn among<'v>(items: impl ExactSizeIterator<Item = &'v Value> + Clone) -> Option<Test> {
    if items.clone().all(|item| matches!(item, Value::String(_))) {
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(items.len());
        texts.extend(items.filter_map(|item| if let Value::String(text) = item { Some(text.clone()) } else { None }));
        texts.sort_unstable();
        texts.dedup();
        return Some(Test::TextIn(texts.into()));
    }
    let mut numbers = items.map(number).collect::<Option<Vec<f64>>>()?;
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.dedup();
    Some(Test::NumberIn(numbers.into()))
}

/// The conjuncts of the whole from left to right, each as it is or negated; and which nodes are nothing but their sum.
fn conjuncts(kinds: &[Kind]) -> (Vec<(NodeId, bool)>, Vec<bool>) {
    let (mut found, mut flat) = (Vec::new(), vec![false; kinds.len()]);
    let mut left: Vec<(NodeId, bool)> =
        kinds.len().checked_sub(1).map(|root| (root as NodeId, true)).into_iter().collect();
    while let Some((id, holds)) = left.pop() {
        match (kinds[id as usize], holds) {
            (Kind::And(a, b), true) | (Kind::Or(a, b), false) => left.extend([(b, holds), (a, holds)]),
            (Kind::Not(a), _) => left.push((a, !holds)),
            _ => {
                found.push((id, holds));
                continue;
            }
        }
        flat[id as usize] = true;
    }
    (found, flat)
}

/// What is a disjunction of checks already, which is most of what rules have.
fn clause(kinds: &[Kind], id: NodeId, holds: bool) -> Option<Clause> {
    let (mut clause, mut left) = (Clause::new(), vec![(id, holds)]);
    while let Some((id, holds)) = left.pop() {
        match (kinds[id as usize], holds) {
            (Kind::Check(check), _) if clause.len() < MAX_LITERALS => clause.push((check, !holds)),
            (Kind::Or(a, b), true) | (Kind::And(a, b), false) => left.extend([(b, holds), (a, holds)]),
            (Kind::Not(a), _) => left.push((a, !holds)),
            _ => return None,
        }
    }
    Some(clause)
}

/// For each node of the logic: what holds if it may be true, and what holds if it may be false. Both hold of an error.
fn bounds(kinds: &[Kind], flat: &[bool]) -> Vec<(Bound, Bound)> {
    let nothing = || Bound { clauses: Vec::new(), exact: false };
    let never = || Bound { clauses: vec![Vec::new()], exact: true };
    let always = || Bound { clauses: Vec::new(), exact: true };
    let mut all: Vec<(Bound, Bound)> = Vec::with_capacity(kinds.len());
    for (kind, flat) in kinds.iter().zip(flat) {
        let at = |id: NodeId| &all[id as usize];
        let bound = match *kind {
            _ if *flat => (nothing(), nothing()),
            Kind::Below | Kind::Unknown => (nothing(), nothing()),
            Kind::Constant(true) => (always(), never()),
            Kind::Constant(false) => (never(), always()),
            Kind::Check(check) => (one(check, false), one(check, true)),
            Kind::Not(a) => (at(a).1.clone(), at(a).0.clone()),
            Kind::And(a, b) => (both(&at(a).0, &at(b).0), either(&at(a).1, &at(b).1)),
            Kind::Or(a, b) => (either(&at(a).0, &at(b).0), both(&at(a).1, &at(b).1)),
            // An error of the test is one of the whole: where the test may be true and may be false, both branches are
            // open, whatever they say.
            Kind::If(test, a, b) => {
                let ((when, unless), a, b) = (at(test), at(a), at(b));
                (both(&either(unless, &a.0), &either(when, &b.0)), both(&either(unless, &a.1), &either(when, &b.1)))
            }
        };
        all.push(bound);
    }
    all
}

fn one(check: u32, negated: bool) -> Bound {
    Bound { clauses: vec![vec![(check, negated)]], exact: true }
}

fn both(a: &Bound, b: &Bound) -> Bound {
    let mut clauses = a.clauses.clone();
    clauses.extend(b.clauses.iter().cloned());
    let exact = a.exact && b.exact && clauses.len() <= MAX_CLAUSES;
    clauses.truncate(MAX_CLAUSES);
    Bound { clauses, exact }
}

fn either(a: &Bound, b: &Bound) -> Bound {
    let nothing = Bound { clauses: Vec::new(), exact: false };
    if a.clauses.len() * b.clauses.len() > MAX_CLAUSES {
        return nothing;
    }
    let mut clauses = Vec::new();
    for left in &a.clauses {
        for right in &b.clauses {
            let mut clause = left.clone();
            clause.extend(right.iter().filter(|literal| !left.contains(literal)));
            if clause.len() > MAX_LITERALS {
                return nothing;
            }
            clauses.push(clause);
        }
    }
    Bound { clauses, exact: a.exact && b.exact }
}
