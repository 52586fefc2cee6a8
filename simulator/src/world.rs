//! A world: clients, links, a server and its disk, and the operator. It plays steps, ends everything well, and holds what
//! was told against the model.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fishplate::engine::Options;
use fishplate::ruleset::Mode;
use fishplate::state::AtBudget;
use fishplate::{Error, Status, Timestamp, codes};
use fishplate_store::keeper;
use fishplate_store::sim::{Chance, Fault, SimDisk};
use fishplate_store::{Keeper, Lsn, StateId};
use fishplate_transport::hub::{Clock, Hub, HubOptions};

use crate::client::Peer;
use crate::disk::Folder;
use crate::met::Met;
use crate::model;
use crate::plan::{DiskFault, Plan, Step};
use crate::plant::Plant;
use crate::recorded::{Input, Ledger, Recorded, Taken, bytes};
use crate::rules::{Version, family};
use crate::told::{check_peer, good};

/// What went wrong, in words. Boxed: it is rare.
#[derive(Debug)]
pub(crate) struct Failure(String);

pub(crate) fn fail<T>(what: impl Into<String>) -> Result<T, Failure> {
    Err(Failure(what.into()))
}

/// Plays a plan, with a mistake in it or none.
///
/// # Errors
/// What the world showed that must not be, in words.
pub fn play(plan: &Plan, plant: Option<Plant>) -> Result<Met, String> {
    let played = catch_unwind(AssertUnwindSafe(|| World::new(plan, plant).and_then(|world| world.play(plan))));
    match played {
        Ok(Ok(met)) => Ok(met),
        Ok(Err(Failure(what))) => Err(what),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("a panic: {}", text.unwrap_or_default()))
        }
    }
}

/// A clock that stands until it is moved; the time of day is a day ahead of it.
#[derive(Debug, Default)]
struct Hands(AtomicU64);

impl Clock for Hands {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }

    fn unix_nanos(&self) -> i64 {
        self.now().as_nanos() as i64 + 86_400_000_000_000
    }
}

/// What ends with a process.
struct Process {
    hub: Arc<Hub>,
    engine: Arc<Recorded>,
}

struct World {
    versions: Vec<Version>,
    other: Version,
    options: Options,
    plant: Option<Plant>,
    disk: SimDisk,
    clock: Arc<Hands>,
    ledger: Ledger,
    process: Option<Process>,
    peers: Vec<Peer>,
    /// The version that the operator asked for last.
    asked: usize,
    /// The time of events, in seconds since the Unix epoch.
    time: i64,
    met: Met,
}

/// The time at which a world begins.
const BEGIN: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z

impl World {
    fn new(plan: &Plan, plant: Option<Plant>) -> Result<Self, Failure> {
        let at_budget = if plan.evicts { AtBudget::Evict } else { AtBudget::Refuse };
        let options = Options { memory: plan.memory.unwrap_or(1 << 30), at_budget, ..Options::default() };
        let mut world = Self {
            versions: family(plan.partitioned),
            other: family(!plan.partitioned).swap_remove(0),
            options,
            plant,
            disk: SimDisk::new(plan.seed),
            clock: Arc::new(Hands::default()),
            ledger: Ledger::default(),
            process: None,
            peers: (0..plan.clients).map(Peer::new).collect(),
            asked: 0,
            time: BEGIN,
            met: Met::default(),
        };
        world.start()?;
        Ok(world)
    }

    /// The next process opens the state. Whatever fails in that is over once the power was cut and there is room.
    fn start(&mut self) -> Result<(), Failure> {
        for attempt in 0..3 {
            match self.open() {
                Ok(process) => {
                    process.engine.begin();
                    self.process = Some(process);
                    return self.check_state();
                }
                Err(error) if attempt == 2 => return fail(format!("the state cannot be opened: {error}")),
                Err(_) => {
                    self.disk.room(None);
                    self.disk = self.disk.crash();
                }
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<Process, Error> {
        let options = keeper::Options {
            engine: self.options,
            journal: fishplate_store::Options { segment_bytes: 3_000, preallocate: true },
        };
        let (before, mut replayed) = (self.ledger.lock().clone(), Vec::new());
        let told = &mut |one: keeper::Replayed<'_>| {
            replayed.push((one.lsn, one.decisions.iter().map(bytes).collect::<Vec<_>>()));
        };
        let folder = Folder { disk: self.disk.clone(), plant: self.plant };
        let rules = &self.versions[self.asked].rules;
        let (keeper, opened) = Keeper::open(folder, StateId([7; 16]), rules, options, told)?;
        let last = opened.recovery.last;
        self.ledger.lock().retain(|taken| taken.lsn <= last);
        self.met.lost += (before.len() - self.ledger.lock().len()) as u64;
        if opened.swapped.is_some() {
            // The operator asked for it before the process ended, and it had not come so far.
            self.ledger.add(Lsn(last.0 + 1), Input::Swap(self.asked), &[]);
        }
        for (lsn, decided) in replayed {
            let known = before.iter().find(|taken| taken.lsn == lsn && !matches!(taken.input, Input::Swap(_)));
            let same = known.is_none_or(|taken| taken.decided == decided);
            assert!(same, "input {lsn:?} was decided otherwise when it was replayed");
        }
        let engine = Arc::new(Recorded::new(keeper, self.ledger.clone(), self.plant, self.met.restarts as u32));
        let hub = Hub::with_clock(HubOptions::default(), self.clock.clone());
        hub.add("cards", engine.clone());
        Ok(Process { hub, engine })
    }

    /// The engine is what the inputs make of it.
    fn check_state(&mut self) -> Result<(), Failure> {
        let Some(process) = &self.process else { return Ok(()) };
        let taken: Vec<Taken> = self.ledger.lock().clone();
        let expected = model::replay(&self.versions, self.options, &taken, false)?;
        let found = process.engine.kept.shared().with(|keeper| keeper.engine().snapshot());
        if found != expected.snapshot() {
            return fail(format!("the state is not what its {} inputs make of it", taken.len()));
        }
        Ok(())
    }

    fn restart(&mut self, power: bool) -> Result<(), Failure> {
        let durable = self.process.as_ref().map(|process| process.engine.position().1);
        self.disk = if power { self.disk.crash() } else { self.disk.kill() };
        // What the old process still does, it does to a disk that is not there any more.
        self.peers.iter_mut().for_each(Peer::lose_server);
        self.process = None;
        self.met.restarts += 1;
        self.met.cuts += u64::from(power);
        let before = self.ledger.lock().iter().filter(|taken| Some(taken.lsn) <= durable).count();
        self.start()?;
        if self.ledger.lock().len() < before {
            return fail(format!("of {before} inputs that were durable, some are gone"));
        }
        Ok(())
    }

    fn play(mut self, plan: &Plan) -> Result<Met, Failure> {
        let mut patience = 0;
        for step in &plan.steps {
            self.clock.0.fetch_add(1_000_000, Ordering::SeqCst);
            self.step(step)?;
            // Whoever runs the server notices that its keeper has stopped, a little later.
            let stopped = self.process.as_ref().is_some_and(|process| process.engine.kept.stopped().is_some());
            patience = if stopped { patience + 1 } else { 0 };
            if patience > 4 {
                self.met.stopped += 1;
                self.disk.room(None);
                self.restart(true)?;
            }
        }
        self.end_well()?;
        self.check(plan)?;
        Ok(self.met)
    }

    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let Some(process) = &self.process else { return Ok(()) };
        let hub = process.hub.clone();
        let engine = process.engine.clone();
        let peers = &mut self.peers;
        match *step {
            Step::Send(who, seed, count) => {
                peers[who].send(&mut Chance::new(seed), count, self.time);
                self.time += (seed % 7) as i64;
            }
            Step::Leave(who, most) => peers[who].leave(most),
            Step::Arrive(who, most, twice) => peers[who].arrive(most, twice)?,
            Step::Decide(who, most) => peers[who].decide(most),
            Step::Commit(who) => peers[who].commit(),
            Step::Answer(who, most) => peers[who].answer(most),
            Step::Hear(who, most) => peers[who].hear(most)?,
            Step::Receive(who) => peers[who].receive()?,
            Step::Exchange(who) => {
                peers[who].connect(&hub)?;
                peers[who].exchange()?;
            }
            Step::Break(who) => peers[who].part(),
            Step::Connect(who) => peers[who].connect(&hub)?,
            Step::TakeOver(who, asked) => peers[who].take_over(&hub, asked)?,
            Step::Replace(who) => peers[who].replace(),
            Step::ComeLate(who) => peers[who].come_late(&hub)?,
            Step::Bury(who) => peers[who].bury(),
            Step::Pass(seconds) => self.time += seconds,
            Step::Tick(behind) => self.tick(&engine, behind)?,
            Step::Swap(to) => self.swap(&engine, to)?,
            Step::SwapRefused => self.swap_refused(&engine)?,
            Step::Switch(rule, mode) => switch(&engine, rule, mode)?,
            Step::Snapshot => {
                if let Err(error) = engine.kept.snapshot() {
                    allowed(&error)?;
                }
            }
            Step::Sweep => hub.sweep(),
            Step::Kill => self.restart(false)?,
            Step::Cut => self.restart(true)?,
            Step::CutIn(operations) => self.disk.power_for(Some(operations)),
            Step::Fail(fault) => self.disk.fail_next(match fault {
                DiskFault::Sync => Fault::SyncFails,
                DiskFault::Folder => Fault::FolderSyncFails,
                DiskFault::Write => Fault::WriteFails,
            }),
            Step::Room(bytes) => self.disk.room(Some(bytes)),
            Step::Empty => self.disk.room(None),
            Step::Rot(bit) => self.rot(bit)?,
            Step::Stop => {
                hub.drain(Status::Unavailable, "the server stops");
                for peer in peers {
                    peer.exchange()?;
                }
                self.restart(false)?;
            }
        }
        Ok(())
    }

    fn tick(&mut self, engine: &Recorded, behind: i64) -> Result<(), Failure> {
        let Some(now) = Timestamp::new(self.time - behind, 0) else { return Ok(()) };
        match engine.tick(now) {
            Ok(fired) => self.met.fired += fired.len() as u64,
            Err(error) => allowed(&error)?,
        }
        Ok(())
    }

    fn swap(&mut self, engine: &Recorded, to: usize) -> Result<(), Failure> {
        if engine.kept.stopped().is_some() {
            return Ok(());
        }
        self.asked = to;
        engine.swap(to, &self.versions[to]).or_else(|error| allowed(&error))
    }

    fn swap_refused(&self, engine: &Recorded) -> Result<(), Failure> {
        match engine.kept.swap(&self.other.rules) {
            Err(error) if error.code() == codes::PARTITION_CHANGED => Ok(()),
            Err(error) => allowed(&error),
            Ok(_) => fail("a rule set that is partitioned otherwise was taken"),
        }
    }

    /// A bit of the newest snapshot changes while the process is down: the older one is there for that.
    fn rot(&mut self, bit: u64) -> Result<(), Failure> {
        use fishplate_store::Disk as _;
        let names = self.disk.list().unwrap_or_default();
        let mut snapshots: Vec<String> = names.into_iter().filter(|name| name.contains("snapshot")).collect();
        snapshots.sort();
        if snapshots.len() < 2 {
            return Ok(());
        }
        let newest = snapshots.pop().unwrap_or_default();
        let bits = self.disk.shown(&newest).map_or(0, |bytes| bytes.len() as u64 * 8);
        if let Some(bit) = bit.checked_rem(bits) {
            self.disk.rot(&newest, bit);
        }
        self.restart(false)?;
        // Then the snapshot that was passed over is replaced, so that no second one rots beside it.
        let Some(process) = &self.process else { return Ok(()) };
        process.engine.kept.snapshot().map(drop).or_else(|error| allowed(&error))
    }

    /// Everything that failed is put right, and every client comes to its end.
    fn end_well(&mut self) -> Result<(), Failure> {
        self.disk.room(None);
        self.restart(true)?;
        for round in 0..1_000 {
            if self.peers.iter().all(|peer| peer.end.is_some()) {
                return Ok(());
            }
            // A fault that waited may still come.
            if self.process.as_ref().is_some_and(|process| process.engine.kept.stopped().is_some()) {
                self.restart(true)?;
            }
            let Some(process) = &self.process else { continue };
            for peer in &mut self.peers {
                peer.bury();
                peer.connect(&process.hub)?;
                peer.half_close();
                peer.exchange()?;
            }
            self.clock.0.fetch_add(round, Ordering::SeqCst);
        }
        fail("some client never comes to its end")
    }

    /// What was told is what was taken, and what was taken is what the model says.
    fn check(&mut self, plan: &Plan) -> Result<(), Failure> {
        self.check_state()?;
        let taken: Vec<Taken> = self.ledger.lock().clone();
        let mut of_event: HashMap<([u8; 16], u64), &Vec<u8>> = HashMap::new();
        for one in &taken {
            if let Input::Event { session, sequence, .. } = &one.input
                && of_event.insert((*session, *sequence), &one.decided[0]).is_some()
            {
                return fail(format!("event {sequence} of session {} was taken twice", session[0]));
            }
        }
        for peer in &self.peers {
            self.met.compared += check_peer(peer, &of_event)?;
        }
        let told: usize = self.peers.iter().map(good).sum();
        if told != of_event.len() {
            return fail(format!("{} events were taken, and {told} outcomes told", of_event.len()));
        }
        let kept =
            self.process.as_ref().map(|process| process.engine.kept.shared().with(|keeper| keeper.engine().counters()));
        let engine = model::replay(&self.versions, self.options, &taken, plan.memory.is_none())?;
        if kept.is_some_and(|kept| kept.accepted != engine.counters().accepted) && self.met.restarts == 0 {
            return fail("the engine counts other events than were taken");
        }
        self.met.inputs += taken.len() as u64;
        Ok(())
    }
}

fn switch(engine: &Recorded, rule: usize, mode: usize) -> Result<(), Failure> {
    let rules = fishplate_transport::Decider::rules(engine);
    let rule = rules[rule % rules.len()].clone();
    let mode = [None, Some(Mode::Live), Some(Mode::Shadow), Some(Mode::Off)][mode % 4];
    engine.switch(&rule, mode).or_else(|error| allowed(&error))
}

/// What an operator may be told: that the disk failed, and nothing else.
fn allowed(error: &Error) -> Result<(), Failure> {
    match error.status {
        Status::Unavailable | Status::ResourceExhausted | Status::FailedPrecondition => Ok(()),
        _ => fail(format!("the operator is told: {error}")),
    }
}
