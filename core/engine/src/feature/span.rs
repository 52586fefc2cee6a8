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
    /// A ring of cells, of which those that are not in use hold the default. If folds are kept in cells
    /// ([`Cell::SUMMED`]), one more follows the ring.
    cells: Box<[C]>,
    /// The number of the oldest bucket.
    first: i64,
    /// What the buckets before the newest come to, of those that a window reads that ends there; or [`UNKNOWN`]. If folds
    /// are kept in cells, only whether there is one.
    memo: u64,
    /// The newest bucket's cell, if cells are small ([`Cell::SMALL`]): it is not in the ring. Most events go there, and
    /// find all that they need in one place.
    tip: u64,
    /// Where in the ring the oldest bucket is.
    head: u32,
    /// How many buckets there are.
    used: u32,
}

/// The ring that `used` cells take: some more than are used, so that the next buckets find room; not so many for a
/// window that holds all the buckets it reads.
fn room(used: usize, of: &Definition) -> usize {
    let step = 4_usize.max(1 << (used / 8).checked_ilog2().unwrap_or_default());
    let full = usize::try_from(of.buckets).unwrap_or(usize::MAX);
    used.next_multiple_of(step).min(used.max(full))
}

/// The cells of a ring with what follows it.
fn with_summary<C: Cell>(room: usize) -> usize {
    room + usize::from(C::SUMMED)
}

impl<C: Cell> Span<C> {
    pub(super) fn new() -> Self {
        Self { cells: Box::default(), first: 0, memo: UNKNOWN, tip: 0, head: 0, used: 0 }
    }

    /// The number of the newest bucket.
    pub(super) fn newest(&self) -> Option<i64> {
        (self.used > 0).then(|| self.first + i64::from(self.used) - 1)
    }

    /// Forgets the buckets before `alive`, and changes the cell of bucket `number`, which is made if it is not there.
    pub(super) fn change<E>(
        &mut self,
        alive: i64,
        number: i64,
        of: &Definition,
        change: impl FnOnce(&mut C) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.newest() != Some(number) || self.first < alive {
            self.forget(alive);
            self.reach(number, of);
        }
        if C::SMALL && self.newest() == Some(number) {
            let mut cell = C::unpack(self.tip);
            change(&mut cell)?;
            self.tip = cell.pack();
            return Ok(());
        }
        change(&mut self.cells[self.place((number - self.first) as usize)])
    }

    /// Drops the buckets before `alive`, and those after them that hold nothing.
    fn forget(&mut self, alive: i64) {
        if self.first >= alive {
            return;
        }
        while self.in_ring() > 0 && (self.first < alive || self.cells[self.head as usize].is_empty()) {
            self.cells[self.head as usize] = C::default();
            self.head = self.place(1) as u32;
            self.first += 1;
            self.used -= 1;
        }
        if self.in_ring() == 0 && (self.first < alive || C::unpack(self.tip).is_empty()) {
            self.used = 0;
        }
    }

    /// Makes bucket `number`, and those between it and the ones that are there.
    fn reach(&mut self, number: i64, of: &Definition) {
        let Some(newest) = self.newest() else {
            (self.first, self.memo, self.tip) = (number, UNKNOWN, C::default().pack());
            return self.grow(0, 1, of);
        };
        if number < newest {
            self.memo = UNKNOWN;
            return self.grow(usize::try_from(self.first - number).unwrap_or_default(), 0, of);
        }
        self.grow(0, (number - newest) as usize, of);
        if number > newest {
            self.memo = UNKNOWN;
            if C::SMALL {
                self.cells[self.place((newest - self.first) as usize)] = C::unpack(self.tip);
                self.tip = C::default().pack();
            }
        }
    }

    /// Makes empty buckets before and after those that are there, in a ring of the room that all of them take.
    fn grow(&mut self, before: usize, after: usize, of: &Definition) {
        let moved = self.in_ring();
        self.used += (before + after) as u32;
        debug_assert!(i64::from(self.used) <= MAX_SPAN + 2, "documents that allow more are refused");
        self.first -= before as i64;
        let room = room(self.in_ring(), of);
        if room == self.ring() {
            self.head = self.place(room - before) as u32;
            return;
        }
        let mut cells = Vec::with_capacity(with_summary::<C>(room));
        cells.resize_with(before, C::default);
        for nth in 0..moved {
            let at = self.place(nth);
            cells.push(std::mem::take(&mut self.cells[at]));
        }
        cells.resize_with(with_summary::<C>(room), C::default);
        (self.cells, self.head, self.memo) = (cells.into_boxed_slice(), 0, UNKNOWN);
    }

    /// The length of the ring.
    fn ring(&self) -> usize {
        self.cells.len().saturating_sub(usize::from(C::SUMMED))
    }

    /// How many of the buckets are in the ring.
    fn in_ring(&self) -> usize {
        (self.used as usize).saturating_sub(usize::from(C::SMALL))
    }

    /// Where in the ring the `nth` bucket is, or would be.
    fn place(&self, nth: usize) -> usize {
        let at = self.head as usize + nth;
        if at < self.ring() { at } else { at - self.ring() }
    }

    /// What the buckets `from` to `to` come to.
    pub(super) fn fold(&mut self, from: i64, to: i64, of: &Definition) -> C::Fold {
        let mut fold = C::start();
        let Some(newest) = self.newest() else { return fold };
        let oldest = from.max(self.first);
        if to == newest && from == newest + 1 - of.buckets {
            // The usual case: only the newest bucket has changed since the last time.
            fold = self.recall().unwrap_or_else(|| {
                self.fold_ring(oldest..newest, &mut fold, of);
                self.remember(&fold);
                fold
            });
        } else {
            self.fold_ring(oldest..newest.min(to + 1), &mut fold, of);
        }
        if from <= newest && newest <= to {
            if C::SMALL {
                C::fold(&[C::unpack(self.tip)], &mut fold, of);
            } else {
                self.fold_ring(newest..newest + 1, &mut fold, of);
            }
        }
        fold
    }

    fn remember(&mut self, fold: &C::Fold) {
        self.memo = C::remember(fold);
        if let (true, Some(summary)) = (C::SUMMED, self.cells.last_mut()) {
            (*summary, self.memo) = (C::cell_of(fold), !UNKNOWN);
        }
    }

    fn recall(&self) -> Option<C::Fold> {
        match self.cells.last() {
            Some(summary) if C::SUMMED => (self.memo != UNKNOWN).then(|| summary.fold_of()),
            _ => C::recall(self.memo),
        }
    }

    /// Takes the buckets `numbers`, which are in the ring, into `fold`, oldest first.
    fn fold_ring(&self, numbers: Range<i64>, fold: &mut C::Fold, of: &Definition) {
        if numbers.is_empty() {
            return;
        }
        let from = self.place((numbers.start - self.first) as usize);
        let count = (numbers.end - numbers.start) as usize;
        let straight = count.min(self.ring() - from);
        C::fold(&self.cells[from..from + straight], fold, of);
        C::fold(&self.cells[..count - straight], fold, of);
    }

    /// Bytes that it owns.
    pub(super) fn bytes(&self) -> usize {
        if self.cells.is_empty() {
            return 0;
        }
        let owned = if C::OWNS { self.cells.iter().map(C::owned).sum() } else { 0 };
        self.cells.len() * size_of::<C>() + ALLOCATION + owned
    }

    /// The same buckets with other cells, as small or as large.
    pub(super) fn map<D: Cell>(self, map: impl Fn(C) -> D) -> Span<D> {
        debug_assert_eq!(C::SMALL, D::SMALL);
        let Self { cells, first, tip, head, used, .. } = self;
        let tip = map(C::unpack(tip)).pack();
        Span { cells: cells.into_iter().map(map).collect(), first, memo: UNKNOWN, tip, head, used }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.used.to_le_bytes());
        if self.used > 0 {
            out.extend(self.first.to_le_bytes());
            (0..self.in_ring()).for_each(|nth| self.cells[self.place(nth)].write(out));
            if C::SMALL {
                C::unpack(self.tip).write(out);
            }
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
        let mut span = Self { first, used: used as u32, ..Self::new() };
        // Room as it is needed: what is damaged ends before it is filled.
        let mut cells = Vec::new();
        for _ in 0..span.in_ring() {
            cells.push(C::read(cursor, of)?);
        }
        if C::SMALL {
            span.tip = C::read(cursor, of)?.pack();
        }
        let room = room(cells.len(), of);
        cells.reserve_exact(with_summary::<C>(room) - cells.len());
        cells.resize_with(with_summary::<C>(room), C::default);
        span.cells = cells.into_boxed_slice();
        Ok(span)
    }
}
