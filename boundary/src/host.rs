//! What is behind an engine's lock: an engine alone, or one whose inputs are kept in a state folder; and the wait for the
//! disk, which begins when the lock is free again. Knows no handle, no layout and no language.

use std::path::Path;
use std::sync::Arc;

use fishplate::engine::{Counters, Options, Swapped};
use fishplate::ruleset::Mode;
use fishplate::{Decision, Engine, Error, Event, Explanation, Place, RuleSet, Status, Timestamp, codes};
use fishplate_store::{Keeper, RealDisk, StateId, keeper};
use fishplate_transport::Kept;

/// Bytes of journal after which a snapshot is written: the most that an opening replays, twice over.
const SNAPSHOT_AFTER: u64 = 64 << 20;

#[derive(Debug)]
pub(crate) enum Host {
    Plain(Box<Engine>),
    Kept(Arc<Kept<RealDisk>>),
    /// It was kept and is closed: the folder is free.
    Gone,
}

/// The wait for the disk that inputs of a kept engine owe. Whatever they gave may leave only after it.
#[derive(Debug)]
#[must_use = "what was decided may not leave before the wait is over"]
pub struct Pending(Option<Arc<Kept<RealDisk>>>);

impl Pending {
    /// For an engine that is not kept, or was only asked.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Whether [`Self::wait`] may take long.
    pub fn waits(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until everything is durable that was taken so far, together with whoever else waits.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0872, F0873): the disk failed, and the engine takes nothing more; what was decided may or may not be
    /// there when the folder is opened again.
    pub fn wait(self) -> Result<(), Error> {
        let Some(kept) = self.0 else { return Ok(()) };
        kept.shared().commit()?;
        if kept.shared().with(|keeper| keeper.since_snapshot()) > SNAPSHOT_AFTER {
            // The journal has everything: a snapshot that cannot be written is tried again after the next input.
            let _ = kept.snapshot();
        }
        Ok(())
    }
}

impl Host {
    /// An engine whose inputs are kept in `folder`, as they left it.
    ///
    /// # Errors
    /// As [`RealDisk::open`] and [`Keeper::open`].
    pub(crate) fn open(folder: &Path, rules: &RuleSet, options: Options) -> Result<Self, Error> {
        let disk = RealDisk::open(folder)?;
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| {
            let message = format!("the system gives no random bytes: {error}");
            Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
        })?;
        let options = keeper::Options { engine: options, ..keeper::Options::default() };
        let (keeper, _) = Keeper::open(disk, StateId(id), rules, options, &mut |_| {})?;
        Ok(Self::Kept(Arc::new(Kept::new(keeper))))
    }

    /// What has to be waited for once the lock is free.
    pub(crate) fn pending(&self) -> Pending {
        match self {
            Self::Kept(kept) => Pending(Some(Arc::clone(kept))),
            Self::Plain(_) | Self::Gone => Pending::none(),
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }

    pub(crate) fn decide(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        match self {
            Self::Plain(engine) => engine.decide(event),
            Self::Kept(kept) => kept.shared().with(|keeper| keeper.decide(event, None)),
            Self::Gone => Err(gone()),
        }
    }

    pub(crate) fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        match self {
            Self::Plain(engine) => engine.preview(event),
            Self::Kept(kept) => kept.shared().with(|keeper| keeper.preview(event)),
            Self::Gone => Err(gone()),
        }
    }

    pub(crate) fn explain(&mut self, event: Event<'_>) -> Result<Explanation, Error> {
        match self {
            Self::Plain(engine) => engine.explain(event),
            Self::Kept(kept) => kept.shared().with(|keeper| keeper.explain(event)),
            Self::Gone => Err(gone()),
        }
    }

    pub(crate) fn advance_to(&mut self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        match self {
            Self::Plain(engine) => Ok(engine.advance_to(now)),
            Self::Kept(kept) => kept.shared().with(|keeper| keeper.advance_to(now, None)),
            Self::Gone => Err(gone()),
        }
    }

    pub(crate) fn swap(&mut self, rules: &RuleSet) -> Result<Swapped, Error> {
        match self {
            Self::Plain(engine) => engine.swap(rules),
            // Durable when it returns; a swap is rare enough to wait under the lock.
            Self::Kept(kept) => kept.swap(rules),
            Self::Gone => Err(gone()),
        }
    }

    pub(crate) fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        match self {
            Self::Plain(engine) => engine.set_mode(rule, mode),
            Self::Kept(kept) => kept.shared().with(|keeper| keeper.set_mode(rule, mode)),
            Self::Gone => Err(gone()),
        }
    }

    /// Asks the engine something that changes nothing; the default of what it would say, once it is gone.
    pub(crate) fn ask<T: Default>(&self, ask: impl FnOnce(&Engine) -> T) -> T {
        match self {
            Self::Plain(engine) => ask(engine),
            Self::Kept(kept) => kept.shared().with(|keeper| ask(keeper.engine())),
            Self::Gone => T::default(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.ask(Engine::counters)
    }

    /// Ends a kept engine: a snapshot, so that the next opening has nothing to replay, and the folder is free.
    pub(crate) fn shut(&mut self) {
        if let Self::Kept(kept) = self {
            // Everything that was told is in the journal already.
            let _ = kept.snapshot();
            *self = Self::Gone;
        }
    }
}

fn gone() -> Error {
    Error::new(Status::FailedPrecondition, codes::CLOSED, "the engine is closed", Place::None)
}
