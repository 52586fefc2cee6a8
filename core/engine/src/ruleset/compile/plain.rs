//! Rules that say nothing but constants, which are most: what they say is put side by side, so that a match is a look at
//! one place.

use fishplate_cel::Value;

use super::super::outputs::Values;
use super::{Output, Rule};

/// What plain rules give their outputs.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// By rule: its values, if it is plain.
    spans: Vec<Option<(u32, u32)>>,
    values: Vec<(u32, Value)>,
}

impl Plain {
    pub(super) fn new(rules: &[Rule], outputs: &[Output]) -> Self {
        let count = rules.iter().map(|rule| rule.outputs.len()).sum();
        let mut plain = Self { spans: Vec::with_capacity(rules.len()), values: Vec::with_capacity(count) };
        for rule in rules {
            let from = plain.values.len();
            let whole = rule.watch.is_none() && rule.group.is_none() && rule.features.is_empty();
            let whole = whole && rule.guards.is_empty() && rule.within.is_none();
            let constants = rule.outputs.iter().map(|(at, expression)| {
                let value = expression.program.constant()?;
                takes(&outputs[*at].values, value).then(|| (*at as u32, value.clone()))
            });
            let constants = constants.collect::<Option<Vec<_>>>().filter(|_| whole);
            plain.spans.push(constants.map(|values| {
                plain.values.extend(values);
                (from as u32, plain.values.len() as u32)
            }));
        }
        plain
    }

    /// What a rule gives, by output; `None` if it is not plain.
    pub(crate) fn of(&self, rule: usize) -> Option<&[(u32, Value)]> {
        let (from, to) = self.spans[rule]?;
        Some(&self.values[from as usize..to as usize])
    }
}

/// Whether the output takes the value: an enumeration may not name it.
fn takes(values: &Values, value: &Value) -> bool {
    match (values, value) {
        (Values::Enum(names), Value::String(name)) => names.contains(name),
        _ => true,
    }
}
