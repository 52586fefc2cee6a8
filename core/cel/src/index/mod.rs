//! An index over many conditions: which of them can hold for an event, without running each one.
//!
//! Rule sets are conjunctions over few fields: `amount > 1000.0 && country != "US"`. So the index turns the question
//! round: not "does this rule hold of the event" but "which rules does this value leave". Each field's value selects a
//! row of bits, one a rule; the rows of all fields, put together with `&` and `|`, are the candidates.
//!
//! CEL's logic has three values, since `error && false` is `false`. The index keeps it by never deciding what it is not
//! sure of: an atom that it does not hold, or whose slot is in error, counts as one that may hold. Every formula is monotone
//! over its atoms (negations stand in them), so a rule that is left out is `false` in CEL, and one that touches nothing
//! unsure holds. The rest are candidates, and their programs are the judges; so nothing here can change an answer.
//! `docs/decisions/0010-index.md` says more.
//!
//! `check` → plain checks over slots; `condition` → the boolean structure of one rule; `quick` → the same structure as a flat chain of checks; `table` and `layer` → rows of bits; `build` puts them
//! together. This room knows conditions and slots; it knows no rules' outputs, no modes and no events.

mod bits;
mod build;
mod check;
mod condition;
mod layer;
mod quick;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use crate::estimate::Worst;
pub use build::Builder;

use crate::run::Slot;
use bits::Bits;
use build::Row;
use layer::{Field, Group, Single};
use quick::Quick;

/// The index over one list of conditions. It never changes, so any number of threads may use it.
#[derive(Debug, Default)]
pub struct Index {
    /// The rules that some event could match.
    alive: Bits,
    fields: Vec<Field>,
    singles: Vec<Single>,
    groups: Vec<Group>,
    /// Rules that a row of bits alone never decides.
    judged: Bits,
    rows: Vec<Row>,
    quick: Quick,
    worst: Worst,
}

/// Memory that [`Index::candidates`] uses again for each event.
#[derive(Debug, Default)]
pub struct Scratch {
    alive: Bits,
    unsure: Bits,
    /// Rules with a clause over a field that is unsure, and no other: their checks cannot tell. Empty where there are none.
    blind: Bits,
    row: Bits,
    all: Bits,
    cells: Vec<Option<u32>>,
}

/// What the index says of one event.
#[derive(Debug)]
pub struct Candidates<'s> {
    alive: &'s Bits,
    unsure: &'s Bits,
    blind: &'s Bits,
}

/// How sure the index is of a rule that it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It holds.
    Holds,
    /// It may hold; its checks may tell.
    Open,
    /// It may hold; only its program can tell.
    Blind,
}

impl Candidates<'_> {
    /// Tells each rule that may hold, in their order, and how sure that is. Every other one is `false`.
    #[inline]
    pub fn each(&self, mut tell: impl FnMut(usize, Certainty)) {
        for (at, (alive, unsure)) in self.alive.words().iter().zip(self.unsure.words()).enumerate() {
            let mut left = *alive;
            if left == 0 {
                continue;
            }
            let blind = self.blind.words().get(at).copied().unwrap_or_default();
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                let certainty = match (unsure >> bit & 1, blind >> bit & 1) {
                    (0, _) => Certainty::Holds,
                    (_, 0) => Certainty::Open,
                    _ => Certainty::Blind,
                };
                tell(at * 64 + bit, certainty);
            }
        }
    }
}

impl Index {
    /// The bounds for which it was made: under others it says nothing.
    pub fn worst(&self) -> Worst {
        self.worst
    }

    /// Finds the rules that may hold for the event in `slots`. Allocates nothing once `scratch` was used.
    pub fn candidates<'s>(&self, slots: &[Slot], scratch: &'s mut Scratch) -> Candidates<'s> {
        scratch.alive.copy(&self.alive);
        scratch.unsure.copy(&self.judged);
        scratch.blind.clear();
        scratch.cells.clear();
        for field in &self.fields {
            let cell = field.cell(slots);
            if cell.is_none() {
                scratch.unsure.or(&field.rules);
            }
            scratch.cells.push(cell);
        }
        for single in &self.singles {
            // An unsure field leaves all its rules to the judge.
            match scratch.cells[single.field] {
                Some(cell) => single.rows.keep(cell, &mut scratch.alive, &mut scratch.row),
                None => scratch.blind.join(&single.own),
            }
        }
        if !scratch.alive.is_empty() {
            for group in &self.groups {
                group.keep(&scratch.cells, &mut scratch.alive, &mut scratch.all, &mut scratch.row);
            }
        }
        Candidates { alive: &scratch.alive, unsure: &scratch.unsure, blind: &scratch.blind }
    }

    /// Whether the condition of a candidate holds, if its bits or its checks can tell; the judge of `None` is its program.
    #[inline]
    pub fn tells(&self, rule: usize, certainty: Certainty, slots: &[Slot]) -> Option<bool> {
        match certainty {
            Certainty::Holds => Some(true),
            Certainty::Open => self.holds(rule, slots),
            Certainty::Blind => None,
        }
    }

    /// Whether the condition of a rule holds, if checks alone can tell; the judge of `None` is its program.
    #[inline]
    pub fn holds(&self, rule: usize, slots: &[Slot]) -> Option<bool> {
        self.quick.holds(self.rows[rule].quick?, slots)
    }

    /// Bytes that it takes, those of constants that it shares with programs not counted.
    pub fn bytes(&self) -> usize {
        let rows = size_of_val(&self.rows[..]) + self.alive.bytes() + self.judged.bytes() + self.quick.bytes();
        let fields: usize = self.fields.iter().map(Field::bytes).sum();
        let singles: usize =
            self.singles.iter().map(|single| size_of::<Single>() + single.own.bytes() + single.rows.bytes()).sum();
        rows + fields + singles + self.groups.iter().map(Group::bytes).sum::<usize>()
    }
}
