//! Fields of messages and entries of maps, and lookups in constant maps.

use super::{
    Run,
    view::{Kind, View},
};
use crate::{run::select, value::Value};

impl Run<'_, '_> {
    /// The field or entry of what is on top under a constant's name.
    pub(super) fn field(&mut self, name: u32) -> Option<()> {
        self.spend(1)?;
        let of = self.pop()?;
        let view = if of.is_wrong() { of } else { self.field_of(of, self.program.constants.get(name as usize)?) };
        self.push(view);
        Some(())
    }

    fn field_of(&mut self, of: View, name: &Value) -> View {
        let Value::String(text) = name else { return self.wrong() };
        let there = match self.value(of) {
            Some(Value::Map(map)) => map.get_text(text),
            Some(Value::Message(message)) => message.ty().field(text).and_then(|(place, _)| message.get(place)),
            _ => None,
        };
        if let Some(value) = there {
            let value = value.clone();
            return self.made(value);
        }
        let given = select::field(&self.own(of), name, &self.program.types);
        self.given(given)
    }

    pub(super) fn has_key(&mut self, name: u32) -> Option<()> {
        self.spend(1)?;
        let of = self.pop()?;
        let name = self.program.constants.get(name as usize)?;
        let view = if of.is_wrong() {
            of
        } else {
            let given = match self.value(of) {
                Some(value) => select::has(value, name, &self.program.types),
                None => select::has(&self.own(of), name, &self.program.types),
            };
            self.given(given)
        };
        self.push(view);
        Some(())
    }

    /// The entry of a constant map under the key that a reading gives; or, `member`, whether there is one.
    pub(super) fn lookup(&mut self, map: u32, reading: u32, member: bool) -> Option<()> {
        let Some(Value::Map(map)) = self.program.constants.get(map as usize) else { return None };
        let key = self.read(reading)?;
        if key.is_wrong() {
            self.push(key);
            return Some(());
        }
        let found = match self.text(key) {
            Some(text) => map.get_text(text),
            None => map.get(&self.own(key)),
        };
        self.spend(1)?;
        let view = match found.or(map.fallback()) {
            _ if member => View::bool(found.is_some()),
            Some(value) => match View::of(value, Kind::Made, 0) {
                View { kind: Kind::Made, .. } => self.made(value.clone()),
                number => number,
            },
            None => self.wrong(),
        };
        self.push(view);
        Some(())
    }
}
