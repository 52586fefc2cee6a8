//! Values of protobuf whose records may still come, one by one: lists, maps and messages as values. Knows no bytes.

use fishplate_cel::{Map, Slot, Value};

use super::plan::Plan;

/// A value that is not whole yet.
pub(super) enum Open {
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// A message as a value, of which more may come: its node, its slots, and what is open in them.
    Message(usize, Vec<Slot>, Vec<(usize, Open)>),
}

/// Lists, maps and messages are whole.
pub(super) fn close(plan: &Plan, slots: &mut [Slot], open: Vec<(usize, Open)>) {
    for (slot, open) in open {
        slots[slot] = match open {
            Open::List(values) if values.is_empty() => Slot::Absent,
            Open::List(values) => Slot::Value(Value::List(values.into())),
            Open::Map(entries) if entries.is_empty() => Slot::Absent,
            Open::Map(entries) => Slot::Value(Value::Map(Map::from_entries(entries).into())),
            Open::Message(node, mut inner, open) => {
                close(plan, &mut inner, open);
                Slot::Value(plan.message_of(node, &inner))
            }
        };
    }
}

pub(super) fn take_open(open: &mut Vec<(usize, Open)>, slot: usize) -> Option<Open> {
    let at = open.iter().position(|open| open.0 == slot)?;
    Some(open.swap_remove(at).1)
}
