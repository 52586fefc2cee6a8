//! F087x and F088x: a state folder that cannot be opened, and a state that stopped. The examples name operations as the
//! table of operations does; lines that begin with `$` are of a shell.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the way out.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        STATE_IN_USE,
        "One engine at a time may write to a state folder. Another one has it: the same program started twice, or one \
         that has not ended yet. The lock goes with the process that holds it, however that ends; the file LOCK may stay \
         behind, and does no harm.",
        "$ fishplate serve --rules payments.yaml --state state &\n$ fishplate serve --rules payments.yaml --state state",
        "$ fishplate serve --rules payments.yaml --state state-1 &\n\
         $ fishplate serve --rules payments.yaml --state state-2",
    ),
    (
        STATE_UNUSABLE,
        "The state folder cannot be made, or its files cannot be read and written by this user: a file has the name, a \
         permission is missing, the file system is read-only. Nothing was written.",
        "$ touch state\n$ fishplate serve --rules payments.yaml --state state",
        "$ mkdir -m 700 state\n$ fishplate serve --rules payments.yaml --state state",
    ),
    (
        DISK_FULL,
        "There is no room for the journal, so that no further event could be kept: the engine accepts no more, rather \
         than deciding what it would forget. Everything acknowledged is safe. Events whose outcome had not been told \
         are UNAVAILABLE, because they may or may not have been written; those after them are RESOURCE_EXHAUSTED, and \
         were not. It stays so until the state is opened again.",
        "a disk that has less room than two journal segments and two snapshots take",
        "make room or a larger disk, and start the engine again: it goes on where it was",
    ),
    (
        DISK_FAILED,
        "The disk refused to read, write or sync a file of the state. After a failed sync nobody knows what the disk \
         holds, and asking again would not tell: so the engine accepts no more until the state is opened again, which \
         reads what is there. Everything acknowledged was on the disk before.",
        "a disk that reports input and output errors",
        "look at the system's log, put the disk or its connection right, and start the engine again",
    ),
    (
        STATE_DAMAGED,
        "Bytes of the journal or of a snapshot are not those that were written, though they had been safely on the disk: \
         it rotted, or something else wrote there. The message names file and byte. An end that a power cut tore off \
         is no damage: it had never been acknowledged, and is cut without an error.",
        "$ truncate -s -100 state/journal-0000000000000001.log    # and it is not the last segment\n\
         $ fishplate serve --rules payments.yaml --state state",
        "keep the folder as it is, bring the state back from a copy of it, or begin with an empty folder",
    ),
    (
        STATE_INCOMPLETE,
        "A part of the state is missing: a journal segment between others, the segments after the snapshot, or all \
         snapshots that the journal does not reach behind. Going on without it would be a state that never was.",
        "$ rm state/journal-0000000000000001.log\n$ fishplate serve --rules payments.yaml --state state",
        "copy and move a state folder as a whole, while nobody uses it",
    ),
    (
        STATE_NEWER,
        "The state was written by a later version of Fishplate, in a format that this one does not know. The message \
         names both. Older formats are read; a newer one is never guessed at.",
        "start a version of Fishplate on a state folder whose format it does not know",
        "start the later version again, or an empty state folder with this one",
    ),
    (
        STATE_MIXED,
        "Every file of a state carries the number of that state, drawn when it was begun. This one has another number: \
         it was copied in from elsewhere.",
        "$ cp other-state/snapshot-*.fps state/\n$ fishplate serve --rules payments.yaml --state state",
        "keep the files of one state in one folder, and nothing else",
    ),
    (
        RECORD_TOO_LARGE,
        "What is to be written to the journal is larger than one record of it may be, 64 MiB. Nothing was written.",
        "swap(engine, a rule set of 100 MiB)",
        "swap(engine, a rule set of a size that the limits allow)",
    ),
    (
        ACCEPTED_BEFORE,
        "Inputs of a session are numbered, and each number is accepted once. This one, or a later one, was accepted \
         before: it is a repeat, and has changed nothing. Its outcome is kept until the client acknowledges it.",
        "decide(engine, event, session: id, sequence: 7)\ndecide(engine, event, session: id, sequence: 7)",
        "decide(engine, event, session: id, sequence: 7)\ndecide(engine, event, session: id, sequence: 8)",
    ),
    (
        STATE_OF_OTHER_RULES,
        "The state in this folder belongs to a rule set of another name. A rule set may change its rules and keep its \
         state; under another name it is taken for another one, because hardly a window would survive, and a wrong \
         folder is easily named.",
        "$ fishplate serve --rules payments.yaml --state state\n$ fishplate serve --rules telemetry.yaml --state state",
        "$ fishplate serve --rules payments.yaml --state state-payments\n\
         $ fishplate serve --rules telemetry.yaml --state state-telemetry",
    ),
];
