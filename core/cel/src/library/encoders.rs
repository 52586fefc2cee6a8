//! Base64.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

use super::{Cost, Entry, entry};
use crate::{check::overloads::Style, diag::Code, run::functions::no_overload, value::Value};

/// Reads text with or without padding, whatever stands in the bits beyond the last byte: as the extension's own engine.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes as Base64 text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) const TABLE: &[Entry] = &[
    entry("base64.encode", Style::Global, &["bytes -> string"], Cost::Text, |args| match args {
        [Value::Bytes(bytes)] => Ok(Value::text(base64(bytes))),
        _ => Err(no_overload("base64.encode", args)),
    }),
    entry("base64.decode", Style::Global, &["string -> bytes"], Cost::Text, |args| match args {
        [Value::String(text)] => match LENIENT.decode(text.as_bytes()) {
            Ok(bytes) => Ok(Value::Bytes(bytes.into())),
            Err(error) => Err((Code::BAD_ARGUMENT, format!("the text is no Base64: {error}"))),
        },
        _ => Err(no_overload("base64.decode", args)),
    }),
];
