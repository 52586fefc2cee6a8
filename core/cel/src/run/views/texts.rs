//! What is done with text where it lies.

use super::{
    Run,
    view::{Kind, View},
};
use crate::{
    check::overloads::Function,
    run::{
        cost,
        same::{ends_with, same, starts_with},
    },
    value::Value,
};

impl Run<'_, '_> {
    /// What a call gives whose first argument is text, if it is said here. The outer `None`: the cost limit is reached.
    pub(super) fn texts(&mut self, function: Function, a: View, b: View) -> Option<Option<View>> {
        let Some(left) = self.text(a) else { return Some(None) };
        let Some(right) = self.text(b) else {
            let found = match (function, self.value(b)) {
                (Function::In, Some(Value::List(items))) => among(left, items),
                _ => return Some(None),
            };
            return self.counted(found);
        };
        let (least, sum) = (left.len().min(right.len()), left.len() + right.len());
        let (holds, letters) = match function {
            Function::Equal => (same(left.as_bytes(), right.as_bytes()), least),
            Function::NotEqual => (!same(left.as_bytes(), right.as_bytes()), least),
            Function::Less => (left < right, least),
            Function::LessOrEqual => (left <= right, least),
            Function::Greater => (left > right, least),
            Function::GreaterOrEqual => (left >= right, least),
            Function::StartsWith => (starts_with(left.as_bytes(), right.as_bytes()), sum),
            Function::EndsWith => (ends_with(left.as_bytes(), right.as_bytes()), sum),
            Function::Contains => (left.contains(right), sum),
            Function::Add => {
                self.spend(cost::tenth(sum))?;
                return self.join(a, b).map(Some);
            }
            _ => return Some(None),
        };
        self.counted((holds, cost::tenth(letters)))
    }

    fn counted(&mut self, (holds, cost): (bool, u64)) -> Option<Option<View>> {
        self.spend(cost)?;
        Some(Some(View::bool(holds)))
    }

    /// Puts two texts together, behind those that were put together before.
    fn join(&mut self, a: View, b: View) -> Option<View> {
        let mut text = std::mem::take(&mut self.memory.text);
        let from = text.len();
        for part in [a, b] {
            match part.kind {
                Kind::Built => text.extend_from_within(part.bits as u32 as usize..(part.bits >> 32) as usize),
                _ => text.push_str(self.text(part).unwrap_or_default()),
            }
        }
        let to = u32::try_from(text.len()).ok();
        self.memory.text = text;
        Some(View::new(Kind::Built, from as u64 | u64::from(to?) << 32))
    }

    pub(super) fn matches(&mut self, number: u32) -> Option<()> {
        let regex = self.program.tables().regexes.get(number as usize)?;
        let value = self.pop()?;
        if value.is_wrong() {
            self.push(value);
            return Some(());
        }
        let text = self.text(value)?;
        let (holds, cost) = (regex.is_match(text), cost::regex(text.len(), regex.as_str().len()));
        self.spend(cost)?;
        self.push(View::bool(holds));
        Some(())
    }
}

/// Whether a text is in a list, and what it costs to look: all of it, found or not.
fn among(text: &str, items: &[Value]) -> (bool, u64) {
    let (mut found, mut cost) = (false, 1);
    for item in items {
        found |= matches!(item, Value::String(item) if same(item.as_bytes(), text.as_bytes()));
        cost += cost::tenth(cost::length(item).min(text.len()));
    }
    (found, cost)
}
