//! A condition as a flat chain of checks, each of which says where to go on: no stack, no values, no cost to count. It
//! answers where its checks are sure and says nothing where they are not.

use std::sync::Arc;

use super::check::{Check, Sides, Test};
use super::condition::{Condition, Kind};
use crate::{
    check::overloads::Function,
    parse::ast::NodeId,
    run::{
        Slot,
        same::{ends_with, word},
    },
    value::Value,
};

/// The chains of all conditions of an index.
#[derive(Debug, Default)]
pub(super) struct Quick {
    steps: Vec<Step>,
    /// Beside the steps: what each asks, for values of any kind.
    checks: Vec<Check>,
}

/// What is looked at for each event: small and together.
#[derive(Debug)]
struct Step {
    ask: Ask,
    slot: u32,
    /// The step to go to, or one of the ends.
    yes: u32,
    no: u32,
}

/// The commonest questions, of a double or a text that is there. Any other is its check's.
#[derive(Debug)]
enum Ask {
    Greater(f64),
    GreaterOrEqual(f64),
    Less(f64),
    LessOrEqual(f64),
    /// Whether it is this short text, or is not.
    Text(Short, bool),
    /// Whether it is one of these short texts.
    TextIn(Box<[Short]>),
    EndsWith(Arc<str>),
    Other,
}

/// Text of up to eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short {
    word: u64,
    length: usize,
}

impl Short {
    #[inline]
    fn of(text: &str) -> Option<Self> {
        Some(Self { word: word(text.as_bytes())?, length: text.len() })
    }
}

/// Above this, looking at one text after the other is slower than searching.
const FEW: usize = 8;

impl Ask {
    fn of(test: &Test) -> Self {
        let ask = match test {
            Test::Number(sides, than) => {
                let is = |function| Sides::of(function) == Some(*sides);
                match () {
                    () if is(Function::Greater) => Some(Self::Greater(*than)),
                    () if is(Function::GreaterOrEqual) => Some(Self::GreaterOrEqual(*than)),
                    () if is(Function::Less) => Some(Self::Less(*than)),
                    () if is(Function::LessOrEqual) => Some(Self::LessOrEqual(*than)),
                    () => None,
                }
            }
            Test::Text(text, is) => Short::of(text).map(|text| Self::Text(text, *is)),
            Test::TextIn(texts) if texts.len() <= FEW => {
                texts.iter().map(|text| Short::of(text)).collect::<Option<_>>().map(Self::TextIn)
            }
            Test::Part(Function::EndsWith, end) => Some(Self::EndsWith(end.clone())),
            _ => None,
        };
        ask.unwrap_or(Self::Other)
    }

    /// The answer; `None`: ask the check.
    #[inline(always)]
    fn of_slot(&self, slot: &Slot) -> Option<bool> {
        match slot {
            Slot::Value(Value::Double(value)) => match self {
                Self::Greater(than) => Some(value > than),
                Self::GreaterOrEqual(than) => Some(value >= than),
                Self::Less(than) => Some(value < than),
                Self::LessOrEqual(than) => Some(value <= than),
                _ => None,
            },
            Slot::Text(text) if text.is_there() => {
                let text = text.as_str();
                match self {
                    Self::Text(short, is) => Some((Short::of(text) == Some(*short)) == *is),
                    Self::TextIn(shorts) => Some(Short::of(text).is_some_and(|text| shorts.contains(&text))),
                    Self::EndsWith(end) => Some(ends_with(text.as_bytes(), end.as_bytes())),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Ends, above every step.
const TRUE: u32 = u32::MAX;
const FALSE: u32 = u32::MAX - 1;
const UNKNOWN: u32 = u32::MAX - 2;

/// Where a node of the logic goes on.
#[derive(Clone, Copy)]
enum Label {
    End(u32),
    /// Where this node's checks begin.
    At(NodeId),
}

impl Quick {
    /// Adds the chain of a condition and gives its beginning; `None` if checks alone never answer.
    pub(super) fn add(&mut self, condition: &Condition) -> Option<u32> {
        let kinds = &condition.kinds;
        let root = kinds.len().checked_sub(1)? as NodeId;
        let labels = labels(kinds);
        let mut steps: Vec<u32> = vec![UNKNOWN; kinds.len()];
        let mut count = self.steps.len() as u32;
        for (kind, step) in kinds.iter().zip(&mut steps) {
            if let Kind::Check(_) = kind {
                *step = count;
                count += 1;
            }
        }
        let first = resolve(Label::At(root), kinds, &labels, &steps);
        if first == UNKNOWN {
            return None;
        }
        for (at, kind) in kinds.iter().enumerate() {
            if let Kind::Check(check) = kind {
                let [yes, no] = labels[at].map(|label| resolve(label, kinds, &labels, &steps));
                let check = condition.checks[*check as usize].clone();
                self.steps.push(Step { ask: Ask::of(&check.test), slot: check.slot, yes, no });
                self.checks.push(check);
            }
        }
        Some(first)
    }

    #[inline]
    pub(super) fn holds(&self, first: u32, slots: &[Slot]) -> Option<bool> {
        let mut at = first;
        while let Some(step) = self.steps.get(at as usize) {
            let holds = match slots.get(step.slot as usize).and_then(|slot| step.ask.of_slot(slot)) {
                Some(holds) => holds,
                None => self.checks[at as usize].holds(slots)?,
            };
            // The barrier keeps this a branch, which is foreseen: an index into memory would be waited for.
            at = if holds { step.yes } else { std::hint::black_box(step.no) };
        }
        match at {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.steps[..]) + size_of_val(&self.checks[..])
    }
}

/// Where each node of the logic goes on if it is true, and if it is false.
fn labels(kinds: &[Kind]) -> Vec<[Label; 2]> {
    let mut labels = vec![[Label::End(TRUE), Label::End(FALSE)]; kinds.len()];
    for (at, kind) in kinds.iter().enumerate().rev() {
        let [yes, no] = labels[at];
        match *kind {
            Kind::Not(a) => labels[a as usize] = [no, yes],
            Kind::And(a, b) => {
                labels[a as usize] = [Label::At(b), no];
                labels[b as usize] = [yes, no];
            }
            Kind::Or(a, b) => {
                labels[a as usize] = [yes, Label::At(b)];
                labels[b as usize] = [yes, no];
            }
            Kind::If(test, a, b) => {
                labels[test as usize] = [Label::At(a), Label::At(b)];
                labels[a as usize] = [yes, no];
                labels[b as usize] = [yes, no];
            }
            Kind::Below | Kind::Constant(_) | Kind::Check(_) | Kind::Unknown => {}
        }
    }
    labels
}

/// The step that a label means.
fn resolve(mut label: Label, kinds: &[Kind], labels: &[[Label; 2]], steps: &[u32]) -> u32 {
    loop {
        let at = match label {
            Label::End(end) => return end,
            Label::At(id) => id as usize,
        };
        label = match kinds[at] {
            Kind::Check(_) => Label::End(steps[at]),
            Kind::Constant(true) => labels[at][0],
            Kind::Constant(false) => labels[at][1],
            Kind::Not(a) | Kind::And(a, _) | Kind::Or(a, _) | Kind::If(a, ..) => Label::At(a),
            Kind::Below | Kind::Unknown => Label::End(UNKNOWN),
        };
    }
}
