//! The error that a run ends in: its instruction and the number of its operands are in the view. An absent field and a number
//! that is too large are told at once; any other by the machine.

use super::{
    Run,
    view::{Kind, View},
};
use crate::{
    plan::Instr,
    run::{EvalError, Slot, functions, machine},
};

impl Run<'_, '_> {
    /// Something went wrong at the instruction at hand; what it was, whoever needs to know finds out.
    pub(super) fn wrong(&self) -> View {
        View::new(Kind::Wrong, self.at as u64)
    }

    /// A function of two numbers has no result at the instruction at hand.
    #[cold]
    pub(super) fn wrong_of(&mut self, a: View, b: View) -> View {
        self.memory.operands.push((a, b));
        View::new(Kind::Wrong, self.at as u64 | (self.memory.operands.len() as u64) << 32)
    }

    /// The error that `wrong` stands for, if it is one of those.
    pub(super) fn error(&self, wrong: View) -> Option<EvalError> {
        let at = wrong.bits as u32 as usize;
        match *self.program.code.get(at)? {
            Instr::Read(number) | Instr::Lookup { reading: number, .. } | Instr::Compare { reading: number, .. } => {
                let absence = self.program.absences.get(number as usize)?;
                let slot = self.slots.get(self.program.readings.get(number as usize)?.slot as usize);
                let is_there = slot.is_some_and(Slot::is_there);
                let has_default = absence.default.is_some() && !matches!(slot, Some(Slot::Error(_)));
                (!is_there && !has_default).then(|| machine::missing(slot, absence))
            }
            Instr::Call2(function) => {
                let number = (wrong.bits >> 32).checked_sub(1)?;
                let (a, b) = *self.memory.operands.get(number as usize)?;
                let (code, message) = functions::call2(function, &self.own(a), &self.own(b)).err()?;
                Some(EvalError { code, span: *self.program.spans.get(at)?, message })
            }
            _ => None,
        }
    }
}
