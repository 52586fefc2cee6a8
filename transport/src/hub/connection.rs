//! One connection of a session: what a driver holds while its client is there.

use std::sync::Arc;
use std::time::Duration;

use fishplate::session::{Final, SessionId, ToClient, ToServer};
use fishplate::{Decision, Error, Place, Status, codes};

use super::Hub;
use super::decide::{Inbound, decide};
use super::table::{Entry, Inner};

/// Called, on any thread and under no lock, when something other than the connection itself changed its session: a later
/// connection took it over, or the hub drains. Must return at once.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A session's connection. One thread uses it at a time. The driver: [`Self::handle`] for each message that comes,
/// [`Self::run`] while it decides anything, [`Self::poll`] until it gives nothing and write what it gave, [`Self::tick`]
/// after [`Self::next_tick`]. Dropping it is the connection's end: the session waits for another one, unless it is
/// finished.
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

    /// Takes a message in. Events are decided by [`Self::run`].
    ///
    /// # Errors
    /// `ABORTED` (F0857): a later connection has the session. The client broke the protocol (F0858): the session ends with
    /// that status, and its last word is there to be polled.
    pub fn handle(&self, message: ToServer<Inbound>) -> Result<(), Error> {
        let now = self.hub.now();
        self.with(|inner| inner.machine.handle(message, now)).unwrap_or_else(|| Err(fenced(self.epoch)))
    }

    /// Decides what was accepted, in order, at most `limit` events; says how many. Less than `limit`: there is nothing left.
    pub fn run(&self, limit: usize) -> usize {
        self.with(|inner| self.decide(inner, limit)).unwrap_or(0)
    }

    fn decide(&self, inner: &mut Inner, limit: usize) -> usize {
        for done in 0..limit {
            let Some((sequence, event)) = inner.machine.next() else { return done };
            // Under the session's own lock: a connection that takes the session over must not decide a later event first.
            let outcome = decide(&*self.entry.decider, &event, Some((self.entry.id, sequence)));
            inner.machine.decided(sequence, outcome);
        }
        limit
    }

    /// The next message to write, or nothing for now. The first is the welcome, the last one `Done`.
    pub fn poll(&self) -> Option<ToClient<Decision>> {
        self.with(|inner| inner.machine.poll()).flatten()
    }

    /// Time passes: deadline, idle timeout, maximum age, drain.
    pub fn tick(&self) {
        let now = self.hub.now();
        self.with(|inner| inner.machine.tick(now));
    }

    /// How long until [`Self::tick`] would change something; `None`: never.
    pub fn next_tick(&self) -> Option<Duration> {
        let at = self.with(|inner| inner.machine.next_tick()).flatten()?;
        Some(at.saturating_sub(self.hub.now()))
    }

    /// Ends the session from this side, as [`Hub::drain`] does with all.
    pub fn end(&self, error: Error) {
        let now = self.hub.now();
        self.with(|inner| inner.machine.end(error.status, error, now));
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
        let now = self.hub.now();
        let lost = self.with(|inner| {
            // What was accepted changes the windows once, whether or not anyone is there to be told.
            self.decide(inner, usize::MAX);
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
