//! Tagged text: how values, and the texts around them, travel between the matrix and a runner.
//!
//! `n  b0|b1  i<dec>  u<dec>  d<16 hex digits>  s<percent text>  y<hex>  t<s>;<ns>  p<s>;<ns>  [v,v]  {k=v,k=v}`.
//! This file knows values and text; it knows no events and no decisions.

use std::fmt::Write;

use fishplate::{Duration, Map, Timestamp, Value};

/// Why a text is not what it should be. The matrix never sends such a text; it is shown as it is.
pub type Malformed = String;

/// Percent-encodes every byte but the unreserved ones.
pub fn percent(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"._~/:-".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // writing to a String cannot fail
        }
    }
    out
}

/// The bytes behind a percent-encoded text.
pub fn unpercent(text: &str) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = if *first == b'%' {
            let digits = tail.get(..2).ok_or("a percent sign without two digits")?;
            out.push(hex_byte(digits)?);
            &tail[2..]
        } else {
            out.push(*first);
            tail
        };
    }
    Ok(out)
}

/// The text behind a percent-encoded text.
pub fn unpercent_text(text: &str) -> Result<String, Malformed> {
    String::from_utf8(unpercent(text)?).map_err(|error| error.to_string())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        let _ = write!(out, "{byte:02x}"); // writing to a String cannot fail
        out
    })
}

/// The bytes behind hex.
pub fn unhex(text: &str) -> Result<Vec<u8>, Malformed> {
    text.as_bytes().chunks(2).map(hex_byte).collect()
}

fn hex_byte(digits: &[u8]) -> Result<u8, Malformed> {
    match std::str::from_utf8(digits).map(|digits| (digits.len(), u8::from_str_radix(digits, 16))) {
        Ok((2, Ok(byte))) => Ok(byte),
        _ => Err(format!("not two hex digits: {digits:?}")),
    }
}

/// Appends `value` as tagged text.
pub fn write_value(value: &Value, out: &mut String) {
    // Writing to a String cannot fail, so its results carry nothing.
    let _ = match value {
        Value::Null => write!(out, "n"),
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => write!(out, "n"),
        Value::Bool(value) => write!(out, "b{}", u8::from(*value)),
        Value::Int(value) => write!(out, "i{value}"),
        Value::Uint(value) => write!(out, "u{value}"),
        Value::Double(value) => write!(out, "d{:016x}", value.to_bits()),
        Value::String(value) => write!(out, "s{}", percent(value.as_bytes())),
        Value::Bytes(value) => write!(out, "y{}", hex(value)),
        Value::Timestamp(value) => write!(out, "t{};{}", value.seconds(), value.nanos()),
        Value::Duration(value) => write!(out, "p{};{}", value.seconds(), value.nanos()),
        Value::List(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(value, out);
            }
            write!(out, "]")
        }
        Value::Map(map) => {
            let pairs = map.entries().iter().map(|(key, value)| (key, value));
            write_pairs(pairs, out, write_value);
            Ok(())
        }
    };
}

/// Appends `{k=v,k=v}`.
pub fn write_pairs<'v, K>(
    pairs: impl IntoIterator<Item = (K, &'v Value)>,
    out: &mut String,
    write_key: impl Fn(K, &mut String),
) {
    out.push('{');
    for (at, (key, value)) in pairs.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_key(key, out);
        out.push('=');
        write_value(value, out);
    }
    out.push('}');
}

/// Reads one value and nothing after it.
pub fn read_value(text: &str) -> Result<Value, Malformed> {
    let mut reader = Reader { rest: text };
    let value = reader.value()?;
    if reader.rest.is_empty() { Ok(value) } else { Err(format!("more than one value: {}", reader.rest)) }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Result<Value, Malformed> {
        let tag = self.rest.chars().next().ok_or("a value is missing")?;
        self.rest = &self.rest[tag.len_utf8()..];
        if tag == '[' {
            return self.list();
        }
        if tag == '{' {
            return self.map();
        }
        let end = self.rest.find([',', '=', ']', '}']).unwrap_or(self.rest.len());
        let (body, rest) = self.rest.split_at(end);
        self.rest = rest;
        scalar(tag, body).ok_or_else(|| format!("not a value: {tag}{body}"))
    }

    fn list(&mut self) -> Result<Value, Malformed> {
        let mut values = Vec::new();
        while !self.take(']') {
            values.push(self.value()?);
            self.comma(']')?;
        }
        Ok(Value::List(values.into()))
    }

    fn map(&mut self) -> Result<Value, Malformed> {
        let mut entries = Vec::new();
        while !self.take('}') {
            let key = self.value()?;
            if !self.take('=') {
                return Err("a key without a value".into());
            }
            entries.push((key, self.value()?));
            self.comma('}')?;
        }
        Ok(Value::Map(Map::from_entries(entries).into()))
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn comma(&mut self, close: char) -> Result<(), Malformed> {
        if self.take(',') || self.rest.starts_with(close) {
            return Ok(());
        }
        Err(format!("neither a comma nor {close}"))
    }
}

fn scalar(tag: char, body: &str) -> Option<Value> {
    Some(match tag {
        'n' if body.is_empty() => Value::Null,
        'b' => Value::Bool(body == "1"),
        'i' => Value::Int(body.parse().ok()?),
        'u' => Value::Uint(body.parse().ok()?),
        'd' => Value::Double(f64::from_bits(u64::from_str_radix(body, 16).ok()?)),
        's' => Value::from(unpercent_text(body).ok()?.as_str()),
        'y' => Value::Bytes(unhex(body).ok()?.into()),
        't' | 'p' => {
            let (seconds, nanos) = body.split_once(';')?;
            let (seconds, nanos) = (seconds.parse().ok()?, nanos.parse().ok()?);
            match tag {
                't' => Value::Timestamp(Timestamp::new(seconds, nanos)?),
                _ => Value::Duration(Duration::new(seconds, nanos)?),
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        for text in [
            "n",
            "b1",
            "i-9223372036854775808",
            "u18446744073709551615",
            "d8000000000000000",
            "s%C3%A9%20%3D",
            "y00ff",
            "t-1;999999999",
            "p-1;-500000000",
            "[]",
            "[i1,[s],{}]",
            "{sa=i1,sb=[u1]}",
            "{i-1=b0,i2=n}",
        ] {
            let mut out = String::new();
            write_value(&read_value(text).expect("the list above holds values"), &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in ["", "x", "i", "i1i", "[i1", "{i1}", "d1g", "s%4", "t1", "t0;1000000000", "i1,i2"] {
            assert!(read_value(text).is_err(), "{text}");
        }
    }
}
