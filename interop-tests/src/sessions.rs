//! The commands of a session: one at a time, by the public API of `fishplate-transport`.

use std::time::Duration;

use fishplate::session::{Final, State};
use fishplate::{Decision, Error, Status, codes};
use fishplate_transport::{Outgoing, Received, Session, SessionOptions, connect};

use crate::decisions::{decision_fields, error_fields};
use crate::event::Input;
use crate::tagged::{Malformed, hex, unhex, unpercent_text};

/// Long enough for a loaded machine; a session that is silent for longer is a finding.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(30));
const NO_WAIT: Option<Duration> = Some(Duration::ZERO);

/// `connect ADDRESS [NAME=VALUE]…`
pub fn open(address: &str, options: &[&str]) -> Result<Result<Session, Error>, Malformed> {
    let mut chosen = SessionOptions::default();
    for option in options {
        match option.split_once('=').ok_or("an option without a value")? {
            ("id", value) => chosen.id = Some(unhex(value)?.try_into().map_err(|_| "an id has 16 bytes")?),
            ("rule_set", value) => chosen.rule_set = unpercent_text(value)?,
            (name, value) if chosen.set(name, number(value)?) => {}
            (name, _) => return Err(format!("no option {name}")),
        }
    }
    Ok(connect(&unpercent_text(address)?, &chosen))
}

/// The answer to `connect`.
pub fn opened(session: &Session) -> String {
    let report = session.report();
    format!("ok\t{}\t{}\t{}", hex(&report.id), report.epoch, hex(&report.rule_set.1))
}

/// `send FORMAT TRACE BODY [NAME=VALUE]…`
pub fn send(session: &Session, input: &Input, options: &[&str]) -> Result<String, Malformed> {
    let mut event = input.outgoing()?;
    let mut wait = Some(Duration::from_secs(10));
    for option in options {
        match option.split_once('=').ok_or("an option without a value")? {
            ("preview", value) => event.preview = value == "1",
            ("within_ms", value) => event.within = Some(Duration::from_millis(number(value)?)),
            ("wait_ms", value) => wait = Some(Duration::from_millis(number(value)?)),
            (name, _) => return Err(format!("no option {name}")),
        }
    }
    Ok(match session.send(&event, wait) {
        Ok(sequence) => format!("sent\t{sequence}"),
        Err(error) => format!("error\t{}", error_fields(&error)),
    })
}

/// `receive [WAIT_MS]`
pub fn receive(session: &Session, wait: &[&str]) -> Result<String, Malformed> {
    let wait = wait.first().map_or(Ok(10_000), |wait| number(wait))?;
    Ok(match session.receive(Some(Duration::from_millis(wait))) {
        Ok(Received::Outcome { sequence, outcome: Ok(decision) }) => {
            format!("outcome\t{sequence}\td\t{}", decision_fields(&decision))
        }
        Ok(Received::Outcome { sequence, outcome: Err(error) }) => {
            format!("outcome\t{sequence}\te\t{}", error_fields(&error))
        }
        Ok(Received::End(end)) => ended(&end),
        Err(error) => format!("error\t{}", error_fields(&error)),
    })
}

fn ended(end: &Final) -> String {
    let error = end.error.as_ref().map(|error| format!("\t{}", error_fields(error))).unwrap_or_default();
    format!("end\t{}\t{}{error}", end.status.name(), end.watermark)
}

/// The answer to `report`.
pub fn report(session: &Session) -> String {
    let report = session.report();
    let state = match report.state {
        State::Streaming => "streaming".to_owned(),
        State::Closing => "closing".to_owned(),
        State::Done(status) => format!("done:{}", status.name()),
    };
    let watermark = report.last_word.map_or("-".to_owned(), |end| end.watermark.to_string());
    let counters = report.counters;
    let counts = [counters.sent, counters.accepted, counters.received, counters.shed, counters.repeats];
    let counts = counts.map(|count| count.to_string()).join("\t");
    format!("report\t{state}\t{}\t{counts}\t{watermark}", report.epoch)
}

/// One event through a session: its outcome is the next one.
pub fn decide(session: &Session, event: &Outgoing<'_>) -> Result<Result<Decision, Error>, Malformed> {
    match session.send(event, PATIENCE) {
        Ok(_) => next(session),
        Err(error) => Ok(Err(error)),
    }
}

/// Many events through a session, in order; the window is kept full. `take` gets each outcome.
pub fn decide_all<'e>(
    session: &Session,
    events: impl Iterator<Item = Outgoing<'e>>,
    mut take: impl FnMut(&Result<Decision, Error>),
) -> Result<(), Malformed> {
    let mut under_way = 0_usize;
    for event in events {
        // With nothing under way the window is about to open, and there is no outcome to wait for.
        while !sent(session, &event, if under_way == 0 { PATIENCE } else { NO_WAIT })? {
            take(&next(session)?);
            under_way -= 1;
        }
        under_way += 1;
    }
    for _ in 0..under_way {
        take(&next(session)?);
    }
    Ok(())
}

/// Whether there was room for the event: a full window says so by its policy.
fn sent(session: &Session, event: &Outgoing<'_>, wait: Option<Duration>) -> Result<bool, Malformed> {
    match session.send(event, wait) {
        Ok(_) => Ok(true),
        Err(error) if [codes::WINDOW_FULL, codes::WAIT_EXPIRED].contains(&error.code()) && wait == NO_WAIT => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

fn next(session: &Session) -> Result<Result<Decision, Error>, Malformed> {
    match session.receive(PATIENCE) {
        Ok(Received::Outcome { outcome, .. }) => Ok(outcome),
        Ok(Received::End(Final { status, error, .. })) => Ok(Err(error.unwrap_or_else(|| early(status)))),
        Err(error) => Ok(Err(error)),
    }
}

fn early(status: Status) -> Error {
    let message = "the session ended before every outcome came";
    Error::new(status, codes::SESSION_ENDED, message, fishplate::Place::None)
}

fn number(text: &str) -> Result<u64, Malformed> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
