//! What the clients of every driver share: the core's client machine behind a lock, calls that wait, closing.
//!
//! A driver brings a [`Carrier`], which moves what the machine says to the other end and hands in what comes back. Here
//! stands when a call waits and what it gives; how anything is carried is not known here.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fishplate::session::{Client, Final, Options, SessionId, State, Weight};
use fishplate::session::{Received as Polled, ToServer};
use fishplate::{Decision, Error, Place, Status, codes};

use crate::hub::Inbound;
use crate::options::SessionOptions;
use crate::outgoing::{Outgoing, encode};
use crate::session::{Driver, Received, Report, Wait};
use crate::wire::session::Welcomed;

/// The longest that a waiting call sleeps before it looks at the clock, so that a session's own end is never missed.
pub(crate) const SLICE: Duration = Duration::from_millis(100);

/// The core's machine as every client drives it.
pub(crate) type Machine = Client<Inbound, Decision>;

/// A session that is not connected yet, at the time 0.
pub(crate) fn machine(id: SessionId, options: &SessionOptions, core: Options) -> Machine {
    let epoch = options.epoch.max(1);
    let resumed = (epoch > 1).then_some(options.received);
    Machine::new(id, epoch, resumed, core, Duration::ZERO)
}

/// What a message to the server is.
pub(crate) type Message = ToServer<Inbound>;

/// For what a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// Room in the window.
    Room,
    /// The next outcome, or the last word.
    Outcome,
    /// The welcome of the first connection.
    Welcome,
}

/// What moves messages between a client's machine and the other end.
pub(crate) trait Carrier: Send + Sync + Sized + 'static {
    /// Whether calls wait. Else what would wait ends at once, with the error of having waited.
    const WAITS: bool = true;

    /// Refuses an event that cannot be carried, before it has a sequence.
    ///
    /// # Errors
    /// F0865: too large.
    fn check(&self, event: &Inbound) -> Result<(), Error> {
        let _ = event;
        Ok(())
    }

    /// Every call of a user begins with it, under the lock: a driver without threads looks here at what has come. May
    /// not wait.
    fn look(&self, inner: &mut Inner) {
        let _ = inner;
    }

    /// The machine may have something new to say. Called by the session's users, under the lock; may not wait. Whether
    /// calls that wait should look again.
    fn nudge(&self, inner: &mut Inner) -> bool;

    /// Waits until there may be news, at most until `until`, without holding the lock meanwhile; may return early. A driver
    /// without threads of its own moves messages here; called at least once before a call gives up waiting.
    fn wait<'s>(&self, shared: &'s SharedClient<Self>, inner: Held<'s>, awaited: Awaited, until: Instant) -> Held<'s> {
        let _ = awaited;
        shared.sleep(inner, until)
    }

    /// The session has been closed (after the machine was cancelled and [`Self::nudge`] called). Called once, under the
    /// lock; may not wait.
    fn closed(&self, inner: &mut Inner);
}

/// What stands behind the lock.
pub(crate) struct Inner {
    /// The session.
    pub(crate) machine: Machine,
    /// Name and version, from the welcome.
    rule_set: (String, [u8; 32]),
    /// The server reads the features that events bring; from the welcome.
    reads_features: bool,
    /// An event with features was sent.
    brought_features: bool,
    /// The machine's time when the lock was taken.
    pub(crate) now: Duration,
    /// The host let go of it.
    closed: bool,
    /// How many calls sleep on `news`.
    sleeping: usize,
}

impl Inner {
    /// Notes what a welcome says of the server. One that would decide without the features that it was sent, which may be
    /// an earlier version after a reconnect, ends the session.
    pub(crate) fn welcomed(&mut self, welcomed: Welcomed) {
        self.rule_set = welcomed.rule_set;
        self.reads_features = welcomed.features;
        if self.brought_features && !self.reads_features {
            self.machine.give_up(Status::Unimplemented, reads_no_features());
        }
    }

    /// Refuses an event whose features the server would not read. Before a welcome nobody knows: then the welcome decides.
    fn check_features(&self, event: &Inbound) -> Result<(), Error> {
        let unread = !event.features.is_empty() && self.machine.was_welcomed() && !self.reads_features;
        if unread { Err(reads_no_features()) } else { Ok(()) }
    }

    /// Whether the host has closed the session: nobody will receive any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether nothing more will be said on any connection.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.machine.state(), State::Done(_)) || self.machine.last_word().is_some()
    }
}

/// The lock, held.
pub(crate) type Held<'s> = MutexGuard<'s, Inner>;

/// A client's session, shared between its users and whatever carries it.
pub(crate) struct SharedClient<C> {
    session: SessionId,
    inner: Mutex<Inner>,
    /// Something may have changed for a call that waits.
    news: Condvar,
    /// The machine's zero of time.
    started: Instant,
    /// What moves the messages.
    pub(crate) carrier: C,
}

impl<C: Carrier> SharedClient<C> {
    /// A session to be shared. The machine's time begins now.
    pub(crate) fn new(machine: Machine, carrier: C) -> Self {
        let inner = Inner {
            machine,
            rule_set: (String::new(), [0; 32]),
            reads_features: false,
            brought_features: false,
            now: Duration::ZERO,
            closed: false,
            sleeping: 0,
        };
        let session = inner.machine.id();
        Self { session, inner: Mutex::new(inner), news: Condvar::new(), started: Instant::now(), carrier }
    }

    /// The session's id.
    pub(crate) fn session(&self) -> SessionId {
        self.session
    }

    /// Takes the lock; the machine's time is now.
    pub(crate) fn lock(&self) -> Held<'_> {
        // A panic inside the machine is a mistake of ours; the boundary reports it. Its session must still close.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        self.look_at_the_clock(&mut inner);
        inner
    }

    fn look_at_the_clock(&self, inner: &mut Inner) {
        inner.now = self.started.elapsed();
        inner.machine.tick(inner.now);
    }

    /// Takes the lock for a call of a user.
    fn enter(&self) -> Held<'_> {
        let mut inner = self.lock();
        if !inner.closed {
            self.carrier.look(&mut inner);
        }
        inner
    }

    /// Changes the session from the carrier's side, and wakes the calls that wait.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        let mut inner = self.lock();
        let result = change(&mut inner);
        self.announce(&inner);
        result
    }

    /// Wakes the calls that wait.
    pub(crate) fn announce(&self, inner: &Inner) {
        if inner.sleeping > 0 {
            self.news.notify_all();
        }
    }

    /// Sleeps until someone announces news, at most until `until` and never longer than [`SLICE`].
    pub(crate) fn sleep<'s>(&'s self, mut inner: Held<'s>, until: Instant) -> Held<'s> {
        let time = until.saturating_duration_since(Instant::now()).min(SLICE);
        if time.is_zero() {
            return inner;
        }
        inner.sleeping += 1;
        let (mut inner, _) = self.news.wait_timeout(inner, time).unwrap_or_else(PoisonError::into_inner);
        inner.sleeping -= 1;
        self.look_at_the_clock(&mut inner);
        inner
    }

    /// Waits for the welcome of the first connection.
    ///
    /// # Errors
    /// The session ended instead; `UNAVAILABLE` (F0860): nobody answered within `within`. The session is done then.
    pub(crate) fn welcomed(&self, within: Duration, address: &str) -> Result<(), Error> {
        let until = Instant::now() + within;
        let mut inner = self.lock();
        let mut waited = false;
        loop {
            if inner.machine.was_welcomed() {
                return Ok(());
            }
            if let Some(end) = inner.machine.last_word() {
                return Err(ended(end));
            }
            if waited && Instant::now() >= until {
                let error = unreachable(address, &format!("no answer within {} ms", within.as_millis()));
                inner.machine.give_up(Status::Unavailable, error.clone());
                return Err(error);
            }
            inner = self.carrier.wait(self, inner, Awaited::Welcome, until.min(Instant::now() + SLICE));
            waited = true;
        }
    }

    /// Tries until it succeeds, the session is closed, or the caller has waited long enough.
    fn attempt<R>(
        &self,
        wait: Wait,
        awaited: Awaited,
        mut attempt: impl FnMut(&mut Inner) -> Result<Option<R>, Error>,
    ) -> Result<R, Error> {
        let until = wait.and_then(|wait| Instant::now().checked_add(wait));
        let mut inner = self.enter();
        if inner.closed {
            return Err(closed());
        }
        let mut waited = false;
        loop {
            if let Some(result) = attempt(&mut inner)? {
                if self.carrier.nudge(&mut inner) {
                    self.announce(&inner);
                }
                return Ok(result);
            }
            let now = Instant::now();
            if !C::WAITS || (waited && until.is_some_and(|until| now >= until)) {
                return Err(wait_expired(awaited));
            }
            let slice = now + SLICE;
            inner = self.carrier.wait(self, inner, awaited, until.map_or(slice, |until| until.min(slice)));
            waited = true;
            if inner.closed {
                return Err(closed_meanwhile());
            }
        }
    }

    /// A call that changes the machine and never waits.
    fn change(&self, change: impl FnOnce(&mut Machine, Duration) -> Result<(), Error>) -> Result<(), Error> {
        let mut inner = self.enter();
        if inner.closed {
            return Err(closed());
        }
        let now = inner.now;
        change(&mut inner.machine, now)?;
        self.carrier.nudge(&mut inner);
        self.announce(&inner);
        Ok(())
    }
}

impl<C: Carrier> Driver for SharedClient<C> {
    fn send(&self, event: &Outgoing<'_>, wait: Wait) -> Result<u64, Error> {
        let event = encode(event)?;
        self.carrier.check(&event)?;
        self.attempt(wait, Awaited::Room, |inner| {
            inner.check_features(&event)?;
            if !inner.machine.has_room(event.weight()) {
                // Acknowledgements that waited for others go now, and room may come back at once.
                self.carrier.nudge(inner);
            }
            let sent = inner.machine.send(event.clone());
            inner.brought_features |= matches!(sent, Ok(Some(_))) && !event.features.is_empty();
            // Whoever sends into a session that ended wants to know why it ended.
            sent.map_err(|refusal| inner.machine.last_word().and_then(|end| end.error.clone()).unwrap_or(refusal))
        })
    }

    fn receive(&self, wait: Wait) -> Result<Received, Error> {
        self.attempt(wait, Awaited::Outcome, |inner| {
            Ok(match inner.machine.receive() {
                Polled::Outcome { sequence, outcome } => Some(Received::Outcome { sequence, outcome }),
                Polled::Nothing => {
                    // The outcome before is done with: it may be acknowledged.
                    self.carrier.nudge(inner);
                    None
                }
                Polled::End(end) => Some(Received::End(end)),
            })
        })
    }

    fn half_close(&self) -> Result<(), Error> {
        self.change(|machine, _| machine.half_close())
    }

    fn cancel(&self) -> Result<(), Error> {
        self.change(Machine::cancel)
    }

    fn close(&self) {
        let mut inner = self.lock();
        if inner.closed {
            return;
        }
        inner.closed = true;
        // Refused where there is nothing left to cancel, which is as good.
        let now = inner.now;
        let _ = inner.machine.cancel(now);
        self.carrier.nudge(&mut inner);
        self.carrier.closed(&mut inner);
        self.announce(&inner);
    }

    fn report(&self) -> Report {
        let inner = self.enter();
        let machine = &inner.machine;
        Report {
            id: machine.id(),
            epoch: machine.epoch(),
            state: machine.state(),
            counters: machine.counters(),
            last_word: machine.last_word().cloned(),
            rule_set: inner.rule_set.clone(),
        }
    }
}

impl<C> fmt::Debug for SharedClient<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedClient").finish_non_exhaustive()
    }
}

/// A session id that nobody else has.
///
/// # Errors
/// `INTERNAL` (F0901): the system gives no random bytes.
pub(crate) fn random_id() -> Result<SessionId, Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| {
        let message = format!("the system gives no random bytes: {error}");
        Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
    })?;
    // Zero means "none" on every wire.
    id[0] |= u8::from(id == [0; 16]);
    Ok(id)
}

/// The error of a session that ended.
pub(crate) fn ended(end: &Final) -> Error {
    end.error.clone().unwrap_or_else(|| {
        let message = format!("the session ended with {}", end.status.name());
        Error::new(end.status, codes::SESSION_ENDED, message, Place::None)
    })
}

/// Nobody answers at `address`.
pub(crate) fn unreachable(address: &str, why: &str) -> Error {
    let message = format!("nobody answers at `{address}`: {why}");
    Error::new(Status::Unavailable, codes::UNREACHABLE, message, Place::Name("address".into()))
}

/// F0849: the server is of a version that knows no features of events.
fn reads_no_features() -> Error {
    let message = "the server would decide without the features that the event brings: it does not read them";
    Error::new(Status::Unimplemented, codes::FEATURES_UNREAD, message, Place::Field("features".into()))
        .suggest("update the server, or send the event without features")
}

fn closed() -> Error {
    Error::new(Status::FailedPrecondition, codes::CLOSED, "the session is closed", Place::None)
}

fn closed_meanwhile() -> Error {
    let message = "the session was closed while the call waited";
    Error::new(Status::Cancelled, codes::CLOSED_MEANWHILE, message, Place::None)
}

/// Without the time that it waited: a language that waits in slices, to see Ctrl-C, knows it better than this call.
fn wait_expired(awaited: Awaited) -> Error {
    let message = match awaited {
        Awaited::Room => "the window stayed full for as long as the call may wait; the event was not sent",
        Awaited::Outcome | Awaited::Welcome => "nothing came for as long as the call may wait",
    };
    Error::new(Status::DeadlineExceeded, codes::WAIT_EXPIRED, message, Place::None)
}
