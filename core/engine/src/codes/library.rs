//! F08xx and F09xx: a call of the library that cannot be carried out, and errors of our own. The examples name
//! operations as the table of operations does, and belong to no language.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the way out.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        CLOSED,
        "The object was closed, by this thread or another one. Closing again is allowed; every other use is refused. \
         The rule set and the engine are independent: closing one leaves the other as it is.",
        "close(engine)\ndecide(engine, event)",
        "decide(engine, event)\nclose(engine)",
    ),
    (
        STALE_HANDLE,
        "The handle names an object that was closed and whose place was given to another one since. The handle was \
         kept too long.",
        "close(engine)\nother = engine(rules)\ndecide(engine, event)",
        "close(engine)\nother = engine(rules)\ndecide(other, event)",
    ),
    (
        WRONG_HANDLE,
        "The handle names a living object, but of another kind than the operation takes.",
        "decide(rules, event)",
        "decide(engine(rules), event)",
    ),
    (
        FOREIGN_HANDLE,
        "One process can hold several copies of the library: one a package, one a class loader. A handle belongs to \
         the copy that made it. The number may also be no handle at all.",
        "decide(a number that this copy of the library never gave, event)",
        "use a handle with the copy of the library that gave it; hand rule sets over as text",
    ),
    (
        FORKED,
        "The object was made before the process forked, and is used in the child. Its locks may be held by threads \
         that the child does not have, so it is refused there instead of hanging. Make engines after the fork.",
        "engine = engine(rules)\nfork()\ndecide(engine, event)       in the child",
        "fork()\nengine = engine(rules)\ndecide(engine, event)       in the child",
    ),
    (
        STORAGE_TOO_SMALL,
        "The storage that the caller gave does not hold the result. The size that is needed comes with the error. \
         The event has been decided, once; its decision waits to be fetched, and must not be decided again.",
        "decide(engine, event, storage of 64 bytes)",
        "fetch(engine, ticket, storage of the size that the error gives)",
    ),
    (
        NULL_ARGUMENT,
        "An argument that the operation needs is null, or a length above zero comes with a null pointer.",
        "decide(engine, null)",
        "decide(engine, event)",
    ),
    (
        UNREADABLE_FILE,
        "A rule document, or a schema file that it names, cannot be read: it is not there, or not allowed to be \
         read. Schema files are looked up beside the document.",
        "load(\"rulez/payments.yaml\")",
        "load(\"rules/payments.yaml\")",
    ),
    (
        BAD_ARGUMENT,
        "An argument is outside what the operation takes: an unknown format or limit, a negative length, an option \
         with a value that it does not have.",
        "limit(\"strings\", 10)",
        "limit(\"string_bytes\", 10)",
    ),
    (
        TOO_MANY_WAITING,
        "Decisions that did not fit their caller's storage wait to be fetched, and there are as many as the library \
         keeps. Fetch or drop them first; no further event is decided until then.",
        "decide with storage that is always too small, without ever fetching",
        "fetch each decision that waits, with storage of the size that was told",
    ),
    (
        NOT_WAITING,
        "The ticket names no decision that waits: it was fetched before, or the engine was closed.",
        "fetch(engine, ticket)\nfetch(engine, ticket)",
        "fetch(engine, ticket)",
    ),
    (
        UNWRITABLE_FILE,
        "A file for results cannot be made or written: its folder is not there, writing is not allowed, or no room is \
         left.",
        "--output resultz/decisions.jsonl",
        "--output results/decisions.jsonl",
    ),
    (
        RE_ENTERED,
        "While an engine read an event, the event's own code (a mapping or a time zone of the host language) used the \
         same engine on the same thread. The outer call cannot go on before the inner one ends, so the inner one is \
         refused instead of hanging.",
        "a mapping whose lookup calls decide(engine, other) while decide(engine, mapping) runs",
        "decide(engine, other), then decide(engine, mapping)",
    ),
    (
        BAD_TEST_FILE,
        "A test file has `tests`, each with a `name` and `steps`; a step has an `event`, a moment (`at`) or `modes`, and what \
         to `expect` of it. The key or value at the place has none of these forms.",
        "tests:\n  - name: big\n    step: [{event: {amount: 500}}]",
        "tests:\n  - name: big\n    steps: [{event: {amount: 500}}]",
    ),
    (
        INTERNAL,
        "Fishplate has a mistake: something happened that its authors held to be impossible. The host program goes \
         on; what the call did is not known.",
        "",
        "report it, with the message and, if it may be shown, the rule document and the event",
    ),
    (
        ENGINE_BROKEN,
        "An internal error (F0901) happened in this engine while its windows were changing, so they may be half \
         changed. It decides no more events, rather than wrong ones. Other engines are not affected.",
        "",
        "close the engine and make a new one; report the first error, F0901",
    ),
];
