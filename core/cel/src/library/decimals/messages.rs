//! Money and decimals as Google's types have them: `google.type.Money`, units and nanos of one sign, and
//! `google.type.Decimal`, text. <https://github.com/googleapis/googleapis/tree/master/google/type>.

use super::{of_text, value};
use crate::{
    check::overloads::Style,
    decimal::Decimal,
    diag::Code,
    library::{Cost, Entry, entry},
    message::Message,
    run::functions::{Given, no_overload},
    types::Type,
    value::Value,
};

/// What the machine calls for a message of which only the fields are read. No expression can write the name.
pub(super) const MONEY: Entry =
    entry("@money", Style::Global, &["int, int -> decimal"], Cost::One, |args| match args {
        [Value::Int(units), Value::Int(nanos)] => money(*units, *nanos),
        _ => Err(no_overload("decimal", args)),
    });

/// As [`MONEY`], of a decimal's text.
pub(super) const DECIMAL: Entry =
    entry("@decimal", Style::Global, &["string -> decimal"], Cost::Text, |args| match args {
        [Value::String(text)] => decimal(text),
        _ => Err(no_overload("decimal", args)),
    });

/// The fields that a message of this name is made of, with their types, and what makes a decimal of them.
pub(crate) fn parts(name: &str) -> Option<(&'static [(&'static str, Type)], &'static str)> {
    match name {
        "google.type.Money" => Some((&[("units", Type::Int), ("nanos", Type::Int)], MONEY.name)),
        "google.type.Decimal" => Some((&[("value", Type::String)], DECIMAL.name)),
        _ => None,
    }
}

/// The decimal of a message that is a value.
pub(super) fn of_message(message: &Message) -> Given {
    let name = message.ty().name();
    let field = |name: &str| message.ty().field(name).and_then(|(place, _)| message.get(place)).cloned();
    let unlike = || (Code::NO_SUCH_OVERLOAD, format!("no overload of decimal for {name}"));
    match parts(name).map(|(_, of)| of) {
        Some(of) if of == MONEY.name => {
            let of = ["units", "nanos"].map(|name| field(name).unwrap_or(Value::Int(0)));
            let [Value::Int(units), Value::Int(nanos)] = of else { return Err(unlike()) };
            money(units, nanos)
        }
        Some(_) => match field("value") {
            None => decimal(""),
            Some(Value::String(text)) => decimal(&text),
            Some(_) => Err(unlike()),
        },
        None => Err(unlike()),
    }
}

/// Units and billionths, which have one sign or are nothing.
fn money(units: i64, nanos: i64) -> Given {
    let wrong = |why: &str| Err((Code::BAD_CONVERSION, format!("{units} units and {nanos} nanos are no money: {why}")));
    if nanos.unsigned_abs() > 999_999_999 {
        return wrong("nanos are from -999999999 to 999999999");
    }
    if (units > 0 && nanos < 0) || (units < 0 && nanos > 0) {
        return wrong("they differ in sign");
    }
    // No more digits behind the point than say something: 12 units and 300000000 nanos are 12.3.
    let (mut nanos, mut digits) = (nanos, 9);
    while digits > 0 && nanos % 10 == 0 {
        (nanos, digits) = (nanos / 10, digits - 1);
    }
    let whole = i128::from(units) * 10_i128.pow(digits) + i128::from(nanos);
    // 28 digits at most.
    Decimal::new(whole, digits).map(value).ok_or_else(|| (Code::DECIMAL_TOO_LONG, format!("{units} units")))
}

/// The empty text is 0: what an absent field reads as.
fn decimal(text: &str) -> Given {
    if text.is_empty() { Ok(value(0_i64.into())) } else { of_text(text) }
}
