//! The commands of the line protocol, and what they hold: the last rule set, one engine, one session, the options for
//! the next, snapshots.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::sync::MutexGuard;

use fishplate::engine::Options;
use fishplate::ruleset::read_within;
use fishplate::{Columns, Decision, Error, RuleSet};
use fishplate_transport::Session;

use crate::decisions::{decision_fields, error_fields};
use crate::engine::{Home, Local};
use crate::event::Input;
use crate::state::Kept;
use crate::tagged::{Malformed, hex, percent, unhex, unpercent_text};
use crate::{sessions, state, stream};

/// What the runner holds between commands.
#[derive(Default)]
pub struct Runner {
    options: Options,
    rules: Option<RuleSet>,
    engine: Option<Local>,
    session: Option<Session>,
    /// The session that was closed last: it stays at hand, so that it can be used closed.
    closed: Option<Session>,
    columns: Option<Columns>,
    kept: Kept,
    /// The state folder of the engines that follow; empty: none.
    folder: String,
}

impl Runner {
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
                // An engine that is shared keeps its name until it is gone.
                self.engine = None;
                (self.session, self.columns) = (None, None);
                let opened = Local::new(rules, self.options, &self.folder);
                Ok(done(opened.map(|engine| self.engine = Some(engine))))
            }
            ["decide", format, trace, body] => self.decide(&Input::read(format, trace, body)?, false),
            ["preview", format, trace, body] => self.decide(&Input::read(format, trace, body)?, true),
            ["explain", format, body] => self.explain(&Input::read(format, "-", body)?),
            ["batch", format, events @ ..] => self.batch(format, events),
            ["columns", names @ ..] => self.header(names),
            ["close", what] => self.close(what),
            // A dropped value has no name left in Rust: the compiler refuses what this command asks for.
            ["use_closed", "engine" | "rules"] => Ok("unsupported".into()),
            ["live"] => {
                let live = [self.rules.is_some(), self.engine.is_some(), self.session.is_some()];
                Ok(format!("ok\t{}", live.map(|live| u8::from(live).to_string()).join("\t")))
            }
            ["stream", format, file, out] => {
                let (file, out) = (unpercent_text(file)?, unpercent_text(out)?);
                match (&self.session, &self.engine) {
                    (Some(session), _) => stream::through_session(session, format, &file, &out),
                    (None, Some(engine)) => stream::in_process(&mut engine.lock(), format, &file, &out),
                    (None, None) => Err("no engine is open".into()),
                }
            }
            _ => self.of_state(fields),
        }
    }

    fn of_state(&mut self, fields: &[&str]) -> Result<String, Malformed> {
        match fields {
            ["memory", bytes] => state::memory(&mut self.options, bytes),
            ["at_budget", policy] => state::at_budget(&mut self.options, policy),
            ["folder", path] => {
                self.folder = unpercent_text(path)?;
                ok()
            }
            ["advance", seconds, nanos] => state::advance(&mut *self.engine()?, seconds, nanos),
            ["snapshot", name, groups @ ..] => {
                let engine = self.engine.as_ref().ok_or("no engine is open")?.lock();
                self.kept.snapshot(&engine, name, groups)
            }
            ["keep", name, bytes] => self.kept.keep(name, bytes),
            ["restore", names @ ..] => {
                let rules = self.rules.as_ref().ok_or("no rules are loaded")?;
                let restored = self.kept.restore(rules, self.options, names)?;
                Ok(done(restored.map(|engine| {
                    self.engine = Some(Local::of(engine));
                    (self.session, self.columns) = (None, None);
                })))
            }
            ["swap"] => {
                let rules = self.rules.as_ref().ok_or("no rules are loaded")?;
                Ok(state::swap(&mut *self.engine()?, rules))
            }
            ["mode", rule, mode] => state::mode(&mut *self.engine()?, rule, mode),
            ["state"] => Ok(state::state(&*self.engine()?)),
            _ => self.of_session(fields),
        }
    }

    fn engine(&self) -> Result<MutexGuard<'_, Home>, Malformed> {
        self.engine.as_ref().map(Local::lock).ok_or("no engine is open".into())
    }

    fn of_session(&mut self, fields: &[&str]) -> Result<String, Malformed> {
        match fields {
            ["share", name] => {
                let engine = self.engine.as_mut().ok_or("no engine is open")?;
                Ok(done(engine.share(&unpercent_text(name)?)))
            }
            ["connect", address, options @ ..] => {
                self.session = None;
                Ok(match sessions::open(address, options)? {
                    Ok(session) => sessions::opened(self.session.insert(session)),
                    Err(error) => format!("error\t{}", error_fields(&error)),
                })
            }
            ["send", format, trace, body, options @ ..] => {
                sessions::send(self.session()?, &Input::read(format, trace, body)?, options)
            }
            ["receive", wait @ ..] => sessions::receive(self.session()?, wait),
            ["half_close"] => Ok(done(self.session()?.half_close())),
            ["cancel"] => Ok(done(self.session()?.cancel())),
            ["report"] => Ok(sessions::report(self.session()?)),
            // A session is closed by a call in Rust too: other threads may hold it.
            ["use_closed", "session"] => {
                let closed = self.closed.as_ref().ok_or("no session was closed")?;
                Ok(done(closed.half_close()))
            }
            _ => Err(format!("no such command: {}", fields.join(" "))),
        }
    }

    fn session(&self) -> Result<&Session, Malformed> {
        self.session.as_ref().ok_or("no session is open".into())
    }

    fn close(&mut self, what: &str) -> Result<String, Malformed> {
        match what {
            "engine" => self.engine = None,
            "rules" => self.rules = None,
            "session" => {
                if let Some(session) = self.session.take() {
                    session.close();
                    self.closed = Some(session);
                } else if let Some(session) = &self.closed {
                    session.close();
                }
            }
            _ => return Err(format!("nothing is called {what}")),
        }
        ok()
    }

    // --- rules ---

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

    // --- events ---

    fn header(&mut self, names: &[&str]) -> Result<String, Malformed> {
        if self.session.is_some() {
            return Ok("unsupported".into());
        }
        let engine = self.engine.as_ref().ok_or("no engine is open")?.lock();
        let names: Vec<String> = names.iter().map(|name| unpercent_text(name)).collect::<Result<_, _>>()?;
        let header: Vec<&str> = names.iter().map(String::as_str).collect();
        let columns = engine.ask(|engine| engine.columns(&header));
        drop(engine);
        Ok(done(columns.map(|columns| self.columns = Some(columns))))
    }

    fn decide(&self, input: &Input, preview: bool) -> Result<String, Malformed> {
        let result = match (&self.session, &self.engine) {
            (Some(session), _) => {
                sessions::decide(session, &fishplate_transport::Outgoing { preview, ..input.outgoing()? })?
            }
            (None, Some(engine)) => {
                let event = input.event(self.columns.as_ref())?;
                if preview { engine.lock().preview(event) } else { engine.lock().decide(event) }
            }
            (None, None) => return Err("no engine is open".into()),
        };
        let (kind, fields) = outcome(&result);
        Ok(format!("{}\t{fields}", if kind == "d" { "decision" } else { "error" }))
    }

    fn explain(&self, input: &Input) -> Result<String, Malformed> {
        let engine = self.engine.as_ref().ok_or("no engine is open")?;
        Ok(match engine.lock().explain(input.event(self.columns.as_ref())?) {
            Ok(explanation) => format!(
                "explained\t{}\t{}",
                percent(explanation.text().as_bytes()),
                percent(explanation.json().as_bytes())
            ),
            Err(error) => format!("error\t{}", error_fields(&error)),
        })
    }

    fn batch(&self, format: &str, events: &[&str]) -> Result<String, Malformed> {
        let pairs = events.chunks(2);
        let inputs: Vec<Input> = pairs
            .map(|pair| match pair {
                [trace, body] => Input::read(format, trace, body),
                _ => Err("a trace without a body".into()),
            })
            .collect::<Result<_, _>>()?;
        let mut answer = format!("batch\t{}", inputs.len());
        let mut add = |result: &Result<Decision, Error>| {
            let (kind, fields) = outcome(result);
            answer.push_str(&format!("\t{kind}\t{}", percent(fields.as_bytes())));
        };
        if let Some(session) = &self.session {
            let events: Vec<_> = inputs.iter().map(Input::outgoing).collect::<Result<_, _>>()?;
            sessions::decide_all(session, events.into_iter(), add)?;
        } else {
            let columns = self.columns.as_ref();
            let events: Vec<_> = inputs.iter().map(|input| input.event(columns)).collect::<Result<_, _>>()?;
            let engine = self.engine.as_ref().ok_or("no engine is open")?;
            match engine.lock().decide_all(events) {
                Ok(decided) => decided.iter().for_each(&mut add),
                Err(error) => return Ok(format!("error\t{}", error_fields(&error))),
            }
        }
        Ok(answer)
    }
}

fn ok() -> Result<String, Malformed> {
    Ok("ok".into())
}

fn done(result: Result<(), Error>) -> String {
    result.map_or_else(|error| format!("error\t{}", error_fields(&error)), |()| "ok".into())
}

fn outcome(result: &Result<Decision, Error>) -> (&'static str, String) {
    match result {
        Ok(decision) => ("d", decision_fields(decision)),
        Err(error) => ("e", error_fields(error)),
    }
}
