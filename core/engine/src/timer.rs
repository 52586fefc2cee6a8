//! Watches: what a rule that fires without an event remembers of one key. A watch knows times; it knows no keys, rules or
//! clocks: whoever owns it says what time it is.
//!
//! `for` holds back a rule until its condition has held for a span, `until` keeps it on until another condition holds,
//! `silent` fires when nothing came for a span. Times are event times; a watch never goes back: an event older than the
//! key's newest changes nothing.

use std::sync::Arc;

use fishplate_cel::Value;

use crate::canonical;
use crate::decision::DecisionError;
use crate::trace::TraceContext;

/// One rule's memory of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Watch {
    /// The newest event of the key.
    pub(crate) last: Option<i128>,
    /// Since when the condition holds without a break.
    pub(crate) since: Option<i128>,
    /// The rule is on: it matches until its condition, or `until`, says otherwise.
    pub(crate) on: bool,
    /// When it fires by itself, and what it then says.
    pub(crate) armed: Option<Box<Armed>>,
}

/// What a rule says when it fires by itself: what the key's last event gave its outputs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Armed {
    /// The rule, by index.
    pub(crate) rule: u32,
    /// Nanoseconds of event time.
    pub(crate) due: i128,
    pub(crate) said: Said,
    /// The last event's trace.
    pub(crate) parent: Option<TraceContext>,
}

/// The values of a rule's outputs, by the outputs' indices, or why it has none.
pub(crate) type Said = Result<Vec<(usize, Value)>, DecisionError>;

/// What `for` and `until` make of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The rule does not match, and waits for nothing.
    Off,
    /// The condition holds, not yet long enough: due at this time.
    Pending(i128),
    /// The rule matches.
    On,
}

impl Watch {
    /// An event of the key at `time`: whether the condition holds, and `until`, if there is one.
    pub(crate) fn hold(&mut self, span: i128, time: i128, when: bool, until: Option<bool>) -> Held {
        if self.last.is_some_and(|last| time < last) {
            return if self.on { Held::On } else { Held::Off };
        }
        self.last = Some(time);
        if self.on {
            self.on = !until.unwrap_or(!when);
            if !self.on {
                self.since = None;
            }
        } else if when {
            let since = *self.since.get_or_insert(time);
            self.on = time - since >= span;
            if !self.on {
                return Held::Pending(since + span);
            }
        } else {
            self.since = None;
        }
        if self.on { Held::On } else { Held::Off }
    }

    /// An event of the key at `time`: silence begins anew, and is over at the time that this gives, if the event is its
    /// newest.
    pub(crate) fn hear(&mut self, span: i128, time: i128) -> Option<i128> {
        if self.last.is_some_and(|last| time < last) {
            return None;
        }
        self.last = Some(time);
        Some(time + span)
    }

    /// Whether forgetting it changes nothing that is to come, but the order of disordered events.
    pub(crate) fn is_idle(&self) -> bool {
        !self.on && self.since.is_none() && self.armed.is_none()
    }

    /// Bytes that it owns besides itself.
    pub(crate) fn owned_bytes(&self) -> usize {
        let said = |armed: &Armed| match &armed.said {
            Ok(values) => {
                values.iter().map(|(_, value)| size_of::<(usize, Value)>() + value_bytes(value)).sum::<usize>()
            }
            Err(error) => error.message.len(),
        };
        self.armed.as_ref().map_or(0, |armed| size_of::<Armed>() + 32 + said(armed))
    }
}

/// Bytes that a value owns; what it shares with others counts in full.
pub(crate) fn value_bytes(value: &Value) -> usize {
    const SHARED: usize = 32; // an allocation with two counters
    match value {
        Value::String(text) => SHARED + text.len(),
        Value::Bytes(bytes) => SHARED + bytes.len(),
        Value::List(values) => {
            SHARED + values.iter().map(|value| size_of::<Value>() + value_bytes(value)).sum::<usize>()
        }
        Value::Map(map) => {
            let entry = |(key, value): &(Value, Value)| 4 * size_of::<Value>() + value_bytes(key) + value_bytes(value);
            SHARED + map.entries().iter().map(entry).sum::<usize>()
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Double(_)
        | Value::Timestamp(_)
        | Value::Duration(_) => 0,
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => 0,
    }
}

/// What makes a decision that no event asked for the only one of its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Timer {
    /// The rule that fired.
    pub rule: Arc<str>,
    /// The key for which it fired: the values of the rule's `by`.
    pub key: Vec<Value>,
    /// When it was due, in event time.
    pub due: fishplate_cel::Timestamp,
}

impl Timer {
    /// The bytes that tell it from every other: rule, key and time, as `docs/canonical.md` writes values.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        canonical::write_value(&Value::String(self.rule.clone()), out);
        canonical::write_value(&Value::List(self.key.as_slice().into()), out);
        canonical::write_value(&Value::Timestamp(self.due), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_for_a_span_before_its_rule_is_on() {
        let mut watch = Watch::default();
        assert_eq!(watch.hold(5, 10, true, None), Held::Pending(15));
        assert_eq!(watch.hold(5, 14, true, None), Held::Pending(15));
        assert_eq!(watch.hold(5, 15, true, None), Held::On, "five of five");
        assert_eq!(watch.hold(5, 16, true, None), Held::On);
        assert_eq!(watch.hold(5, 17, false, None), Held::Off);
        assert_eq!(watch.hold(5, 18, true, None), Held::Pending(23), "a break begins the span anew");
        assert_eq!(watch.hold(5, 19, false, None), Held::Off);
        assert!(watch.is_idle());
    }

    #[test]
    fn until_keeps_a_rule_on() {
        let mut watch = Watch::default();
        assert_eq!(watch.hold(0, 1, true, Some(false)), Held::On);
        assert_eq!(watch.hold(0, 2, false, Some(false)), Held::On, "neither condition holds: as it was");
        assert_eq!(watch.hold(0, 3, true, Some(true)), Held::Off, "`until` decides");
        assert_eq!(watch.hold(0, 4, false, Some(false)), Held::Off);
    }

    #[test]
    fn an_older_event_changes_nothing() {
        let mut watch = Watch::default();
        watch.hold(5, 10, true, None);
        let before = watch.clone();
        assert_eq!(watch.hold(5, 9, false, None), Held::Off);
        assert_eq!(watch.hear(5, 9), None);
        assert_eq!(watch, before);
    }
}
