//! Rows by key, in the order in which they were last written: what a key group keeps for one list of keys. The row that
//! was not written for the longest stands at the end, where it expires or is evicted. Knows bytes; knows no windows,
//! events or time.
//!
//! The order is part of the state: no decision ever depends on the order of a hash table.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// A row's place while it is there.
pub(crate) type At = u32;

const NOWHERE: At = At::MAX;

#[derive(Debug)]
pub(crate) struct Table<R> {
    hasher: DefaultHashBuilder,
    index: HashTable<At>,
    entries: Vec<Entry<R>>,
    /// The first of the free entries, which are linked by `older`.
    free: At,
    oldest: At,
    newest: At,
}

#[derive(Debug)]
struct Entry<R> {
    key: Box<[u8]>,
    /// `None`: the entry is free.
    row: Option<R>,
    older: At,
    newer: At,
    /// When the row was last written, in whatever the owner counts.
    written: u64,
}

/// What a row costs besides its key and what it owns itself: its entry, and its share of an index that is between 7/16
/// and 7/8 full.
pub(crate) const fn row_overhead<R>() -> usize {
    size_of::<Entry<R>>() + 10
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
            entries: Vec::new(),
            free: NOWHERE,
            oldest: NOWHERE,
            newest: NOWHERE,
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
        let entry = Entry { key: key.into(), row: Some(row), older: NOWHERE, newer: NOWHERE, written };
        let at = match self.free {
            NOWHERE => {
                self.entries.push(entry);
                (self.entries.len() - 1) as At // 4 G rows are 200 GiB: the budget ends before
            }
            at => {
                self.free = self.entries[at as usize].older;
                self.entries[at as usize] = entry;
                at
            }
        };
        let (hasher, entries) = (&self.hasher, &self.entries);
        self.index.insert_unique(hasher.hash_one(key), at, |at| hasher.hash_one(&*entries[*at as usize].key));
        self.link(at);
        at
    }

    /// Notes that the row was written.
    pub(crate) fn touch(&mut self, at: At, written: u64) {
        self.entries[at as usize].written = written;
        if at != self.newest {
            self.unlink(at);
            self.link(at);
        }
    }

    /// Takes a row out.
    pub(crate) fn remove(&mut self, at: At) -> R {
        let hash = self.hasher.hash_one(&*self.entries[at as usize].key);
        if let Ok(found) = self.index.find_entry(hash, |other| *other == at) {
            found.remove();
        }
        self.unlink(at);
        let entry = &mut self.entries[at as usize];
        entry.key = Box::default();
        entry.older = self.free;
        self.free = at;
        entry.row.take().expect("a place is held only while its row is there")
    }

    /// The row that was not written for the longest.
    pub(crate) fn oldest(&self) -> Option<At> {
        (self.oldest != NOWHERE).then_some(self.oldest)
    }

    /// All rows, the one written last coming last.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = At> {
        let newer = |at: At| (at != NOWHERE).then_some(at);
        std::iter::successors(newer(self.oldest), move |at| newer(self.entries[*at as usize].newer))
    }

    fn link(&mut self, at: At) {
        let before = self.newest;
        self.newest = at;
        self.entries[at as usize].older = before;
        self.entries[at as usize].newer = NOWHERE;
        match before {
            NOWHERE => self.oldest = at,
            before => self.entries[before as usize].newer = at,
        }
    }

    fn unlink(&mut self, at: At) {
        let (older, newer) = (self.entries[at as usize].older, self.entries[at as usize].newer);
        match older {
            NOWHERE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
        match newer {
            NOWHERE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
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
