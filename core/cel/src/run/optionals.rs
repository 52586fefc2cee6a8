//! What an optional on top of the stack decides: whether more is evaluated.

use super::{functions, machine::Machine};
use crate::value::Value;

impl Machine<'_> {
    /// `optMap`: what the optional holds becomes the local.
    pub(super) fn held(&mut self, local: u32, end: usize) -> usize {
        let outcome = match self.pop() {
            Ok(Value::Optional(Some(value))) => {
                self.locals[local as usize] = Ok((*value).clone());
                return self.at + 1;
            }
            Ok(none @ Value::Optional(None)) => Ok(none),
            Ok(other) => Err(self.error(functions::no_overload("optMap", &[other]))),
            error => error,
        };
        self.push(outcome);
        end
    }

    /// `or` and `orValue`: whether what is on top is the result already.
    pub(super) fn otherwise(&mut self, taken: bool) -> bool {
        let Some(top) = self.stack.last_mut() else { return false };
        if taken && let Ok(Value::Optional(Some(value))) = top {
            *top = Ok((**value).clone());
            return true;
        }
        matches!(top, Err(_) | Ok(Value::Optional(Some(_))))
    }
}
