//! An event as it comes over the line, and as the library takes it: for an engine, or for a session.

use fishplate::{Columns, Event, TraceContext, Value};
use fishplate_transport::{Body, Features, Outgoing};

use crate::host::{Fields, Row};
use crate::tagged::{Malformed, read_value, unhex, unpercent, unpercent_text};

/// An event as it came over the line.
pub struct Input {
    trace: Option<TraceContext>,
    features: Option<Fields>,
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
        let (features, body) = match body.split_once('+') {
            None => (None, body),
            Some((features, body)) => (Some(fields(features)?), body),
        };
        let body = match format {
            "protobuf" => Form::Protobuf(unhex(body)?),
            "json" => Form::Json(unhex(body)?),
            "map" => Form::Map(fields(body)?),
            "row" => Form::Row(Row(body.split(',').map(unpercent).collect::<Result<_, _>>()?)),
            _ => return Err(format!("no format {format}")),
        };
        Ok(Self { trace: headers(trace)?, features, body })
    }

    /// For an engine of this process.
    pub fn event<'e>(&'e self, columns: Option<&'e Columns>) -> Result<Event<'e>, Malformed> {
        let event = match &self.body {
            Form::Protobuf(bytes) => Event::protobuf(bytes),
            Form::Json(bytes) => Event::json(bytes),
            Form::Map(fields) => Event::fields(fields),
            Form::Row(row) => Event::row(columns.ok_or("rows need a header first")?, row),
        };
        let event = match &self.features {
            None => event,
            Some(features) => event.with_features(features),
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
        let features = self.features.as_ref().map(|features| Features::Map(features));
        Ok(Outgoing { trace: self.trace, features, ..Outgoing::new(body) })
    }
}

fn fields(text: &str) -> Result<Fields, Malformed> {
    match read_value(text)? {
        Value::Map(map) => Ok(Fields(map)),
        _ => Err("fields are a {..}".into()),
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
