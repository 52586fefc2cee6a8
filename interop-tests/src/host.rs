//! Events as this runner's own maps and rows: what a Rust program does that has no bytes to hand over.

use std::borrow::Cow;
use std::sync::Arc;

use fishplate::{Cells, HostFields, HostList, HostValue, Map, Value};

/// A map of values, read by name.
pub struct Fields(pub Arc<Map>);

struct Items<'v>(&'v [Value]);

impl HostFields for Fields {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        let is_name = |key: &Value| matches!(key, Value::String(key) if **key == *name);
        self.0.entries().iter().find(|(key, _)| is_name(key)).map(|(_, value)| host_value(value))
    }

    fn len(&self) -> usize {
        self.0.entries().len()
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        self.0.entries().get(at).map(|(key, value)| (host_value(key), host_value(value)))
    }
}

impl HostList for Items<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, at: usize) -> HostValue<'_> {
        self.0.get(at).map_or(HostValue::Null, host_value)
    }
}

fn host_value(value: &Value) -> HostValue<'_> {
    match value {
        Value::Null => HostValue::Null,
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => HostValue::Null,
        Value::Bool(value) => HostValue::Bool(*value),
        Value::Int(value) => HostValue::Int(*value),
        Value::Uint(value) => HostValue::Uint(*value),
        Value::Double(value) => HostValue::Double(*value),
        Value::String(value) => HostValue::String(Cow::Borrowed(value)),
        Value::Bytes(value) => HostValue::Bytes(Cow::Borrowed(value)),
        Value::Timestamp(value) => HostValue::Timestamp(*value),
        Value::Duration(value) => HostValue::Duration(*value),
        Value::List(values) => HostValue::List(Box::new(Items(values))),
        Value::Map(map) => HostValue::Fields(Box::new(Fields(map.clone()))),
    }
}

/// A row of text cells.
pub struct Row(pub Vec<Vec<u8>>);

impl Cells for Row {
    fn get(&self, at: usize) -> Option<&[u8]> {
        self.0.get(at).map(Vec::as_slice)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
