//! The end that decides events and delivers their outcomes: its states, its connections and its time. How many events
//! are under way, and which, is the affair of `inbox.rs`.

use std::time::Duration;

use super::inbox::Inbox;
use super::{Final, Open, Recovered, SessionId, Signal, State, Terms, ToClient, ToServer, Weight, Window, errors};
use crate::error::Error;
use crate::status::Status;

/// The deciding end of one session. One caller at a time (`&mut`).
///
/// The driver: [`Self::handle`] for each message that comes, then [`Self::next`] and [`Self::decided`] until there is
/// nothing to decide, [`Self::poll`] until it gives nothing and write what it gave, [`Self::tick`] from time to time.
/// Events that were accepted are decided whether a connection is there or not.
///
/// A session can outlive the process that decides it, where the driver keeps what was decided: see [`Self::keeping`].
#[derive(Debug)]
pub struct Server<E, O> {
    id: SessionId,
    epoch: u64,
    terms: Terms,
    opened: Duration,
    /// When the client last said anything.
    heard: Duration,
    link: Link,
    phase: Phase,
    inbox: Inbox<E, O>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Down {
        since: Duration,
    },
    /// There, and the welcome was not polled yet.
    Unwelcomed,
    Up,
    /// The last word was polled.
    Finished,
}

#[derive(Debug)]
enum Phase {
    Streaming,
    HalfClosed,
    Ending(Ending),
    Done(Final),
}

/// No new events; those that were accepted are decided until `until`.
#[derive(Clone, Debug)]
struct Ending {
    status: Status,
    /// Made with the last word, if there is none.
    error: Option<Error>,
    hint: Option<&'static str>,
    until: Duration,
}

impl<E: Weight, O: Clone> Server<E, O> {
    /// Opens a session that this server does not know, connected. `window` is the most that the server grants; a bound
    /// of 0, here or in the client's wish, means the default. `now` is the time since any moment, the same in all calls.
    ///
    /// # Errors
    /// `DATA_LOSS` (F0856): the client resumes a session; `INVALID_ARGUMENT` (F0858): a zero id or epoch.
    pub fn open(open: &Open, window: Window, now: Duration) -> Result<Self, Error> {
        check(open)?;
        if open.resume {
            return Err(errors::lost("the server does not know the session that is to be resumed"));
        }
        let most = window.or(Window::default());
        Ok(Self {
            id: open.session,
            epoch: open.epoch,
            terms: open.terms,
            opened: now,
            heard: now,
            link: Link::Unwelcomed,
            phase: Phase::Streaming,
            inbox: Inbox::new(open.window.or(Window::default()).min(most)),
        })
    }

    /// The same session, whose driver keeps its outcomes. What is said to be accepted is then what was decided and kept: the
    /// driver takes [`Self::next_kept`], keeps the outcome, waits until that is durable, and says [`Self::decided`] or
    /// [`Self::noted`] then and no sooner. What was accepted and not kept is sent again by a client that finds its server gone.
    /// Only before anything came in.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        self.inbox.keep();
        self
    }

    /// A session that an earlier process kept, disconnected since now.
    pub fn recovered<I>(known: Recovered<I>, now: Duration) -> Self
    where
        I: IntoIterator<Item = (u64, Result<O, Error>)>,
    {
        Self {
            id: known.session,
            epoch: known.epoch,
            terms: known.terms,
            opened: now,
            heard: now,
            link: Link::Down { since: now },
            phase: Phase::Streaming,
            inbox: Inbox::recovered(known.window, known.accepted, known.acknowledged, known.outcomes),
        }
    }

    /// The session's id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// What the server granted when it opened the session.
    pub fn window(&self) -> Window {
        self.inbox.window()
    }

    /// When the session ends by itself.
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// The epoch of the latest connection.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A later connection takes the session over: everything after `open.received` is sent again. Window and terms stay
    /// those of the opening. A client that does not resume, with a later epoch, is one whose first welcome was lost.
    ///
    /// # Errors
    /// Each leaves the session as it was: `ABORTED` (F0857): the epoch is not later than the known one; `DATA_LOSS`
    /// (F0856): outcomes after `open.received` are gone, or the client received more than this server knows of;
    /// `ALREADY_EXISTS` (F0867): the client does not resume, and the session has accepted events;
    /// `INVALID_ARGUMENT` (F0858): another session's id, or a zero epoch.
    pub fn resume(&mut self, open: &Open, now: Duration) -> Result<(), Error> {
        check(open)?;
        if open.session != self.id {
            return Err(errors::mistake(Status::InvalidArgument, "a session is resumed by the id of another one"));
        }
        if open.epoch <= self.epoch {
            return Err(errors::fenced(open.epoch, self.epoch));
        }
        if !open.resume && self.inbox.accepted() > 0 {
            return Err(errors::taken(&self.id));
        }
        let (acked, decided) = (self.inbox.acked(), self.inbox.decided_through());
        if open.received < acked {
            let message = format!("outcomes up to {acked} were acknowledged; those after {} are gone", open.received);
            return Err(errors::lost(message));
        }
        if open.received > decided {
            let message = format!("the client received outcome {}; this server decided up to {decided}", open.received);
            return Err(errors::lost(message));
        }
        self.epoch = open.epoch;
        self.link = Link::Unwelcomed;
        self.heard = now;
        self.inbox.resume(open.received);
        Ok(())
    }

    /// The connection broke; the session waits for another one.
    pub fn disconnected(&mut self, now: Duration) {
        if !matches!(self.link, Link::Down { .. }) {
            self.link = Link::Down { since: now };
        }
    }

    /// When it was disconnected, if it is.
    pub fn disconnected_since(&self) -> Option<Duration> {
        match self.link {
            Link::Down { since } => Some(since),
            _ => None,
        }
    }

    /// Takes a message in. What was accepted already is dropped and counted; what comes after the connection broke is
    /// dropped, for the client will send it again; so are new events once the session is ending.
    ///
    /// # Errors
    /// The client broke the protocol: `INTERNAL` (F0858), `RESOURCE_EXHAUSTED` (F0858) if it sent more than its
    /// credit. The session ends with that status.
    pub fn handle(&mut self, message: ToServer<E>, now: Duration) -> Result<(), Error> {
        if matches!(self.link, Link::Down { .. }) {
            return Ok(());
        }
        self.heard = now;
        let result = match message {
            ToServer::Open(_) => Err(internal("a second opening on one connection")),
            ToServer::Event { sequence, event } => self.hear_event(sequence, event),
            ToServer::Skip { through } => self.hear_skip(through),
            ToServer::Ack { through } => self.inbox.ack(through),
            ToServer::Signal(signal) => {
                self.hear_signal(signal, now);
                Ok(())
            }
        };
        if let Err(error) = &result {
            self.begin_ending(Ending { status: error.status, error: Some(error.clone()), hint: None, until: now });
            self.tick(now);
        }
        self.finish_if_decided();
        result
    }

    fn hear_event(&mut self, sequence: u64, event: E) -> Result<(), Error> {
        match self.phase {
            Phase::HalfClosed if sequence > self.inbox.accepted() => Err(internal("an event came after a half-close")),
            Phase::Streaming | Phase::HalfClosed => self.inbox.event(sequence, event),
            Phase::Ending(_) | Phase::Done(_) => Ok(()),
        }
    }

    fn hear_skip(&mut self, through: u64) -> Result<(), Error> {
        match self.phase {
            Phase::HalfClosed if through > self.inbox.accepted() => Err(internal("a skip came after a half-close")),
            Phase::Streaming | Phase::HalfClosed => self.inbox.skip(through),
            Phase::Ending(_) | Phase::Done(_) => Ok(()),
        }
    }

    fn hear_signal(&mut self, signal: Signal, now: Duration) {
        match (signal, &self.phase) {
            (Signal::HalfClose, Phase::Streaming) => self.phase = Phase::HalfClosed,
            (Signal::Cancel, Phase::Streaming | Phase::HalfClosed) => {
                let until = now.saturating_add(self.terms.drain);
                self.begin_ending(Ending { status: Status::Cancelled, error: None, hint: None, until });
            }
            _ => self.inbox.repeats += 1,
        }
    }

    /// The next accepted event to decide; each is given once.
    #[allow(clippy::should_implement_trait)] // what it gives changes with what comes in: no iterator
    pub fn next(&mut self) -> Option<(u64, E)> {
        self.inbox.next().and_then(|(sequence, event)| event.map(|event| (sequence, event)))
    }

    /// The next thing to decide and keep, of a session that is [`Self::keeping`]; each is given once. Without an event:
    /// everything up to that sequence that has no outcome was shed by the client; keep that, and say [`Self::noted`].
    pub fn next_kept(&mut self) -> Option<(u64, Option<E>)> {
        self.inbox.next()
    }

    /// Whether anything waits to be given by [`Self::next`] or [`Self::next_kept`].
    pub fn has_waiting(&self) -> bool {
        self.inbox.has_waiting()
    }

    /// That the client shed everything up to `through` is kept.
    pub fn noted(&mut self, through: u64) {
        self.inbox.noted(through);
        self.finish_if_decided();
    }

    /// What became of the event that [`Self::next`] gave. Several may have been given; their outcomes come in the order
    /// of the events.
    pub fn decided(&mut self, sequence: u64, outcome: Result<O, Error>) {
        self.inbox.decided(sequence, outcome);
        self.finish_if_decided();
    }

    /// The next message to write, or nothing for now. `Done` comes after every outcome.
    pub fn poll(&mut self) -> Option<ToClient<O>> {
        match self.link {
            Link::Down { .. } | Link::Finished => return None,
            // Whoever took the session over would give the sequence of an event that is not kept yet to another one.
            Link::Unwelcomed if self.inbox.keeps() && !self.inbox.all_decided() => return None,
            Link::Unwelcomed => {
                self.link = Link::Up;
                let (accepted, credit) = self.inbox.welcome();
                return Some(ToClient::Welcome { accepted, credit });
            }
            Link::Up => {}
        }
        if let Some((sequence, outcome)) = self.inbox.poll() {
            return Some(ToClient::Outcome { sequence, outcome });
        }
        match &self.phase {
            Phase::Streaming => {
                let (accepted, credit) = self.inbox.due_credit()?;
                Some(ToClient::Credit { accepted, credit })
            }
            Phase::Done(last) if self.inbox.all_sent() => {
                self.link = Link::Finished;
                Some(ToClient::Done(last.clone()))
            }
            _ => None,
        }
    }

    /// Ends the session from the server's side (SIGTERM: `UNAVAILABLE`): no new events; accepted ones are still decided
    /// and delivered within the drain. Nothing happens if the session is ending already.
    pub fn end(&mut self, status: Status, error: Error, now: Duration) {
        let until = now.saturating_add(self.terms.drain);
        self.begin_ending(Ending { status, error: Some(error), hint: None, until });
        self.finish_if_decided();
    }

    /// Time passes: deadline, idle timeout, maximum age, drain. A client that half-closed and listens is not idle.
    pub fn tick(&mut self, now: Duration) {
        if let Some((_, hint)) = self.next_term().filter(|(at, _)| now >= *at) {
            let until = now.saturating_add(self.terms.drain);
            self.begin_ending(Ending { status: Status::DeadlineExceeded, error: None, hint: Some(hint), until });
        }
        if matches!(&self.phase, Phase::Ending(ending) if now >= ending.until) {
            self.inbox.drop_waiting();
        }
        self.finish_if_decided();
    }

    /// The soonest moment at which [`Self::tick`] would change something.
    pub fn next_tick(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Ending(ending) => Some(ending.until),
            _ => self.next_term().map(|(at, _)| at),
        }
    }

    /// When the session ends by itself, and what a client can do about it.
    fn next_term(&self) -> Option<(Duration, &'static str)> {
        let idles = match self.phase {
            Phase::Streaming => true,
            Phase::HalfClosed => matches!(self.link, Link::Down { .. }),
            Phase::Ending(_) | Phase::Done(_) => return None,
        };
        let Terms { deadline, idle_timeout, max_age, .. } = self.terms;
        let terms = [
            (self.opened, deadline, "the session's deadline passed"),
            (self.opened, max_age, "the session reached its maximum age; open a new one"),
            (self.heard, idle_timeout.filter(|_| idles), "nothing came from the client for the idle timeout"),
        ];
        let at = |(since, limit, hint): (Duration, Option<Duration>, _)| Some((since.saturating_add(limit?), hint));
        terms.into_iter().filter_map(at).min_by_key(|(at, _)| *at)
    }

    fn begin_ending(&mut self, ending: Ending) {
        if matches!(self.phase, Phase::Streaming | Phase::HalfClosed) {
            self.phase = Phase::Ending(ending);
        }
    }

    /// Says the last word once nothing is left to decide. An event that was given to be decided is waited for, also
    /// past the drain: whoever decides it may have changed windows, and the watermark must say so.
    fn finish_if_decided(&mut self) {
        if !self.inbox.all_decided() {
            return;
        }
        let watermark = self.inbox.decided_through();
        self.phase = match &self.phase {
            Phase::HalfClosed => Phase::Done(Final { status: Status::Ok, watermark, error: None }),
            Phase::Ending(Ending { status, error, hint, .. }) => {
                let made = || {
                    let error = errors::ended(*status, watermark);
                    if let Some(hint) = hint { error.suggest(*hint) } else { error }
                };
                let error = Some(error.clone().unwrap_or_else(made));
                Phase::Done(Final { status: *status, watermark, error })
            }
            Phase::Streaming | Phase::Done(_) => return,
        };
    }

    /// Where the session is in its life.
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Streaming => State::Streaming,
            Phase::HalfClosed | Phase::Ending(_) => State::Closing,
            Phase::Done(last) => State::Done(last.status),
        }
    }

    /// The last word, once everything is decided; outcomes may still have to be sent.
    pub fn last_word(&self) -> Option<&Final> {
        match &self.phase {
            Phase::Done(last) => Some(last),
            _ => None,
        }
    }

    /// Whether the last word was polled on the current connection, hence all outcomes before it. Whether it arrived is
    /// not known: keep the session for the time in which a client may come back for it.
    pub fn is_finished(&self) -> bool {
        self.link == Link::Finished
    }

    /// Whether everything that was accepted is decided, and everything that was decided was polled on this connection.
    pub fn is_idle(&self) -> bool {
        self.link == Link::Up && self.inbox.all_decided() && self.inbox.all_sent()
    }

    /// Outcomes up to this sequence were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.inbox.acked()
    }

    /// The last sequence that came in.
    pub fn accepted(&self) -> u64 {
        self.inbox.accepted()
    }

    /// Everything up to this sequence was decided, or skipped.
    pub fn decided_through(&self) -> u64 {
        self.inbox.decided_through()
    }

    /// Events that are kept, or wait for an acknowledgement, and their bytes.
    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, u64) {
        self.inbox.kept()
    }

    /// Messages that came again after a broken connection, and were dropped.
    pub fn repeats(&self) -> u64 {
        self.inbox.repeats
    }
}

fn internal(message: &str) -> Error {
    errors::mistake(Status::Internal, message)
}

fn check(open: &Open) -> Result<(), Error> {
    let wrong = match (open.session, open.epoch) {
        (session, _) if session == [0; 16] => "a session's id is never all zero",
        (_, 0) => "epochs count from 1",
        _ => return Ok(()),
    };
    Err(errors::mistake(Status::InvalidArgument, wrong))
}
