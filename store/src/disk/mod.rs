//! A folder of files, as little of it as a journal needs. Nothing here knows what the files are for.
//!
//! What a disk promises is less than it seems, and the callers are written for this much only:
//!
//! - A write is durable after [`DiskFile::sync`] of its file returned without an error, and not before. Until then any
//!   part of it may survive a power cut, in any order, torn at any byte.
//! - A name (created, renamed, removed) is durable after [`Disk::sync_folder`].
//! - After a sync that failed, nothing is known of what was written since the one before, and a later sync that succeeds
//!   does not change that: the system may have dropped the pages and forgotten that it did.

#[cfg(unix)]
mod real;

use std::io;

#[cfg(unix)]
pub use real::RealDisk;

/// A folder. Its clones are the same folder. Any thread may use it.
pub trait Disk: Clone + Send + Sync + 'static {
    /// An open file of the folder.
    type File: DiskFile;

    /// The names of the files, in any order. Folders within are left out.
    ///
    /// # Errors
    /// The system's.
    fn list(&self) -> io::Result<Vec<String>>;

    /// A new, empty file, to be read and written.
    ///
    /// # Errors
    /// `AlreadyExists`, and the system's.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// A file that exists, to be read and written.
    ///
    /// # Errors
    /// `NotFound`, and the system's.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives the file `from` the name `to`, whose file, if there is one, it replaces in one step.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a name.
    ///
    /// # Errors
    /// `NotFound`, and the system's.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes durable which names there are.
    ///
    /// # Errors
    /// The system's.
    fn sync_folder(&self) -> io::Result<()>;

    /// The file as people call it in an error: its path.
    fn called(&self, name: &str) -> String;
}

/// An open file. Any thread may use it.
pub trait DiskFile: Send + Sync + 'static {
    /// Fills `into` from `offset`, as far as the file goes; says how many bytes that was.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`; a gap before it reads as zeros.
    ///
    /// # Errors
    /// The system's; a part may have been written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes durable what was written, and the size.
    ///
    /// # Errors
    /// The system's; see the top of this module for what it means.
    fn sync(&self) -> io::Result<()>;

    /// How many bytes the file has.
    ///
    /// # Errors
    /// The system's.
    fn size(&self) -> io::Result<u64>;

    /// Cuts the file to `size` bytes, no more than it has.
    ///
    /// # Errors
    /// The system's.
    fn truncate(&self, size: u64) -> io::Result<()>;

    /// Grows the file to `size` bytes, zeros that already have their place on the disk. Does nothing where the file
    /// system cannot.
    ///
    /// # Errors
    /// The system's; `StorageFull` is one.
    fn allocate(&self, size: u64) -> io::Result<()>;
}
