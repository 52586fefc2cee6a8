//! The plain model: a list of everything that was appended, and a reader that becomes a list of everything that came back.
//! Whether a journal keeps its word is a comparison of the two.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use fishplate::Error;
use fishplate_store::sim::Chance;
use fishplate_store::{Disk, Lsn, Record, Recover, Store};

/// One record as the model keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

/// What came back: the "engine", whose state is the list of all records that it was ever given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger(pub(crate) BTreeMap<u64, Entry>);

impl Ledger {
    fn take(&mut self, lsn: u64, entry: Entry) {
        let last = self.last();
        assert!(lsn > last, "record {lsn} came after record {last}");
        self.0.insert(lsn, entry);
    }

    pub(crate) fn last(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(lsn, _)| *lsn)
    }

    /// The whole as bytes, for a snapshot.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (lsn, Entry { kind, payload }) in &self.0 {
            bytes.extend(lsn.to_le_bytes());
            bytes.push(*kind);
            bytes.extend((payload.len() as u32).to_le_bytes());
            bytes.extend(payload);
        }
        bytes
    }
}

impl Recover for Ledger {
    fn restore(&mut self, lsn: Lsn, mut bytes: &[u8]) -> Result<(), Error> {
        assert!(self.0.is_empty(), "restored once, and first");
        let mut next = |length: usize| {
            let (part, rest) = bytes.split_at(length);
            bytes = rest;
            (part.to_vec(), rest.is_empty())
        };
        let mut ended = next(0).1;
        while !ended {
            let at = u64::from_le_bytes(next(8).0.try_into().expect("eight bytes"));
            let kind = next(1).0[0];
            let length = u32::from_le_bytes(next(4).0.try_into().expect("four bytes"));
            let (payload, end) = next(length as usize);
            assert!(at <= lsn.0, "the snapshot holds nothing later than it says");
            self.take(at, Entry { kind, payload });
            ended = end;
        }
        Ok(())
    }

    fn replay(&mut self, record: Record<'_>) -> Result<(), Error> {
        self.take(record.lsn.0, Entry { kind: record.kind, payload: record.payload.to_vec() });
        Ok(())
    }
}

/// What was done, and what was promised of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    /// Everything that may be there.
    pub(crate) appended: Ledger,
    /// Everything up to here must be.
    pub(crate) acknowledged: u64,
    /// The promise before this one: the last group lies between the two.
    pub(crate) acknowledged_before: u64,
}

impl Model {
    /// Appends something, of a size that chance gives.
    pub(crate) fn append<D: Disk>(&mut self, store: &mut Store<D>, chance: &mut Chance) -> Result<Lsn, Error> {
        let length = [chance.index(40), chance.index(600), chance.index(40), chance.index(5_000)][chance.index(4)];
        let payload: Vec<u8> = (0..length).map(|_| chance.number() as u8).collect();
        let kind = NonZeroU8::MIN.saturating_add(chance.index(9) as u8);
        let lsn = store.append_with(kind, |buffer| buffer.extend_from_slice(&payload))?;
        self.appended.0.insert(lsn.0, Entry { kind: kind.get(), payload });
        Ok(lsn)
    }

    /// A sync returned `lsn`.
    pub(crate) fn promised(&mut self, lsn: Lsn) {
        assert!(lsn.0 >= self.acknowledged, "what is durable stays so");
        if lsn.0 > self.acknowledged {
            (self.acknowledged_before, self.acknowledged) = (self.acknowledged, lsn.0);
        }
    }

    /// What is wrong with what came back; `None`: it is a beginning of what was appended, and everything that was promised is
    /// in it.
    pub(crate) fn fault(&self, came_back: &Ledger) -> Option<String> {
        self.fault_after(came_back, self.acknowledged)
    }

    /// The same, if only the records up to `promised` had been.
    pub(crate) fn fault_after(&self, came_back: &Ledger, promised: u64) -> Option<String> {
        let last = came_back.last();
        let expected: Vec<_> = self.appended.0.iter().filter(|(lsn, _)| **lsn <= last).collect();
        let got: Vec<_> = came_back.0.iter().collect();
        if let Some((at, (lsn, _))) = got.iter().enumerate().find(|(at, entry)| expected.get(*at) != Some(entry)) {
            return Some(format!("entry {at}, record {lsn}, is not what was appended"));
        }
        if got.len() != expected.len() {
            return Some(format!("{} records came back of {} up to {last}", got.len(), expected.len()));
        }
        let lost = self.appended.0.keys().find(|lsn| **lsn > last && **lsn <= promised);
        lost.map(|lsn| format!("record {lsn} had been promised, and the journal ends at {last}"))
    }

    /// What came back is what there is now; the rest was never promised, and is forgotten.
    pub(crate) fn settle<D: Disk>(&mut self, came_back: &Ledger, store: &Store<D>) {
        self.appended = came_back.clone();
        let durable = store.journal().durable().0;
        (self.acknowledged, self.acknowledged_before) = (durable, durable);
    }
}
