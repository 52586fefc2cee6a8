//! A reading looked up in a constant map: the map's tables are shared and the key stays where it lies, so that nothing is
//! allocated.

use super::{
    EvalError, Slot, functions,
    machine::{Machine, held_by},
};
use crate::value::Value;

impl Machine<'_> {
    /// The entry of the constant `map` under the key that `reading` gives; or, `member`, whether there is one. The error of
    /// the reading is that of the whole.
    pub(super) fn lookup(&mut self, map: u32, reading: u32, member: bool) -> Result<(), Box<EvalError>> {
        let program = self.program;
        let (number, reading) = (reading, program.readings[reading as usize]);
        self.spend(reading.cost.into())?;
        let of = &program.constants[map as usize];
        let Value::Map(map) = of else { unreachable!("the planner looks readings up in maps alone") };
        let found = match self.slots.get(reading.slot as usize).and_then(Slot::text) {
            Some(text) => Ok(map.get_text(text)),
            None => held_by(self.slots, program, number).map(|key| map.get(key)),
        };
        let outcome = match found {
            Ok(found) => {
                self.spend(1)?;
                match found.or(map.fallback()) {
                    _ if member => Ok(Value::Bool(found.is_some())),
                    Some(value) => Ok(value.clone()),
                    None => held_by(self.slots, program, number)
                        .and_then(|key| functions::index(of, key).map_err(|fault| self.error(fault))),
                }
            }
            Err(error) => Err(error),
        };
        self.push(outcome);
        Ok(())
    }
}
