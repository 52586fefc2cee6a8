//! A run that is kept: started again over the same events, after whatever ended it, it goes on where it was, and its
//! output is that of a run that nobody interrupted.
//!
//! The output is to the state what a client is to a server: lines leave when what they are of is durable; what the output
//! is known to have, for good, is acknowledged; what is not acknowledged can be written again. An event's place in the
//! conversation is its number, and a tick's is just before the event that it came with.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use fishplate::engine::Options;
use fishplate::{Engine, Error, Event, Place, RuleSet, Status, codes};
use fishplate_store::RealDisk;
use fishplate_store::keeper::{self, Delivery, Keeper, Outcome};

use super::tally::Tally;
use super::ticks::Ticks;
use super::{Desk, Ended, line, output};
use crate::events::{Position, Reader};
use crate::files::new_state;

/// The run's place among the sessions of a state.
const RUN: [u8; 16] = *b"fishplate run 1\0";
/// How many events, and how many bytes of lines, wait for the disk together.
const GATHERED: (u64, usize) = (1_024, 1 << 20);
/// How often the output is made durable too, counted in waits for the disk.
const SETTLE_EVERY: u32 = 16;
/// Bytes of journal after which a snapshot is written: what is replayed at most, twice over.
const SNAPSHOT_BYTES: u64 = 64 << 20;

pub(super) struct Kept {
    keeper: Keeper<RealDisk>,
    /// Finds an event's time before the event is handed over; `None`: no rule fires by itself.
    ticks: Option<(Ticks, Engine)>,
    out: Out,
    tally: Tally,
    /// Lines that are of nothing durable yet.
    lines: Vec<u8>,
    /// Of how many events.
    gathered: u64,
    /// Everything up to this place is in the output, for good.
    settled: u64,
    commits: u32,
}

/// Where the lines go.
pub(super) enum Out {
    /// What is written to it is seen at once, and stays.
    File(File),
    /// Whoever reads it may see lines twice.
    Other(Box<dyn Write>),
}

/// What a kept run begins with.
pub(super) struct Setup<'a> {
    pub(super) state: &'a Path,
    pub(super) rules: &'a RuleSet,
    pub(super) options: Options,
    pub(super) ticks: Option<Ticks>,
}

/// The place of event `number`.
fn place(number: u64) -> u64 {
    number.saturating_mul(2)
}

impl Kept {
    /// Opens the state, and the output with it: what it lacks is written.
    ///
    /// # Errors
    /// As [`Keeper::open`]; the output does not belong to the state (F0875, F0877), or cannot be used.
    pub(super) fn open(
        setup: Setup<'_>,
        output: &Path,
        create: impl FnOnce() -> Result<File, Error>,
    ) -> Result<Self, Error> {
        let disk = RealDisk::open(setup.state)?;
        let options = keeper::Options { engine: setup.options, ..keeper::Options::default() };
        let (keeper, _) = Keeper::open(disk, new_state()?, setup.rules, options, &mut |_| {})?;
        let intake = Engine::new(setup.rules, setup.options);
        let mut kept = Self {
            keeper,
            ticks: setup.ticks.map(|ticks| (ticks, intake)),
            out: Out::Other(Box::new(io::stdout())),
            tally: Tally::default(),
            lines: Vec::new(),
            gathered: 0,
            settled: 0,
            commits: 0,
        };
        let is_file = output != Path::new("-");
        let Some(known) = kept.keeper.session(&RUN).cloned() else {
            if is_file {
                kept.out = Out::File(create()?);
            }
            return Ok(kept);
        };
        kept.settled = known.acknowledged;
        let mut written = known.acknowledged;
        if is_file {
            let (file, number) = output::reopen(output)?;
            check(output, place(number), &known)?;
            (kept.out, written) = (Out::File(file), place(number));
        }
        kept.recall(&known, written)?;
        Ok(kept)
    }

    /// Takes in what was done before, and writes what the output lacks of it.
    fn recall(&mut self, known: &keeper::Session, written: u64) -> Result<(), Error> {
        let (counted, tally) = Tally::read(&known.note).unwrap_or_default();
        self.tally = tally;
        for (at, outcome) in &known.outcomes {
            let (counts, lacks) = (*at > counted, *at > written);
            let number = at / 2;
            match outcome {
                Outcome::Decided(decision) => {
                    if counts {
                        self.tally.count(decision);
                    }
                    if lacks {
                        line::decision(number, decision, &mut self.lines);
                    }
                }
                Outcome::Fired(decisions) => {
                    for decision in decisions {
                        if counts {
                            self.tally.fired();
                        }
                        if lacks {
                            line::timer(decision, &mut self.lines);
                        }
                    }
                }
                Outcome::Noted(note) => {
                    let (why, refusal) = read_refusal(note).ok_or_else(unreadable)?;
                    if counts {
                        self.tally.refused(|| why.to_owned());
                    }
                    if lacks {
                        self.lines.extend(refusal);
                    }
                }
            }
        }
        debug_assert_eq!(self.tally.events, known.accepted / 2, "every event is counted once");
        Ok(())
    }

    /// How many events were decided before, or refused: they are passed over.
    pub(super) fn done(&self) -> u64 {
        self.tally.events
    }

    fn accepted(&self) -> u64 {
        self.keeper.session(&RUN).map_or(0, |known| known.accepted)
    }

    fn delivery(&self, at: u64) -> Delivery {
        Delivery { session: RUN, sequence: at, acknowledged: self.settled }
    }

    /// Lets time pass up to the event's own, as `plain.rs` does. An event that is refused lets none pass.
    fn tick(&mut self, event: Event<'_>) -> Result<(), Ended> {
        let at = place(self.tally.events + 1) - 1;
        let Some((ticks, intake)) = &mut self.ticks else { return Ok(()) };
        let Ok(prepared) = intake.prepare(event) else { return Ok(()) };
        let Some(now) = prepared.time().and_then(|time| ticks.due(time)) else { return Ok(()) };
        // The last life came as far as this.
        if at <= self.accepted() {
            return Ok(());
        }
        let delivery = self.delivery(at);
        for decision in self.keeper.advance_to(now, Some(delivery)).map_err(Ended::Kept)? {
            self.tally.fired();
            line::timer(&decision, &mut self.lines);
        }
        Ok(())
    }

    /// Another event is done with; now and then all of them are made durable, and their lines leave.
    fn gather(&mut self) -> Result<(), Ended> {
        self.gathered += 1;
        if self.gathered >= GATHERED.0 || self.lines.len() >= GATHERED.1 {
            self.commit()?;
            if self.commits.is_multiple_of(SETTLE_EVERY) {
                self.settle()?;
            }
            if self.keeper.since_snapshot() >= SNAPSHOT_BYTES {
                self.keeper.snapshot().map_err(Ended::Kept)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Ended> {
        self.keeper.sync().map_err(Ended::Kept)?;
        let out: &mut dyn Write = match &mut self.out {
            Out::File(file) => file,
            Out::Other(other) => other,
        };
        out.write_all(&self.lines).and_then(|()| out.flush()).map_err(Ended::Unwritable)?;
        self.lines.clear();
        (self.gathered, self.commits) = (0, self.commits.wrapping_add(1));
        Ok(())
    }

    /// Makes the output durable, and acknowledges it. What was counted up to there is kept first: an acknowledgement takes
    /// away what it could be counted by.
    fn settle(&mut self) -> Result<(), Ended> {
        if let Out::File(file) = &self.out {
            file.sync_data().map_err(Ended::Unwritable)?;
        }
        let at = place(self.tally.events);
        self.keeper.note_session(RUN, &self.tally.write(at)).map_err(Ended::Kept)?;
        self.keeper.acknowledge(&RUN, at);
        self.settled = at;
        Ok(())
    }
}

impl Desk for Kept {
    fn decide(&mut self, reader: &dyn Reader) -> Result<(), Ended> {
        self.tick(reader.event())?;
        let number = self.tally.events + 1;
        match self.keeper.decide(reader.event(), Some(self.delivery(place(number)))) {
            Ok(decision) => {
                self.tally.count(&decision);
                line::decision(number, &decision, &mut self.lines);
                self.gather()
            }
            Err(error) if self.keeper.stopped().is_some() => Err(Ended::Kept(error)),
            Err(error) => self.refuse(&error, reader.position()),
        }
    }

    fn refuse(&mut self, error: &Error, position: Position) -> Result<(), Ended> {
        let number = self.tally.events + 1;
        let why = Tally::why(number, error, position);
        let mut refusal = Vec::new();
        line::refusal(number, position, error, &mut refusal);
        self.keeper.note(self.delivery(place(number)), write_refusal(&why, &refusal)).map_err(Ended::Kept)?;
        self.tally.refused(|| why);
        self.lines.extend(refusal);
        self.gather()
    }

    fn finish(&mut self) -> Result<(), Ended> {
        self.commit()?;
        self.settle()?;
        // The next life begins with it: what is acknowledged is in it, and nothing is replayed.
        self.keeper.snapshot().map(drop).map_err(Ended::Kept)
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// That the output is the one that the state was written with.
fn check(output: &Path, written: u64, known: &keeper::Session) -> Result<(), Error> {
    let number = written / 2;
    let name = Place::Name(output.to_string_lossy().into_owned());
    if written < known.acknowledged {
        let wanted = known.acknowledged / 2;
        let message = format!("the output ends with event {number}, and the state has written it up to event {wanted}");
        return Err(Error::new(Status::DataLoss, codes::STATE_INCOMPLETE, message, name)
            .suggest("bring the output back that belongs to the state, or begin with an empty state folder"));
    }
    if written > known.accepted {
        let message = format!("the output ends with event {number}, which the state does not know");
        return Err(Error::new(Status::FailedPrecondition, codes::STATE_MIXED, message, name)
            .suggest("give the output that belongs to the state, or another one with an empty state folder"));
    }
    Ok(())
}

/// A refusal as it is noted: the length of the text for people, the text, the line.
fn write_refusal(why: &str, refusal: &[u8]) -> Vec<u8> {
    let mut note = (why.len() as u64).to_le_bytes().to_vec();
    note.extend(why.as_bytes());
    note.extend(refusal);
    note
}

fn read_refusal(note: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = note.split_first_chunk::<8>()?;
    let (why, refusal) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((std::str::from_utf8(why).ok()?, refusal))
}

fn unreadable() -> Error {
    let message = "a refusal that the state holds is none that this version of Fishplate can read";
    Error::new(Status::DataLoss, codes::STATE_DAMAGED, message, Place::None)
}
