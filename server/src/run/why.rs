//! `fishplate explain`: a run whose lines are the reasons of its decisions. The events before the one that is asked about are decided
//! first, so that it meets the windows that it would meet.

use std::cell::RefCell;

use fishplate::{Engine, Error, Explanation, Status};

use super::sink::Sink;
use super::tally::Tally;
use super::ticks::Ticks;
use super::{Desk, Ended};
use crate::cli::WhyArgs;
use crate::events::{Position, Reader};

pub(super) struct Why<'a> {
    pub(super) engine: Engine,
    pub(super) sink: &'a RefCell<Option<Sink>>,
    /// `None`: no rule fires by itself.
    pub(super) ticks: Option<Ticks>,
    pub(super) tally: Tally,
    pub(super) args: &'a WhyArgs,
    pub(super) json: bool,
    /// Whether something was told already: a blank line stands between events.
    pub(super) told: bool,
}

impl Why<'_> {
    /// Explains and decides an event; nothing is said of one that nobody asked about.
    fn ask(&mut self, reader: &dyn Reader) -> Result<Option<Explanation>, Error> {
        let prepared = self.engine.prepare(reader.event())?;
        if let (Some(ticks), Some(time)) = (&mut self.ticks, prepared.time())
            && let Some(now) = ticks.due(time)
        {
            self.engine.advance_to(now);
        }
        let number = self.tally.events + 1;
        let wanted = self.args.event.is_none_or(|event| event == number);
        let explanation = wanted.then(|| self.engine.explain(reader.event())).transpose()?;
        let decision = self.engine.decide(reader.event())?;
        self.tally.count(&decision);
        Ok(explanation)
    }

    fn tell(&mut self, explanation: Explanation) -> Result<(), Ended> {
        let number = self.tally.events;
        // A row is asked for by its own id or by its table's.
        let asked =
            |id: &str, rule: &String| id == rule || id.strip_prefix(rule).is_some_and(|row| row.starts_with('/'));
        let explanation = explanation.only(|explained| {
            self.args.rule.is_empty() || self.args.rule.iter().any(|rule| asked(&explained.rule, rule))
        });
        let line = |out: &mut Vec<u8>| {
            if self.json {
                let json = explanation.json();
                out.extend(format!("{{\"event\":{number},{}\n", &json[1..]).as_bytes());
            } else {
                let blank = if self.told { "\n" } else { "" };
                out.extend(format!("{blank}event {number}\n{}", explanation.text()).as_bytes());
            }
        };
        let written = self.sink.borrow_mut().as_mut().map_or(Ok(()), |sink| sink.line(line));
        self.told = true;
        written.map_err(Ended::Unwritable)
    }
}

impl Desk for Why<'_> {
    fn decide(&mut self, reader: &dyn Reader) -> Result<(), Ended> {
        match self.ask(reader) {
            Ok(explanation) => explanation.map_or(Ok(()), |explanation| self.tell(explanation))?,
            Err(error) => {
                self.refuse(&error, reader.position())?;
                if error.status == Status::Internal {
                    return Err(Ended::Broken);
                }
            }
        }
        if self.args.event == Some(self.tally.events) { Err(Ended::Complete) } else { Ok(()) }
    }

    fn refuse(&mut self, error: &Error, position: Position) -> Result<(), Ended> {
        self.tally.refuse(error, position);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Ended> {
        self.sink.borrow_mut().as_mut().map_or(Ok(()), Sink::finish).map_err(Ended::Unwritable)
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}
