//! A writer that counts on where its memory ends: one pass tells what was written, or how much is needed.

use std::marker::PhantomData;

/// Writes little-endian pieces one after the other. What does not fit is counted and not written.
#[derive(Debug)]
pub struct Sink<'a> {
    data: *mut u8,
    capacity: usize,
    at: usize,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Sink<'a> {
    /// A sink over `capacity` bytes at `data`, initialised or not.
    ///
    /// # Safety
    /// For `'a`, `data` points to `capacity` bytes that may be written and that nothing else reads or writes; it may
    /// be null if `capacity` is 0.
    pub(crate) unsafe fn new(data: *mut u8, capacity: usize) -> Self {
        Self { data, capacity, at: 0, memory: PhantomData }
    }

    /// A sink over `memory`.
    pub fn over(memory: &'a mut [u8]) -> Self {
        Self { data: memory.as_mut_ptr(), capacity: memory.len(), at: 0, memory: PhantomData }
    }

    /// Bytes written, or that would have been written into a larger storage.
    pub fn size(&self) -> usize {
        self.at
    }

    /// How much there is room for in all.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether everything so far was written.
    pub fn fits(&self) -> bool {
        self.at <= self.capacity
    }

    /// Starts again from the beginning.
    pub fn rewind(&mut self) {
        self.at = 0;
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.put(self.at, bytes);
        self.at = self.at.saturating_add(bytes.len());
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.raw(&[value]);
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    /// Four bytes.
    pub fn i32(&mut self, value: i32) {
        self.raw(&value.to_le_bytes());
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_le_bytes());
    }

    /// Eight bytes.
    pub fn i64(&mut self, value: i64) {
        self.raw(&value.to_le_bytes());
    }

    /// A length and the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.u32(length(bytes.len()));
        self.raw(bytes);
    }

    /// A length and UTF-8.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A count, then whatever `each` writes for the items.
    pub fn counted<T>(&mut self, items: impl Iterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        let at = self.at;
        self.u32(0);
        let mut count = 0;
        for item in items {
            each(self, item);
            count += 1;
        }
        self.patch(at, count);
    }

    /// Overwrites the four bytes at `at`, counted from the start.
    pub fn patch(&mut self, at: usize, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    /// Overwrites the four bytes at `at` with the bytes written since `start`.
    pub fn patch_size(&mut self, at: usize, start: usize) {
        self.patch(at, length(self.at.saturating_sub(start)));
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if bytes.len() > self.capacity || at > self.capacity - bytes.len() {
            return;
        }
        // SAFETY: the line above keeps `at + bytes.len()` within the capacity, which the constructor's caller answers
        // for; `bytes` is a Rust slice and cannot lie in memory that nothing else may read.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.data.add(at), bytes.len()) };
    }
}

/// A length or count as it is written. Limits keep every real one far below the maximum.
pub(crate) fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_not_written() {
        let mut memory = [0xAA; 6];
        let mut sink = Sink::over(&mut memory);
        sink.u32(7);
        assert!(sink.fits());
        sink.u32(9);
        assert!(!sink.fits());
        assert_eq!(sink.size(), 8);
        assert_eq!(memory, [7, 0, 0, 0, 0xAA, 0xAA]);
    }

    #[test]
    fn a_count_is_filled_in_after_the_items() {
        let mut memory = [0; 12];
        let mut sink = Sink::over(&mut memory);
        sink.counted([5, 6].into_iter(), Sink::u32);
        assert_eq!(memory, [2, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0]);
    }
}
