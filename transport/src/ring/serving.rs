//! One pair of a ring and whoever has it: frames in, events decided, frames out.
//!
//! The order that nothing here may change: an event's outcome is committed before the event's frame is released. A
//! client that reads no decisions stops its own session alone: what waits for it is bounded by its window. Where a session
//! is kept, somebody else waits for the disk (`disk.rs`), and more is decided meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fishplate::session::{Final, ToClient};
use fishplate::{Decision, Error, Place, Status, codes};
use fishplate_ring::{PairState, Peeked, RingError, ServerPair, Waker};

use super::disk::{Errand, Errands};
use super::errors::error;
use super::frames::{self, Frame, FromClient};
use crate::hub::{Connection, Hub};

/// How much is done for one pair before the next one has its turn.
const BATCH: usize = 64;
/// What is long for a batch of events: 64 of them take some 100 µs with a thousand rules.
const LONG: Duration = Duration::from_millis(1);

/// A pair, and the session that its client has.
pub(super) struct Serving {
    pair: ServerPair,
    hub: Arc<Hub>,
    bell: Waker,
    errands: Arc<Errands>,
    /// What was handed to the disk and has not come back.
    errand: Option<Arc<Errand>>,
    phase: Phase,
    /// Events that were read and not released: sequence and the end of the frame. Other frames have the sequence 0.
    unreleased: VecDeque<(u64, u64)>,
    /// The last outcome that was committed.
    committed: u64,
    /// A frame for which there was no room.
    stuck: Option<Frame>,
    /// Something other than its client changed the session.
    rung: Arc<AtomicBool>,
    /// The server is stopping: why.
    closed: Option<Error>,
    /// The pair could not be cleaned yet.
    leaving: bool,
}

enum Phase {
    /// Nobody has opened a session.
    Idle,
    /// A session is open.
    Open(Connection, (String, [u8; 32])),
    /// The last word was said: only the client's leaving is waited for.
    Over,
}

impl Serving {
    pub(super) fn new(pair: ServerPair, hub: Arc<Hub>, bell: Waker, errands: Arc<Errands>) -> Self {
        Self {
            pair,
            hub,
            bell,
            errands,
            errand: None,
            phase: Phase::Idle,
            unreleased: VecDeque::new(),
            committed: 0,
            stuck: None,
            rung: Arc::default(),
            closed: None,
            leaving: false,
        }
    }

    /// Does what there is to do, a batch at most; whether there was anything. `ask`: also what costs a system call.
    pub(super) fn serve(&mut self, ask: bool) -> bool {
        match self.pair.state() {
            PairState::Free => false,
            // A question that the kernel does not answer is asked again: better than to end a session that lives.
            PairState::Claimed if !ask || self.pair.client_alive().unwrap_or(true) => self.turn(ask),
            PairState::Claimed | PairState::Closing => self.farewell(),
        }
    }

    /// Whether there is something to do, without a system call.
    pub(super) fn needs_attention(&self) -> bool {
        self.pair.needs_attention() || self.rung.load(Ordering::Acquire)
    }

    /// How long until there is something to do although nobody rings the bell; `soon` if that is not known.
    pub(super) fn wakes_within(&self, soon: Duration) -> Option<Duration> {
        if self.stuck.is_some() || self.leaving {
            return Some(soon);
        }
        match &self.phase {
            Phase::Open(connection, _) => connection.next_tick(),
            Phase::Idle | Phase::Over => None,
        }
    }

    /// The server is stopping: ends the session, and refuses further ones.
    pub(super) fn close(&mut self, why: &Error) {
        self.closed = Some(why.clone());
        if let Phase::Open(connection, _) = &self.phase {
            connection.drain(why);
        }
    }

    /// Whether a client still waits for something.
    pub(super) fn is_busy(&self) -> bool {
        self.stuck.is_some() || matches!(self.phase, Phase::Open(..))
    }

    fn turn(&mut self, ask: bool) -> bool {
        self.rung.store(false, Ordering::Release);
        let mut worked = self.settle() | self.take_in();
        let mut idle = true;
        if let Phase::Open(connection, _) = &self.phase {
            if ask || connection.next_tick().is_some_and(|next| next.is_zero()) {
                connection.tick();
            }
            (worked, idle) = run(connection, worked);
            idle &= !self.send_to_disk();
        }
        let (pushed, all) = self.give_out();
        self.release(all && idle);
        worked || pushed
    }

    /// Lets the session hear what the disk has; whether there was anything.
    fn settle(&mut self) -> bool {
        let Some(committed) = self.errand.as_ref().and_then(|errand| errand.take()) else { return false };
        self.errand = None;
        if let Phase::Open(connection, _) = &self.phase {
            connection.settle(committed);
        }
        true
    }

    /// Has the disk waited for, if anything was decided that it does not have; whether there is such a thing.
    fn send_to_disk(&mut self) -> bool {
        let Phase::Open(connection, _) = &self.phase else { return false };
        if self.errand.is_none()
            && let Some(uncommitted) = connection.uncommitted()
        {
            let (rung, bell) = (self.rung.clone(), self.bell.clone());
            let done = move || {
                rung.store(true, Ordering::Release);
                bell.wake();
            };
            self.errand = Some(self.errands.send(uncommitted, Box::new(done)));
        }
        self.errand.is_some()
    }

    /// Reads what the client wrote.
    fn take_in(&mut self) -> bool {
        for read in 0..BATCH {
            let mut payload = Vec::new();
            match self.pair.events.peek(&mut payload) {
                Ok(None) => return read > 0,
                Ok(Some(peeked)) => self.hear(&peeked, payload),
                Err(what) => {
                    self.end(&error(&what));
                    return read > 0;
                }
            }
        }
        true
    }

    fn hear(&mut self, peeked: &Peeked, payload: Vec<u8>) {
        self.unreleased.push_back((frames::event_sequence(&peeked.header), peeked.end));
        let message = match frames::read_client(&peeked.header, payload, self.hub.window()) {
            Ok(message) => message,
            Err(mistake) => return self.end(&mistake),
        };
        match (message, &self.phase) {
            (FromClient::Open { open, rule_set }, Phase::Idle) => {
                let opened = match &self.closed {
                    Some(why) => Err(why.clone()),
                    None => self.hub.open(&open, &rule_set),
                };
                match opened {
                    Ok(connection) => self.begin(connection),
                    Err(refusal) => self.end(&refusal),
                }
            }
            (FromClient::Message(message), Phase::Open(connection, _)) => {
                // A refusal ends the session, whose last word says so; one that was fenced is told in `give_out`.
                let _ = connection.handle(message);
            }
            (FromClient::Open { .. }, Phase::Open(..)) => self.end(&mistake("a second OPEN on one connection")),
            (FromClient::Message(_), Phase::Idle) => self.end(&mistake("the first frame is no OPEN")),
            (_, Phase::Over) => {}
        }
    }

    fn begin(&mut self, connection: Connection) {
        let (rung, bell) = (self.rung.clone(), self.bell.clone());
        connection.watch(Arc::new(move || {
            rung.store(true, Ordering::Release);
            bell.wake();
        }));
        let rule_set = connection.rule_set();
        self.phase = Phase::Open(connection, rule_set);
    }

    /// Ends whatever the client has, or wanted to have, because of `why`.
    fn end(&mut self, why: &Error) {
        match &self.phase {
            Phase::Open(connection, _) => connection.end(why.clone()),
            Phase::Idle => self.say_done(why),
            Phase::Over => {}
        }
    }

    /// Says a last word that no session says.
    fn say_done(&mut self, why: &Error) {
        let end = Final { status: why.status, watermark: 0, error: Some(why.clone()) };
        self.phase = Phase::Over;
        self.stuck = Some(frames::write_server(&ToClient::Done(end), ([0; 16], 0), &Default::default()));
        self.give_out();
    }

    /// Writes what there is to say. Whether anything was written, and whether everything was.
    fn give_out(&mut self) -> (bool, bool) {
        let mut any = false;
        let all = loop {
            let Some(frame) = self.stuck.take().or_else(|| self.next_frame()) else { break true };
            match self.pair.decisions.try_push_quietly(&frame.header, &frame.payload) {
                Ok(true) => {
                    self.committed = self.committed.max(frames::outcome_sequence(&frame.header));
                    any = true;
                }
                Ok(false) => {
                    self.stuck = Some(frame);
                    break false;
                }
                Err(RingError::TooLarge { max, .. }) => self.stuck = Some(frames::in_place_of(&frame, max)),
                // The client wrote nonsense where its progress stands. Its session waits for a better connection.
                Err(_) => {
                    self.phase = Phase::Over;
                    break true;
                }
            }
        };
        if any {
            self.pair.decisions.notify();
        }
        if all {
            self.say_goodbye();
        }
        (any, all && self.stuck.is_none())
    }

    /// The next thing that the session says.
    fn next_frame(&self) -> Option<Frame> {
        let Phase::Open(connection, rule_set) = &self.phase else { return None };
        let message: ToClient<Decision> = connection.poll()?;
        Some(frames::write_server(&message, (connection.session(), connection.epoch()), rule_set))
    }

    /// Everything was said: lets go of a session that has ended, or that another connection has.
    fn say_goodbye(&mut self) {
        let Phase::Open(connection, _) = &self.phase else { return };
        if connection.is_fenced() {
            let why = "a later connection has taken the session over";
            self.say_done(&Error::new(Status::Aborted, codes::FENCED, why, Place::None));
        } else if connection.is_finished() || connection.leaves().is_some() {
            // A session that is only left here may go on in the next process: no last word.
            self.phase = Phase::Over;
        }
    }

    /// Gives the room of events back whose outcomes are committed; `all`: nothing is under way any more.
    fn release(&mut self, all: bool) {
        let mut end = None;
        while let Some((sequence, through)) = self.unreleased.front() {
            if !all && *sequence > self.committed {
                break;
            }
            end = Some(*through);
            self.unreleased.pop_front();
        }
        if let Some(end) = end {
            // Only a fork refuses it, and no thread lives through one.
            let _ = self.pair.events.release_through(end);
        }
    }

    /// The client has gone: what it had committed counts, then the pair is free.
    fn farewell(&mut self) -> bool {
        while self.take_in() {
            if let Phase::Open(connection, _) = &self.phase {
                while connection.run(BATCH) == BATCH {}
            }
        }
        if let Phase::Open(connection, _) = &self.phase {
            connection.run(usize::MAX);
            // Nobody reads it, but what was cancelled has its last word.
            while connection.poll().is_some() {}
        }
        self.phase = Phase::Over;
        self.errand = None;
        self.stuck = None;
        self.unreleased.clear();
        self.leaving = !self.pair.reset().unwrap_or(false);
        if self.leaving {
            return false;
        }
        self.phase = Phase::Idle;
        self.committed = 0;
        self.rung.store(false, Ordering::Release);
        true
    }
}

/// Decides for a while: a batch of events, or fewer that take long, so that other pairs have their turn and the session's
/// own time is kept. Whether anything was done, and whether nothing is left.
fn run(connection: &Connection, mut worked: bool) -> (bool, bool) {
    let started = Instant::now();
    let (mut decided, mut chunk) = (0, 1);
    while decided < BATCH {
        let done = connection.decide(chunk);
        worked |= done > 0;
        if done < chunk {
            return (worked, true);
        }
        if started.elapsed() >= LONG {
            break;
        }
        decided += done;
        chunk *= 2;
    }
    (worked, false)
}

fn mistake(what: &str) -> Error {
    Error::new(Status::Internal, codes::PEER_MISTAKE, what, Place::None)
}
