//! Events and the features that they bring, from two files side by side: a line of features for each event. Knows that they go
//! together; what is in either is for others.

use std::io;

use fishplate::{Body, Error, Event, Place, Status, codes};

use super::lines::Lines;
use super::{Next, Position, Reader};

pub(super) struct WithFeatures<'a> {
    pub(super) events: Box<dyn Reader + 'a>,
    pub(super) features: Lines<'a>,
}

impl Reader for WithFeatures<'_> {
    fn next(&mut self) -> io::Result<Next> {
        let next = self.events.next()?;
        if let Next::Lost(_) = next {
            return Ok(next);
        }
        let beside = self.features.next()?;
        Ok(match (next, beside) {
            (Next::End, Next::End) => Next::End,
            (Next::End, _) => Next::Lost(uneven("there are more lines of features than events")),
            (_, Next::End) => Next::Lost(uneven("there is no line of features for this event")),
            (Next::Event, Next::Refused(error)) => Next::Refused(of_features(error)),
            (next, _) => next,
        })
    }

    fn body(&self) -> Body<'_> {
        self.events.body()
    }

    fn event(&self) -> Event<'_> {
        self.events.event().with_json_features(self.features.line())
    }

    fn position(&self) -> Position {
        self.events.position()
    }
}

/// A line that is over the limit of an event.
fn of_features(mut error: Error) -> Error {
    error.diagnostics.iter_mut().for_each(|diagnostic| diagnostic.place = Place::Field("features".into()));
    error
}

fn uneven(message: &str) -> Error {
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("--features".into()))
        .suggest("give a line for each event, in the same order: {} where it brings none")
}
