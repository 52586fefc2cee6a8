//! Would the worlds notice? Each test plants a mistake that journals are known to make, and the worlds must find it.

use std::io;
use std::sync::Arc;

use fishplate_store::sim::{Faults, SimDisk, SimFile};
use fishplate_store::{Disk, DiskFile};

use crate::world::{Seen, World};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    /// Acknowledges before the sync.
    NoSync,
    /// Syncs files and forgets their folder.
    NoFolderSync,
    /// Asks a sync that failed once more, and believes the answer.
    AsksAgain,
    /// Takes a write that failed for one that was made.
    IgnoresWriteErrors,
    /// Leaves the end that a power cut tore off where it is.
    DoesNotCut,
}

/// A disk with a mistake between it and the journal: the same as the mistake in the journal.
#[derive(Clone)]
struct Bent {
    disk: SimDisk,
    bug: Bug,
}

struct BentFile {
    file: Arc<SimFile>,
    bug: Bug,
}

impl Disk for Bent {
    type File = BentFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn create(&self, name: &str) -> io::Result<BentFile> {
        self.disk.create(name).map(|file| BentFile { file: Arc::new(file), bug: self.bug })
    }

    fn open(&self, name: &str) -> io::Result<BentFile> {
        self.disk.open(name).map(|file| BentFile { file: Arc::new(file), bug: self.bug })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        if self.bug == Bug::NoFolderSync { Ok(()) } else { self.disk.sync_folder() }
    }

    fn called(&self, name: &str) -> String {
        self.disk.called(name)
    }
}

impl DiskFile for BentFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_at(offset, bytes);
        if self.bug == Bug::IgnoresWriteErrors { Ok(()) } else { written }
    }

    fn sync(&self) -> io::Result<()> {
        match self.bug {
            Bug::NoSync => Ok(()),
            Bug::AsksAgain => self.file.sync().or_else(|_| self.file.sync()),
            _ => self.file.sync(),
        }
    }

    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        if self.bug == Bug::DoesNotCut { Ok(()) } else { self.file.truncate(size) }
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        self.file.allocate(size)
    }
}

/// The first seed whose world finds the bug.
fn found(bug: Bug, faults: Faults) -> Option<u64> {
    (0..1_000).find(|seed| {
        let mut world = World::new(*seed);
        world.faults = faults;
        world.live(5, |disk| Bent { disk, bug }, &mut Seen::default()).is_err()
    })
}

#[test]
fn an_acknowledgement_before_the_sync_is_found() {
    assert!(found(Bug::NoSync, Faults::default()).is_some());
}

#[test]
fn a_folder_that_is_not_synced_is_found() {
    assert!(found(Bug::NoFolderSync, Faults::default()).is_some());
}

#[test]
fn a_sync_that_is_asked_again_is_found() {
    let faults = Faults { sync_fails: 100, ..Faults::default() };
    assert!(found(Bug::AsksAgain, faults).is_some());
}

#[test]
fn a_write_error_that_is_ignored_is_found() {
    let faults = Faults { write_fails: 100, ..Faults::default() };
    assert!(found(Bug::IgnoresWriteErrors, faults).is_some());
}

#[test]
fn a_torn_end_that_is_left_is_found() {
    assert!(found(Bug::DoesNotCut, Faults::default()).is_some());
}
