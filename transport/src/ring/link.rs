//! A client's hold on its pair: the lanes while they are there, and when to look for a server that has gone.

use std::time::{Duration, Instant};

use fishplate_ring::{Attachment, Consumer, Producer, RingError, Waker};

use super::frames::{self, Frame, FromServer};
use crate::shared::Message;

/// The most frames that are read before they are handed over.
const BATCH: usize = 64;
/// The first pause before a server that has gone is looked for again, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How a client stands to its server.
#[derive(Debug)]
pub(super) enum Link {
    /// A pair is claimed.
    Up(Box<Lanes>),
    /// The server has gone: it is looked for.
    Lost(Search),
    /// The session is done or closed, and the pair given back.
    Gone,
}

/// The sending half of a claimed pair.
pub(super) struct Lanes {
    events: Producer,
    link: fishplate_ring::Link,
    waker: Waker,
    /// A frame for which there was no room.
    stuck: Option<Frame>,
    /// When the kernel was last asked whether the server lives, by the session's time.
    pub(super) asked: Duration,
}

impl Lanes {
    /// Claims a pair of the ring; gives the reading half too.
    pub(super) fn attach(name: &str) -> Result<(Self, Consumer), RingError> {
        let (events, decisions, link) = Attachment::attach(name)?.into_parts();
        let lanes = Self { events, link, waker: decisions.waker(), stuck: None, asked: Duration::ZERO };
        Ok((lanes, decisions))
    }

    /// The longest event, in bytes.
    pub(super) fn max_payload(&self) -> usize {
        self.events.max_payload()
    }

    /// Writes what `next` gives, until there is nothing or no room.
    pub(super) fn write(&mut self, rule_set: &str, mut next: impl FnMut() -> Option<Message>) -> Result<(), RingError> {
        let mut any = false;
        let result = loop {
            let frame = self.stuck.take().or_else(|| next().map(|message| frames::write_client(&message, rule_set)));
            let Some(frame) = frame else { break Ok(()) };
            match self.events.try_push_quietly(&frame.header, &frame.payload) {
                Ok(true) => any = true,
                Ok(false) => {
                    self.stuck = Some(frame);
                    break Ok(());
                }
                Err(error) => break Err(error),
            }
        };
        if any {
            self.events.notify();
        }
        result
    }

    /// Whether a frame waits for room.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.is_some()
    }

    /// Whether the server lives; on doubt it does.
    pub(super) fn server_alive(&self) -> bool {
        self.link.server_alive().unwrap_or(true)
    }

    /// What tells whether the server lives, without the lanes.
    pub(super) fn pulse(&self) -> fishplate_ring::Link {
        self.link.clone()
    }

    /// Ends the wait of whoever reads.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").field("link", &self.link).finish_non_exhaustive()
    }
}

/// A search for a server, that becomes slower.
#[derive(Debug)]
pub(super) struct Search {
    /// When it is given up.
    pub(super) until: Instant,
    /// When the server is looked for next.
    pub(super) next: Instant,
    pause: Duration,
}

impl Search {
    pub(super) fn new(within: Duration) -> Self {
        let now = Instant::now();
        Self { until: now + within, next: now, pause: FIRST_PAUSE }
    }

    /// It was not found.
    pub(super) fn again(&mut self) {
        self.next = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

/// Why reading ended.
#[derive(Debug)]
pub(super) enum Mistake {
    /// The memory is damaged.
    Ring(RingError),
    /// The server broke the protocol.
    Peer(fishplate::Error),
}

/// Reads a batch of what the server has written, and gives its room back. Whether there may be more.
pub(super) fn read(decisions: &mut Consumer, into: &mut Vec<FromServer>) -> Result<bool, Mistake> {
    for _ in 0..BATCH {
        let mut payload = Vec::new();
        let Some(peeked) = decisions.peek(&mut payload).map_err(Mistake::Ring)? else {
            decisions.release_all().map_err(Mistake::Ring)?;
            return Ok(false);
        };
        into.push(frames::read_server(&peeked.header, payload).map_err(Mistake::Peer)?);
    }
    decisions.release_all().map_err(Mistake::Ring)?;
    Ok(true)
}
