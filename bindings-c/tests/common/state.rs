//! Rules that remember, and the calls on what an engine remembers.

use std::ptr::null;

use fishplate_c::generated::entries::*;
use fishplate_c::types::{FishplateBytes, FishplateHandle};

use super::{Memory, compiled, decide, engine};

/// A pump that was not heard of for five minutes, and a count of what is heard; partitioned by pump.
pub(crate) const PUMPS: &str = "fishplate: 1
name: pumps
schema: {fields: {at: timestamp, pump: string, heat: int}}
event: {time: at}
partition_by: event.pump
features:
  heard: {by: event.pump, count: true, sliding: 10m, slide: 1m}
outputs:
  score: {type: int, merge: sum, default: 0}
rules:
  - {id: QUIET, by: event.pump, silent: 5m, output: {score: 1}}
  - {id: OFTEN, when: features.heard > 1, output: {score: features.heard}}
";

/// The same with another feature in the place of `heard`.
pub(crate) const OTHER_PUMPS: &str = "fishplate: 1
name: pumps
schema: {fields: {at: timestamp, pump: string, heat: int}}
event: {time: at}
partition_by: event.pump
features:
  heated: {by: event.pump, sum: event.heat, sliding: 10m, slide: 1m}
outputs:
  score: {type: int, merge: sum, default: 0}
rules:
  - {id: QUIET, by: event.pump, silent: 5m, output: {score: 1}}
";

/// The rules of [`PUMPS`], and an engine of them that has heard of pump `a` at the epoch.
pub(crate) fn pumps(memory: &mut Memory) -> (FishplateHandle, FishplateHandle) {
    let rules = compiled(PUMPS, memory);
    let engine = engine(rules, memory);
    heard(engine, 0, "a", memory);
    (rules, engine)
}

/// A pump is heard of, at a second of the first minute.
pub(crate) fn heard(engine: FishplateHandle, second: u32, pump: &str, memory: &mut Memory) {
    let event = format!(r#"{{"at": "1970-01-01T00:00:{second:02}Z", "pump": "{pump}", "heat": 3}}"#);
    assert_eq!(decide(engine, &event, memory), FishplateStatus::Ok, "{:?}", memory.error());
}

/// Advances to a second after the epoch.
pub(crate) fn advance(engine: FishplateHandle, seconds: i64, memory: &mut Memory) {
    // SAFETY: the storage is the test's own.
    let status = unsafe { fishplate_advance_to(engine, seconds, 0, &mut memory.storage) };
    assert_eq!(status, FishplateStatus::Ok);
}

/// A snapshot of some key groups; of all, if none are named.
pub(crate) fn snapshot(engine: FishplateHandle, groups: &[u16], memory: &mut Memory) -> Vec<u8> {
    // SAFETY: every pointer is to memory of the test.
    let status = unsafe { fishplate_engine_snapshot(engine, groups.as_ptr(), groups.len(), &mut memory.storage) };
    assert_eq!(status, FishplateStatus::Ok);
    memory.record().to_vec()
}

/// An engine of snapshots, and how that ended.
pub(crate) fn restore(
    rules: FishplateHandle,
    snapshots: &[&[u8]],
    memory: &mut Memory,
) -> (FishplateStatus, FishplateHandle) {
    let pieces: Vec<FishplateBytes> =
        snapshots.iter().map(|bytes| FishplateBytes { data: bytes.as_ptr(), size: bytes.len() }).collect();
    let mut handle = 7;
    let (pieces, count, storage) = (pieces.as_ptr(), pieces.len(), &mut memory.storage);
    // SAFETY: every pointer is null or to memory of the test.
    let status = unsafe { fishplate_engine_restore(rules, null(), false, 0, 0, pieces, count, &mut handle, storage) };
    (status, handle)
}
