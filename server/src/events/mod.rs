//! Files of events, read one event at a time in bounded memory. Knows how events are framed; what is in them, the core
//! reads.

mod features;
mod input;
mod lines;
mod messages;
mod rows;

use std::io;

use fishplate::{Body, Engine, Error, Event, Limits, codes};

pub(crate) use input::Input;

use crate::cli::Format;

/// What a reader met next.
pub(crate) enum Next {
    /// An event: [`Reader::body`] has it.
    Event,
    /// Something that is no event, and after which the next one can be found.
    Refused(Error),
    /// Something after which no event can be found any more.
    Lost(Error),
    /// Nothing more.
    End,
}

/// Where an event stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The line where it begins, from 1.
    Line(u64),
    /// The byte where its length begins, from 0.
    Offset(u64),
}

/// Reads the events of one file in order.
pub(crate) trait Reader {
    /// Goes to the next event.
    fn next(&mut self) -> io::Result<Next>;
    /// The event that [`Self::next`] found.
    fn body(&self) -> Body<'_>;
    /// The same with what belongs to it.
    fn event(&self) -> Event<'_> {
        Event::of(self.body())
    }
    /// Where what [`Self::next`] found begins.
    fn position(&self) -> Position;
}

/// Why a file of events cannot be begun.
pub(crate) enum Unusable {
    /// It cannot be read.
    Unreadable(io::Error),
    /// Its header is wrong.
    Wrong(Error),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// A reader of `input`, whose events are in `format` and are for `engine`.
pub(crate) fn reader<'a>(
    format: Format,
    input: Input<'a>,
    engine: &Engine,
    limits: &Limits,
) -> Result<Box<dyn Reader + 'a>, Unusable> {
    Ok(match format {
        Format::Jsonl => Box::new(lines::Lines::new(input, limits.event_bytes)),
        Format::Csv => Box::new(rows::Rows::new(input, engine, limits.event_bytes)?),
        Format::Protobuf => Box::new(messages::Messages::new(input, limits.event_bytes)),
    })
}

/// The same events, each with the features in its line of `features`.
pub(crate) fn with_features<'a>(
    events: Box<dyn Reader + 'a>,
    features: Input<'a>,
    limits: &Limits,
) -> Box<dyn Reader + 'a> {
    Box::new(features::WithFeatures { events, features: lines::Lines::new(features, limits.event_bytes) })
}

/// The refusal of an event that is over the limit, in the core's own words: it never gets to see it.
fn too_large(bytes: u64, limit: u64) -> Error {
    let message = format!("event of {bytes} bytes is over the limit event_bytes = {limit}");
    Error::field(codes::LIMIT_EVENT_BYTES, "", message)
}
