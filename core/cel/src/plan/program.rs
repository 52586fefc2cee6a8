//! A program: flat stack code, the places it came from, and the tables that it refers to.

use super::Path;
use crate::{check::overloads::Function, diag::Span, value::Key, value::Value};

/// An expression ready to run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub(crate) code: Vec<Instr>,
    /// Beside the code: what each instruction came from.
    pub(crate) spans: Vec<Span>,
    pub(crate) constants: Vec<Value>,
    pub(crate) readings: Vec<Reading>,
    pub(crate) sets: Vec<Set>,
    pub(crate) slots: Vec<usize>,
}

/// One instruction of the stack machine. Numbers point into the program's tables, jumps into its code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instr {
    Constant(u32),
    Read(u32),
    HasSlot(u32),
    /// The entry of the map on top under a constant's key.
    Field(u32),
    HasKey(u32),
    Call1(Function),
    Call2(Function),
    /// A comparison of a reading with a constant, the shape of most rules: neither is copied to the stack.
    Compare {
        function: Function,
        reading: u32,
        constant: u32,
    },
    /// Whether the value on top is in a set.
    InSet(u32),
    /// A false on top is the result: go on at the target.
    SkipIfFalse(u32),
    /// A true on top is the result: go on at the target.
    SkipIfTrue(u32),
    /// Both sides are on the stack.
    And,
    Or,
    /// Takes a condition: true goes on, false goes to `otherwise`, an error is the result and goes to `end`.
    Branch {
        otherwise: u32,
        end: u32,
    },
    Jump(u32),
    /// Takes this many values.
    List(u32),
    /// Takes this many values, keys and values in turn.
    Map(u32),
}

/// How a slot is read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) slot: u32,
    /// What an absent one gives; none: an error.
    pub(crate) absent: Option<Value>,
    /// Whether it is a feature: its absence has a code of its own.
    pub(crate) feature: bool,
    pub(crate) cost: u64,
    /// The selection in the source.
    pub(crate) span: Span,
    pub(crate) path: Path,
}

/// A constant list as a set.
pub(crate) type Set = std::sync::Arc<std::collections::HashSet<Key>>;

impl Program {
    /// The slots that it names, whether or not a run reads them; sorted, each once.
    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Its value, if that is known before any event.
    pub fn constant(&self) -> Option<&Value> {
        match self.code[..] {
            [Instr::Constant(number)] => self.constants.get(number as usize),
            _ => None,
        }
    }

    pub(super) fn push(&mut self, instr: Instr, span: Span) {
        self.code.push(instr);
        self.spans.push(span);
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.code.truncate(length);
        self.spans.truncate(length);
    }

    pub(super) fn finish(mut self) -> Self {
        self.slots.sort_unstable();
        self.slots.dedup();
        self.drop_unused_constants();
        self
    }

    /// Folding leaves constants behind that no code names.
    fn drop_unused_constants(&mut self) {
        let mut numbers = vec![None; self.constants.len()];
        let mut kept = Vec::new();
        for instr in &mut self.code {
            if let Instr::Constant(number)
            | Instr::Field(number)
            | Instr::HasKey(number)
            | Instr::Compare { constant: number, .. } = instr
            {
                let old = *number as usize;
                *number = *numbers[old].get_or_insert_with(|| {
                    kept.push(self.constants[old].clone());
                    kept.len() as u32 - 1
                });
            }
        }
        self.constants = kept;
    }
}
