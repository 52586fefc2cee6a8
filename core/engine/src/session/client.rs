//! The end that sends events and receives their outcomes: its states, its connections and its time. How many events
//! may be under way, and which, is the affair of `outbox.rs`.

use std::time::Duration;

use super::outbox::Outbox;
use super::{
    Counters, Final, Open, Options, Policy, SessionId, Signal, State, Terms, ToClient, ToServer, Weight, Window, errors,
};
use crate::error::Error;
use crate::status::Status;

/// How much longer than the drain a client waits for the server's last word: the time that the word may be under way.
const GRACE: Duration = Duration::from_secs(1);

/// What [`Client::receive`] has.
#[derive(Clone, Debug, PartialEq)]
pub enum Received<O> {
    /// The outcome of the next event, in order.
    Outcome {
        /// The event's sequence.
        sequence: u64,
        /// Decided or refused; an event that was shed is an error.
        outcome: Result<O, Error>,
    },
    /// Nothing yet.
    Nothing,
    /// Nothing more: the last word. Given again at every further call.
    End(Final),
}

/// The sending end of one session. One caller at a time (`&mut`).
///
/// The driver: [`Self::connect`] at each connection, then [`Self::poll`] until it gives nothing and write what it gave,
/// [`Self::handle`] for each message that comes, [`Self::disconnected`] when the connection breaks, and
/// [`Self::tick`] from time to time. `poll` may have something new after every call of `send` (also one that found the
/// window full), `receive`, `half_close`, `cancel`, `handle` and `has_room`.
///
/// ```
/// use std::time::Duration;
/// use fishplate::session::{Client, Options, Received, Server, ToServer, Weight, Window};
///
/// #[derive(Clone, Debug)]
/// struct Text(&'static str);
/// impl Weight for Text {
///     fn weight(&self) -> u64 {
///         self.0.len() as u64
///     }
/// }
///
/// let now = Duration::ZERO;
/// let mut client: Client<Text, usize> = Client::new([7; 16], 1, None, Options::in_process(), now);
/// let ToServer::Open(open) = client.connect() else { unreachable!("the first message opens") };
/// let mut server = Server::open(&open, Window::default(), now)?;
/// client.handle(server.poll().expect("a welcome"))?;
///
/// assert_eq!(client.send(Text("four"))?, Some(1));
/// while let Some(message) = client.poll() {
///     server.handle(message, now)?;
/// }
/// while let Some((sequence, event)) = server.next() {
///     server.decided(sequence, Ok(event.0.len()));
/// }
/// while let Some(message) = server.poll() {
///     client.handle(message)?;
/// }
/// assert_eq!(client.receive(), Received::Outcome { sequence: 1, outcome: Ok(4) });
/// # Ok::<(), fishplate::Error>(())
/// ```
#[derive(Debug)]
pub struct Client<E, O> {
    id: SessionId,
    epoch: u64,
    options: Options,
    /// An earlier process had the session, and this one was not welcomed yet.
    takes_over: bool,
    /// An earlier process had the session.
    taken_over: bool,
    link: Link,
    welcomed: bool,
    side: Side,
    /// What was signalled on this connection.
    signalled: Option<Signal>,
    outbox: Outbox<E, O>,
    last_word: Option<Final>,
    /// The end was found at this end: nothing is waited for.
    ended_here: bool,
    opened: Duration,
    cancelled: Option<Duration>,
    /// The last tick at which something had been said since the one before.
    spoke: Duration,
    speaks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Never connected.
    New,
    /// The connection broke.
    Down,
    /// The first message was given; the welcome has not come.
    Opening,
    /// Welcomed.
    Up,
}

/// What the application has said so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Open,
    HalfClosed,
    Cancelled,
}

impl<E: Weight + Clone, O> Client<E, O> {
    /// A session that is not connected yet. `epoch` is the epoch of its first connection: 1, or more to take over a
    /// session of an earlier process, with `resumed: Some(received)` naming the last event there whose outcome
    /// was received and was not that it was shed.
    /// Whoever takes a session over asks for the same window; its events go on behind those that the server accepted,
    /// so it can send only after the welcome. A bound of 0 in the window means its default. `now` is the time since any
    /// moment, the same in all calls.
    pub fn new(id: SessionId, epoch: u64, resumed: Option<u64>, mut options: Options, now: Duration) -> Self {
        options.window = options.window.or(Window::default());
        Self {
            id,
            epoch,
            options,
            takes_over: resumed.is_some(),
            taken_over: resumed.is_some(),
            link: Link::New,
            welcomed: false,
            side: Side::Open,
            signalled: None,
            outbox: Outbox::new(options.window, resumed.unwrap_or(0)),
            last_word: None,
            ended_here: false,
            opened: now,
            cancelled: None,
            spoke: now,
            speaks: false,
        }
    }

    /// The session's id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The epoch of the current connection (of the next one, before the first).
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A connection is there: gives the first message for it. The first connection has the epoch given to
    /// [`Self::new`], each further one an epoch one higher. Until the welcome comes, nothing else is polled.
    pub fn connect(&mut self) -> ToServer<E> {
        if self.link != Link::New {
            self.epoch = self.epoch.saturating_add(1);
        }
        self.link = Link::Opening;
        self.signalled = None;
        self.speaks = true;
        ToServer::Open(Open {
            session: self.id,
            epoch: self.epoch,
            resume: self.welcomed || self.takes_over,
            received: self.outbox.last_outcome(),
            window: self.options.window,
            terms: self.options.terms,
        })
    }

    /// Whether a welcome has come on the current connection.
    pub fn is_connected(&self) -> bool {
        self.link == Link::Up
    }

    /// Whether any welcome ever came (before that, no event was sent: opening again is safe).
    pub fn was_welcomed(&self) -> bool {
        self.welcomed
    }

    /// The connection broke. What was not accepted will be sent again on the next one. The state is unchanged.
    pub fn disconnected(&mut self) {
        if self.link != Link::New {
            self.link = Link::Down;
        }
    }

    /// The driver gives up (or the host closed the session): the session is `Done` at once, with this last word, whose
    /// watermark is the last outcome that arrived; what has arrived can still be received. Nothing happens if there is
    /// a last word already.
    pub fn give_up(&mut self, status: Status, error: Error) {
        self.end_here(status, Some(error));
    }

    /// Takes an event: gives its sequence. `Ok(None)`: the window is full and the policy is [`Policy::Block`]: wait and
    /// try again (the event is gone; ask [`Self::has_room`] first to keep it). Before the first welcome the window is
    /// full.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0850) unless `Streaming` (the suggestion says what the state is); `RESOURCE_EXHAUSTED`
    /// (F0851): full, and the policy is [`Policy::Reject`].
    pub fn send(&mut self, event: E) -> Result<Option<u64>, Error> {
        self.refuse_unless("send", self.state() == State::Streaming)?;
        if !self.has_room(event.weight()) {
            return match self.options.policy {
                Policy::Block => Ok(None),
                Policy::Reject | Policy::ShedOldest => Err(errors::full(self.outbox.under_way())),
            };
        }
        Ok(Some(self.outbox.take(event, self.options.policy)))
    }

    /// Whether [`Self::send`] would take an event of `weight` bytes now, as far as the window goes. Asking counts as
    /// wanting: if there is no room, acknowledgements that waited for others are polled at once, so that the server can
    /// grant more.
    pub fn has_room(&mut self, weight: u64) -> bool {
        match self.options.policy {
            // The sequence of the next event is not known until the welcome.
            _ if self.takes_over => false,
            Policy::ShedOldest => !self.outbox.is_used_up(),
            Policy::Reject | Policy::Block => self.outbox.has_room(weight),
        }
    }

    /// No more events: what was taken is sent, decided and received, then the last word is OK.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0850) unless `Streaming`.
    pub fn half_close(&mut self) -> Result<(), Error> {
        self.refuse_unless("half-close", self.state() == State::Streaming)?;
        self.side = Side::HalfClosed;
        Ok(())
    }

    /// Cancels: a session that is `Streaming`, or `Closing` by half-close, is `Closing`. Events that were not sent yet
    /// are dropped, and have no outcome; every outcome that comes is still received; then the last word is `CANCELLED`.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0850): cancelled already, or there is a last word.
    pub fn cancel(&mut self, now: Duration) -> Result<(), Error> {
        self.refuse_unless("cancel", self.last_word.is_none() && self.side != Side::Cancelled)?;
        self.side = Side::Cancelled;
        self.cancelled = Some(now);
        self.outbox.drop_unsent();
        Ok(())
    }

    fn refuse_unless(&self, call: &str, allowed: bool) -> Result<(), Error> {
        if allowed {
            return Ok(());
        }
        let state = match (&self.last_word, self.side) {
            (Some(last), _) => format!("the session ended with {}; open a new one", last.status.name()),
            (None, Side::Cancelled) => "the session is closing: it was cancelled".into(),
            (None, Side::HalfClosed) => "the session is closing: it was half-closed".into(),
            (None, Side::Open) => "the session is streaming".into(),
        };
        Err(errors::not_now(call, &state))
    }

    /// The next message to write, or nothing for now.
    pub fn poll(&mut self) -> Option<ToServer<E>> {
        if self.link != Link::Up || self.last_word.is_some() {
            return None;
        }
        let message = self.outbox.poll().or_else(|| self.poll_signal());
        self.speaks |= message.is_some();
        message
    }

    /// The signal goes behind everything else, and again on each connection.
    fn poll_signal(&mut self) -> Option<ToServer<E>> {
        let signal = match self.side {
            Side::Open => return None,
            Side::HalfClosed => Signal::HalfClose,
            Side::Cancelled => Signal::Cancel,
        };
        if self.signalled == Some(signal) || !self.outbox.all_sent() {
            return None;
        }
        self.outbox.poll_last_skip().or_else(|| {
            self.signalled = Some(signal);
            Some(ToServer::Signal(signal))
        })
    }

    /// Takes a message in. Repeats are dropped and counted; so is what comes from a connection that broke, and
    /// everything after a last word.
    ///
    /// # Errors
    /// `INTERNAL` (F0858): the peer broke the protocol; the session is `Done` with that status.
    pub fn handle(&mut self, message: ToClient<O>) -> Result<(), Error> {
        if self.last_word.is_some() || matches!(self.link, Link::New | Link::Down) {
            return Ok(());
        }
        let result = match (message, self.link) {
            // Refused before the welcome: the word of a server that need not know how far the session had come.
            (ToClient::Done(last), Link::Opening) if last.status != Status::Ok => {
                self.end_here(last.status, last.error);
                Ok(())
            }
            (ToClient::Done(last), _) => self.hear_last_word(last),
            (ToClient::Welcome { accepted, credit }, Link::Opening) => {
                self.link = Link::Up;
                self.welcomed = true;
                let takes_over = std::mem::take(&mut self.takes_over);
                self.outbox.welcome(accepted, credit, takes_over)
            }
            (ToClient::Outcome { sequence, outcome }, Link::Up) => self.outbox.outcome(sequence, outcome),
            (ToClient::Credit { accepted, credit }, Link::Up) => self.outbox.credit(accepted, credit),
            (ToClient::Welcome { .. }, _) => Err("a second welcome on one connection".into()),
            (ToClient::Outcome { .. } | ToClient::Credit { .. }, _) => Err("the first message is no welcome".into()),
        };
        result.map_err(|what| {
            let error = errors::mistake(Status::Internal, what);
            self.end_here(Status::Internal, Some(error.clone()));
            error
        })
    }

    fn hear_last_word(&mut self, last: Final) -> Result<(), String> {
        if let Some(contradiction) = self.outbox.contradicts(last.watermark) {
            return Err(contradiction);
        }
        if last.status == Status::Ok {
            if self.side == Side::Open && !self.taken_over {
                return Err("the session ended with OK before it was half-closed".into());
            }
            if last.watermark != self.outbox.counters().sent {
                return Err(format!("the session ended with OK at {}, not at its last event", last.watermark));
            }
        }
        self.outbox.end_at(last.watermark);
        self.last_word = Some(last);
        Ok(())
    }

    fn end_here(&mut self, status: Status, error: Option<Error>) {
        if self.last_word.is_some() {
            return;
        }
        let watermark = self.outbox.last_outcome();
        let unknown = "the server has not said its last word: whether it decided anything after that is not known";
        let error = error.unwrap_or_else(|| errors::ended(status, watermark).suggest(unknown));
        self.outbox.end_at(watermark);
        self.last_word = Some(Final { status, watermark, error: Some(error) });
        self.ended_here = true;
    }

    /// The next outcome in order. Whoever asks is done with the one before, which may be acknowledged from now on; a
    /// process that dies before it asks again takes the session over with that outcome still to come. (A full window
    /// that is found by `send` or `has_room` counts as asking.)
    pub fn receive(&mut self) -> Received<O> {
        match (self.outbox.receive(), &self.last_word) {
            (Some((sequence, outcome)), _) => Received::Outcome { sequence, outcome },
            (None, Some(last)) => Received::End(last.clone()),
            (None, None) => Received::Nothing,
        }
    }

    /// Time passes: ends the session (`DEADLINE_EXCEEDED` or `CANCELLED`) when the server should have but did not: one
    /// second of grace after the drain that follows a cancel, the deadline, the maximum age or the idle timeout.
    pub fn tick(&mut self, now: Duration) {
        if std::mem::take(&mut self.speaks) {
            self.spoke = now;
        }
        if self.last_word.is_some() {
            return;
        }
        let Terms { deadline, max_age, idle_timeout, .. } = self.options.terms;
        let over =
            |since: Duration, limit: Option<Duration>| limit.is_some_and(|limit| now >= self.later(since, limit));
        let idles = self.side == Side::Open || self.link != Link::Up;
        if over(self.opened, deadline) || over(self.opened, max_age) || (idles && over(self.spoke, idle_timeout)) {
            self.end_here(Status::DeadlineExceeded, None);
        } else if self.cancelled.is_some_and(|at| now >= self.later(at, Duration::ZERO)) {
            self.end_here(Status::Cancelled, None);
        }
    }

    /// When this end stops waiting for the end that the server should have begun `after` `since`.
    fn later(&self, since: Duration, after: Duration) -> Duration {
        since.saturating_add(after).saturating_add(self.options.terms.drain).saturating_add(GRACE)
    }

    /// The soonest moment at which [`Self::tick`] may change something.
    pub fn next_tick(&self) -> Option<Duration> {
        if self.last_word.is_some() {
            return None;
        }
        let Terms { deadline, max_age, idle_timeout, .. } = self.options.terms;
        let of_terms = [(self.opened, deadline), (self.opened, max_age), (self.spoke, idle_timeout)];
        let of_terms = of_terms.into_iter().filter_map(|(since, limit)| limit.map(|limit| self.later(since, limit)));
        of_terms.chain(self.cancelled.map(|at| self.later(at, Duration::ZERO))).min()
    }

    /// `Streaming`; `Closing` after [`Self::half_close`] or [`Self::cancel`], or once the server's last word arrived
    /// while outcomes wait to be received; `Done`. A session that ends at this end is `Done` at once.
    pub fn state(&self) -> State {
        match &self.last_word {
            Some(last) if self.ended_here || self.outbox.is_drained() => State::Done(last.status),
            None if self.side == Side::Open => State::Streaming,
            _ => State::Closing,
        }
    }

    /// The last word, as soon as it is known; outcomes may still wait to be received.
    pub fn last_word(&self) -> Option<&Final> {
        self.last_word.as_ref()
    }

    /// Events that are kept or awaited, and their bytes.
    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, u64) {
        self.outbox.kept()
    }

    /// What the session did so far.
    pub fn counters(&self) -> Counters {
        self.outbox.counters()
    }
}
