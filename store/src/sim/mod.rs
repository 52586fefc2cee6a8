//! A disk in memory that behaves as badly as real ones are allowed to, and does so again with the same seed. For tests and
//! for the simulator; it knows nothing of what its files are for.
//!
//! What it models: contents that the system shows before the disk holds them; names that are lost if the folder was not
//! synced; power cuts that tear, reorder and lose whatever was not synced, in the middle of any operation; syncs that lie,
//! and syncs that fail and forget; bits that rot; disks that are full; reads that fail.

mod chance;
mod file;
#[cfg(test)]
mod tests;
mod world;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use chance::Chance;
use world::World;

use crate::disk::{Disk, DiskFile};

/// A simulated folder. Clones are the same folder. After [`Self::crash`] or [`Self::kill`] every earlier handle is dead, as
/// everything in the process is that had it.
#[derive(Clone, Debug)]
pub struct SimDisk {
    world: Arc<Mutex<World>>,
    /// Which life of the process this handle is of.
    life: u64,
}

/// How often things go wrong by themselves, in a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A sync of a file or of the folder says that it worked, and has done nothing.
    pub sync_lies: u32,
    /// A sync fails, and what was to be synced is forgotten.
    pub sync_fails: u32,
    /// A write fails; a part of it may have been made.
    pub write_fails: u32,
    /// A read fails.
    pub read_fails: u32,
}

/// Something that goes wrong once, at the next operation of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// See [`Faults::sync_lies`]. Files only.
    SyncLies,
    /// See [`Faults::sync_fails`]. Files only.
    SyncFails,
    /// A sync of the folder fails.
    FolderSyncFails,
    /// See [`Faults::write_fails`].
    WriteFails,
    /// See [`Faults::read_fails`].
    ReadFails,
}

impl SimDisk {
    /// An empty folder. All that happens by chance follows from `seed` and the order of the operations.
    pub fn new(seed: u64) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(seed))), life: 0 }
    }

    /// From now on things go wrong this often.
    pub fn faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Something goes wrong once.
    pub fn fail_next(&self, fault: Fault) {
        self.lock().next.push(fault);
    }

    /// The files together have at most `room` bytes; `None`: as many as they like.
    pub fn room(&self, room: Option<u64>) {
        self.lock().room = room;
    }

    /// The power fails during the operation after `operations` further ones: from then on every operation fails, until
    /// [`Self::crash`]. `None`: it does not.
    pub fn power_for(&self, operations: Option<u64>) {
        self.lock().power = operations;
    }

    /// How many operations there have been that could change something: the moments at which the power can fail.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// The power is cut and comes back. What was synced is there; of the rest, something.
    #[must_use = "the handles from before are dead"]
    pub fn crash(&self) -> Self {
        self.lock().crash();
        self.next_life()
    }

    /// The process ends and the machine goes on: everything that was written is shown, synced or not.
    #[must_use = "the handles from before are dead"]
    pub fn kill(&self) -> Self {
        let mut world = self.lock();
        (world.power, world.off) = (None, false);
        drop(world);
        self.next_life()
    }

    fn next_life(&self) -> Self {
        let mut world = self.lock();
        world.life += 1;
        Self { world: self.world.clone(), life: world.life }
    }

    /// Changes one bit of a file, on the disk; `bit` counts from the file's first. Nothing, if there is no such file or bit.
    pub fn rot(&self, name: &str, bit: u64) {
        self.lock().rot(name, bit);
    }

    /// Puts a file in place, durable, as if it had always been there.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        self.lock().put(name, bytes);
    }

    /// What reading the file gives; `None`: there is none.
    pub fn shown(&self, name: &str) -> Option<Vec<u8>> {
        self.lock().contents(name).map(|contents| contents.shown.clone())
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A test that panicked while it held the lock has failed already.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> io::Result<MutexGuard<'_, World>> {
        let world = self.lock();
        if world.life == self.life { Ok(world) } else { Err(io::Error::other("a handle of an earlier life")) }
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.alive()?.list()
    }

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let id = self.alive()?.create(name)?;
        Ok(SimFile { disk: self.clone(), id })
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let id = self.alive()?.open(name)?;
        Ok(SimFile { disk: self.clone(), id })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.alive()?.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.alive()?.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.alive()?.sync_folder()
    }

    fn called(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// An open file of a [`SimDisk`].
#[derive(Clone, Debug)]
pub struct SimFile {
    disk: SimDisk,
    id: u64,
}

impl DiskFile for SimFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.disk.alive()?.read(self.id, offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.alive()?.write(self.id, offset, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.alive()?.sync(self.id)
    }

    fn size(&self) -> io::Result<u64> {
        self.disk.alive()?.size(self.id)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.disk.alive()?.truncate(self.id, size)
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        self.disk.alive()?.allocate(self.id, size)
    }
}
