//! The rows. They stand in the order in which they came to be: a new one goes to the end.

use super::{Gives, Kind, Object, Operation, Param, Threads};

const RULE_SET: Param = param("rule_set", Kind::Handle(Object::RuleSet), "the rule set");
const ENGINE: Param = param("engine", Kind::Handle(Object::Engine), "the engine");
const LIMITS: Param =
    param("limits", Kind::Limits, "the bounds on what comes in; none, or a value of 0, means the defaults");
const FORMAT: Param = param(
    "format",
    Kind::Number,
    "the form of the event: 1 protobuf, 2 JSON, 3 fields; 16 more if features stand before it",
);
const EVENT: Param = param("event", Kind::Bytes, "the event");
const TRACE: Param = param("trace", Kind::Trace, "the event's trace context, 25 bytes, or none");
const SESSION: Param = param("session", Kind::Handle(Object::Session), "the session");
const SESSION_OPTIONS: Param =
    param("options", Kind::SessionOptions, "what is wanted of the session; none, or a value of 0, means the defaults");
const SESSION_ID: Param = param("id", Kind::Bytes, "the session's id, 16 bytes, not all zero; none means a random one");
const RULE_SET_NAME: Param =
    param("rule_set", Kind::Text, "the name of the rule set, where a server has several; empty means the only one");
const RING: Param = param("ring", Kind::Handle(Object::Ring), "the place in the ring");
const WORD: Param = param(
    "word",
    Kind::Number,
    "the word by number: 0 the doorbell, 1 space for events, 2 decisions, 3 space for decisions",
);
const FRAME_KIND: Param = param("kind", Kind::Number, "the frame's kind, by the number in the ring's layout");

const STRICT: Param =
    param("strict", Kind::Flag, "whether fields that the schema does not have are refused, in JSON and in maps");
const MEMORY: Param = param("memory", Kind::Size, "the most bytes of state; 0 means 1 GiB");
const AT_BUDGET: Param =
    param("at_budget", Kind::Number, "where a new key finds no room: 0 it is refused, 1 the least recent one goes");
const MODE: Param = param("mode", Kind::Number, "0 live, 1 shadow, 2 off, 3 as the document says");

const STATUS: Param = param("status", Kind::Number, "the status by its number, not OK");
const CODE: Param = param("code", Kind::Number, "the code's number: 203 for F0203");
const MESSAGE: Param = param("message", Kind::Text, "what is wrong, without a full stop");
const NAME: Param = param("name", Kind::Text, "the argument or the file that it is wrong with; empty means none");

const fn param(name: &'static str, kind: Kind, doc: &'static str) -> Param {
    Param { name, kind, doc }
}

/// Every operation of the boundary. A row is never removed and never changes its meaning.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "version",
        doc: "Gives the version of the library: `0.1.0`.",
        takes: &[],
        gives: Gives::Text,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "limits",
        doc: "Gives the name, the default and the meaning of every limit, in the order in which limits are passed.",
        takes: &[],
        gives: Gives::Record("limits"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "rule_set_from_text",
        doc: "Compiles a rule document given as text. Nothing is opened: the schema files that it names are given with it. Every mistake in the document is told at once.",
        takes: &[
            param("file", Kind::Text, "the document's name, which errors show"),
            param("text", Kind::Text, "the document"),
            param("files", Kind::Named, "the schema files, by the names that the document gives them"),
            LIMITS,
        ],
        gives: Gives::Handle(Object::RuleSet),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "rule_set_load",
        doc: "Compiles the rule document in a file; schema files are looked up beside it. Every mistake in the document is told at once.",
        takes: &[param("path", Kind::Text, "the path of the document"), LIMITS],
        gives: Gives::Handle(Object::RuleSet),
        blocks: true,
        threads: Threads::Any,
    },
    Operation {
        name: "rule_set_describe",
        doc: "Gives the name and the version of a rule set, its outputs, rules and features, and the fields that it reads.",
        takes: &[RULE_SET],
        gives: Gives::Record("rule_set"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "engine_open",
        doc: "Opens an engine with empty windows. It keeps the rule set alive, whichever is closed first.",
        takes: &[RULE_SET, LIMITS, STRICT],
        gives: Gives::Handle(Object::Engine),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "decide",
        doc: "Decides one event and updates the windows. A decision that does not fit the storage waits to be fetched; the event must not be decided again.",
        takes: &[ENGINE, FORMAT, EVENT, TRACE],
        gives: Gives::Waiting("decision"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "preview",
        doc: "Gives what `decide` would give now, and changes nothing.",
        takes: &[ENGINE, FORMAT, EVENT, TRACE],
        gives: Gives::Waiting("decision"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "engine_explain",
        doc: "Says why each rule would, or would not, match an event now: the value of every part of its conditions, at its place in the document. Changes nothing.",
        takes: &[
            ENGINE,
            FORMAT,
            EVENT,
            param("json", Kind::Flag, "whether to give one JSON object, and not text for people"),
        ],
        gives: Gives::Text,
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "decide_all",
        doc: "Decides many events in order. A refused event is an error in its own place.",
        takes: &[ENGINE, FORMAT, param("batch", Kind::Bytes, "the events, in the layout `batch in`")],
        gives: Gives::Waiting("batch"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "fetch",
        doc: "Takes a result that waits because it did not fit its caller's storage.",
        takes: &[ENGINE, param("ticket", Kind::Ticket, "the ticket that came with OUT_OF_RANGE")],
        gives: Gives::Waiting("decision"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "counters",
        doc: "Gives what an engine has done so far: events accepted, refused, late, repeated, matched.",
        takes: &[ENGINE],
        gives: Gives::Record("counters"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "trace_from_headers",
        doc: "Reads a trace context from headers: `traceparent`, `grpc-trace-bin`, `uber-trace-id`, `b3`, `x-b3-*`, `x-trace-id`; the first found in this order wins, malformed ones are ignored and counted.",
        takes: &[param("headers", Kind::Named, "the headers, names in any case")],
        gives: Gives::Record("trace"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "live_objects",
        doc: "Counts the objects of one kind that are not freed yet, in this copy of the library.",
        takes: &[param("kind", Kind::Number, "the kind of object: 1 rule sets, 2 engines, 3 sessions, 4 rings")],
        gives: Gives::Number,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "close",
        doc: "Closes an object: from now on it is refused everywhere. Calls that use it at this moment end normally, and the last of them frees it. Closing again changes nothing and succeeds.",
        takes: &[param("handle", Kind::AnyHandle, "the object")],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::AnyTimes,
    },
    Operation {
        name: "explain_error",
        doc: "Gives what an error code means, with an example of the mistake and the way out.",
        takes: &[param("code", Kind::Number, "the code's number: 203 for F0203")],
        gives: Gives::Text,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "engine_share",
        doc: "Makes an engine reachable in this process as `inproc:NAME`, until it is closed. A name that another engine has is refused with ALREADY_EXISTS.",
        takes: &[ENGINE, param("name", Kind::Text, "the name, without `inproc:`")],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "session_open",
        doc: "Opens a session with whatever is at an address, and waits for its welcome, at most `connect_ms`: UNAVAILABLE if nobody answers. On a network the options must name a deadline, or an idle timeout and a maximum age.",
        takes: &[
            param("address", Kind::Text, "`inproc:NAME`, `shm://NAME` or `grpc://HOST:PORT`"),
            SESSION_OPTIONS,
            SESSION_ID,
            RULE_SET_NAME,
        ],
        gives: Gives::Handle(Object::Session),
        blocks: true,
        threads: Threads::Any,
    },
    Operation {
        name: "session_send",
        doc: "Sends an event, which is copied; gives its sequence, from 1. When the window is full, the session's policy decides: RESOURCE_EXHAUSTED, waiting for room, or shedding the oldest event that waits. DEADLINE_EXCEEDED after waiting means that the event was not sent. A close wakes it with CANCELLED.",
        takes: &[
            SESSION,
            FORMAT,
            EVENT,
            TRACE,
            param("preview", Kind::Flag, "whether to say what would be decided, and change nothing"),
            param(
                "within_ms",
                Kind::Number,
                "milliseconds from now after which the event is refused instead of decided; 0 means never",
            ),
            param(
                "wait_ms",
                Kind::Number,
                "the most milliseconds to wait for room; 0 means not at all, 4294967295 as long as it takes",
            ),
        ],
        gives: Gives::Number,
        blocks: true,
        threads: Threads::OneAtATime,
    },
    Operation {
        name: "session_receive",
        doc: "Waits for the outcome of the next event, in order, or for the session's last word, which is given again at every further call. An outcome that does not fit the storage stays: call again with more. DEADLINE_EXCEEDED means that nothing came in time. A close wakes it with CANCELLED.",
        takes: &[
            SESSION,
            param(
                "wait_ms",
                Kind::Number,
                "the most milliseconds to wait; 0 means not at all, 4294967295 as long as it takes",
            ),
        ],
        gives: Gives::Record("outcome"),
        blocks: true,
        threads: Threads::OneAtATime,
    },
    Operation {
        name: "session_half_close",
        doc: "Says that no more events come. What was sent is decided and delivered; then the session's last word is OK.",
        takes: &[SESSION],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "session_cancel",
        doc: "Takes no more events. What was accepted is decided and delivered within `drain_ms`; then the session's last word is CANCELLED, with the watermark.",
        takes: &[SESSION],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "session_report",
        doc: "Gives where a session stands: its id, epoch, state, counters, the rule set that decides, and its watermark once it is done.",
        takes: &[SESSION],
        gives: Gives::Record("session"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "ring_attach",
        doc: "Claims a place in the ring of this name, for a host that maps the ring's file itself. The lock that says so is held until the handle is closed, the process ends, or a child is forked (there it is let go).",
        takes: &[param("name", Kind::Text, "the ring's name, without `shm://`")],
        gives: Gives::Handle(Object::Ring),
        blocks: true,
        threads: Threads::Any,
    },
    Operation {
        name: "ring_describe",
        doc: "Gives the file to map, the place in it, and where its lanes stand.",
        takes: &[RING],
        gives: Gives::Record("ring"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "ring_wait",
        doc: "Sleeps while a word of the ring has the value that the caller has seen. Gives 0 if it was woken, 1 if the word had another value, 2 if the time was over. A close wakes it with CANCELLED.",
        takes: &[
            RING,
            WORD,
            param("expected", Kind::Number, "the value that the caller has seen"),
            param("wait_ms", Kind::Number, "the most milliseconds to sleep; at most 100 are slept in one call"),
        ],
        gives: Gives::Number,
        blocks: true,
        threads: Threads::Any,
    },
    Operation {
        name: "ring_wake",
        doc: "Wakes whoever sleeps on a word of the ring.",
        takes: &[RING, WORD],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "ring_alive",
        doc: "Tells whether the ring's server lives: 1 if its process holds the server's lock, else 0. Never answered by a timeout.",
        takes: &[RING],
        gives: Gives::Number,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "carried_open",
        doc: "Opens a session whose frames the host carries to and from a ring that it has mapped itself. It is not connected yet. The operations of sessions work on it, but never wait: what would wait is DEADLINE_EXCEEDED at once.",
        takes: &[SESSION_OPTIONS, SESSION_ID, RULE_SET_NAME],
        gives: Gives::Handle(Object::Session),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "carried_connected",
        doc: "Says that there is a new connection: the next frame opens or resumes the session on it.",
        takes: &[SESSION, param("max_payload", Kind::Number, "the most bytes of payload that a frame takes there")],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "carried_disconnected",
        doc: "Says that the connection broke. What the server had not accepted is sent again on the next one.",
        takes: &[SESSION],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "carried_give_up",
        doc: "Ends the session with an error of the host's, unless it has ended.",
        takes: &[SESSION, STATUS, CODE, MESSAGE, NAME],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "carried_next",
        doc: "Gives the next frame that the host is to write for the server; one of kind 0 means that there is none for now. A frame that does not fit the storage stays: call again with more.",
        takes: &[SESSION],
        gives: Gives::Record("frame"),
        blocks: false,
        threads: Threads::OneAtATime,
    },
    Operation {
        name: "carried_take",
        doc: "Takes a frame that the host has read from the server and copied out of shared memory. Gives how the session stands: 1 if a server has welcomed it, plus 2 if its last word is here. A frame that no server writes ends the session.",
        takes: &[
            SESSION,
            FRAME_KIND,
            param("sequence", Kind::Ticket, "the frame's sequence"),
            param("payload", Kind::Bytes, "the frame's payload"),
        ],
        gives: Gives::Number,
        blocks: false,
        threads: Threads::OneAtATime,
    },
    Operation {
        name: "error_record",
        doc: "Gives an error of the host's in the form of all others, with its text.",
        takes: &[
            STATUS,
            CODE,
            MESSAGE,
            NAME,
            param("suggestion", Kind::Text, "what to do about it; empty means that nothing is suggested"),
        ],
        gives: Gives::Record("error"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "session_options",
        doc: "Gives the name and the meaning of every option of a session, in the order in which options are passed.",
        takes: &[],
        gives: Gives::Record("options"),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "engine_open_with",
        doc: "Opens an engine, and says how much it may remember. With a state folder its inputs are kept there: it begins with what they left, and whatever changes it returns when the disk has it, which may take long. FAILED_PRECONDITION means a folder that another engine has (F0870), that cannot be used (F0871), or that has the state of another rule set (F0880, F0893); DATA_LOSS (F0874) a damaged one; UNAVAILABLE a disk that is full (F0872) or fails (F0873): then nothing more is taken.",
        takes: &[
            RULE_SET,
            LIMITS,
            STRICT,
            MEMORY,
            AT_BUDGET,
            param(
                "state",
                Kind::Text,
                "the state folder, which is made if it is not there; empty: none, and windows begin empty",
            ),
        ],
        gives: Gives::Handle(Object::Engine),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "engine_restore",
        doc: "Opens an engine with the state of snapshots, each of other key groups of engines of one rule set. If that is another rule set than this one, it is as after a swap. DATA_LOSS (F0891) means damaged bytes, FAILED_PRECONDITION a format of a later version (F0892) or another `partition_by` (F0893).",
        takes: &[
            RULE_SET,
            LIMITS,
            STRICT,
            MEMORY,
            AT_BUDGET,
            param("snapshots", Kind::Pieces, "the snapshots, in any order; at least one"),
        ],
        gives: Gives::Handle(Object::Engine),
        blocks: false,
        threads: Threads::Any,
    },
    Operation {
        name: "advance_to",
        doc: "Says what time it is, in event time: rules whose time came fire by themselves. Gives their decisions, in the order in which they were due. An earlier time than before changes nothing.",
        takes: &[
            ENGINE,
            param("seconds", Kind::Seconds, "seconds since the Unix epoch"),
            param("nanos", Kind::Number, "nanoseconds after them, 0 to 999,999,999"),
        ],
        gives: Gives::Waiting("batch"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "engine_snapshot",
        doc: "Gives the engine's state as bytes for `engine_restore`: the whole, or some of its key groups. Changes nothing; takes time and memory in proportion to the state.",
        takes: &[
            ENGINE,
            param(
                "groups",
                Kind::Groups,
                "the key groups, 0 to 127; none means all; one that is not there is left out",
            ),
        ],
        gives: Gives::Waiting("snapshot"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "engine_swap",
        doc: "Decides by another rule set from the next event on; what both define alike keeps its state. Gives what was kept. FAILED_PRECONDITION (F0893), and nothing has changed: the rule set has another `partition_by`.",
        takes: &[ENGINE, RULE_SET],
        gives: Gives::Waiting("swapped"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "engine_set_mode",
        doc: "Switches a rule, from the next event on, also in rule sets to come. NOT_FOUND (F0894) means that there is no such rule.",
        takes: &[ENGINE, param("rule", Kind::Text, "the rule's id"), MODE],
        gives: Gives::Nothing,
        blocks: false,
        threads: Threads::TakesTurns,
    },
    Operation {
        name: "engine_state",
        doc: "Gives how much an engine remembers, which features have not filled since a swap or a restore, and the mode of every rule.",
        takes: &[ENGINE],
        gives: Gives::Record("state"),
        blocks: false,
        threads: Threads::TakesTurns,
    },
];
