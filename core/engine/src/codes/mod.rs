//! Every error code: its number and title here, what it means and the way out in [`explain()`].
//! The codes of expressions (F01xx to F03xx) come from `fishplate-cel`; the rest are declared here.
//! Nothing here knows how an error is raised or shown.

use fishplate_cel::Code;

mod document;
mod event;
mod explain;
mod expression;
mod library;
mod limit;
mod session;
mod snapshot;
mod state;

pub use explain::{Explanation, all, explain, parse};

macro_rules! codes {
    ($($name:ident = $number:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($number);)*
        /// The engine's own codes with their titles, in order.
        pub const OWN: &[(Code, &str)] = &[$((Code($number), $title)),*];
    };
}

codes! {
    // F04xx: the rule document.
    NOT_YAML = 401, "the document is not YAML";
    UNKNOWN_KEY = 402, "a key that the format does not have";
    MISSING_KEY = 403, "a key that the format needs";
    WRONG_KIND = 404, "another kind of value is needed here";
    REPEATED_NAME = 405, "a name that is already taken";
    BAD_DURATION = 406, "not a duration, or one out of range";
    SIZE_NOT_MULTIPLE = 407, "the window is not a multiple of its slide";
    UNKNOWN_OUTPUT = 408, "an output that the document does not declare";
    CUT_EXPRESSION = 409, "YAML cut an expression in two";
    BAD_ENUM_NAME = 410, "not a name of this enumeration";
    BAD_MERGE = 411, "a merge that this type does not have";
    BAD_DEFAULT = 412, "a default that is not a constant";
    UNKNOWN_FORMAT = 413, "a format version that this program does not know";
    UNKNOWN_TYPE = 414, "a type that does not exist";
    BAD_EVENT_PATH = 415, "not a field of the event that can be used here";
    BAD_NAME = 416, "not a name";
    BAD_KEY_TYPE = 417, "a type that cannot be a key";
    BAD_AGGREGATE_TYPE = 418, "a type that this feature does not take";
    NEEDS_EVENT_TIME = 419, "windows need the event's time";
    UNSUPPORTED_KEY = 420, "a part of the format that this version does not have";
    BAD_FEATURE = 421, "parts of a feature that do not go together";
    KEY_OUTSIDE_PARTITION = 430, "keys that do not begin with `partition_by`";
    BAD_WATCH = 431, "parts of a rule that do not go together";
    BAD_TABLE = 432, "a decision table that cannot be read";
    BAD_LOOKUP = 433, "a lookup table that cannot be read";
    BAD_POLICY = 440, "parts of a policy that do not go together";
    UNREACHABLE_MATCH = 441, "a match that no event reaches";
    POLICY_TYPES = 442, "outputs of a policy whose types do not agree";

    // F05xx: the schema.
    BAD_PROTO = 501, "the .proto file does not compile";
    UNKNOWN_MESSAGE = 502, "a message that the .proto file does not define";
    UNSUPPORTED_FIELD = 503, "a field type that rules cannot read";
    NO_PROTO_FOR_INLINE = 504, "protobuf events need a .proto schema";

    // F06xx: an event.
    MALFORMED_PROTOBUF = 601, "the bytes are not a protobuf message";
    MALFORMED_JSON = 602, "the bytes are not JSON";
    WRONG_FIELD_TYPE = 603, "a value that the field's type does not take";
    NUMBER_OUT_OF_RANGE = 604, "a number outside the field's range";
    INVALID_UTF8 = 605, "text that is not valid UTF-8";
    UNKNOWN_EVENT_FIELD = 606, "a field that the schema does not have (strict)";
    MISSING_TIME = 607, "the event has no time";
    UNKNOWN_ENUM_NAME = 608, "a name that the enum does not have";
    MISSING_ID = 609, "the event has no id";
    MALFORMED_ROW = 610, "the row does not fit its header";
    REPEATED_FIELD = 611, "a field twice in one object";

    // F07xx: limits (708 to 710 are the expression's).
    LIMIT_MESSAGE_DEPTH = 701, "messages nested too deep";
    LIMIT_MESSAGE_FIELDS = 702, "too many fields in one message";
    LIMIT_EVENT_BYTES = 703, "an event too large";
    LIMIT_LIST_ENTRIES = 704, "too many entries in one list or map";
    LIMIT_STRING_BYTES = 705, "a string too long";
    LIMIT_DOCUMENT_BYTES = 706, "a rule document too large";
    LIMIT_RULES = 707, "too many rules";
    LIMIT_TABLE_ROWS = 711, "too many rows in lookup tables";
    LIMIT_COST_ALWAYS = 712, "an expression that no event can afford";

    // F08xx: the use of the library.
    CLOSED = 801, "the object is closed";
    STALE_HANDLE = 802, "the handle's object is gone";
    WRONG_HANDLE = 803, "the handle is of another kind of object";
    FOREIGN_HANDLE = 804, "the handle is of another copy of the library";
    FORKED = 805, "the object was made before fork";
    STORAGE_TOO_SMALL = 806, "the caller's storage is too small";
    NULL_ARGUMENT = 807, "an argument that may not be null";
    UNREADABLE_FILE = 808, "a file that cannot be read";
    BAD_ARGUMENT = 809, "an argument outside its range";
    TOO_MANY_WAITING = 810, "too many results wait to be fetched";
    NOT_WAITING = 811, "no result waits under this ticket";
    UNWRITABLE_FILE = 812, "a file that cannot be written";
    RE_ENTERED = 813, "the engine is deciding already on this thread";
    BAD_TEST_FILE = 814, "a test file that is wrong";

    // F0849 and F085x: sessions.
    FEATURES_UNREAD = 849, "the server does not read an event's features";
    SESSION_STATE = 850, "the session's state does not allow this call";
    WINDOW_FULL = 851, "as many events are under way as the session allows";
    WAIT_EXPIRED = 852, "the call waited for as long as it was allowed to";
    SHED = 853, "the event was shed for newer ones";
    NO_DEADLINE = 854, "a session on a network needs a deadline";
    SESSION_ENDED = 855, "the session ended";
    UNKNOWN_SESSION = 856, "the server does not know the session that was to be resumed";
    FENCED = 857, "a later connection has taken the session over";
    PEER_MISTAKE = 858, "the other end broke the protocol";
    BAD_ADDRESS = 859, "not an address";
    UNREACHABLE = 860, "nobody answers at the address";
    UNKNOWN_RULE_SET = 861, "the server has no such rule set";
    EVENT_EXPIRED = 862, "the event's deadline passed before its turn";
    CLOSED_MEANWHILE = 863, "the session was closed while the call waited";
    RING_UNUSABLE = 864, "the ring cannot be used";
    FRAME_TOO_LARGE = 865, "what is sent does not fit a frame of the ring";
    BAD_CONFIGURATION = 866, "the server's configuration is wrong";
    NAME_TAKEN = 867, "the name is taken";
    TOO_MANY_SESSIONS = 868, "the server has as many sessions as it allows";
    NOT_OPERABLE = 869, "the server cannot do that to this engine";

    // F087x: state that outlives its process.
    STATE_IN_USE = 870, "another engine uses the state folder";
    STATE_UNUSABLE = 871, "the state folder cannot be used";
    DISK_FULL = 872, "the disk has no room for the journal";
    DISK_FAILED = 873, "the disk failed";
    STATE_DAMAGED = 874, "the state is damaged";
    STATE_INCOMPLETE = 875, "a part of the state is missing";
    STATE_NEWER = 876, "the state is of a newer version";
    STATE_MIXED = 877, "a file belongs to another state";
    RECORD_TOO_LARGE = 878, "a record too large for the journal";
    ACCEPTED_BEFORE = 879, "the input was accepted before";
    STATE_OF_OTHER_RULES = 880, "the state is of another rule set";

    // F089x: the state of an engine.
    NO_ROOM_FOR_KEY = 890, "the state has no room for another key";
    SNAPSHOT_DAMAGED = 891, "the bytes are not a snapshot, or not a whole one";
    SNAPSHOT_VERSION = 892, "a snapshot of a later format";
    PARTITION_CHANGED = 893, "state cannot move to another `partition_by`";
    UNKNOWN_RULE = 894, "the rule set has no such rule";
    PARTITION_ERROR = 895, "`partition_by` ended in an error";
    KEY_ERROR = 896, "the key for which a rule remembers ended in an error";

    // F09xx: us.
    INTERNAL = 901, "an error in Fishplate itself";
    ENGINE_BROKEN = 902, "the engine had an internal error and decides no more";

    // F10xx: merging outputs.
    MERGE_NOT_EQUAL = 1001, "merge `any` met two different values";
    MERGE_OVERFLOW = 1002, "merge `sum` left the range of its type";
    BAD_ENUM_VALUE = 1003, "a value that the output's enumeration does not name";
}
