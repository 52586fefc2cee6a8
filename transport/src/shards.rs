//! An engine divided over threads: N engines, each with its share of the key groups, each behind its own lock. Whoever
//! calls brings the thread; a batch is divided over as many as there are shards. Decisions are those of one engine,
//! whatever N is.
//!
//! Without `partition_by` there is one key group, and one shard does all the work.

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use fishplate::engine::{Counters, Options, Prepared, Swapped, in_order};
use fishplate::ruleset::Mode;
use fishplate::state::StateSize;
use fishplate::{Decision, Engine, Error, Event, Place, RuleSet, Status, Timestamp, codes};
use fishplate_store::Lsn;

use crate::operate::{EngineState, Operates};

/// Engines that share the state of one. Any thread may use it, any number at a time: events of different shards are decided
/// at the same time, those of one shard take turns.
#[derive(Debug)]
pub struct Shards {
    options: Options,
    /// Held to read while an event is on its way from an intake to its shard, to write by what is said to all shards: so
    /// nothing is decoded by one rule set and decided by another, and a tick or a swap is one moment for all.
    rule_set: RwLock<RuleSet>,
    /// `None` once the shard has had an internal error: its windows may be half changed.
    shards: Vec<Mutex<Option<Engine>>>,
    /// They decode and keep no state; as many as shards, so that decoding waits for nobody.
    intakes: Vec<Mutex<Engine>>,
    next_intake: AtomicUsize,
    accepted: AtomicU64,
    refused: AtomicU64,
}

impl Shards {
    /// `shards` engines with empty windows; 0 counts as 1. Without `partition_by` one is made, whatever is asked for.
    pub fn new(rule_set: &RuleSet, options: Options, shards: usize) -> Self {
        let shards =
            if rule_set.is_partitioned() { shards.clamp(1, usize::from(fishplate::state::KEY_GROUPS)) } else { 1 };
        let engine = || Engine::new(rule_set, options);
        Self {
            options,
            rule_set: RwLock::new(rule_set.clone()),
            shards: (0..shards).map(|_| Mutex::new(Some(engine()))).collect(),
            intakes: (0..shards).map(|_| Mutex::new(engine())).collect(),
            next_intake: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.shards.len()
    }

    /// Decides one event on the caller's thread.
    ///
    /// # Errors
    /// The event is refused; or its shard had an internal error, now (`INTERNAL`, F0901) or before (F0902).
    pub fn decide(&self, event: Event<'_>) -> Result<Decision, Error> {
        let _same_rules = self.passing();
        let prepared = self.prepare(event)?;
        let mut shard = self.lock(self.shard_of(&prepared));
        ask(&mut shard, |engine| engine.apply(prepared))
    }

    /// What [`Self::decide`] would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&self, event: Event<'_>) -> Result<Decision, Error> {
        let _same_rules = self.passing();
        let at = self.shard_of(&self.intake().prepare(event)?);
        ask(&mut self.lock(at), |engine| engine.preview(event))?
    }

    /// Decides events in order, divided over as many threads as there are shards. A refused event is an error in its own
    /// place. Other calls at the same time come before or after the whole of it only within each shard.
    pub fn decide_all<'e>(&self, events: impl IntoIterator<Item = Event<'e>>) -> Vec<Result<Decision, Error>> {
        let _same_rules = self.passing();
        let mut outcomes: Vec<Option<Result<Decision, Error>>> = Vec::new();
        let mut shares: Vec<Vec<(usize, Prepared)>> = self.shards.iter().map(|_| Vec::new()).collect();
        for (place, event) in events.into_iter().enumerate() {
            match self.prepare(event) {
                Ok(prepared) => {
                    shares[self.shard_of(&prepared)].push((place, prepared));
                    outcomes.push(None);
                }
                Err(error) => outcomes.push(Some(Err(error))),
            }
        }
        let work = |at: usize, share: Vec<(usize, Prepared)>| {
            let mut shard = self.lock(at);
            let apply = |(place, prepared)| (place, ask(&mut shard, |engine| engine.apply(prepared)));
            share.into_iter().map(apply).collect::<Vec<_>>()
        };
        let decided = std::thread::scope(|scope| {
            let busy = shares.into_iter().enumerate().filter(|(_, share)| !share.is_empty());
            let mut threads: Vec<_> = busy.collect();
            // The caller's own thread does the last share.
            let last = threads.pop();
            let threads: Vec<_> = threads.into_iter().map(|(at, share)| scope.spawn(move || work(at, share))).collect();
            let own = last.map(|(at, share)| work(at, share));
            // `work` contains every panic.
            threads.into_iter().filter_map(|thread| thread.join().ok()).chain(own).flatten().collect::<Vec<_>>()
        });
        for (place, outcome) in decided {
            outcomes[place] = Some(outcome);
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(broken()))).collect()
    }

    /// Says that it is `now` in event time, to all shards at one moment: see [`Engine::advance_to`].
    ///
    /// # Errors
    /// A shard had an internal error, now or before.
    pub fn advance_to(&self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        let rule_set = self.all()?;
        let told = self.each(|engine| engine.advance_to(now))?;
        Ok(in_order(&rule_set, told.into_iter().flatten().collect()))
    }

    /// Decides by `rule_set` from the next event on, in all shards at one moment: see [`Engine::swap`].
    ///
    /// # Errors
    /// As there; a shard had an internal error before (nothing has changed), or now.
    pub fn swap(&self, rule_set: &RuleSet) -> Result<Swapped, Error> {
        let mut current = self.all()?;
        // The shards have one rule set: what one of them refuses, the first refuses before another has changed.
        let mut swapped = Swapped::default();
        for at in 0..self.shards.len() {
            match ask(&mut self.lock(at), |engine| engine.swap(rule_set)) {
                Ok(Ok(of)) => swapped = of,
                Ok(Err(refused)) => return Err(refused),
                // That shard is gone; the others go on together, by one rule set.
                Err(_) => {}
            }
        }
        for intake in &self.intakes {
            *intake.lock().unwrap_or_else(PoisonError::into_inner) = Engine::new(rule_set, self.options);
        }
        *current = rule_set.clone();
        self.unbroken().map(|()| swapped)
    }

    /// Switches a rule in all shards at one moment: see [`Engine::set_mode`].
    ///
    /// # Errors
    /// As there; a shard had an internal error, now or before.
    pub fn set_mode(&self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        let _alone = self.all()?;
        self.each(|engine| engine.set_mode(rule, mode))?.into_iter().collect()
    }

    /// The rule set that decides.
    pub fn rule_set(&self) -> RuleSet {
        self.passing().clone()
    }

    /// What all shards have done so far.
    pub fn counters(&self) -> Counters {
        let mut sum = Counters { refused: self.refused.load(Ordering::Relaxed), ..Counters::default() };
        for at in 0..self.shards.len() {
            let of = self.lock(at).as_ref().map(Engine::counters).unwrap_or_default();
            sum.accepted += of.accepted;
            sum.late += of.late;
            sum.repeated += of.repeated;
            sum.matched += of.matched;
        }
        sum
    }

    /// How much all shards remember.
    pub fn state_size(&self) -> StateSize {
        let of = |at| self.lock(at).as_ref().map(Engine::state_size).unwrap_or_default();
        (0..self.shards.len()).map(of).fold(StateSize::default(), StateSize::plus)
    }

    /// Until this is dropped, no other rule set comes.
    fn passing(&self) -> RwLockReadGuard<'_, RuleSet> {
        // A panic is caught where engines are asked, and the rule set is put in its place whole.
        self.rule_set.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until this is dropped, no event is under way.
    ///
    /// # Errors
    /// A shard had an internal error before.
    fn all(&self) -> Result<RwLockWriteGuard<'_, RuleSet>, Error> {
        let alone = self.rule_set.write().unwrap_or_else(PoisonError::into_inner);
        self.unbroken().map(|()| alone)
    }

    fn unbroken(&self) -> Result<(), Error> {
        let broken_one = (0..self.shards.len()).any(|at| self.lock(at).is_none());
        if broken_one { Err(broken()) } else { Ok(()) }
    }

    /// Asks every shard.
    fn each<R>(&self, mut question: impl FnMut(&mut Engine) -> R) -> Result<Vec<R>, Error> {
        (0..self.shards.len()).map(|at| ask(&mut self.lock(at), &mut question)).collect()
    }

    /// Decodes the event and gives it its place among the inputs.
    fn prepare(&self, event: Event<'_>) -> Result<Prepared, Error> {
        let prepared =
            self.intake().prepare(event).inspect_err(|_| _ = self.refused.fetch_add(1, Ordering::Relaxed))?;
        Ok(prepared.with_ordinal(self.accepted.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// An intake that is free, if one is.
    fn intake(&self) -> MutexGuard<'_, Engine> {
        let first = self.next_intake.fetch_add(1, Ordering::Relaxed) % self.intakes.len();
        let (before, from) = self.intakes.split_at(first);
        let free = from.iter().chain(before).find_map(|intake| match intake.try_lock() {
            Ok(engine) => Some(engine),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        // An intake keeps nothing between events, so that a panic in one leaves nothing behind.
        free.unwrap_or_else(|| self.intakes[first].lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn shard_of(&self, prepared: &Prepared) -> usize {
        usize::from(prepared.key_group()) % self.shards.len()
    }

    fn lock(&self, at: usize) -> MutexGuard<'_, Option<Engine>> {
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operates for Shards {
    fn advance_to(&self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        self.advance_to(now)
    }

    fn swap(&self, rule_set: &RuleSet) -> Result<Swapped, Error> {
        self.swap(rule_set)
    }

    fn set_mode(&self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        self.set_mode(rule, mode)
    }

    fn state(&self) -> Result<EngineState, Error> {
        let rule_set = self.all()?;
        let warming = self.each(|engine| engine.warming().map(str::to_owned).collect::<Vec<_>>())?;
        let modes = ask(&mut self.lock(0), |engine| {
            engine.modes().map(|(rule, mode)| (rule.to_owned(), mode)).collect::<Vec<_>>()
        })?;
        Ok(EngineState {
            version: *rule_set.version(),
            shards: self.shards.len(),
            size: self.state_size(),
            counters: self.counters(),
            // Each shard knows the time of its own events: the last one that still waits counts.
            warming: any_of(warming),
            modes,
            kept: None,
        })
    }

    fn snapshot(&self, key_groups: &[u16]) -> Result<Vec<u8>, Error> {
        if self.shards.len() > 1 {
            let message = format!("an engine divided over {} shards gives no snapshot", self.shards.len());
            let error = Error::new(Status::Unimplemented, codes::NOT_OPERABLE, message, Place::None);
            return Err(error.suggest("serve it with one shard"));
        }
        let _alone = self.all()?;
        ask(&mut self.lock(0), |engine| match key_groups {
            [] => engine.snapshot(),
            groups => engine.snapshot_groups(groups),
        })
    }

    fn take_snapshot(&self) -> Result<Lsn, Error> {
        let message = "the engine has no state folder to write a snapshot into";
        let error = Error::new(Status::FailedPrecondition, codes::NOT_OPERABLE, message, Place::None);
        Err(error.suggest("serve it with --state DIR"))
    }
}

/// Every name that is in any of the lists, in the order of whichever has it first.
fn any_of(lists: Vec<Vec<String>>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in lists.into_iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Asks a shard. A panic in it breaks it, and never unwinds into whoever asked.
fn ask<R>(shard: &mut Option<Engine>, ask: impl FnOnce(&mut Engine) -> R) -> Result<R, Error> {
    let engine = shard.as_mut().ok_or_else(broken)?;
    catch_unwind(AssertUnwindSafe(|| ask(engine))).map_err(|_| {
        *shard = None;
        let message = "an internal error has broken a shard of the engine";
        Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
    })
}

fn broken() -> Error {
    let message = "a shard of the engine had an internal error and decides no more";
    Error::new(Status::FailedPrecondition, codes::ENGINE_BROKEN, message, Place::None)
}
