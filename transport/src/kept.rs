//! An engine that is kept, for sessions: whoever decides and keeps at the same time. Any thread may use it; threads bring
//! inputs in turns and wait for the disk together. It starts no thread and knows no session's protocol.

use std::sync::Arc;

use arc_swap::ArcSwap;
use fishplate::engine::Swapped;
use fishplate::ruleset::Mode;
use fishplate::session::SessionId;
use fishplate::{Decision, Error, Event, Place, RuleSet, Status, Timestamp, codes};
use fishplate_store::keeper::{Delivery, Outcome, Session, Shared};
use fishplate_store::{Disk, Keeper, Lsn};
use prost::Message as _;

use crate::decider::{Decider, Keeps};
use crate::operate::{EngineState, KeptState, Operates};
use crate::wire::{error, proto};

/// What a noted outcome is, in its first byte.
const DECISION: u8 = 1;
const REFUSAL: u8 = 2;

/// A keeper that sessions share. Whatever changes it goes through it, so that it is kept.
#[derive(Debug)]
pub struct Kept<D: Disk> {
    shared: Shared<D>,
    /// As the keeper has it, to be read without waiting for the keeper.
    rule_set: ArcSwap<RuleSet>,
}

impl<D: Disk> Kept<D> {
    /// Shares `keeper`.
    pub fn new(keeper: Keeper<D>) -> Self {
        let rule_set = ArcSwap::from_pointee(keeper.engine().rule_set().clone());
        Self { shared: Shared::new(keeper), rule_set }
    }

    /// The keeper. A rule set is swapped through [`Self::swap`].
    pub fn shared(&self) -> &Shared<D> {
        &self.shared
    }

    /// Decides by `rule_set` from the next input on. Durable when it returns.
    ///
    /// # Errors
    /// As [`Keeper::swap`], and as [`Shared::commit`].
    pub fn swap(&self, rule_set: &RuleSet) -> Result<Swapped, Error> {
        let swapped = self.shared.with(|keeper| {
            let swapped = keeper.swap(rule_set)?;
            self.rule_set.store(Arc::new(rule_set.clone()));
            Ok::<_, Error>(swapped)
        })?;
        self.shared.commit().map(|_| swapped)
    }

    /// Switches a rule. Durable when it returns.
    ///
    /// # Errors
    /// As [`Keeper::set_mode`], and as [`Shared::commit`].
    pub fn set_mode(&self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        self.shared.with(|keeper| keeper.set_mode(rule, mode))?;
        self.shared.commit().map(drop)
    }

    /// Says that it is `now` in event time; gives what fired. Durable when it returns.
    ///
    /// # Errors
    /// As [`Keeper::advance_to`], and as [`Shared::commit`].
    pub fn advance_to(&self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        let fired = self.shared.with(|keeper| keeper.advance_to(now, None))?;
        self.shared.commit().map(|_| fired)
    }

    /// Decides events of no session, in order; a refused one is an error in its own place. Durable when it returns: one
    /// wait for the disk, however many there are.
    ///
    /// # Errors
    /// As [`Shared::commit`]; none of the decisions may be used then.
    pub fn decide_all<'e>(
        &self,
        events: impl IntoIterator<Item = Event<'e>>,
    ) -> Result<Vec<Result<Decision, Error>>, Error> {
        let decided = events.into_iter().map(|event| self.shared.with(|keeper| keeper.decide(event, None)));
        let decided = decided.collect();
        self.shared.commit().map(|_| decided)
    }

    /// Writes a snapshot; see [`Shared::snapshot`].
    ///
    /// # Errors
    /// As there.
    pub fn snapshot(&self) -> Result<Lsn, Error> {
        self.shared.snapshot()
    }

    /// Why nothing is taken any more; `None` while it is.
    pub fn stopped(&self) -> Option<Error> {
        self.shared.with(|keeper| keeper.stopped().cloned())
    }
}

impl<D: Disk> Decider for Kept<D> {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        if preview {
            return self.shared.with(|keeper| keeper.preview(event));
        }
        let decided = self.shared.with(|keeper| keeper.decide(event, None))?;
        self.shared.commit().map(|_| decided)
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        let rules = self.rule_set.load();
        (rules.name().to_owned(), *rules.version())
    }

    fn rules(&self) -> Vec<String> {
        self.rule_set.load().rules().map(str::to_owned).collect()
    }

    fn keeps(&self) -> Option<&dyn Keeps> {
        Some(self)
    }

    fn operates(&self) -> Option<&dyn Operates> {
        Some(self)
    }
}

impl<D: Disk> Operates for Kept<D> {
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
        let look = |keeper: &mut Keeper<D>| {
            let (engine, (taken, durable)) = (keeper.engine(), keeper.position());
            let kept = KeptState { taken, durable, since_snapshot: keeper.since_snapshot() };
            EngineState {
                version: *engine.rule_set().version(),
                shards: 1,
                size: engine.state_size(),
                counters: engine.counters(),
                warming: engine.warming().map(str::to_owned).collect(),
                modes: engine.modes().map(|(rule, mode)| (rule.to_owned(), mode)).collect(),
                kept: Some(kept),
            }
        };
        let mut state = self.shared.with(look);
        // What it says of is durable before it is said, as with a decision.
        let durable = self.shared.commit()?;
        state.kept = state.kept.map(|kept| KeptState { durable: durable.max(kept.durable), ..kept });
        Ok(state)
    }

    fn snapshot(&self, key_groups: &[u16]) -> Result<Vec<u8>, Error> {
        let bytes = self.shared.with(|keeper| match key_groups {
            [] => keeper.engine().snapshot(),
            groups => keeper.engine().snapshot_groups(groups),
        });
        self.shared.commit().map(|_| bytes)
    }

    fn take_snapshot(&self) -> Result<Lsn, Error> {
        self.snapshot()
    }
}

impl<D: Disk> Keeps for Kept<D> {
    fn decide(&self, event: Event<'_>, preview: bool, delivery: Delivery) -> Result<Result<Decision, Error>, Error> {
        self.shared.with(|keeper| {
            let outcome = if preview { keeper.preview(event) } else { keeper.decide(event, Some(delivery)) };
            match outcome {
                Ok(decision) if !preview => Ok(Ok(decision)),
                Err(error) if keeper.stopped().is_some() || error.code() == codes::ACCEPTED_BEFORE => Err(error),
                outcome => {
                    keeper.note(delivery, noted(&outcome))?;
                    Ok(outcome)
                }
            }
        })
    }

    fn note(&self, delivery: Delivery, outcome: Vec<u8>) -> Result<(), Error> {
        self.shared.with(|keeper| keeper.note(delivery, outcome))
    }

    fn note_session(&self, session: SessionId, note: &[u8]) -> Result<(), Error> {
        self.shared.with(|keeper| keeper.note_session(session, note))
    }

    fn forget_session(&self, session: &SessionId) -> Result<(), Error> {
        self.shared.with(|keeper| keeper.forget_session(session))
    }

    fn acknowledge(&self, session: &SessionId, through: u64) {
        self.shared.with(|keeper| keeper.acknowledge(session, through));
    }

    fn sessions(&self) -> Vec<(SessionId, Session)> {
        self.shared.with(|keeper| keeper.sessions().map(|(id, session)| (*id, session.clone())).collect())
    }

    fn commit(&self) -> Result<(), Error> {
        self.shared.commit().map(drop)
    }
}

/// An outcome as it is noted.
pub fn noted(outcome: &Result<Decision, Error>) -> Vec<u8> {
    match outcome {
        Ok(decision) => {
            let mut bytes = vec![DECISION];
            decision.write(&mut bytes);
            bytes
        }
        Err(refusal) => [&[REFUSAL][..], &error::to_proto(refusal).encode_to_vec()].concat(),
    }
}

/// What a kept outcome says to the event that it is of.
///
/// # Errors
/// `DATA_LOSS` (F0874): it is none that this version of Fishplate writes.
pub fn read_outcome(outcome: Outcome) -> Result<Result<Decision, Error>, Error> {
    match outcome {
        Outcome::Decided(decision) => Ok(Ok(decision)),
        Outcome::Noted(bytes) => match bytes.split_first() {
            Some((&DECISION, bytes)) => Decision::from_bytes(bytes).map(Ok),
            Some((&REFUSAL, bytes)) => match proto::Refusal::decode(bytes) {
                Ok(refusal) => Ok(Err(error::from_proto(refusal))),
                Err(_) => Err(unreadable()),
            },
            _ => Err(unreadable()),
        },
        Outcome::Fired(_) => Err(unreadable()),
    }
}

fn unreadable() -> Error {
    let message = "an outcome that was kept for a session is none that this version of Fishplate can read";
    Error::new(Status::DataLoss, codes::STATE_DAMAGED, message, Place::None)
}
