//! Whoever decides: an engine behind its owner's lock.

use fishplate::{Decision, Error, Event};

/// An engine that sessions share. Calls from several threads take turns inside.
pub trait Decider: Send + Sync {
    /// Decides `event` and updates the windows; with `preview`, says what would be decided now and changes nothing.
    ///
    /// # Errors
    /// The event is refused, or the engine decides no more.
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error>;

    /// Name and version of the rule set.
    fn rule_set(&self) -> (String, [u8; 32]);

    /// Ids of the rules, in document order.
    fn rules(&self) -> Vec<String>;
}
