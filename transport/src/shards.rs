//! An engine divided over threads: N engines, each with its share of the key groups, each behind its own lock. Whoever
//! calls brings the thread; a batch is divided over as many as there are shards. Decisions are those of one engine,
//! whatever N is.
//!
//! Without `partition_by` there is one key group, and one shard does all the work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use fishplate::engine::{Counters, Options, Prepared, in_order};
use fishplate::state::StateSize;
use fishplate::{Decision, Engine, Error, Event, Place, RuleSet, Status, Timestamp, codes};

/// Engines that share the state of one. Any thread may use it, any number at a time: events of different shards are decided
/// at the same time, those of one shard take turns.
#[derive(Debug)]
pub struct Shards {
    rule_set: RuleSet,
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
            rule_set: rule_set.clone(),
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
        let prepared = self.prepare(event)?;
        let mut shard = self.lock(self.shard_of(&prepared));
        ask(&mut shard, |engine| engine.apply(prepared))
    }

    /// What [`Self::decide`] would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&self, event: Event<'_>) -> Result<Decision, Error> {
        let at = self.shard_of(&self.intake().prepare(event)?);
        ask(&mut self.lock(at), |engine| engine.preview(event))?
    }

    /// Decides events in order, divided over as many threads as there are shards. A refused event is an error in its own
    /// place. Other calls at the same time come before or after the whole of it only within each shard.
    pub fn decide_all<'e>(&self, events: impl IntoIterator<Item = Event<'e>>) -> Vec<Result<Decision, Error>> {
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

    /// Says that it is `now` in event time, to all shards: see [`Engine::advance_to`].
    ///
    /// # Errors
    /// A shard had an internal error, now or before.
    pub fn advance_to(&self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        let mut told = Vec::new();
        for at in 0..self.shards.len() {
            told.extend(ask(&mut self.lock(at), |engine| engine.advance_to(now))?);
        }
        Ok(in_order(&self.rule_set, told))
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

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "fishplate: 1
name: shards
schema: {fields: {card: string, at: timestamp}}
event: {time: at}
partition_by: event.card
outputs: {n: {type: int, merge: max}}
features: {n: {by: event.card, count: true, sliding: 1h, slide: 1m}}
rules:
  - {id: ALL, when: true, output: {n: features.n}}
  - {id: QUIET, by: event.card, silent: 10m, output: {n: features.n}}
";

    fn rules() -> RuleSet {
        let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
        RuleSet::from_text("shards.yaml", RULES, nothing, &Default::default()).expect("these rules")
    }

    fn events() -> Vec<String> {
        let card = |at: u32| at.wrapping_mul(2_654_435_761) >> 24;
        let event = |at: u32| {
            format!(r#"{{"card": "c{}", "at": "2026-01-01T00:{:02}:{:02}Z"}}"#, card(at), at / 60 % 60, at % 60)
        };
        (0..3_000).map(event).chain(["{}".to_owned(), "no event".to_owned()]).collect()
    }

    fn told(outcome: &Result<Decision, Error>) -> Vec<u8> {
        let mut out = Vec::new();
        match outcome {
            Ok(decision) => fishplate::canonical::write_decision(decision, &mut out),
            Err(error) => fishplate::canonical::write_refusal(error, &mut out),
        }
        out
    }

    #[test]
    fn any_number_of_threads_decides_the_same() {
        let (rules, events) = (rules(), events());
        let tick = Timestamp::parse("2026-01-02T00:00:00Z").expect("a time");
        let run = |shards: usize| {
            let shards = Shards::new(&rules, Options::default(), shards);
            let batches = events
                .chunks(700)
                .flat_map(|batch| shards.decide_all(batch.iter().map(|event| Event::json(event.as_bytes()))));
            let decided: Vec<_> = batches.map(|outcome| told(&outcome)).collect();
            let fired: Vec<_> =
                shards.advance_to(tick).expect("unbroken").into_iter().map(|one| told(&Ok(one))).collect();
            (decided, fired, shards.counters(), shards.state_size())
        };
        let one = run(1);
        assert_eq!((one.2.accepted, one.2.refused, one.1.len()), (3_000, 2, 256));
        for shards in [2, 3, 8, 128] {
            assert!(run(shards) == one, "{shards} shards");
        }
    }

    #[test]
    fn an_internal_error_breaks_its_shard_alone() {
        let shards = Shards::new(&rules(), Options::default(), 4);
        let outcome = ask(&mut shards.lock(0), |_| panic!("on purpose")).map(|()| unreachable!());
        assert_eq!(outcome.map_err(|error: Error| error.code()), Err::<(), _>(codes::INTERNAL));
        let outcomes = shards.decide_all(events().iter().map(|event| Event::json(event.as_bytes())));
        let broken =
            outcomes.iter().filter(|outcome| matches!(outcome, Err(error) if error.code() == codes::ENGINE_BROKEN));
        let (broken, decided) = (broken.count(), outcomes.iter().filter(|outcome| outcome.is_ok()).count());
        assert!(broken > 0 && decided > 0 && broken + decided == 3_000, "{broken} and {decided}");
    }

    #[test]
    fn without_partition_by_there_is_one_shard() {
        let text = RULES.replace("partition_by: event.card\n", "");
        let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let rules = RuleSet::from_text("shards.yaml", &text, nothing, &Default::default()).expect("these rules");
        assert_eq!(Shards::new(&rules, Options::default(), 8).count(), 1);
    }
}
