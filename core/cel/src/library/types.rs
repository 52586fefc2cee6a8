//! `type(x)`.

use super::{Cost, Entry, entry};
use crate::{check::overloads::Style, run::convert, value::Value};

pub(super) const TABLE: &[Entry] = &[entry("type", Style::Global, &["A -> type(A)"], Cost::One, |args| {
    Ok(Value::Type(convert::runtime_name(&args[0])))
})];
