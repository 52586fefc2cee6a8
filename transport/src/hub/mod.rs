//! The hub: the deciding end of every session of a process, whatever carries it. A server shares one hub between its
//! sockets and its rings, so that a session may leave one connection and come back on another.
//!
//! It knows rule sets by name, sessions by id, and the time; it knows no socket, no frame and no wire format but that of
//! an event's fields. Memory is bounded: so many sessions, a window each; a session without a connection is kept for a
//! while to be resumed, and then forgotten.
//!
//! A rule set whose engine is kept ([`crate::Keeps`]) keeps its sessions too: whatever a client is told is durable, and the
//! next process takes them over with [`Hub::add`]. Such a session is not ended when the hub drains or its keeper stops: its
//! connection is, and its client may come back.
//!
//! Locks: the table of sessions is never locked while anything is decided, and a session's lock is held while its own
//! events are decided, never while another's are. Deciders have locks of their own.

mod clock;
mod connection;
mod decide;
mod held;
mod note;
mod operate;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_kept;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use fishplate::session::{Open, Window};
use fishplate::{Decision, Error, Limits, Place, RuleSet, Status, codes};

pub use clock::Clock;
#[cfg(feature = "grpc")]
pub(crate) use connection::fenced;
pub use connection::{Connection, Waker};
pub(crate) use decide::decide;
pub use decide::{InBody, Inbound};
pub use held::{Committed, Uncommitted};

use crate::decider::Decider;
use table::Table;

/// What a hub is made with.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// The most that a session may have under way, and what a client gets that names no window.
    pub window: Window,
    /// How long a session without a connection is kept to be resumed, and one that ended to be asked for its last word.
    pub keep_disconnected: Duration,
    /// The most sessions at one time, those without a connection included.
    pub max_sessions: usize,
    /// The bounds on rule documents that [`Hub::check`] compiles.
    pub limits: Limits,
}

impl Default for HubOptions {
    /// 4,096 sessions of 1 MiB each are what a machine of 8 GiB carries with every window full; 30 s are ten times what a
    /// client tries to come back by default.
    fn default() -> Self {
        Self {
            window: Window::default(),
            keep_disconnected: Duration::from_secs(30),
            max_sessions: 4_096,
            limits: Limits::default(),
        }
    }
}

/// A rule set that a server decides by, or a document that is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSetInfo {
    /// Its name.
    pub name: String,
    /// SHA-256 of document and schema.
    pub version: [u8; 32],
    /// Ids of its rules, in document order.
    pub rules: Vec<String>,
}

/// How many sessions there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubCounts {
    /// Sessions with a connection.
    pub connected: usize,
    /// All that are kept.
    pub sessions: usize,
}

/// Rule sets by name and sessions by id. Any thread may use it.
pub struct Hub {
    options: HubOptions,
    clock: Arc<dyn Clock>,
    rule_sets: RwLock<BTreeMap<String, Arc<dyn Decider>>>,
    table: Mutex<Table>,
}

impl Hub {
    /// A hub without rule sets.
    pub fn new(options: HubOptions) -> Arc<Self> {
        Self::with_clock(options, Arc::new(clock::MachineClock::new()))
    }

    /// The same with a clock of the caller's.
    pub fn with_clock(options: HubOptions, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { options, clock, rule_sets: RwLock::new(BTreeMap::new()), table: Mutex::new(Table::default()) })
    }

    /// Decides by `decider` whatever is sent to the rule set `name`. Sessions that are open keep the decider that they have.
    /// Sessions that an earlier process kept with it wait for their clients from now on.
    pub fn add(&self, name: &str, decider: Arc<dyn Decider>) {
        table::recover(self, name, &decider);
        self.rule_sets.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), decider);
    }

    /// What a client gets that names no window, and the most that any client gets.
    pub fn window(&self) -> Window {
        self.options.window
    }

    /// Opens a session, or takes it over from an earlier connection, which is fenced. An empty `rule_set` is the only one.
    ///
    /// # Errors
    /// `NOT_FOUND` (F0861): no such rule set; `DATA_LOSS` (F0856): the session to be resumed is not known, or what it had for
    /// its client is gone; `ABORTED` (F0857): a connection of this or a later epoch was here before; `INVALID_ARGUMENT` (F0858): an
    /// id or epoch of zero; `RESOURCE_EXHAUSTED` (F0868): as many sessions as the hub keeps; `UNAVAILABLE`: draining (F0855), or
    /// the rule set's keeper has stopped (its error).
    pub fn open(self: &Arc<Self>, open: &Open, rule_set: &str) -> Result<Connection, Error> {
        table::open(self, open, rule_set)
    }

    /// Decides one event outside any session. The outer result is the call's, the inner one the event's.
    ///
    /// # Errors
    /// `NOT_FOUND` (F0861): no such rule set.
    pub fn decide_once(&self, rule_set: &str, event: &Inbound) -> Result<Result<Decision, Error>, Error> {
        let (_, decider) = self.rule_set(rule_set)?;
        Ok(decide::decide(&*decider, event, None, self.clock.unix_nanos()))
    }

    /// Whether deciding by that rule set waits for a disk: not for a thread that others wait for.
    pub fn keeps(&self, rule_set: &str) -> bool {
        self.rule_set(rule_set).is_ok_and(|(_, decider)| decider.keeps().is_some())
    }

    /// The rule sets, sorted by name.
    pub fn rule_sets(&self) -> Vec<RuleSetInfo> {
        let known = self.rule_sets.read().unwrap_or_else(PoisonError::into_inner);
        let known: Vec<_> = known.iter().map(|(name, decider)| (name.clone(), decider.clone())).collect();
        let info = |(name, decider): (String, Arc<dyn Decider>)| {
            let version = decider.rule_set().1;
            RuleSetInfo { name, version, rules: decider.rules() }
        };
        known.into_iter().map(info).collect()
    }

    /// Compiles a document and changes nothing. `files` are the schema files, by the names that the document gives them.
    ///
    /// # Errors
    /// Every mistake in the document, as [`RuleSet::from_text`].
    pub fn check(&self, file: &str, text: &str, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<RuleSetInfo, Error> {
        let rules = self.compile(file, text, files)?;
        Ok(RuleSetInfo {
            name: rules.name().to_owned(),
            version: *rules.version(),
            rules: rules.rules().map(str::to_owned).collect(),
        })
    }

    fn compile(&self, file: &str, text: &str, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<RuleSet, Error> {
        let mut read = |name: &str| files(name).ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound));
        RuleSet::from_text(file, text, &mut read, &self.options.limits)
    }

    /// Ends every session with `status` (what was accepted is decided and delivered within its drain timeout) and refuses
    /// new ones. A session that is kept is left open instead: what was accepted is decided and delivered, then its connection
    /// ends, and its client may come back to the next process. Gives back at once; [`Self::counts`] says when everyone is gone.
    pub fn drain(&self, status: Status, why: &str) {
        table::drain(self, &Error::new(status, codes::SESSION_ENDED, why, Place::None));
    }

    /// Ends sessions whose time is over and forgets those that nobody came back for. Whoever runs the hub calls it about
    /// once a second; [`Self::open`] does too.
    pub fn sweep(&self) {
        table::sweep(self);
    }

    /// How many sessions there are.
    pub fn counts(&self) -> HubCounts {
        self.table().counts()
    }

    /// The hub's time: monotonic.
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rule set of that name; the only one if the name is empty.
    fn rule_set(&self, name: &str) -> Result<(String, Arc<dyn Decider>), Error> {
        let known = self.rule_sets.read().unwrap_or_else(PoisonError::into_inner);
        let found = match name {
            "" if known.len() == 1 => known.first_key_value(),
            _ => known.get_key_value(name),
        };
        found.map(|(name, decider)| (name.clone(), decider.clone())).ok_or_else(|| no_rule_set(name, &known))
    }
}

/// The most names that an error lists.
const LISTED: usize = 10;

fn no_rule_set(name: &str, known: &BTreeMap<String, Arc<dyn Decider>>) -> Error {
    let message = match (name, known.len()) {
        (_, 0) => "the server has no rule sets".to_owned(),
        ("", count) => format!("the server has {count} rule sets, and none was named"),
        _ => format!("the server has no rule set `{name}`"),
    };
    let error = Error::new(Status::NotFound, codes::UNKNOWN_RULE_SET, message, Place::Name("rule_set".into()));
    if known.is_empty() {
        return error;
    }
    let names: Vec<_> = known.keys().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > LISTED { " and others" } else { "" };
    error.suggest(format!("it has {}{more}", names.join(", ")))
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("options", &self.options).field("counts", &self.counts()).finish_non_exhaustive()
    }
}
