//! Lives of a keeper on a simulated disk, driven by a seed.

use std::collections::BTreeMap;

use fishplate::ruleset::Mode;
use fishplate::{Engine, Error, RuleSet, Status};
use fishplate_store::keeper::{Delivery, Keeper, Options, Replayed};
use fishplate_store::sim::{Chance, Faults, SimDisk};
use fishplate_store::{StateId, journal};

use crate::model::{Input, Known, Whole, event_of, options, told};
use crate::rules::{at, event, rule_sets};

/// What happened, so that a test can say that it was not about nothing.
#[derive(Debug, Default)]
struct Seen {
    lives: u64,
    replayed: u64,
    restored: u64,
    lost: u64,
    fired: u64,
    repeated: u64,
    swaps: u64,
    no_room: u64,
}

struct World {
    chance: Chance,
    disk: SimDisk,
    journal: journal::Options,
    rules: [RuleSet; 3],
    /// Everything that may have been kept, by record.
    inputs: BTreeMap<u64, Input>,
    /// What was said to it, by record.
    said: BTreeMap<u64, Vec<Vec<u8>>>,
    promised: u64,
    second: i64,
    /// By session: the last sequence, and how far its client has acknowledged.
    clients: [(u64, u64); 3],
    /// What the state decides by, if everything that was taken is kept.
    current: (RuleSet, u64),
}

/// So many bytes that some cards find no room.
const SMALL: u64 = 180_000;

fn session(at: usize) -> [u8; 16] {
    [at as u8 + 1; 16]
}

impl World {
    fn new(seed: u64, rules: &[RuleSet; 3]) -> Self {
        let mut chance = Chance::new(seed);
        let journal = journal::Options { segment_bytes: [3_000, 20_000][chance.index(2)], preallocate: chance.toss() };
        let disk = SimDisk::new(chance.number());
        Self {
            chance,
            disk,
            journal,
            rules: rules.clone(),
            inputs: BTreeMap::new(),
            said: BTreeMap::new(),
            promised: 0,
            second: 0,
            clients: [(0, 0); 3],
            current: (rules[0].clone(), SMALL),
        }
    }

    fn live(&mut self, seen: &mut Seen) -> Result<(), String> {
        for _ in 0..4 {
            seen.lives += 1;
            let mut keeper = self.open(seen)?;
            let power = self.chance.below(90);
            self.disk.power_for(self.chance.toss().then_some(power));
            self.disk.faults(Faults { sync_fails: 5, ..Faults::default() });
            // However it ends, the next life is told what was kept.
            let _ = self.work(&mut keeper, seen);
            self.disk.faults(Faults::default());
            drop(keeper);
            self.disk = if self.chance.below(3) == 0 { self.disk.kill() } else { self.disk.crash() };
        }
        self.open(seen).map(drop)
    }

    /// Opens the state and compares all that came back.
    fn open(&mut self, seen: &mut Seen) -> Result<Keeper<SimDisk>, String> {
        let wanted = (self.rules[self.chance.index(2)].clone(), [SMALL, SMALL + 1, 1 << 22][self.chance.index(3)]);
        let made = Options { engine: options(wanted.1), journal: self.journal };
        let mut replayed: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
        let mut each = |one: Replayed<'_>| _ = replayed.insert(one.lsn.0, told(one.decisions));
        let (keeper, opened) = Keeper::open(self.disk.clone(), StateId([3; 16]), &wanted.0, made, &mut each)
            .map_err(|error| error.to_string())?;
        let is_other = opened.swapped.is_some();
        let last = opened.recovery.last.0;
        let lost = self.inputs.split_off(&(last + 1));
        seen.lost += lost.len() as u64;
        if let Some(lsn) = lost.keys().find(|lsn| **lsn <= self.promised) {
            return Err(format!("input {lsn} was promised, and the journal ends at {last}"));
        }
        self.said.split_off(&(last + 1));
        if is_other || opened.is_new {
            self.inputs.insert(keeper.position().0.0, Input::Setup(wanted.0.clone(), wanted.1));
        }
        let whole = Whole::of(&self.inputs);
        self.compare(&keeper, &whole, &replayed)?;
        let size = keeper.engine().state_size();
        seen.no_room += size.refused_keys + size.evicted_keys;
        seen.replayed += opened.recovery.replayed;
        seen.restored += u64::from(opened.recovery.snapshot.is_some());
        self.current = wanted;
        self.promised = keeper.position().1.0;
        self.settle(&keeper);
        Ok(keeper)
    }

    fn compare(
        &self,
        keeper: &Keeper<SimDisk>,
        whole: &Whole,
        replayed: &BTreeMap<u64, Vec<Vec<u8>>>,
    ) -> Result<(), String> {
        // What was said before the end is what the engine that never stopped says, and so is what was said again.
        for (lsn, told) in self.said.iter().chain(replayed) {
            if whole.told.get(lsn) != Some(told) {
                return Err(format!("another decision of input {lsn}"));
            }
        }
        let sessions: BTreeMap<[u8; 16], Known> =
            keeper.sessions().map(|(id, session)| (*id, Known::of(session))).collect();
        if sessions != whole.sessions {
            return Err("other sessions, or other outcomes in them".to_owned());
        }
        let facts = |engine: &Engine| {
            let counted = engine.counters();
            let modes: Vec<_> = engine.modes().map(|(rule, mode)| (rule.to_owned(), mode)).collect();
            let warming: Vec<_> = engine.warming().map(str::to_owned).collect();
            let counters = [counted.accepted, counted.late, counted.repeated, counted.matched];
            (counters, engine.state_size(), modes, warming)
        };
        let expected = whole.engine.as_ref().map(facts);
        if expected == Some(facts(keeper.engine())) {
            return Ok(());
        }
        Err(format!("another engine: {:?}, {expected:?}", facts(keeper.engine())))
    }

    /// The clients learn what was accepted, and go on after it.
    fn settle(&mut self, keeper: &Keeper<SimDisk>) {
        for (at, client) in self.clients.iter_mut().enumerate() {
            let accepted = keeper.session(&session(at)).map_or(0, |known| known.accepted);
            *client = (accepted, client.1.min(accepted));
        }
    }

    fn work(&mut self, keeper: &mut Keeper<SimDisk>, seen: &mut Seen) -> Result<(), Error> {
        for _ in 0..self.chance.below(120) {
            self.second += self.chance.below(25) as i64;
            match self.chance.below(40) {
                0..24 => self.event(keeper, seen)?,
                24..27 => self.tick(keeper, seen)?,
                27..33 => self.sync(keeper)?,
                33 => self.sync_in_two(keeper, seen)?,
                34 => self.swap(keeper, seen)?,
                35 => self.mode(keeper)?,
                36 => self.note(keeper)?,
                37 => self.snapshot(keeper, seen)?,
                38 => self.acknowledge(keeper),
                _ => self.preview(keeper)?,
            }
        }
        self.sync(keeper)
    }

    /// The next input of one of the clients, or nobody's.
    fn delivery(&mut self) -> (usize, Option<Delivery>) {
        let at = self.chance.index(4);
        let Some(client) = self.clients.get_mut(at) else { return (at, None) };
        client.0 += 1 + self.chance.below(2);
        (at, Some(Delivery { session: session(at), sequence: client.0, acknowledged: client.1 }))
    }

    fn event(&mut self, keeper: &mut Keeper<SimDisk>, seen: &mut Seen) -> Result<(), Error> {
        let json = event(self.second, &mut self.chance);
        let (_, delivery) = self.delivery();
        match keeper.decide(event_of(&json, delivery), delivery) {
            Ok(decision) => {
                let lsn = keeper.position().0.0;
                seen.repeated += u64::from(decision.repeated());
                self.said.insert(lsn, told(&[decision]));
                self.inputs.insert(lsn, Input::Event(json, delivery));
                Ok(())
            }
            Err(error) if error.status == Status::InvalidArgument => {
                // A session is told of the refusal, and would be told again.
                let Some(delivery) = delivery else { return Ok(()) };
                self.noted(keeper, delivery, error.to_string().into_bytes())
            }
            Err(error) => Err(error),
        }
    }

    fn noted(&mut self, keeper: &mut Keeper<SimDisk>, delivery: Delivery, bytes: Vec<u8>) -> Result<(), Error> {
        keeper.note(delivery, bytes.clone())?;
        self.inputs.insert(keeper.position().0.0, Input::Noted(delivery, bytes));
        Ok(())
    }

    fn tick(&mut self, keeper: &mut Keeper<SimDisk>, seen: &mut Seen) -> Result<(), Error> {
        let second = self.second + self.chance.below(200) as i64 - 100;
        let (_, delivery) = self.delivery();
        let before = keeper.position().0;
        let fired = keeper.advance_to(at(second), delivery)?;
        let after = keeper.position().0;
        if after == before {
            assert!(fired.is_empty() && delivery.is_none());
            return Ok(());
        }
        seen.fired += fired.len() as u64;
        self.said.insert(after.0, told(&fired));
        self.inputs.insert(after.0, Input::Tick(second, delivery));
        Ok(())
    }

    fn sync(&mut self, keeper: &mut Keeper<SimDisk>) -> Result<(), Error> {
        self.promised = keeper.sync()?.0;
        Ok(())
    }

    fn sync_in_two(&mut self, keeper: &mut Keeper<SimDisk>, seen: &mut Seen) -> Result<(), Error> {
        let Some(mut group) = keeper.begin_sync()? else { return Ok(()) };
        self.event(keeper, seen)?;
        group.write();
        self.event(keeper, seen)?;
        self.promised = keeper.end_sync(group)?.0;
        Ok(())
    }

    fn swap(&mut self, keeper: &mut Keeper<SimDisk>, seen: &mut Seen) -> Result<(), Error> {
        let to = self.chance.index(3);
        let before = keeper.position();
        match keeper.swap(&self.rules[to]) {
            Ok(_) => {
                seen.swaps += 1;
                self.current.0 = self.rules[to].clone();
                self.inputs.insert(keeper.position().0.0, Input::Setup(self.current.0.clone(), self.current.1));
                Ok(())
            }
            Err(error) if to == 2 && keeper.stopped().is_none() => {
                assert_eq!((error.code(), keeper.position()), (fishplate::codes::PARTITION_CHANGED, before));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn mode(&mut self, keeper: &mut Keeper<SimDisk>) -> Result<(), Error> {
        let rule = ["MANY", "HOT"][self.chance.index(2)];
        let mode = [None, Some(Mode::Live), Some(Mode::Shadow), Some(Mode::Off)][self.chance.index(4)];
        keeper.set_mode(rule, mode)?;
        self.inputs.insert(keeper.position().0.0, Input::Mode(rule, mode));
        Ok(())
    }

    fn note(&mut self, keeper: &mut Keeper<SimDisk>) -> Result<(), Error> {
        let id = session(self.chance.index(3));
        if self.chance.below(3) > 0 {
            let note = self.chance.number().to_le_bytes().to_vec();
            keeper.note_session(id, &note)?;
            self.inputs.insert(keeper.position().0.0, Input::Session(id, note));
            return Ok(());
        }
        let before = keeper.position().0;
        keeper.forget_session(&id)?;
        if keeper.position().0 > before {
            self.inputs.insert(keeper.position().0.0, Input::Ended(id));
            self.settle(keeper);
        }
        Ok(())
    }

    fn snapshot(&mut self, keeper: &mut Keeper<SimDisk>, seen: &mut Seen) -> Result<(), Error> {
        let mut writing = keeper.begin_snapshot()?;
        self.promised = keeper.position().1.0;
        self.event(keeper, seen)?;
        writing.write();
        keeper.end_snapshot(writing).map(drop)
    }

    /// A client has taken some of its outcomes: that is told with its next event.
    fn acknowledge(&mut self, keeper: &mut Keeper<SimDisk>) {
        let at = self.chance.index(3);
        let (sequence, acknowledged) = &mut self.clients[at];
        *acknowledged += self.chance.below(*sequence - *acknowledged + 1);
        let before = keeper.session(&session(at)).map_or(0, |known| known.outcomes.len());
        let left = keeper
            .session(&session(at))
            .map_or(0, |known| known.outcomes.iter().filter(|(sequence, _)| *sequence > *acknowledged).count());
        assert!(left <= before);
    }

    fn preview(&mut self, keeper: &mut Keeper<SimDisk>) -> Result<(), Error> {
        let json = event(self.second, &mut self.chance);
        let before = keeper.position();
        let previewed = keeper.preview(event_of(&json, None));
        assert_eq!(keeper.position(), before, "a preview is not kept");
        match previewed {
            Err(error) if error.status != Status::InvalidArgument => Err(error),
            _ => Ok(()),
        }
    }
}

#[test]
fn a_kept_engine_is_the_one_that_was_never_interrupted() {
    let (mut seen, rules) = (Seen::default(), rule_sets());
    // More of them, for an afternoon: FISHPLATE_WORLDS=100000.
    let worlds = std::env::var("FISHPLATE_WORLDS").ok().and_then(|worlds| worlds.parse().ok()).unwrap_or(150);
    for seed in 0..worlds {
        assert_eq!(World::new(seed, &rules).live(&mut seen), Ok(()), "seed {seed}");
    }
    let Seen { replayed, restored, lost, fired, repeated, swaps, no_room, .. } = seen;
    assert!(
        replayed > 1_500 && restored > 80 && lost > 100 && fired > 100 && repeated > 30 && swaps > 30 && no_room > 30,
        "the worlds were quiet: {seen:?}"
    );
}
