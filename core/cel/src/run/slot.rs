//! What a program reads: one value of an event, or why there is none.

use std::sync::OnceLock;

use crate::value::Value;

/// What a slot holds for the current event. Whoever reads it asks [`Self::value`] or [`Self::text`].
#[derive(Clone, Debug, Default)]
pub enum Slot {
    /// The field is not there: `has()` is false, reading gives its default or an error.
    #[default]
    Absent,
    /// Its value.
    Value(Value),
    /// Text, or the memory of an earlier one.
    Text(Box<Text>),
    /// It could not be computed (a feature): `has()` is false, reading is this error (`FEATURE_IN_ERROR`) at the place of the reading.
    Error(String),
}

/// Text in memory that is used again for each event: [`Slot::put_text`] fills it, [`Slot::clear`] empties it.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// Without it, the slot is as good as absent.
    there: bool,
    text: String,
    /// The same as a value, once somebody asked for it.
    value: OnceLock<Value>,
}

impl Text {
    /// Whether it is more than memory.
    #[inline]
    pub(crate) fn is_there(&self) -> bool {
        self.there
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The same as a value, made once an event.
    pub(crate) fn value(&self) -> &Value {
        self.value.get_or_init(|| Value::String(self.text.as_str().into()))
    }
}

impl Slot {
    /// Its value; `None` where it is absent or in error.
    #[inline]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Text(text) if text.there => Some(text.value()),
            _ => None,
        }
    }

    /// Its value, if that is text.
    #[inline]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if text.there => Some(&text.text),
            Self::Value(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether it has a value.
    #[inline]
    pub fn is_there(&self) -> bool {
        match self {
            Self::Value(_) => true,
            Self::Text(text) => text.there,
            Self::Absent | Self::Error(_) => false,
        }
    }

    /// Makes `text` its value, in the memory of an earlier text if it has some.
    #[inline]
    pub fn put_text(&mut self, text: &str) {
        if let Self::Text(own) = self {
            own.there = true;
            own.text.clear();
            own.text.push_str(text);
            if own.value.get().is_some() {
                own.value.take();
            }
        } else {
            *self = Self::Text(Box::new(Text { there: true, text: text.to_owned(), value: OnceLock::new() }));
        }
    }

    /// Makes it absent, and keeps the memory of its text.
    #[inline]
    pub fn clear(&mut self) {
        match self {
            Self::Text(text) => text.there = false,
            _ => *self = Self::Absent,
        }
    }

    /// The same without memory to use again.
    #[must_use]
    pub fn kept(&self) -> Self {
        match self {
            Self::Text(_) => self.value().map_or(Self::Absent, |value| Self::Value(value.clone())),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_and_goes_in_one_memory() {
        let mut slot = Slot::default();
        for text in ["one", "", "another one"] {
            slot.put_text(text);
            assert_eq!((slot.text(), slot.value()), (Some(text), Some(&Value::from(text))));
            assert!(slot.is_there());
            slot.clear();
            assert_eq!((slot.text(), slot.value(), slot.is_there()), (None, None, false));
            assert!(matches!(slot.kept(), Slot::Absent));
        }
    }
}
