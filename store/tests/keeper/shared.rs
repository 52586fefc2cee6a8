//! Many threads and one keeper: they wait for the disk together, and none is told what is not durable.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use fishplate::{Event, Status, codes};
use fishplate_store::keeper::{Keeper, Options, Shared};
use fishplate_store::sim::{Fault, SimDisk, SimFile};
use fishplate_store::{Disk, DiskFile, StateId, journal};

use crate::rules::{at, rule_sets};

const ID: StateId = StateId([5; 16]);

/// A disk whose syncs are counted; one of them can be held back.
#[derive(Clone)]
struct Gated {
    disk: SimDisk,
    syncs: Arc<AtomicU64>,
    gate: Arc<Mutex<Option<Gate>>>,
}

/// Says that a sync has begun, and waits for a word.
struct Gate {
    begun: Sender<()>,
    go: Receiver<()>,
}

struct GatedFile {
    file: SimFile,
    of: Gated,
}

impl Gated {
    fn new() -> Self {
        Self { disk: SimDisk::new(1), syncs: Arc::default(), gate: Arc::default() }
    }

    fn file(&self, file: SimFile) -> GatedFile {
        GatedFile { file, of: self.clone() }
    }

    /// The next sync waits. Given are what says that it has begun, and what lets it go.
    fn close(&self) -> (Receiver<()>, Sender<()>) {
        let ((begun, has_begun), (let_go, go)) = (mpsc::channel(), mpsc::channel());
        *self.gate.lock().expect("nobody panicked") = Some(Gate { begun, go });
        (has_begun, let_go)
    }
}

impl Disk for Gated {
    type File = GatedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn create(&self, name: &str) -> io::Result<GatedFile> {
        self.disk.create(name).map(|file| self.file(file))
    }

    fn open(&self, name: &str) -> io::Result<GatedFile> {
        self.disk.open(name).map(|file| self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.disk.sync_folder()
    }

    fn called(&self, name: &str) -> String {
        self.disk.called(name)
    }
}

impl DiskFile for GatedFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.of.syncs.fetch_add(1, Ordering::SeqCst);
        let gate = self.of.gate.lock().expect("nobody panicked").take();
        if let Some(Gate { begun, go }) = gate {
            begun.send(()).expect("the test waits for it");
            go.recv().expect("the test lets it go");
        }
        self.file.sync()
    }

    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.file.truncate(size)
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        self.file.allocate(size)
    }
}

fn shared<D: Disk>(disk: D) -> Shared<D> {
    let [rules, ..] = rule_sets();
    let journal = journal::Options { segment_bytes: 20_000, preallocate: false };
    let options = Options { journal, ..Options::default() };
    Shared::new(Keeper::open(disk, ID, &rules, options, &mut |_| {}).expect("a new state").0)
}

/// Brings an event; gives its record.
fn decide<D: Disk>(shared: &Shared<D>, id: u64) -> u64 {
    let json = format!(r#"{{"id": "{id}", "at": "{}", "card": "c", "amount": "1", "hot": false}}"#, at(0));
    shared.with(|keeper| {
        keeper.decide(Event::json(json.as_bytes()), None).expect("a good event");
        keeper.position().0.0
    })
}

#[test]
fn those_who_come_while_the_disk_is_busy_share_the_next_sync() {
    let disk = Gated::new();
    let shared = shared(disk.clone());
    let (begun, let_go) = disk.close();
    let before = disk.syncs.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            decide(&shared, 0);
            shared.commit().expect("all is well");
        });
        begun.recv().expect("the first group is on its way");
        let (brought, all_brought) = mpsc::channel();
        for id in 1..=6 {
            let (shared, brought) = (&shared, brought.clone());
            scope.spawn(move || {
                let own = decide(shared, id);
                brought.send(()).expect("the test waits for it");
                assert!(shared.commit().expect("all is well").0 >= own, "told only when it is durable");
            });
        }
        // The disk is busy, and the keeper is not.
        (1..=6).for_each(|_| all_brought.recv().expect("it was brought"));
        let_go.send(()).expect("the sync waits for it");
    });
    assert_eq!(disk.syncs.load(Ordering::SeqCst) - before, 2, "one for the first, one for the six");
    let (last, durable) = shared.with(|keeper| keeper.position());
    assert_eq!((last, durable.0), (durable, 8));
}

#[test]
fn everyone_who_waits_learns_that_the_disk_failed() {
    let disk = Gated::new();
    let shared = shared(disk.clone());
    let (begun, let_go) = disk.close();
    disk.disk.fail_next(Fault::SyncFails);
    std::thread::scope(|scope| {
        let (brought, all_brought) = mpsc::channel();
        let commit = |id| {
            let (shared, brought) = (shared.clone(), brought.clone());
            scope.spawn(move || {
                decide(&shared, id);
                brought.send(()).expect("the test waits for it");
                let error = shared.commit().expect_err("it is not durable");
                assert_eq!((error.status, error.code()), (Status::Unavailable, codes::DISK_FAILED), "{error}");
            });
        };
        commit(0);
        begun.recv().expect("the first group is on its way");
        commit(1);
        commit(2);
        (0..3).for_each(|_| all_brought.recv().expect("it was brought"));
        let_go.send(()).expect("the sync waits for it");
    });
    assert!(shared.commit().is_err() && shared.snapshot().is_err());
}

#[test]
fn snapshots_and_events_of_many_threads_get_on_with_each_other() {
    let disk = SimDisk::new(1);
    let shared = shared(disk.clone());
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let shared = &shared;
            scope.spawn(move || {
                for at in 0..50 {
                    let own = decide(shared, thread * 1_000 + at);
                    assert!(shared.commit().expect("all is well").0 >= own);
                    if at % 20 == thread {
                        shared.snapshot().expect("all is well");
                    }
                }
            });
        }
    });
    let clone = shared.clone();
    assert!(shared.into_keeper().is_none(), "somebody else has it");
    clone.into_keeper().expect("nobody else has it").close().expect("all is well");
    let keeper = Keeper::open(disk, ID, &rule_sets()[0], Options::default(), &mut |_| {}).expect("it opens").0;
    assert_eq!(keeper.engine().counters().accepted, 200);
}

#[test]
fn one_snapshot_is_written_at_a_time() {
    let keeper = shared(SimDisk::new(1)).into_keeper();
    let mut keeper = keeper.expect("nobody else has it");
    let writing = keeper.begin_snapshot().expect("all is well");
    assert_eq!(keeper.begin_snapshot().map(drop).map_err(|error| error.code()), Err(codes::INTERNAL));
    drop(writing);
    let writing = keeper.begin_snapshot().expect("the other one was given up");
    keeper.end_snapshot(writing).expect("all is well");
    keeper.snapshot().expect("all is well");
}
