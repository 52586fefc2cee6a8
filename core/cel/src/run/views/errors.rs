//! The error that a run ends in. The commonest, a field that is absent, is told at once; any other by the machine.

use super::Run;
use crate::{
    plan::Instr,
    run::{EvalError, machine},
};

impl Run<'_, '_> {
    /// The error of the instruction at `at`, if it is one of its reading.
    pub(super) fn absent(&self, at: usize) -> Option<EvalError> {
        let (Instr::Read(number) | Instr::Compare { reading: number, .. } | Instr::Lookup { reading: number, .. }) =
            *self.program.code.get(at)?
        else {
            return None;
        };
        let reading = self.program.readings.get(number as usize)?;
        machine::held_by(self.slots, reading).err().map(|error| *error)
    }
}
