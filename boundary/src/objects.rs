//! The objects that a host language holds: rule sets and engines, shared, closable, guarded against forks and panics.
//!
//! An engine has one lock. A host that must not wait (Python with its interpreter lock) tries it, and lets go of its
//! own lock before it waits. Children retain their parents, so that any closing order is legal.
//! This file knows no handle and no layout.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use arc_swap::ArcSwap;
use fishplate::engine::{Counters, Options, Restored, Swapped};
use fishplate::ruleset::{Mode, ReadFile, read_within};
use fishplate::state::StateSize;
use fishplate::{Decision, Engine, Error, Event, Explanation, Limits, Place, RuleSet, Status, Timestamp, codes};

use crate::counters::Live;
use crate::host::Host;
pub use crate::host::Pending;
use crate::sharing::Shares;
use crate::table::Object;
use crate::waiting::Waiting;
use crate::{fault, guard};

/// A compiled rule document, as a host language holds it. Any thread may use it.
#[derive(Debug)]
pub struct RuleSetObject {
    rule_set: RuleSet,
    live: Live,
}

impl RuleSetObject {
    /// Compiles a document given as text; schema files that it names are read through `read`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with every mistake at once.
    pub fn from_text(file: &str, text: &str, read: &mut ReadFile<'_>, limits: &Limits) -> Result<Arc<Self>, Error> {
        RuleSet::from_text(file, text, read, limits).map(Self::of)
    }

    /// Compiles the document in the file `path`; schema files are looked up beside it. Reads files: it may wait.
    ///
    /// # Errors
    /// `NOT_FOUND` or another status for a file that cannot be read, else as [`Self::from_text`].
    pub fn load(path: &str, limits: &Limits) -> Result<Arc<Self>, Error> {
        // Bounded: what a path names may have no end, as `/dev/zero`.
        let mut read = |path: &str| read_within(File::open(path)?, limits);
        RuleSet::load(path, &mut read, limits).map(Self::of)
    }

    /// Shares a rule set of the core.
    pub fn of(rule_set: RuleSet) -> Arc<Self> {
        Arc::new(Self { rule_set, live: Live::new(Object::RuleSet) })
    }

    /// The rule set.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805: it was made before this process forked.
    pub fn rule_set(&self) -> Result<&RuleSet, Error> {
        self.live.born().check()?;
        Ok(&self.rule_set)
    }
}

/// A rule set with its windows, as a host language holds it. Any thread may use it; deciding takes turns.
#[derive(Debug)]
pub struct EngineObject {
    engine: Mutex<Host>,
    /// The thread that has the engine, as [`this_thread`] names it; 0 if none has.
    owner: AtomicUsize,
    /// Decisions that did not fit their caller's storage.
    pub(crate) waiting: Waiting,
    closed: AtomicBool,
    broken: AtomicBool,
    is_kept: bool,
    /// The names by which sessions of this process reach it.
    shares: Shares,
    /// The parent, kept alive; another one after a swap.
    rule_set: ArcSwap<RuleSetObject>,
    live: Live,
}

impl EngineObject {
    /// An engine with empty windows.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`, F0805: the rule set was made before this process forked.
    pub fn open(rule_set: &Arc<RuleSetObject>, options: Options) -> Result<Arc<Self>, Error> {
        Ok(Self::of(rule_set, Host::Plain(Box::new(Engine::new(rule_set.rule_set()?, options)))))
    }

    /// An engine whose inputs are kept in `folder`, with the state that they left there. Reads files: it may wait.
    ///
    /// # Errors
    /// As [`Self::open`]; `FAILED_PRECONDITION`: the folder is another engine's at this moment (F0870), cannot be used (F0871), or
    /// has the state of another rule set (F0880, F0893) or of a later version of Fishplate (F0875); `DATA_LOSS` (F0874): it is
    /// damaged; `UNAVAILABLE`: the disk is full (F0872) or fails (F0873).
    pub fn open_kept(rule_set: &Arc<RuleSetObject>, options: Options, folder: &Path) -> Result<Arc<Self>, Error> {
        Ok(Self::of(rule_set, Host::open(folder, rule_set.rule_set()?, options)?))
    }

    /// An engine with the state of `snapshots`, as [`Engine::restore`] reads them.
    ///
    /// # Errors
    /// As [`Engine::restore`]; `FAILED_PRECONDITION`, F0805: the rule set was made before this process forked.
    pub fn restore(
        rule_set: &Arc<RuleSetObject>,
        options: Options,
        snapshots: &[&[u8]],
    ) -> Result<(Arc<Self>, Restored), Error> {
        let (engine, restored) = Engine::restore(rule_set.rule_set()?, options, snapshots)?;
        Ok((Self::of(rule_set, Host::Plain(Box::new(engine))), restored))
    }

    fn of(rule_set: &Arc<RuleSetObject>, engine: Host) -> Arc<Self> {
        Arc::new(Self {
            is_kept: engine.is_kept(),
            engine: Mutex::new(engine),
            owner: AtomicUsize::new(0),
            waiting: Waiting::default(),
            closed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            shares: Shares::default(),
            rule_set: ArcSwap::new(Arc::clone(rule_set)),
            live: Live::new(Object::Engine),
        })
    }

    /// The engine's rule set, as it is now.
    pub fn rule_set(&self) -> Arc<RuleSetObject> {
        self.rule_set.load_full()
    }

    /// Takes the engine if no other thread has it; `None` if one does. Never waits.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`: made before a fork (F0805), closed (F0801), broken by an internal error (F0902), or this
    /// thread has it already, because reading an event ran code of the host's (F0813).
    pub fn try_lock(&self) -> Result<Option<Deciding<'_>>, Error> {
        self.usable()?;
        match self.engine.try_lock() {
            Ok(engine) => Ok(Some(Deciding::new(self, engine))),
            Err(TryLockError::Poisoned(poisoned)) => Ok(Some(Deciding::new(self, poisoned.into_inner()))),
            Err(TryLockError::WouldBlock) if self.owner.load(Ordering::Relaxed) == this_thread() => Err(re_entered()),
            Err(TryLockError::WouldBlock) => Ok(None),
        }
    }

    /// Takes the engine, waiting for another thread's decision to end.
    ///
    /// # Errors
    /// As [`Self::try_lock`].
    pub fn lock(&self) -> Result<Deciding<'_>, Error> {
        if let Some(deciding) = self.try_lock()? {
            return Ok(deciding);
        }
        // No panic leaves the lock poisoned (`Deciding` contains them); if one did, `broken` tells it better.
        let engine = self.engine.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.usable()?;
        Ok(Deciding::new(self, engine))
    }

    /// Takes the engine for `work`, waiting for it; and, once others may have it again, waits until what was done is durable,
    /// if the engine is kept.
    ///
    /// # Errors
    /// As [`Self::try_lock`], as `work`, and as [`Pending::wait`].
    pub fn run<T>(&self, work: impl FnOnce(&mut Deciding<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut deciding = self.lock()?;
        let done = work(&mut deciding)?;
        deciding.release().wait()?;
        Ok(done)
    }

    /// Waits until no other thread has the engine, and takes nothing: for a host that may not hold the engine's lock
    /// and wait for its own. Call [`Self::try_lock`] again afterwards.
    ///
    /// # Errors
    /// As [`Self::try_lock`].
    pub fn wait(&self) -> Result<(), Error> {
        self.lock().map(drop)
    }

    /// Makes the engine reachable in this process as `inproc:name`, until it is closed or gone. Sessions and other callers
    /// take turns.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION` as [`Self::try_lock`]; `ALREADY_EXISTS` (F0867): another engine has the name;
    /// `INVALID_ARGUMENT` (F0859): an empty name.
    pub fn share(self: &Arc<Self>, name: &str) -> Result<(), Error> {
        self.usable()?;
        self.shares.add(self, name)?;
        // Closed in the meantime: the names must not outlive that.
        self.usable().inspect_err(|_| self.shares.clear())
    }

    /// Refuses all further use, and ends the sessions that reach it by name. A decision that is being made at this moment
    /// ends normally. Any number of times.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        // In the child of a fork a lock may be held for ever.
        if self.check_fork().is_ok() {
            self.shares.clear();
            self.shut();
        }
    }

    /// A kept engine's folder is free when this returns, unless a decision is being made at this moment on this thread, or
    /// waits for the disk: then it is when that has ended.
    fn shut(&self) {
        match self.engine.try_lock() {
            Ok(mut host) => host.shut(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().shut(),
            // Reading an event ran code of the host's that closes: whoever has the engine shuts it.
            Err(TryLockError::WouldBlock) if self.owner.load(Ordering::Relaxed) == this_thread() => {}
            Err(TryLockError::WouldBlock) if self.is_kept => {
                self.engine.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).shut();
            }
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Whether its inputs are kept: deciding waits for a disk then, and so does closing.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Refuses what may not be used now, and decisions while too many wait to be fetched.
    pub(crate) fn check_room(&self) -> Result<(), Error> {
        self.usable()?;
        self.waiting.check_room()
    }

    /// Refuses an engine of before a fork; a closed one passes.
    pub(crate) fn check_fork(&self) -> Result<(), Error> {
        self.live.born().check()
    }

    /// The fork check stands first: in the child of a fork nothing else may be touched.
    pub(crate) fn usable(&self) -> Result<(), Error> {
        self.live.born().check()?;
        if self.is_closed() {
            return Err(closed(Object::Engine));
        }
        if self.broken.load(Ordering::Acquire) {
            return Err(broken());
        }
        Ok(())
    }
}

/// What an engine remembers, and how its rules stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineState {
    /// How much.
    pub size: StateSize,
    /// Features whose windows have not filled since a swap or a restore.
    pub warming: Vec<String>,
    /// The mode of each rule by id, in document order.
    pub modes: Vec<(String, Mode)>,
}

/// The engine, held by one thread until this is dropped.
#[derive(Debug)]
pub struct Deciding<'a> {
    object: &'a EngineObject,
    engine: MutexGuard<'a, Host>,
    /// Something was done that is to be waited for.
    wrote: bool,
}

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.object.owner.store(0, Ordering::Relaxed);
        if self.object.is_kept && self.object.is_closed() {
            self.engine.shut();
        }
    }
}

impl<'a> Deciding<'a> {
    fn new(object: &'a EngineObject, engine: MutexGuard<'a, Host>) -> Self {
        object.owner.store(this_thread(), Ordering::Relaxed);
        Self { object, engine, wrote: false }
    }

    /// Lets others have the engine. What it gave may leave after the wait.
    pub fn release(self) -> Pending {
        if self.wrote { self.engine.pending() } else { Pending::none() }
    }

    /// Decides `event` and updates the windows.
    ///
    /// # Errors
    /// The event is refused, or an internal error breaks the engine (`INTERNAL`, F0901).
    pub fn decide(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        self.wrote = true;
        self.contained(|engine| engine.decide(event))?
    }

    /// What [`Self::decide`] would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        self.contained(|engine| engine.preview(event))?
    }

    /// Why each rule would, or would not, match `event` now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn explain(&mut self, event: Event<'_>) -> Result<Explanation, Error> {
        self.contained(|engine| engine.explain(event))?
    }

    /// Decides each event in order; a refused one is an error in its own place.
    ///
    /// # Errors
    /// An internal error breaks the engine (`INTERNAL`, F0901).
    pub fn decide_all<'e>(
        &mut self,
        events: impl IntoIterator<Item = Event<'e>>,
    ) -> Result<Vec<Result<Decision, Error>>, Error> {
        self.wrote = true;
        self.contained(|engine| events.into_iter().map(|event| engine.decide(event)).collect())
    }

    /// Says that it is `now` in event time: the decisions of the rules that fire by themselves.
    ///
    /// # Errors
    /// An internal error breaks the engine (`INTERNAL`, F0901).
    pub fn advance_to(&mut self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        self.wrote = true;
        self.contained(|engine| engine.advance_to(now))?
    }

    /// Decides by `rule_set` from the next input on; what both define alike keeps its state.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`: the rule set was made before a fork (F0805), or has another `partition_by` (F0893).
    pub fn swap(&mut self, rule_set: &Arc<RuleSetObject>) -> Result<Swapped, Error> {
        let rules = rule_set.rule_set()?;
        self.wrote = true;
        let swapped = self.contained(|engine| engine.swap(rules))??;
        self.object.rule_set.store(Arc::clone(rule_set));
        Ok(swapped)
    }

    /// Switches a rule; `None`: as the document says.
    ///
    /// # Errors
    /// `NOT_FOUND` (F0894): the rule set has no such rule.
    pub fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        self.wrote = true;
        self.contained(|engine| engine.set_mode(rule, mode))?
    }

    /// The whole state, or that of some key groups.
    ///
    /// # Errors
    /// An internal error breaks the engine (`INTERNAL`, F0901).
    pub fn snapshot(&mut self, groups: Option<&[u16]>) -> Result<Vec<u8>, Error> {
        self.contained(|host| {
            host.ask(|engine| match groups {
                None => engine.snapshot(),
                Some(groups) => engine.snapshot_groups(groups),
            })
        })
    }

    /// How much the engine remembers.
    pub fn state_size(&self) -> StateSize {
        self.engine.ask(Engine::state_size)
    }

    /// Features whose windows have not filled since a swap or a restore.
    pub fn warming(&self) -> Vec<String> {
        self.engine.ask(|engine| engine.warming().map(str::to_owned).collect())
    }

    /// The mode of each rule, in document order, as it is now.
    pub fn modes(&self) -> Vec<(String, Mode)> {
        self.engine.ask(|engine| engine.modes().map(|(rule, mode)| (rule.to_owned(), mode)).collect())
    }

    /// What there is to say of the engine's state at this moment.
    pub fn state(&self) -> EngineState {
        EngineState { size: self.state_size(), warming: self.warming(), modes: self.modes() }
    }

    /// What the engine has done so far.
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }

    /// Runs `work`. A panic in it may have left the windows half changed, so it breaks this engine, and only this one.
    fn contained<R>(&mut self, work: impl FnOnce(&mut Host) -> R) -> Result<R, Error> {
        self.object.usable()?;
        let engine = &mut *self.engine;
        let run = AssertUnwindSafe(|| {
            fault::point("engine");
            work(engine)
        });
        catch_unwind(run).map_err(|panic| {
            self.object.broken.store(true, Ordering::Release);
            guard::internal(&*panic)
        })
    }
}

/// The error for an object that was closed.
#[cold]
pub fn closed(kind: Object) -> Error {
    let message = format!("the {} is closed", kind.name());
    Error::new(Status::FailedPrecondition, codes::CLOSED, message, Place::None)
}

#[cold]
fn broken() -> Error {
    let message = "the engine had an internal error and decides no more";
    Error::new(Status::FailedPrecondition, codes::ENGINE_BROKEN, message, Place::None)
        .suggest("close it and open a new one")
}

#[cold]
fn re_entered() -> Error {
    let message = "the engine is deciding already on this thread";
    Error::new(Status::FailedPrecondition, codes::RE_ENTERED, message, Place::None)
}

/// A number that no other living thread has.
fn this_thread() -> usize {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    HERE.with(|here| std::ptr::from_ref(here).addr())
}

#[cfg(test)]
pub(crate) mod tests;
