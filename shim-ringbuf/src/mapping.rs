//! The mapped file: words as atomics, payloads by copies. Nobody gets a reference to a payload.
//!
//! Another process may write anything here at any time, so every access is an atomic one of its own width: what is read
//! may be nonsense, but reading it is never undefined. This file knows offsets; it knows no frame.

use std::fs::File;
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::sys;

/// A shared mapping of a whole ring. Unmapped when dropped.
pub(crate) struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping is reached through atomics alone, and belongs to no thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the file's first bytes, which are there: a page that is not would be a signal when it is touched.
    pub(crate) fn of(file: &File, bytes: usize) -> io::Result<Self> {
        Ok(Self { base: sys::map(file, bytes)?, bytes })
    }

    /// The word at an offset.
    ///
    /// # Panics
    /// If it lies outside or across words: offsets come from the checked geometry, so that would be our own mistake.
    #[inline]
    pub(crate) fn u64_at(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8) && at < self.bytes && self.bytes - at >= 8, "a word inside the mapping");
        // SAFETY: inside the mapping and aligned, as asserted (the base is aligned to a page); valid while `self` is;
        // every access of this process is atomic.
        unsafe { AtomicU64::from_ptr(self.base.as_ptr().add(at).cast()) }
    }

    /// The half word at an offset. Panics as [`Mapping::u64_at`] does.
    #[inline]
    pub(crate) fn u32_at(&self, at: usize) -> &AtomicU32 {
        assert!(at.is_multiple_of(4) && at < self.bytes && self.bytes - at >= 4, "a word inside the mapping");
        // SAFETY: as in `u64_at`. Words that are read as 64 bits are never read as 32.
        unsafe { AtomicU32::from_ptr(self.base.as_ptr().add(at).cast()) }
    }

    /// The words from an offset on, checked once.
    #[inline]
    fn words(&self, at: usize, words: usize) -> *mut u64 {
        let bytes = words.checked_mul(8).and_then(|n| n.checked_add(at));
        assert!(at.is_multiple_of(8) && bytes.is_some_and(|end| end <= self.bytes), "words inside the mapping");
        // SAFETY: `at` is inside the mapping or at its end.
        unsafe { self.base.as_ptr().add(at).cast() }
    }

    /// Copies out of the ring, a relaxed load a word. Whoever wants order takes it from an acquire load before.
    pub(crate) fn copy_out(&self, at: usize, out: &mut [u8]) {
        let from = self.words(at, out.len().div_ceil(8));
        let load = |i: usize| {
            // SAFETY: `words` has checked as many words as `out` takes, the last one possibly in part.
            unsafe { AtomicU64::from_ptr(from.add(i)) }.load(Ordering::Relaxed).to_ne_bytes()
        };
        let whole = out.len() / 8;
        let mut chunks = out.chunks_exact_mut(8);
        for (i, chunk) in chunks.by_ref().enumerate() {
            chunk.copy_from_slice(&load(i));
        }
        let rest = chunks.into_remainder();
        if !rest.is_empty() {
            let last = load(whole);
            rest.copy_from_slice(&last[..rest.len()]);
        }
    }

    /// Copies into the ring, a relaxed store a word; zeros fill the last one.
    pub(crate) fn copy_in(&self, at: usize, bytes: &[u8]) {
        let to = self.words(at, bytes.len().div_ceil(8));
        let store = |i: usize, word: [u8; 8]| {
            // SAFETY: `words` has checked as many words as `bytes` takes, the last one possibly in part.
            unsafe { AtomicU64::from_ptr(to.add(i)) }.store(u64::from_ne_bytes(word), Ordering::Relaxed);
        };
        let (chunks, rest) = bytes.as_chunks::<8>();
        for (i, chunk) in chunks.iter().enumerate() {
            store(i, *chunk);
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            store(chunks.len(), last);
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone (`Mapping::of`), and `self`, through which it is reached, is going.
        unsafe { sys::unmap(self.base, self.bytes) };
    }
}
