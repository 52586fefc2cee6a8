//! The sessions of a hub, by id: opening, taking over, draining, forgetting.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fishplate::session::{Open, Server, SessionId};
use fishplate::{Decision, Error, Place, Status, codes};

use super::decide::Inbound;
use super::{Connection, Hub, Waker};
use crate::decider::Decider;

/// How often sessions are looked through at most.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// The sessions by id, and what holds for all of them.
#[derive(Default)]
pub(super) struct Table {
    sessions: HashMap<SessionId, Arc<Entry>>,
    connected: usize,
    swept: Duration,
    draining: Option<Error>,
}

/// One session.
pub(super) struct Entry {
    pub(super) id: SessionId,
    pub(super) rule_set: String,
    pub(super) decider: Arc<dyn Decider>,
    inner: Mutex<Inner>,
}

/// What stands behind a session's lock.
pub(super) struct Inner {
    pub(super) machine: Server<Inbound, Decision>,
    /// Who is told when something else than the connection changes the session.
    pub(super) waker: Option<Waker>,
    /// The log has the session's end.
    told: bool,
    /// No longer in the table: whoever still finds it looks again.
    forgotten: bool,
}

impl Entry {
    /// The session, locked.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic inside the machine is a mistake of ours; the other sessions go on, and this one can still be dropped.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs the last word, once.
    pub(super) fn tell_end(&self, inner: &mut Inner) {
        let Some(end) = inner.machine.last_word().filter(|_| !inner.told) else { return };
        let (session, epoch) = (hex(&self.id), inner.machine.epoch());
        let (status, watermark) = (end.status.name(), end.watermark);
        let why = end.error.as_ref().map_or(String::new(), |error| error.to_string());
        match end.status {
            Status::Ok | Status::Cancelled => tracing::info!(session, epoch, status, watermark, why, "session ended"),
            _ => tracing::warn!(session, epoch, status, watermark, why, "session ended"),
        }
        inner.told = true;
    }
}

impl Table {
    /// A connection is gone.
    pub(super) fn left(&mut self) {
        self.connected -= 1;
    }

    pub(super) fn counts(&self) -> super::HubCounts {
        super::HubCounts { connected: self.connected, sessions: self.sessions.len() }
    }
}

/// See [`Hub::open`].
pub(super) fn open(hub: &Arc<Hub>, open: &Open, rule_set: &str) -> Result<Connection, Error> {
    sweep_if_due(hub);
    let (name, decider) = hub.rule_set(rule_set)?;
    loop {
        let found = {
            let mut table = hub.table();
            if let Some(error) = &table.draining {
                return Err(error.clone());
            }
            match table.sessions.get(&open.session) {
                Some(entry) => entry.clone(),
                None => return begin(hub, &mut table, open, name, decider),
            }
        };
        if let Some(connection) = take_over(hub, found, open)? {
            return Ok(connection);
        }
    }
}

/// A session that the hub does not know.
fn begin(
    hub: &Arc<Hub>,
    table: &mut Table,
    open: &Open,
    rule_set: String,
    decider: Arc<dyn Decider>,
) -> Result<Connection, Error> {
    let now = hub.now();
    let machine = Server::open(open, hub.options.window, now)?;
    if table.sessions.len() >= hub.options.max_sessions && !forget(table, now, Duration::ZERO, true) {
        return Err(too_many(hub.options.max_sessions));
    }
    let inner = Inner { machine, waker: None, told: false, forgotten: false };
    let entry = Arc::new(Entry { id: open.session, rule_set, decider, inner: Mutex::new(inner) });
    table.sessions.insert(open.session, entry.clone());
    table.connected += 1;
    tracing::info!(session = hex(&open.session), epoch = open.epoch, rule_set = entry.rule_set, "session opened");
    Ok(Connection::new(hub.clone(), entry, open.epoch))
}

/// A later connection of a session that the hub knows; `None` if it was forgotten meanwhile.
fn take_over(hub: &Arc<Hub>, entry: Arc<Entry>, open: &Open) -> Result<Option<Connection>, Error> {
    let mut inner = entry.lock();
    if inner.forgotten {
        return Ok(None);
    }
    let fences = inner.machine.disconnected_since().is_none();
    let before = inner.machine.epoch();
    inner.machine.resume(open, hub.now())?;
    let waker = inner.waker.take();
    drop(inner);
    hub.table().connected += 1;
    let session = hex(&open.session);
    if fences {
        tracing::warn!(session, epoch = before, by = open.epoch, "connection fenced by a later one");
    }
    tracing::info!(session, epoch = open.epoch, received = open.received, "session resumed");
    if let Some(waker) = waker {
        waker();
    }
    Ok(Some(Connection::new(hub.clone(), entry, open.epoch)))
}

/// See [`Hub::drain`].
pub(super) fn drain(hub: &Hub, error: &Error) {
    let now = hub.now();
    let entries: Vec<_> = {
        let mut table = hub.table();
        table.draining = Some(error.clone());
        table.sessions.values().cloned().collect()
    };
    for entry in entries {
        let mut inner = entry.lock();
        inner.machine.end(error.status, error.clone(), now);
        entry.tell_end(&mut inner);
        let waker = inner.waker.clone();
        drop(inner);
        if let Some(waker) = waker {
            waker();
        }
    }
}

fn sweep_if_due(hub: &Hub) {
    let now = hub.now();
    let due = now.saturating_sub(hub.table().swept) >= SWEEP_EVERY;
    if due {
        sweep(hub);
    }
}

/// See [`Hub::sweep`].
pub(super) fn sweep(hub: &Hub) {
    let now = hub.now();
    let mut table = hub.table();
    table.swept = now;
    forget(&mut table, now, hub.options.keep_disconnected, false);
}

/// Forgets sessions that have been without a connection for `keep`; says whether there were any. Those that are in use at
/// this moment have a connection, and are left alone.
fn forget(table: &mut Table, now: Duration, keep: Duration, only_ended: bool) -> bool {
    let before = table.sessions.len();
    table.sessions.retain(|id, entry| {
        let Ok(mut inner) = entry.inner.try_lock() else { return true };
        let Some(since) = inner.machine.disconnected_since() else { return true };
        inner.machine.tick(now);
        entry.tell_end(&mut inner);
        let ended = inner.machine.last_word().is_some();
        if now.saturating_sub(since) < keep || (only_ended && !ended) {
            return true;
        }
        inner.forgotten = true;
        if !ended {
            let decided = inner.machine.decided_through();
            tracing::warn!(session = hex(id), decided, "session forgotten: nobody came back for it");
        }
        false
    });
    table.sessions.len() < before
}

fn too_many(most: usize) -> Error {
    let message = format!("the server has {most} sessions, as many as it allows");
    Error::new(Status::ResourceExhausted, codes::TOO_MANY_SESSIONS, message, Place::None)
}

/// An id as logs show it.
pub(super) fn hex(id: &SessionId) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
