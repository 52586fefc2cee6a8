//! A run whose engine is forgotten when it ends: lines leave as they are made.

use std::cell::RefCell;
use std::io;

use fishplate::{Decision, Engine, Error, Event, Status};

use super::sink::Sink;
use super::tally::Tally;
use super::ticks::Ticks;
use super::{Desk, Ended, line};
use crate::events::{Position, Reader};

pub(super) struct Plain<'a> {
    pub(super) engine: Engine,
    pub(super) sink: &'a RefCell<Option<Sink>>,
    /// `None`: no rule fires by itself.
    pub(super) ticks: Option<Ticks>,
    pub(super) tally: Tally,
}

impl Plain<'_> {
    fn line(&self, line: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.sink.borrow_mut().as_mut().map_or(Ok(()), |sink| sink.line(line))
    }

    /// Decides an event. Where rules fire by themselves, time passes up to the event's own first, as it would for a host
    /// with a clock: a rule that waited for silence has fired before the event that breaks it.
    fn ask(&mut self, event: Event<'_>) -> io::Result<Result<Decision, Error>> {
        let Some(ticks) = &mut self.ticks else { return Ok(self.engine.decide(event)) };
        let prepared = match self.engine.prepare(event) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(now) = prepared.time().and_then(|time| ticks.due(time)) {
            for decision in self.engine.advance_to(now) {
                self.tally.fired();
                self.line(|out| line::timer(&decision, out))?;
            }
        }
        Ok(Ok(self.engine.apply(prepared)))
    }
}

impl Desk for Plain<'_> {
    fn decide(&mut self, reader: &dyn Reader) -> Result<(), Ended> {
        match self.ask(reader.event()).map_err(Ended::Unwritable)? {
            Ok(decision) => {
                self.tally.count(&decision);
                let event = self.tally.events;
                self.line(|out| line::decision(event, &decision, out)).map_err(Ended::Unwritable)
            }
            Err(error) => {
                self.refuse(&error, reader.position())?;
                if error.status == Status::Internal { Err(Ended::Broken) } else { Ok(()) }
            }
        }
    }

    fn refuse(&mut self, error: &Error, position: Position) -> Result<(), Ended> {
        self.tally.refuse(error, position);
        let event = self.tally.events;
        self.line(|out| line::refusal(event, position, error, out)).map_err(Ended::Unwritable)
    }

    fn finish(&mut self) -> Result<(), Ended> {
        self.sink.borrow_mut().as_mut().map_or(Ok(()), Sink::finish).map_err(Ended::Unwritable)
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}
