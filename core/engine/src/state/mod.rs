//! What an engine remembers, apart from how it decides: key groups, each with its partitions, and the rows of windows and
//! watches by key. Everything that is kept is counted in bytes; at the budget, new keys are refused or the least
//! recent ones evicted, never more memory taken. Knows no expressions, rules or decisions but as things that are kept.

mod bytes;
mod expiry;
mod group;
mod layout;
mod repeats;
mod table;
mod trial;

pub(crate) use group::{Group, Shape};
pub(crate) use layout::Layout;
pub(crate) use table::At;
pub(crate) use trial::Trial;

/// How many key groups the state of a partitioned engine is kept in: the unit in which a host moves state between
/// engines, and the most shards that can share it. As many as the default maximum parallelism of Apache Flink.
pub const KEY_GROUPS: u16 = 128;

/// What happens to a key that has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtBudget {
    /// Its windows are not kept; rules that read them end in an error. Keys that are there go on.
    #[default]
    Refuse,
    /// The key of its group that was not written for the longest goes.
    Evict,
}

/// How much an engine remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateSize {
    /// Bytes that are accounted for: `docs/windows.md` gives the formula.
    pub bytes: u64,
    /// Rows: a key of one list of keys, with its windows.
    pub keys: u64,
    /// Partition values; 1 without `partition_by`, once an event was accepted.
    pub partitions: u64,
    /// Times that a new key was refused for want of room.
    pub refused_keys: u64,
    /// Keys evicted for want of room.
    pub evicted_keys: u64,
    /// Keys dropped because their windows were over.
    pub expired_keys: u64,
}

impl StateSize {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            keys: self.keys + other.keys,
            partitions: self.partitions + other.partitions,
            refused_keys: self.refused_keys + other.refused_keys,
            evicted_keys: self.evicted_keys + other.evicted_keys,
            expired_keys: self.expired_keys + other.expired_keys,
        }
    }
}

/// The key group of a partition value in canonical bytes: its FNV-1a hash of 64 bits, folded, modulo [`KEY_GROUPS`]
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>). Part of the state's format: a value never moves to another group.
pub fn key_group(partition: &[u8]) -> u16 {
    let hash = partition
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    ((hash ^ (hash >> 32)) % u64::from(KEY_GROUPS)) as u16
}
