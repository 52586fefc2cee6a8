//! Calls whose arguments are fields of one message in the slots: the message itself is no value.

use super::{EvalError, functions, machine::Machine};
use crate::{
    check::overloads::{self, Function},
    library,
};

impl Machine<'_> {
    /// Calls a function of the library with readings, of which each costs what it always does; the first error is the result.
    pub(super) fn call_with_parts(&mut self, number: u32) -> Result<(), Box<EvalError>> {
        let program = self.program;
        let (function, readings) = &program.tables().parts[number as usize];
        self.args.clear();
        let mut wrong = None;
        for reading in readings.iter() {
            match self.read(*reading)? {
                Ok(value) => self.args.push(value.clone()),
                Err(error) => drop(wrong.get_or_insert(error)),
            }
        }
        let outcome = match (wrong, function) {
            (Some(error), _) => Err(error),
            (None, Function::Library(number)) => {
                let entry = library::row(*number);
                self.spend(entry.cost_of(self.args, self.left))?;
                self.placed((entry.evaluate)(self.args))
            }
            (None, other) => self.placed(Err(functions::no_overload(overloads::name_of(*other), self.args))),
        };
        self.args.clear();
        self.push(outcome);
        Ok(())
    }
}
