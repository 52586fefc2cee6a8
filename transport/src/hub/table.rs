//! The sessions of a hub, by id: opening, taking over, draining, forgetting; those of an earlier process too.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fishplate::session::{Open, Recovered, Server, SessionId};
use fishplate::{Decision, Error, Place, Status, codes};
use fishplate_store::keeper::Session;

use super::decide::Inbound;
use super::held::{Held, unavailable};
use super::note::Note;
use super::{Connection, Hub, Waker};
use crate::decider::Decider;
use crate::kept::read_outcome;

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
    /// What waits for the disk, if the session is kept.
    pub(super) held: Option<Held>,
    /// Who is told when something else than the connection changes the session.
    pub(super) waker: Option<Waker>,
    /// The log has the session's end.
    told: bool,
    /// No longer in the table: whoever still finds it looks again.
    forgotten: bool,
}

impl Inner {
    fn new(machine: Server<Inbound, Decision>, held: Option<Held>) -> Self {
        Self { machine, held, waker: None, told: false, forgotten: false }
    }

    /// Its keeper has stopped.
    pub(super) fn has_failed(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.failed.is_some())
    }

    /// What the machine says may leave.
    pub(super) fn may_speak(&self) -> bool {
        self.held.as_ref().is_none_or(Held::may_speak)
    }

    /// The process is stopping. A session that is kept goes on in the next one.
    pub(super) fn drain(&mut self, error: &Error, now: Duration) {
        match &mut self.held {
            Some(held) => _ = held.stopping.get_or_insert_with(|| error.clone()),
            None => self.machine.end(error.status, error.clone(), now),
        }
    }
}

impl Entry {
    fn new(id: SessionId, rule_set: String, decider: Arc<dyn Decider>, inner: Inner) -> Self {
        Self { id, rule_set, decider, inner: Mutex::new(inner) }
    }

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

    #[cfg(test)]
    pub(super) fn is_draining(&self) -> bool {
        self.draining.is_some()
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
            let table = hub.table();
            if let Some(error) = &table.draining {
                return Err(error.clone());
            }
            table.sessions.get(&open.session).cloned()
        };
        let connection = match found {
            Some(entry) => take_over(hub, entry, open)?,
            None => begin(hub, open, &name, &decider)?,
        };
        if let Some(connection) = connection {
            return Ok(connection);
        }
    }
}

/// A session that the hub does not know; `None` if it came to know it meanwhile.
fn begin(hub: &Arc<Hub>, open: &Open, rule_set: &str, decider: &Arc<dyn Decider>) -> Result<Option<Connection>, Error> {
    let machine = Server::open(open, hub.options.window, hub.now())?;
    let inner = match decider.keeps() {
        None => Inner::new(machine, None),
        Some(_) => {
            let (window, opened) = (machine.window(), hub.clock.unix_nanos());
            let note = Note { epoch: open.epoch, opened, window, terms: open.terms };
            Inner::new(machine.keeping(), Some(Held::new(note)))
        }
    };
    let is_full = hub.table().sessions.len() >= hub.options.max_sessions;
    if is_full && !forget(hub, Duration::ZERO, true) {
        return Err(too_many(hub.options.max_sessions));
    }
    let entry = Arc::new(Entry::new(open.session, rule_set.to_owned(), decider.clone(), inner));
    // Whoever finds it waits until it is noted.
    let mut inner = entry.lock();
    {
        let mut table = hub.table();
        if let Some(error) = &table.draining {
            return Err(error.clone());
        }
        if table.sessions.contains_key(&open.session) {
            return Ok(None);
        }
        table.sessions.insert(open.session, entry.clone());
        table.connected += 1;
    }
    if let Err(error) = note(&entry, &mut inner) {
        inner.forgotten = true;
        drop(inner);
        hub.table().connected -= 1;
        remove(hub, &entry);
        return Err(stopped(hub, &entry, error));
    }
    drop(inner);
    tracing::info!(session = hex(&open.session), epoch = open.epoch, rule_set, "session opened");
    Ok(Some(Connection::new(hub.clone(), entry, open.epoch)))
}

/// A later connection of a session that the hub knows; `None` if it was forgotten meanwhile.
fn take_over(hub: &Arc<Hub>, entry: Arc<Entry>, open: &Open) -> Result<Option<Connection>, Error> {
    let mut inner = entry.lock();
    if inner.forgotten {
        drop(inner);
        remove(hub, &entry);
        return Ok(None);
    }
    if let Some(error) = inner.held.as_ref().and_then(|held| held.failed.as_ref()) {
        return Err(error.clone());
    }
    let fences = inner.machine.disconnected_since().is_none();
    let before = inner.machine.epoch();
    inner.machine.resume(open, hub.now())?;
    if let Some(held) = &mut inner.held {
        held.note.epoch = open.epoch;
    }
    let waker = inner.waker.take();
    let noted = note(&entry, &mut inner);
    if noted.is_err() {
        inner.machine.disconnected(hub.now());
    }
    drop(inner);
    noted.map_err(|error| stopped(hub, &entry, error))?;
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

/// Hands to the keeper what the next process has to know of the session. Its welcome waits for that.
fn note(entry: &Entry, inner: &mut Inner) -> Result<(), Error> {
    let (Some(keeps), Some(held)) = (entry.decider.keeps(), &mut inner.held) else { return Ok(()) };
    keeps.note_session(entry.id, &held.note.write())?;
    held.noted();
    Ok(())
}

/// The keeper of `entry` has stopped, which all its sessions learn; what a client is told.
fn stopped(hub: &Hub, entry: &Entry, error: Error) -> Error {
    let error = unavailable(error);
    fail(hub, &entry.decider, &error);
    error
}

/// The keeper of `decider` has stopped: nothing more is said in its sessions. Under no session's lock.
pub(super) fn fail(hub: &Hub, decider: &Arc<dyn Decider>, error: &Error) {
    let kept = |entry: &&Arc<Entry>| Arc::ptr_eq(&entry.decider, decider);
    let entries: Vec<_> = hub.table().sessions.values().filter(kept).cloned().collect();
    for entry in entries {
        let mut inner = entry.lock();
        let Some(held) = inner.held.as_mut().filter(|held| held.failed.is_none()) else { continue };
        held.failed = Some(error.clone());
        let (session, why) = (hex(&entry.id), error.to_string());
        tracing::error!(session, rule_set = entry.rule_set, why, "session left: its keeper has stopped");
        let waker = inner.waker.clone();
        drop(inner);
        if let Some(waker) = waker {
            waker();
        }
    }
}

/// Takes over the sessions that an earlier process kept with `decider`.
pub(super) fn recover(hub: &Hub, rule_set: &str, decider: &Arc<dyn Decider>) {
    let Some(keeps) = decider.keeps() else { return };
    for (id, session) in keeps.sessions() {
        let Some(inner) = recovered(hub, id, session) else {
            tracing::error!(session = hex(&id), rule_set, "a kept session cannot be read; its client will be told so");
            continue;
        };
        let entry = Arc::new(Entry::new(id, rule_set.to_owned(), decider.clone(), inner));
        hub.table().sessions.entry(id).or_insert(entry);
    }
}

fn recovered(hub: &Hub, id: SessionId, session: Session) -> Option<Inner> {
    let note = Note::read(&session.note)?;
    let read = |(sequence, outcome)| read_outcome(outcome).ok().map(|outcome| (sequence, outcome));
    let known = Recovered {
        session: id,
        epoch: note.epoch,
        window: note.window,
        terms: note.terms_left(hub.clock.unix_nanos()),
        accepted: session.accepted,
        acknowledged: session.acknowledged,
        outcomes: session.outcomes.into_iter().map(read).collect::<Option<Vec<_>>>()?,
    };
    Some(Inner::new(Server::recovered(known, hub.now()), Some(Held::new(note))))
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
        inner.drain(error, now);
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
    hub.table().swept = hub.now();
    forget(hub, hub.options.keep_disconnected, false);
}

/// Forgets sessions that have been without a connection for `keep`; says whether there were any. Those that are in use at
/// this moment have a connection, and are left alone.
fn forget(hub: &Hub, keep: Duration, only_ended: bool) -> bool {
    let (now, all) = (hub.now(), hub.table().sessions.values().cloned().collect::<Vec<_>>());
    let mut any = false;
    for entry in all {
        let Ok(mut inner) = entry.inner.try_lock() else { continue };
        let Some(since) = inner.machine.disconnected_since() else { continue };
        if !inner.has_failed() {
            inner.machine.tick(now);
            entry.tell_end(&mut inner);
        }
        let ended = inner.machine.last_word().is_some();
        if inner.forgotten || now.saturating_sub(since) < keep || (only_ended && !ended) {
            continue;
        }
        inner.forgotten = true;
        if let Some(keeps) = entry.decider.keeps() {
            // Before the id can be used again. If the keeper has stopped, the next process forgets it in its turn.
            let _ = keeps.forget_session(&entry.id);
        }
        if !ended {
            let decided = inner.machine.decided_through();
            tracing::warn!(session = hex(&entry.id), decided, "session forgotten: nobody came back for it");
        }
        drop(inner);
        remove(hub, &entry);
        any = true;
    }
    any
}

/// Takes a session that was forgotten off the table.
fn remove(hub: &Hub, entry: &Arc<Entry>) {
    let mut table = hub.table();
    if table.sessions.get(&entry.id).is_some_and(|known| Arc::ptr_eq(known, entry)) {
        table.sessions.remove(&entry.id);
    }
}

fn too_many(most: usize) -> Error {
    let message = format!("the server has {most} sessions, as many as it allows");
    Error::new(Status::ResourceExhausted, codes::TOO_MANY_SESSIONS, message, Place::None)
}

/// An id as logs show it.
pub(super) fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
