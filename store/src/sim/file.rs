//! One simulated file: what the system shows of it, what the disk holds, and what is on the way between the two.

use super::chance::Chance;

/// What a disk writes whole or not at all, on a good day.
const SECTOR: usize = 512;

/// A file, whatever its names.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// What reading gives: the page cache.
    pub(super) shown: Vec<u8>,
    /// What is there after a power cut, if nothing of `pending` makes it.
    pub(super) durable: Vec<u8>,
    /// What was done since the last sync, in order.
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Size(usize),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => put(to, *at, bytes),
            Self::Size(size) => to.resize(*size, 0),
        }
    }
}

/// Writes `bytes` at `at`; a gap before it becomes zeros.
fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}

impl Contents {
    /// A file that has been there for long.
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self { shown: bytes.clone(), durable: bytes, pending: Vec::new() }
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.change(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub(super) fn resize(&mut self, size: usize) {
        self.change(Change::Size(size));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.shown);
        self.pending.push(change);
    }

    /// A sync that does what it says.
    pub(super) fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// A sync that failed: the system forgets what it had not written. Some go on showing it, as if it were there (ext4,
    /// XFS); others show what the disk holds (Btrfs).
    pub(super) fn forget(&mut self, goes_on_showing: bool) {
        self.pending.clear();
        if !goes_on_showing {
            self.shown.clone_from(&self.durable);
        }
    }

    /// Changes one bit of what the disk holds.
    pub(super) fn rot(&mut self, at: usize, bit: u32) {
        for bytes in [&mut self.shown, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }

    /// The power is cut: of what was on the way, something arrived. `stale` is what an earlier file left on the disk,
    /// where this one grew into its place.
    pub(super) fn crash(&mut self, chance: &mut Chance, stale: &[u8]) {
        let pending = std::mem::take(&mut self.pending);
        match chance.below(8) {
            0 => {}
            1 => pending.iter().for_each(|change| change.apply(&mut self.durable)),
            2..4 => self.tear(&pending, chance),
            _ => self.scatter(&pending, chance, stale),
        }
        self.shown.clone_from(&self.durable);
    }

    /// All changes up to one, and of this one a part.
    fn tear(&mut self, pending: &[Change], chance: &mut Chance) {
        let whole = chance.index(pending.len() + 1);
        pending[..whole].iter().for_each(|change| change.apply(&mut self.durable));
        if let Some(Change::Write { at, bytes }) = pending.get(whole) {
            put(&mut self.durable, *at, &bytes[..chance.index(bytes.len() + 1)]);
        }
    }

    /// Any sectors of any changes, and any of the sizes that the file had.
    fn scatter(&mut self, pending: &[Change], chance: &mut Chance, stale: &[u8]) {
        let kept = [300, 700, 950][chance.index(3)];
        let before = self.durable.len();
        let mut sizes = vec![before];
        let mut size = before;
        for change in pending {
            match change {
                Change::Write { at, bytes } => {
                    size = size.max(at + bytes.len());
                    self.scatter_write(*at, bytes, kept, chance);
                }
                Change::Size(new) => {
                    size = *new;
                    if chance.in_thousand(kept) {
                        self.durable.resize(*new, 0);
                    }
                }
            }
            sizes.push(size);
        }
        if chance.below(4) == 0 {
            self.durable.resize(sizes[chance.index(sizes.len())], 0);
        }
        if chance.below(4) == 0 && !stale.is_empty() {
            show_stale(&mut self.durable, before, stale);
        }
    }

    fn scatter_write(&mut self, at: usize, bytes: &[u8], kept: u32, chance: &mut Chance) {
        let mut from = 0;
        while from < bytes.len() {
            // To the end of the sector in the file, not in the write.
            let to = bytes.len().min(from + SECTOR - (at + from) % SECTOR);
            if chance.in_thousand(kept) {
                let to = if chance.in_thousand(50) { from + chance.index(to - from + 1) } else { to };
                put(&mut self.durable, at + from, &bytes[from..to]);
            }
            from = to.max(from + SECTOR - (at + from) % SECTOR);
        }
    }
}

/// Fills whole sectors of zeros that the file grew by with what was there before, as a file system may that makes sizes
/// durable before contents.
fn show_stale(durable: &mut [u8], grown_from: usize, stale: &[u8]) {
    let mut at = grown_from.next_multiple_of(SECTOR);
    while at + SECTOR <= durable.len() {
        let sector = &mut durable[at..at + SECTOR];
        if sector.iter().all(|byte| *byte == 0) {
            for (byte, old) in sector.iter_mut().zip(stale.iter().cycle().skip(at % stale.len())) {
                *byte = *old;
            }
        }
        at += SECTOR;
    }
}
