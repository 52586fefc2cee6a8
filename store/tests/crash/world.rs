//! Lives of a store on a simulated disk, driven by a seed: appends, syncs, snapshots, and an end in the middle of any of
//! them; then another life. Generic over the disk, so that a disk with a planted bug can be put in.

use fishplate::Error;
use fishplate_store::sim::{Chance, Faults, SimDisk};
use fishplate_store::{Disk, Options, Recovery, StateId, Store};

use crate::ledger::{Ledger, Model};

pub(crate) const STATE: StateId = StateId(*b"a state of tests");

/// What happened over many worlds, so that a test can say that it was not about nothing.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) lives: u64,
    pub(crate) cuts: u64,
    pub(crate) forgotten: u64,
    pub(crate) snapshots: u64,
    pub(crate) restored: u64,
    pub(crate) passed_over: u64,
    pub(crate) refused: u64,
}

/// Small segments, so that a world has many.
pub(crate) fn options(chance: &mut Chance) -> Options {
    Options { segment_bytes: [600, 3_000, 12_000][chance.index(3)], preallocate: chance.toss() }
}

pub(crate) fn open<D: Disk>(disk: D, options: Options) -> Result<(Store<D>, Ledger, Recovery), Error> {
    let mut ledger = Ledger::default();
    let (store, recovery) = Store::open(disk, STATE, options, &mut ledger)?;
    Ok((store, ledger, recovery))
}

/// One world.
pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) disk: SimDisk,
    pub(crate) options: Options,
    pub(crate) model: Model,
    /// The newest snapshot that was promised.
    snapshot: u64,
    /// How often things go wrong while it works. Opening is spared.
    pub(crate) faults: Faults,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let options = options(&mut chance);
        let disk = SimDisk::new(chance.number());
        Self { chance, disk, options, model: Model::default(), snapshot: 0, faults: Faults::default() }
    }

    /// Some lives. `bend` puts something between the store and the disk.
    ///
    /// # Errors
    /// What is wrong with what came back, in words.
    pub(crate) fn live<D: Disk>(
        &mut self,
        lives: u32,
        bend: impl Fn(SimDisk) -> D,
        seen: &mut Seen,
    ) -> Result<(), String> {
        for _ in 0..lives {
            seen.lives += 1;
            let at_most = [12, 40, 120][self.chance.index(3)];
            let power = self.chance.below(at_most);
            self.disk.power_for((self.chance.below(5) > 0).then_some(power));
            match open(bend(self.disk.clone()), self.options) {
                Ok((store, ledger, recovery)) => {
                    self.check(&store, &ledger, &recovery, seen)?;
                    self.disk.faults(self.faults);
                    // However the life ended, the next one is told apart by what it finds.
                    let _ = self.work(store, ledger, seen);
                    self.disk.faults(Faults::default());
                }
                // Without power nothing can be opened. Nothing else is a reason.
                Err(error) => {
                    let again = self.disk.kill();
                    let opened = open(bend(again.clone()), self.options);
                    self.disk = again;
                    if let Err(again) = opened {
                        return Err(format!("{error}\n{again}"));
                    }
                }
            }
            self.disk = if self.chance.below(3) == 0 { self.disk.kill() } else { self.disk.crash() };
        }
        let (store, ledger, recovery) =
            open(bend(self.disk.clone()), self.options).map_err(|error| error.to_string())?;
        self.check(&store, &ledger, &recovery, seen)
    }

    fn check<D: Disk>(
        &mut self,
        store: &Store<D>,
        came_back: &Ledger,
        recovery: &Recovery,
        seen: &mut Seen,
    ) -> Result<(), String> {
        if let Some(fault) = self.model.fault(came_back) {
            return Err(fault);
        }
        let restored = recovery.snapshot.unwrap_or_default().0;
        if restored < self.snapshot {
            return Err(format!("the snapshot {} had been promised, and {restored} was restored", self.snapshot));
        }
        self.model.settle(came_back, store);
        seen.cuts += u64::from(recovery.cut.is_some());
        seen.restored += u64::from(recovery.snapshot.is_some());
        seen.passed_over += recovery.damaged.len() as u64;
        Ok(())
    }

    /// Does this and that until something fails or chance has enough. `ledger` is the engine.
    fn work<D: Disk>(&mut self, mut store: Store<D>, mut ledger: Ledger, seen: &mut Seen) -> Result<(), Error> {
        for _ in 0..self.chance.below(60) {
            let first = store.journal().first();
            let done = match self.chance.below(80) {
                0..50 => self.append(&mut store, &mut ledger),
                50..65 => store.sync().map(|lsn| self.model.promised(lsn)),
                65..77 => self.sync_in_two(&mut store, &mut ledger),
                77..79 => self.snapshot(&mut store, &mut ledger, seen),
                _ => return self.close(store),
            };
            seen.forgotten += u64::from(store.journal().first() != first);
            if let Err(error) = done {
                seen.refused += 1;
                self.nothing_more(&mut store);
                return Err(error);
            }
        }
        // The end that matters most: in the middle of a group.
        for _ in 0..self.chance.below(8) {
            self.append(&mut store, &mut ledger)?;
        }
        self.disk.power_for(Some(self.chance.below(2)));
        store.sync().map(|lsn| self.model.promised(lsn))
    }

    fn append<D: Disk>(&mut self, store: &mut Store<D>, ledger: &mut Ledger) -> Result<(), Error> {
        let lsn = self.model.append(store, &mut self.chance)?;
        ledger.0.insert(lsn.0, self.model.appended.0[&lsn.0].clone());
        Ok(())
    }

    fn sync_in_two<D: Disk>(&mut self, store: &mut Store<D>, ledger: &mut Ledger) -> Result<(), Error> {
        let Some(mut group) = store.begin_sync()? else { return Ok(()) };
        self.append(store, ledger)?;
        group.write();
        self.append(store, ledger)?;
        store.end_sync(group).map(|lsn| self.model.promised(lsn))
    }

    fn snapshot<D: Disk>(&mut self, store: &mut Store<D>, ledger: &mut Ledger, seen: &mut Seen) -> Result<(), Error> {
        let mut writing = store.begin_snapshot(ledger.bytes())?;
        self.model.promised(store.journal().durable());
        self.append(store, ledger)?;
        writing.write();
        self.append(store, ledger)?;
        self.snapshot = store.end_snapshot(writing)?.0;
        seen.snapshots += 1;
        Ok(())
    }

    fn close<D: Disk>(&mut self, store: Store<D>) -> Result<(), Error> {
        let last = store.journal().last();
        store.close()?;
        self.model.promised(last);
        Ok(())
    }

    /// A journal that has stopped takes nothing and promises nothing.
    fn nothing_more<D: Disk>(&mut self, store: &mut Store<D>) {
        if store.journal().stopped().is_some() {
            let (last, durable) = (store.journal().last(), store.journal().durable());
            assert!(self.model.append(store, &mut self.chance).is_err() && store.sync().is_err());
            assert_eq!((store.journal().last(), store.journal().durable()), (last, durable));
        }
    }
}
