//! The engine's state as bytes: whole, or some of its key groups, so that a host can move them. What is read back
//! decides as if nothing had happened.
//!
//! ```text
//! "FPS1"  major u8  minor u8
//! u32 length, the engine: version of the rule set, layout, switched rules, tick, high mark, warming, counters
//! u16 how many groups there are in all;  u32 count, then each: u16 index, u32 length, the group
//! SHA-256 of everything before
//! ```
//!
//! Counters are those of what was accepted: refused events leave no trace in the state.
//!
//! A later minor version adds at the end of the engine's or a group's part, where an earlier one does not look.

use sha2::{Digest, Sha256};

use super::swap::{check_partition, modes};
use super::{Counters, Engine, Options, Swapped};
use crate::codec::{self, Cursor, Damaged};
use crate::codes;
use crate::error::{Error, Place};
use crate::ruleset::{Mode, RuleSet};
use crate::state::{Group, KEY_GROUPS, Layout};
use crate::status::Status;

const MAGIC: &[u8; 4] = b"FPS1";
/// The format that is written. One minor version ahead is read, too: whoever goes back by one takes the state along.
const MAJOR: u8 = 1;
const MINOR: u8 = 0;

/// What a restore found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The version of the rule set whose state it was.
    pub version: [u8; 32],
    /// What was kept, as after a swap between that rule set and the one restored to.
    pub swapped: Swapped,
}

/// The engine's part of a snapshot.
struct Head {
    version: [u8; 32],
    layout: Layout,
    switched: Vec<(String, Mode)>,
    tick: Option<i128>,
    high: Option<i128>,
    warming: Vec<(String, i128)>,
    counters: Counters,
}

impl Engine {
    /// The whole state. Takes time and memory in proportion to it.
    pub fn snapshot(&self) -> Vec<u8> {
        self.snapshot_groups(&(0..self.groups.len() as u16).collect::<Vec<_>>())
    }

    /// The state of some key groups, for another engine: see [`crate::state::key_group`]. Indices that do not exist are left out.
    pub fn snapshot_groups(&self, groups: &[u16]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([MAJOR, MINOR]);
        codec::put_sized(&mut out, |out| self.write_head(out));
        out.extend((self.groups.len() as u16).to_le_bytes());
        let there = || groups.iter().filter_map(|at| Some((at, self.groups.get(usize::from(*at))?)));
        codec::put_count(there().count(), &mut out);
        for (at, group) in there() {
            out.extend(at.to_le_bytes());
            codec::put_sized(&mut out, |out| group.write(out));
        }
        let sum = Sha256::digest(&out);
        out.extend(sum);
        out
    }

    /// An engine with the state of `snapshots`, each of other key groups of engines of one rule set; a group that none of
    /// them has begins empty. The rule set may be another than theirs: then it is as after a swap.
    ///
    /// # Errors
    /// `DATA_LOSS` (F0891): damaged bytes; `FAILED_PRECONDITION`: a format of a later version (F0892), another
    /// `partition_by` (F0893); `INVALID_ARGUMENT` (F0809): none, the same group twice, or snapshots of different rule sets.
    pub fn restore(rule_set: &RuleSet, options: Options, snapshots: &[&[u8]]) -> Result<(Engine, Restored), Error> {
        let mut engine = Engine::new(rule_set, options);
        let plan = rule_set.plan();
        let new = Layout::of(plan);
        let mut first: Option<Head> = None;
        let mut seen = vec![false; engine.groups.len()];
        for bytes in snapshots {
            let (head, groups) = parse(bytes)?;
            check_partition(head.layout.partition.as_deref(), new.partition.as_deref())?;
            if first.as_ref().is_some_and(|first| first.version != head.version) {
                return Err(unfit("the snapshots are of different rule sets"));
            }
            for (at, bytes) in groups {
                if std::mem::replace(&mut seen[at], true) {
                    return Err(unfit(&format!("key group {at} is there twice")));
                }
                let group = Group::read(&mut Cursor::new(bytes), plan, &new, &head.layout);
                engine.groups[at] = group.map_err(|Damaged| damaged())?;
            }
            engine.tick = engine.tick.max(head.tick);
            engine.high = engine.high.max(head.high);
            engine.counters = engine.counters.greater(head.counters);
            first.get_or_insert(head);
        }
        let Some(head) = first else { return Err(unfit("there is no snapshot to restore")) };
        let swapped = Swapped {
            kept: new.kept_from(&head.layout).map(str::to_owned).collect(),
            warming: new.features_not_in(&head.layout).map(str::to_owned).collect(),
            dropped: head.layout.features_not_in(&new).map(str::to_owned).collect(),
        };
        engine.switched = head.switched;
        engine.modes = modes(plan, &engine.switched);
        engine.warming = head.warming;
        engine.warm(plan, &swapped);
        Ok((engine, Restored { version: head.version, swapped }))
    }

    fn write_head(&self, out: &mut Vec<u8>) {
        out.extend(self.rule_set.version());
        Layout::of(self.rule_set.plan()).write(out);
        codec::put_count(self.switched.len(), out);
        for (rule, mode) in &self.switched {
            codec::put_bytes(rule.as_bytes(), out);
            out.push(*mode as u8);
        }
        for time in [self.tick, self.high] {
            codec::put_option(time, out, |time, out| out.extend(time.to_le_bytes()));
        }
        codec::put_count(self.warming.len(), out);
        for (name, until) in &self.warming {
            codec::put_bytes(name.as_bytes(), out);
            out.extend(until.to_le_bytes());
        }
        // An event that was refused is no input: that there was one is not part of the state.
        let Counters { accepted, refused: _, late, repeated, matched } = self.counters;
        [accepted, late, repeated, matched].iter().for_each(|count| out.extend(count.to_le_bytes()));
    }
}

impl Counters {
    /// Each the greater of both: parts of one engine's state all carry what the whole had counted.
    fn greater(self, other: Self) -> Self {
        Self {
            accepted: self.accepted.max(other.accepted),
            refused: self.refused,
            late: self.late.max(other.late),
            repeated: self.repeated.max(other.repeated),
            matched: self.matched.max(other.matched),
        }
    }
}

impl Head {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        let mode = |cursor: &mut Cursor<'_>| match cursor.u8()? {
            0 => Ok(Mode::Live),
            1 => Ok(Mode::Shadow),
            2 => Ok(Mode::Off),
            _ => Err(Damaged),
        };
        Ok(Self {
            version: cursor.fixed()?,
            layout: Layout::read(cursor)?,
            switched: cursor.list(5, |cursor| Ok((cursor.text()?.to_owned(), mode(cursor)?)))?,
            tick: cursor.option(Cursor::i128)?,
            high: cursor.option(Cursor::i128)?,
            warming: cursor.list(20, |cursor| Ok((cursor.text()?.to_owned(), cursor.i128()?)))?,
            counters: Counters {
                accepted: cursor.u64()?,
                refused: 0,
                late: cursor.u64()?,
                repeated: cursor.u64()?,
                matched: cursor.u64()?,
            },
        })
    }
}

/// A snapshot's head, and its groups by index.
type Parts<'b> = (Head, Vec<(usize, &'b [u8])>);

/// The parts of a snapshot.
fn parse(bytes: &[u8]) -> Result<Parts<'_>, Error> {
    let (body, sum) = bytes.split_last_chunk::<32>().ok_or_else(damaged)?;
    if !body.starts_with(MAGIC) {
        return Err(damaged());
    }
    // Before the checksum: whoever holds a snapshot of a later version is told so, and not that it is damaged.
    if let [_, _, _, _, major, minor, ..] = *body
        && (major != MAJOR || minor > MINOR + 1)
    {
        return Err(later(major, minor));
    }
    if *sum != *Sha256::digest(body) {
        return Err(damaged());
    }
    parts(body).map_err(|Damaged| damaged())
}

fn parts(body: &[u8]) -> Result<Parts<'_>, Damaged> {
    let mut cursor = Cursor::new(body);
    cursor.take(MAGIC.len() + 2)?;
    let head = Head::read(&mut Cursor::new(cursor.bytes()?))?;
    let all = usize::from(cursor.u16()?);
    let expected = if head.layout.partition.is_some() { usize::from(KEY_GROUPS) } else { 1 };
    if all != expected {
        return Err(Damaged);
    }
    let groups = cursor.list(6, |cursor| Ok((usize::from(cursor.u16()?), cursor.bytes()?)))?;
    if groups.iter().any(|(at, _)| *at >= all) { Err(Damaged) } else { Ok((head, groups)) }
}

fn damaged() -> Error {
    let message = "the bytes are not a snapshot, or not a whole one";
    Error::new(Status::DataLoss, codes::SNAPSHOT_DAMAGED, message, Place::None)
}

fn later(major: u8, minor: u8) -> Error {
    let message = format!("the snapshot has format {major}.{minor}; this version reads up to {MAJOR}.{}", MINOR + 1);
    Error::new(Status::FailedPrecondition, codes::SNAPSHOT_VERSION, message, Place::None)
}

fn unfit(message: &str) -> Error {
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("snapshots".into()))
}
