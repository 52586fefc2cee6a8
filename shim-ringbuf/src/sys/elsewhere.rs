//! A Unix without rings: what cannot be done says so. Nothing here is reached after the first refusal.

use std::fs::File;
use std::io;
use std::os::fd::RawFd;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::FutexWait;

pub(crate) const SUPPORTED: bool = false;
pub(crate) const OPEN_FLAGS: i32 = 0;

fn unsupported<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn try_lock(_: RawFd, _: u64) -> io::Result<bool> {
    unsupported()
}

pub(crate) fn unlock(_: RawFd, _: Option<u64>) -> io::Result<()> {
    unsupported()
}

pub(crate) fn is_locked(_: RawFd, _: u64) -> io::Result<bool> {
    unsupported()
}

pub(crate) fn reserve(_: &File, _: u64) -> io::Result<()> {
    unsupported()
}

pub(crate) fn is_no_space(_: &io::Error) -> bool {
    false
}

pub(crate) fn map(_: &File, _: usize) -> io::Result<NonNull<u8>> {
    unsupported()
}

/// # Safety
/// There is no mapping that it could be called with.
pub(crate) unsafe fn unmap(_: NonNull<u8>, _: usize) {}

pub(crate) fn futex_wait(_: &AtomicU32, _: u32, timeout: Duration) -> FutexWait {
    std::thread::sleep(timeout);
    FutexWait::TimedOut
}

pub(crate) fn futex_wake(_: &AtomicU32) {}

pub(crate) fn user() -> u32 {
    0
}

pub(crate) fn is_link(_: &io::Error) -> bool {
    false
}

pub(crate) fn close(_: RawFd) {}

pub(crate) fn at_fork(_: extern "C" fn(), _: extern "C" fn(), _: extern "C" fn()) -> io::Result<()> {
    unsupported()
}
