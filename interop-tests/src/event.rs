//! An event as it comes over the line, and as the library takes it: for an engine, or for a session.

use fishplate::{Columns, Event, TraceContext, Value};
use fishplate_transport::{Body, Outgoing};

use crate::host::{Fields, Row};
use crate::tagged::{Malformed, read_value, unhex, unpercent, unpercent_text};

/// An event as it came over the line.
pub struct Input {
    trace: Option<TraceContext>,
    body: Form,
}

enum Form {
    Protobuf(Vec<u8>),
    Json(Vec<u8>),
    Map(Fields),
    Row(Row),
}

impl Input {
    /// Reads FORMAT, TRACE and BODY of a command.
    pub fn read(format: &str, trace: &str, body: &str) -> Result<Self, Malformed> {
        let body = match format {
            "protobuf" => Form::Protobuf(unhex(body)?),
            "json" => Form::Json(unhex(body)?),
            "map" => match read_value(body)? {
                Value::Map(map) => Form::Map(Fields(map)),
                _ => return Err("a map event is a {..}".into()),
            },
            "row" => Form::Row(Row(body.split(',').map(unpercent).collect::<Result<_, _>>()?)),
            _ => return Err(format!("no format {format}")),
        };
        Ok(Self { trace: headers(trace)?, body })
    }

    /// For an engine of this process.
    pub fn event<'e>(&'e self, columns: Option<&'e Columns>) -> Result<Event<'e>, Malformed> {
        let event = match &self.body {
            Form::Protobuf(bytes) => Event::protobuf(bytes),
            Form::Json(bytes) => Event::json(bytes),
            Form::Map(fields) => Event::fields(fields),
            Form::Row(row) => Event::row(columns.ok_or("rows need a header first")?, row),
        };
        Ok(event.with_trace(self.trace))
    }

    /// For a session.
    pub fn outgoing(&self) -> Result<Outgoing<'_>, Malformed> {
        let body = match &self.body {
            Form::Protobuf(bytes) => Body::Protobuf(bytes),
            Form::Json(bytes) => Body::Json(bytes),
            Form::Map(fields) => Body::Fields(fields),
            Form::Row(_) => return Err("rows do not travel".into()),
        };
        Ok(Outgoing { trace: self.trace, ..Outgoing::new(body) })
    }
}

/// `-`, or `name=value,name=value`; the value of grpc-trace-bin is binary, hence hex here.
fn headers(text: &str) -> Result<Option<TraceContext>, Malformed> {
    if text == "-" {
        return Ok(None);
    }
    let mut headers = Vec::new();
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=').ok_or("a header without a value")?;
        let (name, value) = (unpercent_text(name)?, unpercent_text(value)?);
        let value = if name.eq_ignore_ascii_case("grpc-trace-bin") { unhex(&value)? } else { value.into_bytes() };
        headers.push((name, value));
    }
    Ok(TraceContext::from_headers(headers.iter().map(|(name, value)| (&**name, &**value))).context)
}
