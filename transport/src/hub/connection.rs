//! One connection of a session: what a driver holds while its client is there.

use std::sync::Arc;
use std::time::Duration;

use fishplate::session::{Final, SessionId, ToClient, ToServer};
use fishplate::{Decision, Error, Place, Status, codes};
use fishplate_store::keeper::Delivery;

use super::Hub;
use super::decide::{Inbound, decide, keep};
use super::held::{Committed, Held, Uncommitted, unavailable};
use super::table::{Entry, Inner};
use crate::decider::Keeps;

/// Called, on any thread and under no lock, when something other than the connection itself changed its session: a later
/// connection took it over, or the hub drains. Must return at once.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A session's connection. One thread uses it at a time. The driver: [`Self::handle`] for each message that comes,
/// [`Self::run`] while it decides anything, [`Self::poll`] until it gives nothing and write what it gave, [`Self::tick`]
/// after [`Self::next_tick`]. Dropping it is the connection's end: the session waits for another one, unless it is
/// finished.
///
/// Where the engine is kept, `run` waits for the disk. A driver that has better to do meanwhile calls [`Self::decide`],
/// waits for what is [`Self::uncommitted`] elsewhere, and lets it [`Self::settle`]. It ends the connection when the session
/// [`Self::leaves`] it.
pub struct Connection {
    hub: Arc<Hub>,
    entry: Arc<Entry>,
    epoch: u64,
}

impl Connection {
    pub(super) fn new(hub: Arc<Hub>, entry: Arc<Entry>, epoch: u64) -> Self {
        Self { hub, entry, epoch }
    }

    /// The session's id.
    pub fn session(&self) -> SessionId {
        self.entry.id
    }

    /// The epoch of this connection.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Name and version of the rule set that decides, for the welcome.
    pub fn rule_set(&self) -> (String, [u8; 32]) {
        (self.entry.rule_set.clone(), self.entry.decider.rule_set().1)
    }

    /// Who is told when something else changed the session.
    pub fn watch(&self, waker: Waker) {
        self.with(|inner| inner.waker = Some(waker));
    }

    /// Whether the session is kept: its decisions wait for a disk.
    pub fn is_kept(&self) -> bool {
        self.entry.decider.keeps().is_some()
    }

    /// Takes a message in. Events are decided by [`Self::run`].
    ///
    /// # Errors
    /// `ABORTED` (F0857): a later connection has the session. The client broke the protocol (F0858): the session ends with
    /// that status, and its last word is there to be polled. `UNAVAILABLE`: the session's keeper has stopped.
    pub fn handle(&self, message: ToServer<Inbound>) -> Result<(), Error> {
        let now = self.hub.now();
        let handle = |inner: &mut Inner| {
            if let Some(held) = &inner.held {
                if let Some(error) = &held.failed {
                    return Err(error.clone());
                }
                // It comes again on the next connection.
                if held.stopping.is_some() && !matches!(message, ToServer::Ack { .. }) {
                    return Ok(());
                }
            }
            inner.machine.handle(message, now)
        };
        self.with(handle).unwrap_or_else(|| Err(fenced(self.epoch)))
    }

    /// Whether [`Self::run`] would do anything.
    pub fn is_behind(&self) -> bool {
        let behind = |inner: &mut Inner| {
            let held = inner.held.as_ref();
            inner.machine.has_waiting() || held.is_some_and(|held| held.is_behind(&inner.machine))
        };
        self.with(behind).unwrap_or(false)
    }

    /// Decides what was accepted, in order, at most `limit` events, and waits until that is durable, where the engine is
    /// kept; says how many. Less than `limit`: there is nothing left.
    pub fn run(&self, limit: usize) -> usize {
        let done = self.decide(limit);
        if let Some(uncommitted) = self.uncommitted() {
            self.settle(uncommitted.wait());
        }
        done
    }

    /// The same without waiting: what was decided of a kept session is said only when it has settled.
    pub fn decide(&self, limit: usize) -> usize {
        // Under the session's own lock: a connection that takes the session over must not decide a later event first.
        let decided = self.with(|inner| match self.entry.decider.keeps() {
            None => Ok(self.decide_all(inner, limit)),
            Some(keeps) => self.keep_all(inner, keeps, limit),
        });
        decided.unwrap_or(Ok(0)).unwrap_or_else(|error| {
            self.fail(error);
            0
        })
    }

    fn decide_all(&self, inner: &mut Inner, limit: usize) -> usize {
        for done in 0..limit {
            let Some((sequence, event)) = inner.machine.next() else { return done };
            let now = self.hub.clock.unix_nanos();
            let outcome = decide(&*self.entry.decider, &event, Some((self.entry.id, sequence)), now);
            inner.machine.decided(sequence, outcome);
        }
        limit
    }

    fn keep_all(&self, inner: &mut Inner, keeps: &dyn Keeps, limit: usize) -> Result<usize, Error> {
        let Some(held) = inner.held.as_mut().filter(|held| held.failed.is_none()) else { return Ok(0) };
        if let Some(through) = held.acknowledge(&inner.machine) {
            keeps.acknowledge(&self.entry.id, through);
        }
        for done in 0..limit {
            let Some((sequence, event)) = inner.machine.next_kept() else { return Ok(done) };
            let acknowledged = inner.machine.acknowledged();
            let delivery = Delivery { session: self.entry.id, sequence, acknowledged };
            let said = match event {
                Some(event) => Some(keep(keeps, &event, delivery, self.hub.clock.unix_nanos())?),
                None => {
                    keeps.note(delivery, Vec::new())?;
                    None
                }
            };
            held.took(sequence, said);
        }
        Ok(limit)
    }

    /// What was handed to the keeper and is not known to be durable; `None`: nothing.
    pub fn uncommitted(&self) -> Option<Uncommitted> {
        let through = self.with(|inner| inner.held.as_ref().and_then(Held::uncommitted)).flatten()?;
        Some(Uncommitted { decider: self.entry.decider.clone(), through })
    }

    /// Takes in what became of it. What is durable may be polled then. If the keeper has stopped, so have all its sessions.
    pub fn settle(&self, committed: Committed) {
        match committed.result {
            Ok(()) => {
                // Also on a fenced connection: the later one waits for it.
                let mut inner = self.entry.lock();
                let Inner { machine, held, .. } = &mut *inner;
                if let Some(held) = held {
                    held.settle(committed.through, machine);
                }
                self.entry.tell_end(&mut inner);
            }
            Err(error) => self.fail(error),
        }
    }

    /// The keeper has stopped: so has every session that it keeps. Not under the session's lock.
    fn fail(&self, error: Error) {
        super::table::fail(&self.hub, &self.entry.decider, &unavailable(error));
    }

    /// Why the driver should end this connection without a last word: the keeper has stopped, or the hub stops and
    /// everything was said that could be. The session is not over: its client may come back to the next process.
    pub fn leaves(&self) -> Option<Error> {
        self.with(|inner| inner.held.as_ref().and_then(|held| held.leaves(&inner.machine))).flatten()
    }

    /// The next message to write, or nothing for now. The first is the welcome, the last one `Done`.
    pub fn poll(&self) -> Option<ToClient<Decision>> {
        self.with(|inner| if inner.may_speak() { inner.machine.poll() } else { None }).flatten()
    }

    /// Time passes: deadline, idle timeout, maximum age, drain.
    pub fn tick(&self) {
        let now = self.hub.now();
        self.with(|inner| {
            if !inner.has_failed() {
                inner.machine.tick(now);
            }
        });
    }

    /// How long until [`Self::tick`] would change something; `None`: never.
    pub fn next_tick(&self) -> Option<Duration> {
        let at = self.with(|inner| inner.machine.next_tick()).flatten()?;
        Some(at.saturating_sub(self.hub.now()))
    }

    /// Ends the session from this side.
    pub fn end(&self, error: Error) {
        let now = self.hub.now();
        self.with(|inner| inner.machine.end(error.status, error, now));
    }

    /// The process is stopping: ends the session, or this connection if the session is kept, as [`Hub::drain`] does with
    /// all.
    pub fn drain(&self, error: &Error) {
        let now = self.hub.now();
        self.with(|inner| inner.drain(error, now));
    }

    /// Whether the last word has been polled: nothing more will come.
    pub fn is_finished(&self) -> bool {
        self.with(|inner| inner.machine.is_finished()).unwrap_or(true)
    }

    /// Whether a later connection has the session: nothing more will come here, and nothing more is taken.
    pub fn is_fenced(&self) -> bool {
        self.with(|_| ()).is_none()
    }

    /// The session's last word, if it has been said.
    pub fn last_word(&self) -> Option<Final> {
        self.with(|inner| inner.machine.last_word().cloned()).flatten()
    }

    /// Does something with the session while it is this connection's.
    fn with<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> Option<R> {
        let mut inner = self.entry.lock();
        if inner.machine.epoch() != self.epoch {
            return None;
        }
        let result = change(&mut inner);
        self.entry.tell_end(&mut inner);
        Some(result)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // What was accepted changes the windows once, whether or not anyone is there to be told.
        self.run(usize::MAX);
        let now = self.hub.now();
        let lost = self.with(|inner| {
            inner.waker = None;
            inner.machine.disconnected(now);
            inner.machine.last_word().is_none().then(|| inner.machine.decided_through())
        });
        self.hub.table().left();
        if let Some(Some(decided)) = lost {
            let (session, epoch) = (super::table::hex(&self.entry.id), self.epoch);
            let status = Status::Unavailable.name();
            tracing::warn!(session, epoch, status, decided, "session lost its connection; it is kept to be resumed");
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let session = super::table::hex(&self.entry.id);
        f.debug_struct("Connection").field("session", &session).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// What the earlier of two connections is told.
pub(crate) fn fenced(epoch: u64) -> Error {
    let message = format!("a connection later than epoch {epoch} has taken the session over");
    Error::new(Status::Aborted, codes::FENCED, message, Place::None)
}
