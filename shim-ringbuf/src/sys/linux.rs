//! The calls of Linux, each wrapped once. They know no ring.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::FutexWait;

/// Whether this operating system has rings.
pub(crate) const SUPPORTED: bool = true;

/// Takes a write lock on one byte for this open file. `Ok(false)`: another open file has it.
pub(crate) fn try_lock(fd: RawFd, byte: u64) -> io::Result<bool> {
    let mut lock = byte_lock(libc::F_WRLCK, byte, 1);
    match lock_call(fd, libc::F_OFD_SETLK, &mut lock) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives back one byte; gives back all of them with `None`.
pub(crate) fn unlock(fd: RawFd, byte: Option<u64>) -> io::Result<()> {
    // A length of 0 reaches to the end of the file.
    let mut lock = byte_lock(libc::F_UNLCK, byte.unwrap_or(0), byte.map_or(0, |_| 1));
    lock_call(fd, libc::F_OFD_SETLK, &mut lock)
}

/// Whether another open file has a lock on the byte.
pub(crate) fn is_locked(fd: RawFd, byte: u64) -> io::Result<bool> {
    let mut lock = byte_lock(libc::F_WRLCK, byte, 1);
    lock_call(fd, libc::F_OFD_GETLK, &mut lock)?;
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
}

fn byte_lock(kind: libc::c_int, byte: u64, length: i64) -> libc::flock {
    // SAFETY: `flock` is plain numbers, for which zeros are valid.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock.l_start = byte as libc::off_t;
    lock.l_len = length as libc::off_t;
    lock
}

fn lock_call(fd: RawFd, command: libc::c_int, lock: &mut libc::flock) -> io::Result<()> {
    loop {
        // SAFETY: both commands take a pointer to a `flock`, which outlives the call.
        if unsafe { libc::fcntl(fd, command, ptr::from_mut(lock)) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Reserves the file's bytes, zeroed, so that no later store can find the memory gone.
pub(crate) fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    let length = libc::off_t::try_from(bytes).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))?;
    loop {
        // SAFETY: the descriptor is open; the call takes plain numbers.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) } {
            0 => return Ok(()),
            libc::EINTR => {}
            code => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// Whether the error says that there is no room.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::ENOMEM | libc::EFBIG))
}

/// Maps the file's first bytes, shared and writable. The mapping outlives the descriptor.
pub(crate) fn map(file: &File, bytes: usize) -> io::Result<NonNull<u8>> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
    let base = unsafe { libc::mmap(ptr::null_mut(), bytes, access, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(base.cast()).ok_or_else(|| io::Error::other("a mapping at address 0"))
}

/// # Safety
/// The mapping is the caller's, made by [`map`] with these bytes, and nobody reaches into it any more.
pub(crate) unsafe fn unmap(base: NonNull<u8>, bytes: usize) {
    // SAFETY: as the caller promises. It fails only for what is no mapping.
    unsafe { libc::munmap(base.as_ptr().cast(), bytes) };
}

/// Sleeps while the word has the expected value, and at most so long. Not private: the word is shared by processes.
pub(crate) fn futex_wait(word: &AtomicU32, expected: u32, timeout: Duration) -> FutexWait {
    let time = libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos() as _,
    };
    // SAFETY: the word is mapped while it is borrowed; the time outlives the call.
    let result =
        unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, expected, ptr::from_ref(&time)) };
    if result == 0 {
        return FutexWait::Woken;
    }
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::ETIMEDOUT) => FutexWait::TimedOut,
        Some(libc::EAGAIN) => FutexWait::Changed,
        _ => FutexWait::Woken,
    }
}

/// Wakes whoever sleeps on the word.
pub(crate) fn futex_wake(word: &AtomicU32) {
    // SAFETY: the word is mapped while it is borrowed; the call does not write to it.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
}

/// The user whose files this process may touch.
pub(crate) fn user() -> u32 {
    // SAFETY: it takes nothing and always succeeds.
    unsafe { libc::geteuid() }
}

/// Opens no link, and nothing that a new program would inherit.
pub(crate) const OPEN_FLAGS: i32 = libc::O_NOFOLLOW | libc::O_CLOEXEC;

/// Whether the error says that the name is a symbolic link.
pub(crate) fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// Closes a descriptor; safe to call in the child of a fork.
pub(crate) fn close(fd: RawFd) {
    // SAFETY: the caller owns the descriptor.
    unsafe { libc::close(fd) };
}

/// Has these run around every fork of this process: before, after in the parent, and in the child.
pub(crate) fn at_fork(before: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> io::Result<()> {
    // The bindings of the C library want `unsafe` functions; ours are safe ones.
    type Handler = unsafe extern "C" fn();
    // SAFETY: the three functions live as long as this library, and the C library takes them down with it.
    match unsafe { libc::pthread_atfork(Some(before as Handler), Some(parent as Handler), Some(child as Handler)) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}
