//! Whoever decides: an engine behind its owner's lock; and whoever keeps what it decided.

use fishplate::session::SessionId;
use fishplate::{Decision, Error, Event};
use fishplate_store::keeper::{Delivery, Session};

use crate::operate::Operates;

/// An engine that sessions share. Calls from several threads take turns inside.
pub trait Decider: Send + Sync {
    /// Decides `event` and updates the windows; with `preview`, says what would be decided now and changes nothing. Where
    /// the engine is kept, what was decided is durable when this returns.
    ///
    /// # Errors
    /// The event is refused, or the engine decides no more.
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error>;

    /// Name and version of the rule set.
    fn rule_set(&self) -> (String, [u8; 32]);

    /// Ids of the rules, in document order.
    fn rules(&self) -> Vec<String>;

    /// Who keeps the engine's inputs, and its sessions, for the process after this one; `None`: nobody.
    fn keeps(&self) -> Option<&dyn Keeps> {
        None
    }

    /// The engine for whoever runs the process; `None`: nobody may change it through its sessions' hub.
    fn operates(&self) -> Option<&dyn Operates> {
        None
    }
}

/// An engine whose inputs outlive the process. Nothing that one of these calls gave may leave before a [`Self::commit`]
/// that began after it has returned.
///
/// Every error is the keeper's, not the input's: it has stopped (`UNAVAILABLE`, `RESOURCE_EXHAUSTED`, `FAILED_PRECONDITION`,
/// `INTERNAL`) and takes nothing more in this process.
pub trait Keeps: Send + Sync {
    /// Decides an event of a session, and keeps it and what became of it. The inner result is the event's: it may be
    /// refused, which is kept too.
    ///
    /// # Errors
    /// The keeper has stopped.
    fn decide(&self, event: Event<'_>, preview: bool, delivery: Delivery) -> Result<Result<Decision, Error>, Error>;

    /// Keeps an outcome that the hub itself gave, [`crate::kept::noted`]; nothing, if there is nothing to be said.
    ///
    /// # Errors
    /// The keeper has stopped.
    fn note(&self, delivery: Delivery, outcome: Vec<u8>) -> Result<(), Error>;

    /// Keeps what is to be known of a session, in the hub's own bytes; the last such note counts.
    ///
    /// # Errors
    /// The keeper has stopped.
    fn note_session(&self, session: SessionId, note: &[u8]) -> Result<(), Error>;

    /// Forgets a session.
    ///
    /// # Errors
    /// The keeper has stopped.
    fn forget_session(&self, session: &SessionId) -> Result<(), Error>;

    /// The client needs nothing up to `through` again.
    fn acknowledge(&self, session: &SessionId, through: u64);

    /// The sessions that an earlier process kept.
    fn sessions(&self) -> Vec<(SessionId, Session)>;

    /// Waits until everything is durable that was taken before the call.
    ///
    /// # Errors
    /// The keeper has stopped before that.
    fn commit(&self) -> Result<(), Error>;
}
