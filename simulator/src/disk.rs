//! The simulated disk, with the mistakes of whoever uses it: syncs that are left out, errors that are passed over.

use std::io;

use fishplate_store::sim::{SimDisk, SimFile};
use fishplate_store::{Disk, DiskFile};

use crate::plant::Plant;

/// A folder of the simulated disk.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) disk: SimDisk,
    pub(crate) plant: Option<Plant>,
}

/// A file of it.
#[derive(Debug)]
pub(crate) struct File {
    file: SimFile,
    plant: Option<Plant>,
}

impl Folder {
    fn file(&self, file: SimFile) -> File {
        File { file, plant: self.plant }
    }
}

impl Disk for Folder {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn create(&self, name: &str) -> io::Result<File> {
        self.disk.create(name).map(|file| self.file(file))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        self.disk.open(name).map(|file| self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        if self.plant == Some(Plant::ForgetsFolders) { Ok(()) } else { self.disk.sync_folder() }
    }

    fn called(&self, name: &str) -> String {
        self.disk.called(name)
    }
}

impl DiskFile for File {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, into)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        match self.file.sync() {
            Err(_) if self.plant == Some(Plant::IgnoresFailedSyncs) => Ok(()),
            synced => synced,
        }
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
