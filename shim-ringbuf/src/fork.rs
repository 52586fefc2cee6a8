//! Fork: locks stay with the parent, and what was made before is refused in the child.
//!
//! The lock of an open file belongs to the open file, and a fork inherits it: were the child to keep the descriptor,
//! the lock would outlive a killed parent. So every descriptor that holds locks stands in a table, and a handler closes
//! them all in the child. The handler may touch atomics and call `close`, and nothing else: it may find any lock held
//! by a thread that the child does not have. This file knows descriptors; it knows no ring.

use std::fs::{File, Metadata};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use crate::{RingError, sys};

/// How many descriptors are kept account of: far more than one process has rings open.
const TABLE_SIZE: usize = 1024;
const NONE: RawFd = -1;

static TABLE: [AtomicI32; TABLE_SIZE] = [const { AtomicI32::new(NONE) }; TABLE_SIZE];
/// How often this process's line was forked: the child's epoch is another one than its parent's.
static EPOCH: AtomicU32 = AtomicU32::new(0);
/// Forks that this process has begun, and those of them that are over.
static BEGUN: AtomicU32 = AtomicU32::new(0);
static OVER: AtomicU32 = AtomicU32::new(0);
static REGISTERED: AtomicBool = AtomicBool::new(false);

extern "C" fn before() {
    BEGUN.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn in_parent() {
    OVER.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn in_child() {
    OVER.fetch_add(1, Ordering::SeqCst);
    EPOCH.fetch_add(1, Ordering::SeqCst);
    for slot in &TABLE {
        let fd = slot.swap(NONE, Ordering::SeqCst);
        if fd != NONE {
            sys::close(fd);
        }
    }
}

/// Registering twice does no harm, so no thread waits for another: a fork could make it wait for ever.
fn register() -> io::Result<()> {
    if !REGISTERED.load(Ordering::SeqCst) {
        sys::at_fork(before, in_parent, in_child)?;
        REGISTERED.store(true, Ordering::SeqCst);
    }
    Ok(())
}

/// The epoch in which an object was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u32);

impl Epoch {
    pub(crate) fn now() -> Self {
        Self(EPOCH.load(Ordering::Relaxed))
    }

    /// Whether this is still the process in which it was taken.
    #[inline]
    pub(crate) fn is_now(self) -> bool {
        self == Self::now()
    }

    /// Refuses what was made before a fork.
    #[inline]
    pub(crate) fn check(self) -> Result<(), RingError> {
        if self.is_now() { Ok(()) } else { Err(RingError::Forked) }
    }
}

/// An open file for locks. A fork's child never keeps it; dropping it in the parent gives its locks back.
pub(crate) struct LockFile {
    /// Closed by hand: in the child of a fork the handler has done it.
    file: ManuallyDrop<File>,
    slot: &'static AtomicI32,
    epoch: Epoch,
}

impl LockFile {
    /// Opens the file and enters it in the table. `open` is called again if a fork came in between: its child may have
    /// got the descriptor before the table had it, and a lock taken now would be the child's too.
    pub(crate) fn open(mut open: impl FnMut() -> Result<File, RingError>) -> Result<Self, RingError> {
        register().map_err(|error| RingError::io("watch forks of", std::path::Path::new("this process"), error))?;
        loop {
            let begun = BEGUN.load(Ordering::SeqCst);
            let none_under_way = OVER.load(Ordering::SeqCst) == begun;
            let epoch = Epoch::now();
            let file = open()?;
            let slot = enter(file.as_raw_fd())?;
            let entered = Self { file: ManuallyDrop::new(file), slot, epoch };
            if none_under_way && BEGUN.load(Ordering::SeqCst) == begun {
                return Ok(entered);
            }
            drop(entered);
            std::thread::yield_now();
        }
    }

    pub(crate) fn try_lock(&self, byte: u64) -> io::Result<bool> {
        sys::try_lock(self.file.as_raw_fd(), byte)
    }

    pub(crate) fn unlock(&self, byte: u64) -> io::Result<()> {
        sys::unlock(self.file.as_raw_fd(), Some(byte))
    }

    pub(crate) fn is_locked(&self, byte: u64) -> io::Result<bool> {
        sys::is_locked(self.file.as_raw_fd(), byte)
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        if !self.epoch.is_now() {
            return; // The handler has closed it; the number may be another file's by now.
        }
        // Unlock first: a fork between the next two lines leaves its child a descriptor without locks.
        let _ = sys::unlock(self.file.as_raw_fd(), None);
        self.slot.store(NONE, Ordering::SeqCst);
        sys::close(self.file.as_raw_fd());
    }
}

fn enter(fd: RawFd) -> Result<&'static AtomicI32, RingError> {
    let free = |slot: &&AtomicI32| slot.compare_exchange(NONE, fd, Ordering::SeqCst, Ordering::Relaxed).is_ok();
    TABLE.iter().find(free).ok_or(RingError::TooMany { max: TABLE_SIZE })
}
