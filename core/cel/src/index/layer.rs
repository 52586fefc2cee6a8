//! Fields and layers. A field turns the event's value into a cell; a layer turns cells into the rules that they leave.
//!
//! A clause over one field belongs to that field's own layer, whatever it says. A clause over several (`country in [..] ||
//! age < 30`) belongs to a group of clauses over the same fields, whose rows are put together with `|`.

use super::bits::Bits;
use super::check::{Check, measured, read, read_text};
use super::table::Rows;
use super::words::Words;
use crate::{run::Slot, value::Value};

/// What the index looks at in an event.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) source: Source,
    /// The rules with a check of it.
    pub(super) rules: Bits,
}

#[derive(Debug)]
pub(super) enum Source {
    /// A number: its cells are what lies below, at and above each threshold, and NaN, which is the last.
    Number { slot: u32, default: Option<Box<Value>>, thresholds: Vec<f64> },
    /// Text: cell 0 is every text that no rule names.
    Text { slot: u32, default: Option<Box<Value>>, words: Words },
    /// Anything that holds or does not: cell 1, cell 0.
    Flag(Check),
}

impl Field {
    /// The cell of the event's value; `None` if the slot is in error, or holds what the field does not expect.
    #[inline]
    pub(super) fn cell(&self, slots: &[Slot]) -> Option<u32> {
        match &self.source {
            Source::Number { slot, default, thresholds } => {
                let value = measured(read(slots, *slot, default.as_deref())?)?;
                Some(number_cell(thresholds, value))
            }
            Source::Text { slot, default, words } => {
                let text = read_text(slots, *slot, default.as_deref())?;
                Some(words.find(text).map_or(0, |number| number + 1))
            }
            Source::Flag(check) => check.holds(slots).map(u32::from),
        }
    }

    pub(super) fn cells(&self) -> usize {
        match &self.source {
            Source::Number { thresholds, .. } => 2 * thresholds.len() + 2,
            Source::Text { words, .. } => words.len() + 1,
            Source::Flag(_) => 2,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let own = match &self.source {
            Source::Number { thresholds, .. } => size_of_val(&thresholds[..]),
            Source::Text { words, .. } => words.bytes(),
            Source::Flag(_) => 0,
        };
        size_of::<Self>() + own + self.rules.bytes()
    }
}

fn number_cell(thresholds: &[f64], value: f64) -> u32 {
    if value.is_nan() {
        return 2 * thresholds.len() as u32 + 1;
    }
    let below = thresholds.partition_point(|threshold| *threshold < value);
    let at = thresholds.get(below).is_some_and(|threshold| *threshold == value);
    2 * below as u32 + u32::from(at)
}

/// The clauses over one field.
#[derive(Debug)]
pub(super) struct Single {
    pub(super) field: usize,
    /// The rules with one.
    pub(super) own: Bits,
    pub(super) rows: Rows,
}

/// One clause of each of its rules, all over the same fields.
#[derive(Debug)]
pub(super) struct Group {
    /// The rules without a clause here.
    pub(super) others: Bits,
    /// By field: its rows.
    pub(super) parts: Vec<(usize, Rows)>,
    /// The rules with one, for a field that is unsure.
    pub(super) own: Bits,
}

impl Group {
    /// Leaves of `alive` what the cells leave.
    pub(super) fn keep(&self, cells: &[Option<u32>], alive: &mut Bits, all: &mut Bits, row: &mut Bits) {
        all.copy(&self.others);
        for (field, rows) in &self.parts {
            match cells[*field] {
                Some(cell) => {
                    rows.copy(cell, row);
                    all.or_words(row.words());
                }
                None => all.or(&self.own),
            }
        }
        alive.and(all.words());
    }

    pub(super) fn bytes(&self) -> usize {
        let parts: usize = self.parts.iter().map(|(_, rows)| rows.bytes()).sum();
        size_of::<Self>() + self.others.bytes() + self.own.bytes() + parts
    }
}
