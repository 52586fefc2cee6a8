//! The features that an event brings, into their slots. What the rest of the event says is for `prepared`.

use fishplate_cel::Slot;

use crate::codes;
use crate::error::{Error, Place};
use crate::event::{Body, HostFields, HostValue, Supplied};
use crate::limits::Limits;
use crate::ruleset::{FEATURES, RuleSet};

/// Fills the slots of the features that come with the event. A name that is no such feature is refused whatever the
/// options say: a value that nobody reads is a mistake of whoever sends it.
///
/// # Errors
/// `INVALID_ARGUMENT`, at `features.NAME`: no such feature (F0606), a value of another type (F0603); JSON that is none (F0602).
pub(super) fn read(rules: &RuleSet, supplied: Supplied<'_>, limits: &Limits, slots: &mut [Slot]) -> Result<(), Error> {
    let read = match supplied {
        Supplied::Fields(fields) => fields_of_host(rules, fields, limits, slots),
        Supplied::Json(text) => json(rules, text, limits, slots),
    };
    read.map_err(in_words_of_features)
}

/// The decoder knows fields of a schema; whoever sent features knows none.
fn in_words_of_features(mut error: Error) -> Error {
    for diagnostic in &mut error.diagnostics {
        if let (codes::UNKNOWN_EVENT_FIELD, Place::Field(path)) = (diagnostic.code, &diagnostic.place)
            && let Some(name) = path.strip_prefix(FEATURES).and_then(|rest| rest.strip_prefix('.'))
        {
            diagnostic.message = format!("the rule set declares no supplied feature {name:?}");
        }
    }
    error
}

fn fields_of_host(
    rules: &RuleSet,
    supplied: &dyn HostFields,
    limits: &Limits,
    slots: &mut [Slot],
) -> Result<(), Error> {
    if let Some(decoder) = rules.supplied() {
        return decoder.decode(Body::Fields(&Named(supplied)), limits, true, slots);
    }
    match supplied.entry(0) {
        None => Ok(()),
        Some((HostValue::String(name), _)) => Err(none_declared(format!("{FEATURES}.{name}"))),
        Some(_) => Err(none_declared(FEATURES.to_owned())),
    }
}

fn json(rules: &RuleSet, text: &[u8], limits: &Limits, slots: &mut [Slot]) -> Result<(), Error> {
    let Some(decoder) = rules.supplied() else {
        let says_nothing = matches!(text.trim_ascii(), b"{}" | b"null" | b"");
        return if says_nothing { Ok(()) } else { Err(none_declared(FEATURES.to_owned())) };
    };
    let named = [b"{\"", FEATURES.as_bytes(), b"\":", text, b"}"].concat();
    decoder.decode(Body::Json(&named), limits, true, slots)
}

fn none_declared(path: String) -> Error {
    Error::field(codes::UNKNOWN_EVENT_FIELD, path, "the rule set declares no supplied features")
}

/// Features in the message that the decoder knows, under its one field.
struct Named<'a>(&'a dyn HostFields);

impl HostFields for Named<'_> {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        (name == FEATURES).then(|| HostValue::Fields(Box::new(Borrowed(self.0))))
    }

    fn len(&self) -> usize {
        1
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        (at == 0).then(|| (HostValue::String(FEATURES.into()), HostValue::Fields(Box::new(Borrowed(self.0)))))
    }
}

/// The caller's map, lent.
struct Borrowed<'a>(&'a dyn HostFields);

impl HostFields for Borrowed<'_> {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        self.0.get(name)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        self.0.entry(at)
    }
}
