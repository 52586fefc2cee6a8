//! Rows by key, in the order in which they were last written: what a key group keeps for one list of keys. The row that
//! was not written for the longest is found first, to expire or be evicted. Knows bytes; knows no windows, events or time.
//!
//! The order is part of the state: no decision ever depends on the order of a hash table. It is kept as a log of writings,
//! of which the last of each row counts: a writing touches its own row and the end of the log, never its neighbours in
//! the order, which would be two places of memory that no cache has.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

/// A row's place while it is there.
pub(crate) type At = u32;

const NOWHERE: At = At::MAX;

/// Keys of so many bytes, and no longer ones, stand in the entries themselves: a look at another place less.
const SHORT_KEY: usize = 24;

#[derive(Debug)]
pub(crate) struct Table<R> {
    hasher: DefaultHashBuilder,
    index: HashTable<At>,
    entries: Vec<Entry<R>>,
    /// The first of the free entries, which are linked by `turn`.
    free: At,
    /// Which row was written, in the order of the writings. Those before `first` are behind us.
    log: Vec<At>,
    first: usize,
}

#[derive(Debug)]
struct Entry<R> {
    key: SmallVec<[u8; SHORT_KEY]>,
    /// `None`: the entry is free.
    row: Option<R>,
    /// When the row was last written, in whatever the owner counts.
    written: u64,
    /// Where in the log its last writing stands.
    turn: u32,
}

/// Bytes that a key takes beside its entry; `allocation` is what an allocation costs.
pub(crate) fn key_bytes(key: &[u8], allocation: usize) -> usize {
    if key.len() <= SHORT_KEY { 0 } else { key.len() + allocation }
}

/// What a row costs besides its key, if that is long, and what it owns itself: its entry, its share of the log, and of an
/// index that is between 7/16 and 7/8 full.
pub(crate) const fn row_overhead<R>() -> usize {
    size_of::<Entry<R>>() + 2 * size_of::<At>() + 10
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
            entries: Vec::new(),
            free: NOWHERE,
            log: Vec::new(),
            first: 0,
        }
    }
}

impl<R> Table<R> {
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn find(&self, key: &[u8]) -> Option<At> {
        let hash = self.hasher.hash_one(key);
        self.index.find(hash, |at| *self.entries[*at as usize].key == *key).copied()
    }

    /// # Panics
    /// If no row is there, which is a mistake of the caller's: it holds places only while rows are there.
    pub(crate) fn row(&self, at: At) -> &R {
        self.entries[at as usize].row.as_ref().expect("a place is held only while its row is there")
    }

    /// # Panics
    /// As [`Self::row`].
    pub(crate) fn row_mut(&mut self, at: At) -> &mut R {
        self.entries[at as usize].row.as_mut().expect("a place is held only while its row is there")
    }

    pub(crate) fn key(&self, at: At) -> &[u8] {
        &self.entries[at as usize].key
    }

    pub(crate) fn written(&self, at: At) -> u64 {
        self.entries[at as usize].written
    }

    /// Adds a row under a key that has none, as the one written last.
    pub(crate) fn insert(&mut self, key: &[u8], row: R, written: u64) -> At {
        let entry = Entry { key: SmallVec::from_slice(key), row: Some(row), written, turn: NOWHERE };
        let at = match self.free {
            NOWHERE => {
                self.entries.push(entry);
                (self.entries.len() - 1) as At // 4 G rows are 300 GiB: the budget ends before
            }
            at => {
                self.free = self.entries[at as usize].turn;
                self.entries[at as usize] = entry;
                at
            }
        };
        let (hasher, entries) = (&self.hasher, &self.entries);
        self.index.insert_unique(hasher.hash_one(key), at, |at| hasher.hash_one(&*entries[*at as usize].key));
        self.note(at);
        at
    }

    /// Notes that the row was written.
    pub(crate) fn touch(&mut self, at: At, written: u64) {
        let entry = &mut self.entries[at as usize];
        entry.written = written;
        if entry.turn as usize + 1 != self.log.len() {
            self.note(at);
        }
    }

    /// Takes a row out.
    pub(crate) fn remove(&mut self, at: At) -> R {
        let hash = self.hasher.hash_one(&*self.entries[at as usize].key);
        if let Ok(found) = self.index.find_entry(hash, |other| *other == at) {
            found.remove();
        }
        let entry = &mut self.entries[at as usize];
        entry.key = SmallVec::new();
        entry.turn = self.free;
        self.free = at;
        entry.row.take().expect("a place is held only while its row is there")
    }

    /// The row that was not written for the longest.
    pub(crate) fn oldest(&mut self) -> Option<At> {
        let found = self.standing(self.first).next();
        self.first = found.map_or(self.log.len(), |(turn, _)| turn);
        found.map(|(_, at)| at)
    }

    /// All rows, the one written last coming last.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = At> {
        self.standing(self.first).map(|(_, at)| at)
    }

    /// The log from `first` on, without writings that a later one of the same row, or its end, has overtaken.
    fn standing(&self, first: usize) -> impl Iterator<Item = (usize, At)> {
        let log = self.log.iter().enumerate().skip(first).map(|(turn, at)| (turn, *at));
        log.filter(|(turn, at)| {
            let entry = &self.entries[*at as usize];
            entry.turn as usize == *turn && entry.row.is_some()
        })
    }

    fn note(&mut self, at: At) {
        if self.log.len() >= 2 * self.len() + 64 {
            self.shorten();
        }
        self.entries[at as usize].turn = self.log.len() as u32;
        self.log.push(at);
    }

    /// Keeps what counts of the log. Half of it at least goes, so that each writing pays for a step or two.
    fn shorten(&mut self) {
        let mut log = Vec::with_capacity(2 * self.len() + 64);
        log.extend(self.in_order());
        for (turn, at) in (0..).zip(&log) {
            self.entries[*at as usize].turn = turn;
        }
        (self.log, self.first) = (log, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Write(u8),
        Remove(u8),
        DropOldest,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..12_u8).prop_map(Step::Write),
            1 => (0..12_u8).prop_map(Step::Remove),
            1 => Just(Step::DropOldest),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        /// The model is a list of keys, the oldest first.
        #[test]
        fn rows_stand_in_the_order_of_their_last_writing(steps in steps()) {
            let (mut table, mut model) = (Table::default(), Vec::<u8>::new());
            for (now, step) in (0..).zip(steps) {
                match step {
                    Step::Write(key) => {
                        match table.find(&[key]) {
                            Some(at) => table.touch(at, now),
                            None => _ = table.insert(&[key], key, now),
                        }
                        model.retain(|other| *other != key);
                        model.push(key);
                    }
                    Step::Remove(key) => {
                        let removed = table.find(&[key]).map(|at| table.remove(at));
                        prop_assert_eq!(removed.is_some(), model.contains(&key));
                        model.retain(|other| *other != key);
                    }
                    Step::DropOldest => {
                        let oldest = table.oldest().map(|at| table.remove(at));
                        prop_assert_eq!(oldest, (!model.is_empty()).then(|| model.remove(0)));
                    }
                }
                let order: Vec<u8> = table.in_order().map(|at| *table.row(at)).collect();
                prop_assert_eq!(&order, &model);
                prop_assert_eq!(table.len(), model.len());
            }
        }
    }
}
