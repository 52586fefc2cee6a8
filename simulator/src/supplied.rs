//! The feature that some events bring. What it says follows from the event, so that the model knows it without being told: a value
//! that is lost, or left from another event, is seen in the decision.

use bytes::Bytes;
use fishplate::{HostFields, HostValue};
use fishplate_transport::wire;

/// The feature's name in every rule set, and the output that shows it.
pub(crate) const NAME: &str = "risk";

/// What an event of this amount brings: two of three bring something.
pub(crate) fn of_amount(amount: i64) -> Option<i64> {
    (amount % 3 != 0).then_some(1000 - amount)
}

/// As it travels.
pub(crate) fn encoded(amount: i64) -> Bytes {
    let Some(value) = of_amount(amount) else { return Bytes::new() };
    // One number under one name is no mistake in any form.
    wire::fields::write(&One(value)).map(Bytes::from).unwrap_or_default()
}

/// As an engine takes it that no link lies before.
pub(crate) fn json(amount: i64) -> String {
    of_amount(amount).map_or_else(|| "{}".to_owned(), |value| format!("{{\"{NAME}\": \"{value}\"}}"))
}

struct One(i64);

impl HostFields for One {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        (name == NAME).then_some(HostValue::Int(self.0))
    }

    fn len(&self) -> usize {
        1
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        (at == 0).then_some((HostValue::String(NAME.into()), HostValue::Int(self.0)))
    }
}
