//! The memory of one window: a cell for each bucket from the oldest that holds anything to the newest, in a ring, so that
//! a bucket is found by its number and forgetting moves nothing. Knows cells and numbers; knows no time.
//!
//! How much memory that is depends on the number of buckets alone, never on how they came: a window that was written
//! and read back weighs what it weighed.

use std::ops::Range;

use super::cell::{Cell, UNKNOWN};
use super::{ALLOCATION, Definition};
use crate::codec::{Cursor, Damaged};

/// The most buckets from a window's oldest to its newest: documents whose size and disorder allow more are refused.
pub(crate) const MAX_SPAN: i64 = 100_000;

/// Beyond any bucket number of a representable instant, and far from the ends of 64 bits.
const MAX_NUMBER: u64 = 1 << 60;

#[derive(Clone, Debug)]
pub(super) struct Span<C> {
    /// Cells that are not in use hold the default.
    cells: Box<[C]>,
    /// The number of the oldest bucket.
    first: i64,
    /// What the buckets before the newest come to, of those that a window reads that ends there; or [`UNKNOWN`].
    memo: u64,
    /// Where the oldest is.
    head: u32,
    /// How many buckets there are.
    used: u32,
}

/// The cells that `used` buckets take: some more than are used, so that the next buckets find room; not so many for a
/// window that holds all the buckets it reads.
fn room(used: usize, of: &Definition) -> usize {
    let step = 4_usize.max(1 << (used / 8).checked_ilog2().unwrap_or_default());
    let full = usize::try_from(of.buckets).unwrap_or(usize::MAX).saturating_add(1);
    used.next_multiple_of(step).min(used.max(full))
}

impl<C: Cell> Span<C> {
    pub(super) fn new() -> Self {
        Self { cells: Box::default(), first: 0, memo: UNKNOWN, head: 0, used: 0 }
    }

    /// The number of the newest bucket.
    pub(super) fn newest(&self) -> Option<i64> {
        (self.used > 0).then(|| self.first + i64::from(self.used) - 1)
    }

    /// Drops the buckets before `first`, and those that then are the oldest and hold nothing.
    pub(super) fn forget(&mut self, first: i64) {
        while self.used > 0 && (self.first < first || self.cells[self.head as usize].is_empty()) {
            self.cells[self.head as usize] = C::default();
            self.head = self.place(1) as u32;
            self.first += 1;
            self.used -= 1;
        }
    }

    /// The cell of bucket `number`, made if it is not there.
    pub(super) fn cell(&mut self, number: i64, of: &Definition) -> &mut C {
        let newest = self.newest();
        if newest != Some(number) {
            self.memo = UNKNOWN;
        }
        if newest.is_none() {
            self.first = number;
        }
        let before = usize::try_from(self.first - number).unwrap_or_default();
        let after = usize::try_from(number - newest.unwrap_or(number - 1)).unwrap_or_default();
        let used = self.used as usize + before + after;
        debug_assert!(used as i64 <= MAX_SPAN + 2, "documents that allow more are refused");
        if room(used, of) == self.cells.len() {
            self.head = self.place(self.cells.len() - before) as u32;
        } else {
            self.move_to(room(used, of), before);
        }
        self.first -= before as i64;
        self.used = used as u32;
        let at = self.place((number - self.first) as usize);
        &mut self.cells[at]
    }

    /// Where the `nth` bucket is, or would be.
    fn place(&self, nth: usize) -> usize {
        let at = self.head as usize + nth;
        if at < self.cells.len() { at } else { at - self.cells.len() }
    }

    /// Moves the cells in use into `room` new ones, behind `before` empty ones.
    fn move_to(&mut self, room: usize, before: usize) {
        let mut cells = Vec::with_capacity(room);
        cells.resize_with(before, C::default);
        for nth in 0..self.used as usize {
            let at = self.place(nth);
            cells.push(std::mem::take(&mut self.cells[at]));
        }
        cells.resize_with(room, C::default);
        self.cells = cells.into_boxed_slice();
        self.head = 0;
    }

    /// Takes the buckets `numbers` into `fold`, oldest first.
    fn fold_into(&self, numbers: Range<i64>, fold: &mut C::Fold, of: &Definition) {
        if numbers.is_empty() {
            return;
        }
        let from = self.place((numbers.start - self.first) as usize);
        let count = (numbers.end - numbers.start) as usize;
        let straight = count.min(self.cells.len() - from);
        C::fold(&self.cells[from..from + straight], fold, of);
        C::fold(&self.cells[..count - straight], fold, of);
    }

    /// What the buckets `from` to `to` come to.
    pub(super) fn fold(&mut self, from: i64, to: i64, of: &Definition) -> C::Fold {
        let mut fold = C::start();
        let Some(newest) = self.newest() else { return fold };
        let (oldest, end) = (from.max(self.first), to.min(newest));
        if to == newest && from == newest + 1 - of.buckets {
            // The usual case: only the newest bucket has changed since the last time.
            fold = match C::recall(self.memo) {
                Some(fold) => fold,
                None => {
                    self.fold_into(oldest..newest, &mut fold, of);
                    self.memo = C::remember(&fold);
                    fold
                }
            };
            self.fold_into(newest..newest + 1, &mut fold, of);
        } else {
            self.fold_into(oldest..end + 1, &mut fold, of);
        }
        fold
    }

    /// Bytes that it owns.
    pub(super) fn bytes(&self) -> usize {
        if self.cells.is_empty() {
            return 0;
        }
        let owned = if C::OWNS { self.cells.iter().map(C::owned).sum() } else { 0 };
        self.cells.len() * size_of::<C>() + ALLOCATION + owned
    }

    /// The same buckets with other cells.
    pub(super) fn map<D: Cell>(self, map: impl Fn(C) -> D) -> Span<D> {
        let Self { cells, first, head, used, .. } = self;
        Span { cells: cells.into_iter().map(map).collect(), first, memo: UNKNOWN, head, used }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.used.to_le_bytes());
        if self.used > 0 {
            out.extend(self.first.to_le_bytes());
            (0..self.used as usize).for_each(|nth| self.cells[self.place(nth)].write(out));
        }
    }

    pub(super) fn read(cursor: &mut Cursor<'_>, of: &Definition) -> Result<Self, Damaged> {
        let used = cursor.count(1)?;
        if used == 0 {
            return Ok(Self::new());
        }
        let first = cursor.i64()?;
        if first.unsigned_abs() > MAX_NUMBER || used as i64 > MAX_SPAN + 2 {
            return Err(Damaged);
        }
        // Room as it is needed: what is damaged ends before it is filled.
        let mut cells = Vec::new();
        for _ in 0..used {
            cells.push(C::read(cursor, of)?);
        }
        let room = room(used, of);
        cells.reserve_exact(room - used);
        cells.resize_with(room, C::default);
        Ok(Self { cells: cells.into_boxed_slice(), first, memo: UNKNOWN, head: 0, used: used as u32 })
    }
}
