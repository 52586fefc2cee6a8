//! The engine's part of a keeper: what each input does to it and to the sessions, whether it comes now or out of the
//! journal. And the whole as bytes, for a snapshot.

use fishplate::engine::Swapped;
use fishplate::ruleset::Mode;
use fishplate::{Decision, Engine, Error, RuleSet, Timestamp};

use super::bytes::{Damaged, Reader, put_sized};
use super::input::Input;
use super::sessions::{Outcome, Sessions};
use super::setup::{Setup, same};
use super::{Replayed, damaged};
use crate::errors;
use crate::journal::{Lsn, Record};
use crate::store::Recover;

const MAGIC: &[u8; 8] = b"FPKEEPER";
/// The format of the snapshots that this version writes; it reads this one and earlier ones.
const VERSION: u32 = 1;

/// An engine, what it decides by, and the sessions that it decides for.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) setup: Setup,
    pub(super) engine: Engine,
    pub(super) sessions: Sessions,
    /// The greatest time that the engine was advanced to, in nanoseconds.
    pub(super) tick: Option<i128>,
}

impl Live {
    pub(super) fn new(setup: Setup) -> Self {
        let engine = Engine::new(&setup.rule_set, setup.options);
        Self { setup, engine, sessions: Sessions::default(), tick: None }
    }

    /// Decides by `setup` from now on.
    ///
    /// # Errors
    /// As [`Engine::swap`]; nothing has changed.
    pub(super) fn change(&mut self, setup: Setup) -> Result<Swapped, Error> {
        let swapped = if same(&setup.options, &self.setup.options) {
            self.engine.swap(&setup.rule_set)?
        } else {
            // Options belong to an engine from its making on.
            let state = self.engine.snapshot();
            let (engine, restored) = Engine::restore(&setup.rule_set, setup.options, &[&state])?;
            self.engine = engine;
            restored.swapped
        };
        self.setup = setup;
        Ok(swapped)
    }

    pub(super) fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        self.engine.set_mode(rule, mode)
    }

    pub(super) fn advance_to(&mut self, now: Timestamp) -> Vec<Decision> {
        self.tick = self.tick.max(Some(now.as_nanos()));
        self.engine.advance_to(now)
    }

    /// `FPKEEPER`, version; the setup and the engine as byte strings; the tick; the sessions.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        put_sized(&mut out, |out| self.setup.write(out));
        let engine = self.engine.snapshot();
        // 64 bits: the state of an engine may have more bytes than a length elsewhere.
        out.extend((engine.len() as u64).to_le_bytes());
        out.extend(engine);
        out.push(u8::from(self.tick.is_some()));
        out.extend(self.tick.unwrap_or_default().to_le_bytes());
        self.sessions.write(&mut out);
        out
    }

    fn read(bytes: &[u8], known: &RuleSet) -> Result<Self, Error> {
        let fail = |Damaged| damaged("the snapshot");
        let mut reader = Reader::new(bytes);
        let (magic, version) = (reader.fixed::<8>().map_err(fail)?, reader.u32().map_err(fail)?);
        match version {
            _ if magic != *MAGIC => return Err(fail(Damaged)),
            0 => return Err(fail(Damaged)),
            later if later > VERSION => {
                return Err(errors::newer("what the snapshot holds", later, VERSION, String::new()));
            }
            _ => {}
        }
        let mut setup = Reader::new(reader.bytes().map_err(fail)?);
        let setup = Setup::read(&mut setup, &[known])?;
        let engine = reader.long().map_err(fail)?;
        let (engine, _) = Engine::restore(&setup.rule_set, setup.options, &[engine])?;
        let (has_tick, tick) = (reader.bool().map_err(fail)?, reader.i128().map_err(fail)?);
        let sessions = Sessions::read(&mut reader)?;
        reader.end().map_err(fail)?;
        Ok(Self { setup, engine, sessions, tick: has_tick.then_some(tick) })
    }
}

/// A state on its way back.
pub(super) struct Coming<'a> {
    /// What it is to decide by in the end.
    pub(super) given: &'a RuleSet,
    /// `None` until the first record, or the snapshot.
    pub(super) live: Option<Live>,
    pub(super) told: &'a mut dyn FnMut(Replayed<'_>),
}

impl Recover for Coming<'_> {
    fn restore(&mut self, _: Lsn, bytes: &[u8]) -> Result<(), Error> {
        self.live = Some(Live::read(bytes, self.given)?);
        Ok(())
    }

    fn replay(&mut self, record: Record<'_>) -> Result<(), Error> {
        let unknown = || damaged(&format!("record {} of the journal", record.lsn));
        let input = Input::read(record.kind, record.payload).map_err(|Damaged| unknown())?;
        if let Input::Setup(bytes) = input {
            return self.setup(bytes);
        }
        let live = self.live.as_mut().ok_or_else(unknown)?;
        match input {
            Input::Setup(_) => {}
            Input::Event(delivery, bytes) => {
                let prepared = live.engine.read_prepared(bytes)?;
                let decision = live.engine.apply(prepared);
                (self.told)(Replayed { lsn: record.lsn, delivery, decisions: std::slice::from_ref(&decision) });
                live.sessions.accept(delivery, || Outcome::Decided(decision));
            }
            Input::Tick(delivery, now) => {
                let now = Timestamp::from_nanos(now).ok_or_else(unknown)?;
                let decisions = live.advance_to(now);
                (self.told)(Replayed { lsn: record.lsn, delivery, decisions: &decisions });
                live.sessions.accept(delivery, || Outcome::Fired(decisions));
            }
            Input::Mode(rule, mode) => live.set_mode(rule, mode)?,
            Input::Noted(delivery, bytes) => live.sessions.accept(Some(delivery), || Outcome::Noted(bytes.to_vec())),
            Input::Session(session, note) => live.sessions.note(session, note),
            Input::Ended(session) => live.sessions.remove(&session),
        }
        Ok(())
    }
}

impl Coming<'_> {
    fn setup(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(bytes);
        let current = self.live.as_ref().map(|live| live.setup.rule_set.clone());
        let known: Vec<&RuleSet> = current.iter().chain([self.given]).collect();
        let setup = Setup::read(&mut reader, &known)?;
        reader.end().map_err(|Damaged| damaged("a rule set in it"))?;
        match &mut self.live {
            Some(live) => live.change(setup).map(drop),
            None => {
                self.live = Some(Live::new(setup));
                Ok(())
            }
        }
    }
}
