//! An engine whose inputs are kept: each one goes to the journal before the engine has it, so that the engine comes back as
//! it was. It decides nothing: the engine does, from the same inputs in the same order, now and when they are replayed.
//!
//! The driver's part of the promise: nothing that an input gave (a decision, an acknowledgement, how far a session was
//! accepted) leaves before [`Keeper::sync`] has returned after it. Inputs gather meanwhile, and one sync makes all of them
//! durable; [`Keeper::begin_sync`] lets more gather while the disk is busy.
//!
//! After any error of the disk, and after an internal error of the engine, a keeper takes nothing more. What the engine
//! then knows may be more than what is kept; so it says nothing more either. Opening the state again gives what is kept.

mod bytes;
mod input;
mod replay;
mod sessions;
mod setup;
mod shared;

use std::panic::{AssertUnwindSafe, catch_unwind};

use fishplate::engine::Swapped;
use fishplate::ruleset::Mode;
use fishplate::{Decision, Engine, Error, Event, Explanation, Place, RuleSet, Status, Timestamp, codes, engine};

pub use sessions::{Delivery, Outcome, Session};
pub use shared::Shared;

use crate::disk::Disk;
use crate::errors;
use crate::journal::{self, Group, Lsn, StateId, format::MAX_PAYLOAD};
use crate::store::{Recovery, Store, Writing};
use input::{Kind, put_delivery, put_mode};
use replay::{Coming, Live};
use setup::Setup;

/// How a keeper keeps, and its engine takes events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The engine's. They are inputs too: a change of them is journalled when the state is opened with others.
    pub engine: engine::Options,
    /// The journal's.
    pub journal: journal::Options,
}

/// An engine and its journal. One caller at a time (`&mut`); whoever shares it owns the lock.
#[derive(Debug)]
pub struct Keeper<D: Disk> {
    store: Store<D>,
    live: Live,
    /// Bytes that went to the journal since the last snapshot, or the opening.
    since_snapshot: u64,
    /// Of these, what the snapshot that is being written makes needless.
    in_snapshot: u64,
}

/// What opening did.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// The state is new.
    pub is_new: bool,
    /// What was read.
    pub recovery: Recovery,
    /// The rule set, or the options, are others than before: what a swap kept.
    pub swapped: Option<Swapped>,
}

/// An input that was replayed, and what was decided of it: the same as the first time. Who can tell repeats by their ids
/// may deliver all of it again.
#[derive(Clone, Copy, Debug)]
pub struct Replayed<'a> {
    /// Its record.
    pub lsn: Lsn,
    /// Where it came from.
    pub delivery: Option<Delivery>,
    /// One for an event; for a tick, one for each rule that fired.
    pub decisions: &'a [Decision],
}

impl<D: Disk> Keeper<D> {
    /// Opens the state in `disk`, or begins one with the id `new` if there is none; from then on it decides by `rule_set` and
    /// `options`, as after a swap if the state decided by others. Every input that is replayed is `told`.
    ///
    /// # Errors
    /// As [`crate::Store::open`]; `FAILED_PRECONDITION`: the state is of a rule set of another name (F0880), or of another
    /// `partition_by` (F0893). Then nothing has changed.
    pub fn open(
        disk: D,
        new: StateId,
        rule_set: &RuleSet,
        options: Options,
        told: &mut dyn FnMut(Replayed<'_>),
    ) -> Result<(Self, Opened), Error> {
        let mut coming = Coming { given: rule_set, live: None, told };
        let (store, recovery) = Store::open(disk, new, options.journal, &mut coming)?;
        let setup = Setup { rule_set: rule_set.clone(), options: options.engine };
        let is_new = coming.live.is_none();
        let live = coming.live.unwrap_or_else(|| Live::new(setup.clone()));
        let mut keeper = Self { store, live, since_snapshot: 0, in_snapshot: 0 };
        let swapped = if is_new {
            keeper.append(Kind::Setup, |out| setup.write(out))?;
            None
        } else {
            check_name(&keeper.live.setup.rule_set, rule_set)?;
            if keeper.live.setup.is(&setup) { None } else { Some(keeper.change(setup)?) }
        };
        keeper.sync()?;
        Ok((keeper, Opened { is_new, recovery, swapped }))
    }

    /// Decides `event` and keeps it. `delivery` is where it came from, if its outcome is to be found again there.
    ///
    /// # Errors
    /// The event is refused (`INVALID_ARGUMENT`), or was accepted before (`ALREADY_EXISTS`, F0879): nothing has changed.
    /// `RESOURCE_EXHAUSTED` (F0872), `UNAVAILABLE` (F0873), `FAILED_PRECONDITION` (F0902): the keeper has stopped. `INTERNAL`
    /// (F0901): the engine had an internal error, and the keeper stops; the event was not kept.
    pub fn decide(&mut self, event: Event<'_>, delivery: Option<Delivery>) -> Result<Decision, Error> {
        self.check_running()?;
        self.live.sessions.check(delivery)?;
        let prepared = self.guarded(|live| live.engine.prepare(event))??;
        self.append(Kind::Event, |out| {
            put_delivery(delivery, out);
            prepared.write(out);
        })?;
        let decision = self.guarded(|live| live.engine.apply(prepared))?;
        self.live.sessions.accept(delivery, || Outcome::Decided(decision.clone()));
        Ok(decision)
    }

    /// What [`Self::decide`] would give now; changes nothing and keeps nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        self.check_running()?;
        self.guarded(|live| live.engine.preview(event))?
    }

    /// Why each rule would, or would not, match `event` now; changes nothing and keeps nothing.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn explain(&mut self, event: Event<'_>) -> Result<Explanation, Error> {
        self.check_running()?;
        self.guarded(|live| live.engine.explain(event))?
    }

    /// Says that it is `now` in event time, and keeps that: see [`Engine::advance_to`]. A time that changes nothing is kept
    /// only with a delivery.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn advance_to(&mut self, now: Timestamp, delivery: Option<Delivery>) -> Result<Vec<Decision>, Error> {
        self.check_running()?;
        self.live.sessions.check(delivery)?;
        if delivery.is_none() && self.live.tick >= Some(now.as_nanos()) {
            return Ok(Vec::new());
        }
        self.append(Kind::Tick, |out| {
            put_delivery(delivery, out);
            out.extend(now.as_nanos().to_le_bytes());
        })?;
        let decisions = self.guarded(|live| live.advance_to(now))?;
        self.live.sessions.accept(delivery, || Outcome::Fired(decisions.clone()));
        Ok(decisions)
    }

    /// Decides by `rule_set` from the next input on, and keeps it: see [`Engine::swap`].
    ///
    /// # Errors
    /// As there, and as [`Self::decide`]; `INVALID_ARGUMENT` (F0878): document and schema are over 64 MiB. Nothing has changed.
    pub fn swap(&mut self, rule_set: &RuleSet) -> Result<Swapped, Error> {
        self.check_running()?;
        self.change(Setup { rule_set: rule_set.clone(), options: self.live.setup.options })
    }

    /// What can be refused is asked first, so that the journal holds nothing that the engine refused.
    fn change(&mut self, setup: Setup) -> Result<Swapped, Error> {
        let mut record = Vec::new();
        setup.write(&mut record);
        if record.len() > MAX_PAYLOAD {
            return Err(journal::too_large(record.len()));
        }
        let swapped = self.guarded(|live| live.change(setup))??;
        self.append_changed(Kind::Setup, &record)?;
        Ok(swapped)
    }

    /// Switches a rule, and keeps that: see [`Engine::set_mode`].
    ///
    /// # Errors
    /// As there, and as [`Self::decide`].
    pub fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        self.check_running()?;
        self.live.set_mode(rule, mode)?;
        let mut record = Vec::new();
        put_mode(rule, mode, &mut record);
        self.append_changed(Kind::Mode, &record)
    }

    /// Keeps an outcome that no event of the engine gave: a refusal, a preview, whatever the driver said to an input of a
    /// session, in its own bytes.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn note(&mut self, delivery: Delivery, outcome: Vec<u8>) -> Result<(), Error> {
        self.check_running()?;
        self.live.sessions.check(Some(delivery))?;
        self.append(Kind::Noted, |out| {
            put_delivery(Some(delivery), out);
            out.extend_from_slice(&outcome);
        })?;
        self.live.sessions.accept(Some(delivery), || Outcome::Noted(outcome));
        Ok(())
    }

    /// Keeps what the driver has to know of a session to let its client resume it, in its own bytes; the last such note
    /// counts.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn note_session(&mut self, session: [u8; 16], note: &[u8]) -> Result<(), Error> {
        self.append(Kind::Session, |out| {
            out.extend(session);
            out.extend_from_slice(note);
        })?;
        self.live.sessions.note(session, note);
        Ok(())
    }

    /// Forgets a session: nobody will come back for it.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn forget_session(&mut self, session: &[u8; 16]) -> Result<(), Error> {
        if self.live.sessions.get(session).is_none() {
            return Ok(());
        }
        self.append(Kind::Ended, |out| out.extend(session))?;
        self.live.sessions.remove(session);
        Ok(())
    }

    /// A client needs nothing up to `through` again. It is kept with the session's next input; until then more may come back
    /// than it needs.
    pub fn acknowledge(&mut self, session: &[u8; 16], through: u64) {
        self.live.sessions.acknowledge(session, through);
    }

    /// The sessions that were not forgotten, by id.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = (&[u8; 16], &Session)> {
        self.live.sessions.iter()
    }

    /// One session.
    pub fn session(&self, id: &[u8; 16]) -> Option<&Session> {
        self.live.sessions.get(id)
    }

    /// The engine, to be asked what it has done and holds.
    pub fn engine(&self) -> &Engine {
        &self.live.engine
    }

    /// The last input that was taken, and the last that is durable.
    pub fn position(&self) -> (Lsn, Lsn) {
        (self.store.journal().last(), self.store.journal().durable())
    }

    /// Bytes that went to the journal since the last snapshot, or the opening: what a replay would read.
    pub fn since_snapshot(&self) -> u64 {
        self.since_snapshot
    }

    /// Why it takes nothing more; `None` while it does.
    pub fn stopped(&self) -> Option<&Error> {
        self.store.journal().stopped()
    }

    /// Makes every input durable that was taken.
    ///
    /// # Errors
    /// `UNAVAILABLE` (F0872, F0873): the disk failed; the inputs since the last sync may or may not be kept, and the keeper has
    /// stopped. As [`Self::decide`], if it had stopped before: those inputs are not kept.
    pub fn sync(&mut self) -> Result<Lsn, Error> {
        self.store.sync()
    }

    /// The same in two steps, so that inputs can be taken while the disk is busy: see [`journal::Journal::begin_sync`].
    ///
    /// # Errors
    /// As there.
    pub fn begin_sync(&mut self) -> Result<Option<Group<D>>, Error> {
        self.store.begin_sync()
    }

    /// See [`journal::Journal::end_sync`].
    ///
    /// # Errors
    /// As there.
    pub fn end_sync(&mut self, group: Group<D>) -> Result<Lsn, Error> {
        self.store.end_sync(group)
    }

    /// Writes a snapshot of everything up to the last input, which it makes durable first. Returns its LSN.
    ///
    /// # Errors
    /// As [`Self::sync`]; `UNAVAILABLE` (F0872, F0873): the snapshot could not be written; the keeper goes on.
    pub fn snapshot(&mut self) -> Result<Lsn, Error> {
        let writing = self.begin_snapshot()?;
        self.end_snapshot(writing)
    }

    /// The same in two steps, so that inputs can be taken while it is written: see [`crate::Store::begin_snapshot`].
    ///
    /// # Errors
    /// As there.
    pub fn begin_snapshot(&mut self) -> Result<Writing<D>, Error> {
        self.check_running()?;
        let bytes = self.guarded(|live| live.write())?;
        let writing = self.store.begin_snapshot(bytes)?;
        self.in_snapshot = self.since_snapshot;
        Ok(writing)
    }

    /// See [`crate::Store::end_snapshot`].
    ///
    /// # Errors
    /// As there.
    pub fn end_snapshot(&mut self, writing: Writing<D>) -> Result<Lsn, Error> {
        let lsn = self.store.end_snapshot(writing)?;
        self.since_snapshot -= std::mem::take(&mut self.in_snapshot);
        Ok(lsn)
    }

    /// Makes everything durable and ends.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub fn close(self) -> Result<(), Error> {
        self.store.close()
    }

    fn check_running(&self) -> Result<(), Error> {
        self.stopped().cloned().map_or(Ok(()), Err)
    }

    fn append(&mut self, kind: Kind, write: impl FnOnce(&mut Vec<u8>)) -> Result<Lsn, Error> {
        let mut length = 0;
        let lsn = self.store.append_with(kind.number(), |out| {
            let before = out.len();
            write(out);
            length = out.len() - before;
        })?;
        self.since_snapshot += length as u64;
        Ok(lsn)
    }

    /// Appends what the engine has done already. If that cannot be, the engine is ahead of the journal, and must not go on.
    fn append_changed(&mut self, kind: Kind, record: &[u8]) -> Result<(), Error> {
        let appended = self.append(kind, |out| out.extend_from_slice(record));
        appended.map(drop).inspect_err(|error| self.store.abandon(error))
    }

    /// Asks the engine. A panic in it never unwinds into whoever asked; what was not synced by then is dropped, so that the
    /// input that brought the mistake to light is not met again by every opening to come.
    fn guarded<R>(&mut self, ask: impl FnOnce(&mut Live) -> R) -> Result<R, Error> {
        let live = &mut self.live;
        catch_unwind(AssertUnwindSafe(|| ask(live))).map_err(|_| {
            let message = "the engine had an internal error and decides no more; what was durable can be opened again";
            self.store.abandon(&Error::new(Status::FailedPrecondition, codes::ENGINE_BROKEN, message, Place::None));
            let message = "an input brought a mistake of Fishplate to light";
            Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
        })
    }
}

/// A state of one rule set, opened for another by mistake, would lose all its windows.
fn check_name(of: &RuleSet, given: &RuleSet) -> Result<(), Error> {
    if of.name() == given.name() {
        return Ok(());
    }
    let message = format!("the state is of rule set `{}`, and `{}` was given", of.name(), given.name());
    Err(Error::new(Status::FailedPrecondition, codes::STATE_OF_OTHER_RULES, message, Place::None)
        .suggest("give each rule set a state folder of its own"))
}

/// Bytes that passed their checksums and are none that this version writes.
fn damaged(what: &str) -> Error {
    let message = format!("{what} is none that this version of Fishplate can read");
    errors::damaged(message, "the state".to_owned())
}
