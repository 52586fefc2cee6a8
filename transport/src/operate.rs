//! What whoever runs an engine does to it, while sessions go on: a trait for deciders that can be operated, and what they
//! say of themselves. Knows no wire and no session.

use fishplate::engine::{Counters, Swapped};
use fishplate::ruleset::Mode;
use fishplate::state::StateSize;
use fishplate::{Decision, Error, RuleSet, Timestamp};
use fishplate_store::Lsn;

/// An engine that can be operated. Every call comes between two events; where the engine is kept, it returns when what it
/// did, and what it says, is durable. Any thread may call; calls take turns with the events of all sessions.
pub trait Operates: Send + Sync {
    /// Says that it is `now` in event time; gives what fired, in order.
    ///
    /// # Errors
    /// The engine decides no more (`FAILED_PRECONDITION`, F0902), or its keeper has stopped.
    fn advance_to(&self, now: Timestamp) -> Result<Vec<Decision>, Error>;

    /// Decides by `rule_set` from the next event on: see [`fishplate::Engine::swap`].
    ///
    /// # Errors
    /// As there and as [`Self::advance_to`].
    fn swap(&self, rule_set: &RuleSet) -> Result<Swapped, Error>;

    /// Switches a rule; `None`: as the document says.
    ///
    /// # Errors
    /// `NOT_FOUND` (F0894): no such rule; else as [`Self::advance_to`].
    fn set_mode(&self, rule: &str, mode: Option<Mode>) -> Result<(), Error>;

    /// What the engine has done, and what it holds.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    fn state(&self) -> Result<EngineState, Error>;

    /// The state of these key groups as bytes, of all if none is named; those that are not there are left out. Takes time
    /// and memory in proportion to it.
    ///
    /// # Errors
    /// `UNIMPLEMENTED` (F0869): the engine is divided over shards; else as [`Self::advance_to`].
    fn snapshot(&self, key_groups: &[u16]) -> Result<Vec<u8>, Error>;

    /// Writes a snapshot into the state folder; gives the last input that is in it.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` (F0869): nothing is kept; else as [`fishplate_store::Keeper::snapshot`].
    fn take_snapshot(&self) -> Result<Lsn, Error>;
}

/// What an engine has done, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineState {
    /// The version that decides.
    pub version: [u8; 32],
    /// Over how many shards it is divided.
    pub shards: usize,
    /// How much it remembers.
    pub size: StateSize,
    /// What it has done.
    pub counters: Counters,
    /// Features whose windows have not filled since a swap or a restore.
    pub warming: Vec<String>,
    /// The mode of each rule as it is now, in document order.
    pub modes: Vec<(String, Mode)>,
    /// How far its inputs are kept; `None`: nowhere.
    pub kept: Option<KeptState>,
}

/// How far inputs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptState {
    /// The last input that was taken.
    pub taken: Lsn,
    /// Everything up to this input is durable.
    pub durable: Lsn,
    /// Bytes of journal since the last snapshot, or the opening.
    pub since_snapshot: u64,
}
