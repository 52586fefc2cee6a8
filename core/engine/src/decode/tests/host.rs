//! A host's map in plain data.

use std::borrow::Cow;

use fishplate_cel::{Duration, Timestamp};

use crate::event::{Cells, HostFields, HostList, HostValue};

#[derive(Clone, Debug)]
pub(crate) enum Host {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Timestamp(i64, i32),
    Duration(i64, i32),
    List(Vec<Host>),
    Map(Vec<(Host, Host)>),
    Other(&'static str),
}

pub(crate) struct HostMap(pub(crate) Vec<(Host, Host)>);

/// A message: names and values.
pub(super) fn message(fields: &[(&str, Host)]) -> Host {
    Host::Map(fields.iter().map(|(name, value)| (Host::Text((*name).into()), value.clone())).collect())
}

pub(crate) fn text(text: &str) -> Host {
    Host::Text(text.into())
}

impl Host {
    fn value(&self) -> HostValue<'_> {
        match self {
            Self::Null => HostValue::Null,
            Self::Bool(value) => HostValue::Bool(*value),
            Self::Int(value) => HostValue::Int(*value),
            Self::Uint(value) => HostValue::Uint(*value),
            Self::Double(value) => HostValue::Double(*value),
            Self::Text(value) => HostValue::String(Cow::Borrowed(value)),
            Self::Bytes(value) => HostValue::Bytes(Cow::Borrowed(value)),
            Self::Timestamp(seconds, nanos) => {
                HostValue::Timestamp(Timestamp::new(*seconds, *nanos).expect("a test's own time"))
            }
            Self::Duration(seconds, nanos) => {
                HostValue::Duration(Duration::new(*seconds, *nanos).expect("a test's own time"))
            }
            Self::List(values) => HostValue::List(Box::new(Entries(values))),
            Self::Map(entries) => HostValue::Fields(Box::new(HostMap(entries.clone()))),
            Self::Other(what) => HostValue::Other(Cow::Borrowed(what)),
        }
    }
}

impl HostFields for HostMap {
    fn get(&self, name: &str) -> Option<HostValue<'_>> {
        self.0.iter().find(|(key, _)| matches!(key, Host::Text(key) if key == name)).map(|(_, value)| value.value())
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn entry(&self, at: usize) -> Option<(HostValue<'_>, HostValue<'_>)> {
        self.0.get(at).map(|(key, value)| (key.value(), value.value()))
    }
}

struct Entries<'h>(&'h [Host]);

impl HostList for Entries<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, at: usize) -> HostValue<'_> {
        self.0[at].value()
    }
}

pub(super) struct Row<'r>(pub(super) &'r [&'r str]);

impl Cells for Row<'_> {
    fn get(&self, at: usize) -> Option<&[u8]> {
        self.0.get(at).map(|cell| cell.as_bytes())
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
