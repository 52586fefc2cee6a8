//! The commands of the line protocol, and what they hold: the last rule set, one engine, the options for the next.

use std::collections::HashMap;
use std::fs;
use std::io;

use fishplate::engine::Options;
use fishplate::ruleset::read_within;
use fishplate::{Body, Columns, Decision, Engine, Error, Event, RuleSet, TraceContext, Value};

use crate::decisions::{decision_fields, error_fields};
use crate::host::{Fields, Row};
use crate::stream;
use crate::tagged::{Malformed, hex, percent, read_value, unhex, unpercent, unpercent_text};

/// What the runner holds between commands.
#[derive(Default)]
pub struct Session {
    options: Options,
    rules: Option<RuleSet>,
    engine: Option<Engine>,
    columns: Option<Columns>,
}

impl Session {
    /// The answer to one command.
    ///
    /// # Errors
    /// A command that the protocol does not have: a mistake of whoever sent it, not of Fishplate.
    pub fn answer(&mut self, fields: &[&str]) -> Result<String, Malformed> {
        match fields {
            ["rules_text", file, text, files @ ..] => self.rules_text(file, text, files),
            ["rules_load", path] => {
                let limits = self.options.limits;
                let mut read = |name: &str| read_within(fs::File::open(name)?, &limits);
                let loaded = RuleSet::load(&unpercent_text(path)?, &mut read, &limits);
                Ok(self.compiled(loaded))
            }
            ["limit", name, value] => {
                let value = value.parse().map_err(|_| format!("not a number: {value}"))?;
                if self.options.limits.set(name, value) { ok() } else { Err(format!("no limit {name}")) }
            }
            ["strict", flag] => {
                self.options.strict = *flag == "1";
                ok()
            }
            ["engine"] => {
                let rules = self.rules.as_ref().ok_or("no rules are loaded")?;
                self.engine = Some(Engine::new(rules, self.options));
                self.columns = None;
                ok()
            }
            ["decide", format, trace, body] => self.decide(format, trace, body, Engine::decide),
            ["preview", format, trace, body] => self.decide(format, trace, body, Engine::preview),
            ["batch", format, events @ ..] => self.batch(format, events),
            ["columns", names @ ..] => self.header(names),
            ["close", "engine"] => {
                self.engine = None;
                ok()
            }
            ["close", "rules"] => {
                self.rules = None;
                ok()
            }
            // A dropped value has no name left in Rust: the compiler refuses what this command asks for.
            ["use_closed", _] => Ok("unsupported".into()),
            ["live"] => Ok(format!("ok\t{}\t{}", u8::from(self.rules.is_some()), u8::from(self.engine.is_some()))),
            ["stream", format, file, out] => {
                let engine = self.engine.as_mut().ok_or("no engine is open")?;
                stream::run(engine, format, &unpercent_text(file)?, &unpercent_text(out)?)
            }
            _ => Err(format!("no such command: {}", fields.join(" "))),
        }
    }

    fn rules_text(&mut self, file: &str, text: &str, files: &[&str]) -> Result<String, Malformed> {
        let mut given = HashMap::new();
        for pair in files.chunks(2) {
            let [name, bytes] = pair else { return Err("a file without bytes".into()) };
            given.insert(unpercent_text(name)?, unhex(bytes)?);
        }
        let mut read = |name: &str| given.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into());
        let (file, text) = (unpercent_text(file)?, unpercent_text(text)?);
        let compiled = RuleSet::from_text(&file, &text, &mut read, &self.options.limits);
        Ok(self.compiled(compiled))
    }

    fn compiled(&mut self, compiled: Result<RuleSet, Error>) -> String {
        match compiled {
            Ok(rules) => {
                let answer = format!("ok\t{}\t{}", percent(rules.name().as_bytes()), hex(rules.version()));
                self.rules = Some(rules);
                answer
            }
            Err(error) => format!("error\t{}", error_fields(&error)),
        }
    }

    fn header(&mut self, names: &[&str]) -> Result<String, Malformed> {
        let engine = self.engine.as_ref().ok_or("no engine is open")?;
        let names: Vec<String> = names.iter().map(|name| unpercent_text(name)).collect::<Result<_, _>>()?;
        let header: Vec<&str> = names.iter().map(String::as_str).collect();
        match engine.columns(&header) {
            Ok(columns) => {
                self.columns = Some(columns);
                ok()
            }
            Err(error) => Ok(format!("error\t{}", error_fields(&error))),
        }
    }

    fn decide(
        &mut self,
        format: &str,
        trace: &str,
        body: &str,
        how: impl Fn(&mut Engine, Event<'_>) -> Result<Decision, Error>,
    ) -> Result<String, Malformed> {
        let input = Input::read(format, trace, body)?;
        let engine = self.engine.as_mut().ok_or("no engine is open")?;
        let (kind, fields) = outcome(&how(engine, input.event(self.columns.as_ref())?));
        Ok(format!("{}\t{fields}", if kind == "d" { "decision" } else { "error" }))
    }

    fn batch(&mut self, format: &str, events: &[&str]) -> Result<String, Malformed> {
        let pairs = events.chunks(2);
        let inputs: Vec<Input> = pairs
            .map(|pair| match pair {
                [trace, body] => Input::read(format, trace, body),
                _ => Err("a trace without a body".into()),
            })
            .collect::<Result<_, _>>()?;
        let columns = self.columns.as_ref();
        let events: Vec<Event<'_>> = inputs.iter().map(|input| input.event(columns)).collect::<Result<_, _>>()?;
        let engine = self.engine.as_mut().ok_or("no engine is open")?;
        let mut answer = format!("batch\t{}", events.len());
        for result in engine.decide_all(events) {
            let (kind, fields) = outcome(&result);
            answer.push_str(&format!("\t{kind}\t{}", percent(fields.as_bytes())));
        }
        Ok(answer)
    }
}

fn ok() -> Result<String, Malformed> {
    Ok("ok".into())
}

fn outcome(result: &Result<Decision, Error>) -> (&'static str, String) {
    match result {
        Ok(decision) => ("d", decision_fields(decision)),
        Err(error) => ("e", error_fields(error)),
    }
}

/// An event as it came over the line.
struct Input {
    format: String,
    trace: Option<TraceContext>,
    bytes: Vec<u8>,
    map: Option<Fields>,
    row: Row,
}

impl Input {
    fn read(format: &str, trace: &str, body: &str) -> Result<Self, Malformed> {
        let mut input =
            Self { format: format.into(), trace: headers(trace)?, bytes: Vec::new(), map: None, row: Row(Vec::new()) };
        match format {
            "protobuf" | "json" => input.bytes = unhex(body)?,
            "map" => match read_value(body)? {
                Value::Map(map) => input.map = Some(Fields(map)),
                _ => return Err("a map event is a {..}".into()),
            },
            "row" => input.row = Row(body.split(',').map(unpercent).collect::<Result<_, _>>()?),
            _ => return Err(format!("no format {format}")),
        }
        Ok(input)
    }

    fn event<'e>(&'e self, columns: Option<&'e Columns>) -> Result<Event<'e>, Malformed> {
        let body = match (&*self.format, &self.map) {
            ("protobuf", _) => Body::Protobuf(&self.bytes),
            ("json", _) => Body::Json(&self.bytes),
            ("row", _) => Body::Row(columns.ok_or("rows need a header first")?, &self.row),
            (_, Some(map)) => Body::Fields(map),
            _ => return Err("an event without a body".into()),
        };
        Ok(Event { body, trace: self.trace })
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
