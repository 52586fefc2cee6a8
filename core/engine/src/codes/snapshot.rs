//! F089x: what an engine keeps, and moves from one engine to another.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the same put right.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        NO_ROOM_FOR_KEY,
        "The engine holds as many bytes of state as it was allowed to, and was told to refuse new keys then. The event \
         is decided; rules that remember its key, or read its windows, end in this error. Keys that are there go on.",
        "memory: 1 MiB      with a million cards",
        "memory: 1 GiB, or at_budget: evict; docs/windows.md says how much is needed",
    ),
    (
        SNAPSHOT_DAMAGED,
        "The bytes do not begin as a snapshot does, end early, or their checksum says that they are not what was written. \
         Nothing was restored.",
        "Engine.restore(rules, b\"\")",
        "restore another copy, or the snapshot before it",
    ),
    (
        SNAPSHOT_VERSION,
        "A later version of Fishplate wrote the snapshot, in a format that this one does not know. Formats of earlier \
         versions are read; each version also reads the format of the next minor one.",
        "Engine.restore(rules, bytes)      with bytes of format 2.0, in a version that reads up to 1.1",
        "restore it with the version that wrote it, or a later one",
    ),
    (
        PARTITION_CHANGED,
        "What an engine remembers is kept by the values of `partition_by`: time, ids and windows of one value know \
         nothing of another's. Under another `partition_by` they would mean something else, so they cannot be taken over.",
        "partition_by: event.device      where the state was kept by event.card_id",
        "keep `partition_by`, or begin with an empty engine",
    ),
    (
        UNKNOWN_RULE,
        "A rule is switched by its id, as the document has it.",
        "engine.set_mode(\"R01\", \"off\")",
        "engine.set_mode(\"R001\", \"off\")",
    ),
    (
        PARTITION_ERROR,
        "`partition_by` says to which part of the state an event belongs. Where it ends in an error, the event belongs \
         nowhere, and is refused.",
        "partition_by: event.card.id      with an event that has no card",
        "partition_by: \"has(event.card) ? event.card.id : 'none'\"",
    ),
    (
        KEY_ERROR,
        "A rule with `for`, `until` or `silent` remembers a key, its `by`. Where `by` ends in an error for an event, the rule \
         does not match, and what it remembers stays as it is.",
        "by: event.pump.id      with an event that has no pump",
        "by: \"has(event.pump) ? event.pump.id : 'none'\"",
    ),
];
