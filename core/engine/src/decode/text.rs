//! Text → a value of the field's type: tokens of JSON, keys of JSON objects, cells of a row. Knows no structure.

use fishplate_cel::check::did_you_mean;
use fishplate_cel::{Duration, Timestamp, Value};

use super::fault::{Fault, Outcome, bare, check_length, quoted};
use super::number::{self, NotWhole};
use super::plan::type_name;
use crate::codes;
use crate::limits::Limits;
use crate::schema::model::{Leaf, Model, Scalar};

/// What text is read with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'p> {
    pub(super) model: &'p Model,
    pub(super) limits: &'p Limits,
    /// Whether errors mask the text.
    pub(super) sensitive: bool,
}

/// A token of JSON without structure.
#[derive(Clone, Copy)]
pub(super) enum Token<'a> {
    Bool(bool),
    /// A number, as it is written.
    Number(&'a str),
    /// A string, unescaped.
    String(&'a str),
}

impl Reading<'_> {
    /// A token of JSON, by the proto3 JSON mapping.
    pub(super) fn json(&self, leaf: Leaf, token: Token<'_>) -> Outcome<Value> {
        let (Leaf::Plain(scalar) | Leaf::Wrapper(scalar)) = leaf else {
            let Token::String(text) = token else { return Err(self.cannot(leaf, token)) };
            return match leaf {
                Leaf::Timestamp => self.timestamp(text),
                _ => number::json_duration(text)
                    .map(Value::Duration)
                    .ok_or_else(|| self.cannot(leaf, token).suggest("write seconds and an s: \"1.5s\"")),
            };
        };
        match (scalar, token) {
            (Scalar::Bool, Token::Bool(value)) => Ok(Value::Bool(value)),
            (Scalar::String, Token::String(text)) => self.string(text),
            (Scalar::Bytes, Token::String(text)) => self.bytes(text),
            (Scalar::Enum(at), Token::String(name)) => self.enum_name(at, name),
            (Scalar::Enum(_), Token::Number(text)) => {
                self.number(scalar, text).unwrap_or_else(|| Err(self.cannot(leaf, token)))
            }
            (Scalar::Bool, Token::String("true" | "false")) => {
                Err(self.cannot(leaf, token).suggest("remove the quotes"))
            }
            (Scalar::String, Token::Number(_) | Token::Bool(_)) => {
                Err(self.cannot(leaf, token).suggest("put it in quotes"))
            }
            (Scalar::Bool | Scalar::Bytes | Scalar::Enum(_), _) | (_, Token::Bool(_)) => Err(self.cannot(leaf, token)),
            (_, Token::Number(text) | Token::String(text)) => {
                self.number(scalar, text).unwrap_or_else(|| Err(self.cannot(leaf, token)))
            }
        }
    }

    /// The key of a JSON object that is a map.
    pub(super) fn key(&self, scalar: Scalar, text: &str) -> Outcome<Value> {
        match (scalar, text) {
            (Scalar::String, _) => self.string(text),
            (Scalar::Bool, "true") => Ok(Value::Bool(true)),
            (Scalar::Bool, "false") => Ok(Value::Bool(false)),
            (Scalar::Bool, _) => Err(self.cannot(Leaf::Plain(scalar), Token::String(text))),
            _ => {
                self.number(scalar, text).unwrap_or_else(|| Err(self.cannot(Leaf::Plain(scalar), Token::String(text))))
            }
        }
    }

    /// A cell of a row, which is not empty.
    pub(super) fn cell(&self, leaf: Leaf, text: &str) -> Outcome<Value> {
        let wrong = || self.cannot(leaf, Token::String(text));
        let (Leaf::Plain(scalar) | Leaf::Wrapper(scalar)) = leaf else {
            return match leaf {
                Leaf::Timestamp => self.timestamp(text),
                _ => Duration::parse(text)
                    .map(Value::Duration)
                    .ok_or_else(|| wrong().suggest("write it as \"1h30m\" or \"1.5s\"")),
            };
        };
        match scalar {
            Scalar::String => self.string(text),
            Scalar::Bytes => self.bytes(text),
            Scalar::Bool => match text {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(wrong().suggest("write true or false")),
            },
            Scalar::Enum(at) => self.number(scalar, text).unwrap_or_else(|| self.enum_name(at, text)),
            _ => self.number(scalar, text).unwrap_or_else(|| Err(wrong())),
        }
    }

    /// A number of `scalar`'s range; `None` if the text is none that it takes.
    fn number(&self, scalar: Scalar, text: &str) -> Option<Outcome<Value>> {
        let range = || self.out_of_range(Leaf::Plain(scalar), text);
        match scalar {
            Scalar::Double => number::double(text).map(|value| value.map(Value::Double).ok_or_else(range)),
            Scalar::Float => {
                number::float(text).map(|value| value.map(|value| Value::Double(value.into())).ok_or_else(range))
            }
            _ => match number::whole(text) {
                Ok(value) => Some(self.whole(scalar, value)),
                Err(NotWhole::Range) => Some(Err(range())),
                Err(NotWhole::Text | NotWhole::Fraction) => None,
            },
        }
    }

    /// A whole number of `scalar`'s range.
    pub(super) fn whole(&self, scalar: Scalar, value: i128) -> Outcome<Value> {
        let fits = match (scalar.ty(), scalar.is_narrow()) {
            (fishplate_cel::Type::Uint, true) => u32::try_from(value).ok().map(|value| Value::Uint(value.into())),
            (fishplate_cel::Type::Uint, false) => u64::try_from(value).ok().map(Value::Uint),
            (_, true) => i32::try_from(value).ok().map(|value| Value::Int(value.into())),
            (_, false) => i64::try_from(value).ok().map(Value::Int),
        };
        let value = fits.ok_or_else(|| self.out_of_range(Leaf::Plain(scalar), value))?;
        if let (Scalar::Enum(at), Value::Int(number)) = (scalar, &value) {
            let of = &self.model.enums[at];
            if of.closed && !i32::try_from(*number).is_ok_and(|number| of.has(number)) {
                let shown = bare(number, self.sensitive);
                return Err(Fault::new(codes::UNKNOWN_ENUM_NAME, format!("{} has no number {shown}", of.name)));
            }
        }
        Ok(value)
    }

    pub(super) fn string(&self, text: &str) -> Outcome<Value> {
        check_length("string", text.len(), self.limits.string_bytes)?;
        Ok(Value::String(text.into()))
    }

    fn bytes(&self, text: &str) -> Outcome<Value> {
        // Four characters are three bytes; padding is not counted.
        let length = text.trim_end_matches('=').len() as u64 * 3 / 4;
        check_length("bytes", usize::try_from(length).unwrap_or(usize::MAX), self.limits.string_bytes)?;
        number::base64(text)
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(|| self.cannot(Leaf::Plain(Scalar::Bytes), Token::String(text)).suggest("write base64"))
    }

    fn timestamp(&self, text: &str) -> Outcome<Value> {
        Timestamp::parse(text).map(Value::Timestamp).ok_or_else(|| {
            self.cannot(Leaf::Timestamp, Token::String(text)).suggest("write it as \"2026-01-31T08:30:00Z\"")
        })
    }

    pub(super) fn enum_name(&self, at: usize, name: &str) -> Outcome<Value> {
        let of = &self.model.enums[at];
        of.number(name).map(|number| Value::Int(number.into())).ok_or_else(|| {
            let near = (!self.sensitive).then(|| did_you_mean(name, of.values.iter().map(|value| value.0.as_str())));
            let message = format!("{} has no name {}", of.name, quoted(name, self.sensitive));
            Fault::new(codes::UNKNOWN_ENUM_NAME, message).maybe_suggest(near.flatten())
        })
    }

    pub(super) fn out_of_range(&self, leaf: Leaf, value: impl std::fmt::Display) -> Box<Fault> {
        let value = bare(value, self.sensitive);
        Fault::new(codes::NUMBER_OUT_OF_RANGE, format!("{value} is out of range of {}", type_name(self.model, leaf)))
    }

    /// `cannot read double from string "abc"`
    fn cannot(&self, leaf: Leaf, token: Token<'_>) -> Box<Fault> {
        match token {
            Token::Bool(value) => self.cannot_from(leaf, &format!("bool {}", bare(value, self.sensitive))),
            Token::Number(text) => self.cannot_from(leaf, &format!("number {}", bare(text, self.sensitive))),
            Token::String(text) => self.cannot_from(leaf, &format!("string {}", quoted(text, self.sensitive))),
        }
    }

    pub(super) fn cannot_from(&self, leaf: Leaf, what: &str) -> Box<Fault> {
        cannot_read(&type_name(self.model, leaf), what)
    }
}

/// `cannot read list from bool`
pub(super) fn cannot_read(expected: &str, found: &str) -> Box<Fault> {
    Fault::new(codes::WRONG_FIELD_TYPE, format!("cannot read {expected} from {found}"))
}
