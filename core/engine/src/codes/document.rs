//! F04xx and F05xx: a rule document or a schema that is wrong. The examples are parts of a document; a test puts each
//! into a whole one and compiles it.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the same put right.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        NOT_YAML,
        "A rule document is YAML 1.2 in UTF-8. The text cannot be read as such; the caret stands where reading \
         stopped. Tabs for indentation, an unclosed bracket or quote, and a colon followed by a space inside a plain \
         value are the usual reasons.",
        "outputs: {score: {type: int, merge: sum}",
        "outputs: {score: {type: int, merge: sum}}",
    ),
    (
        UNKNOWN_KEY,
        "Rule documents are read strictly: a key that the format does not have is a mistake, never ignored. Mostly \
         it is misspelt.",
        "outputs:\n  score: {type: int, merg: sum}",
        "outputs:\n  score: {type: int, merge: sum}",
    ),
    (
        MISSING_KEY,
        "This part of the document does not work without the key that the message names.",
        "rules:\n  - when: event.amount > 100.0\n    output: {score: 1}",
        "rules:\n  - id: R001\n    when: event.amount > 100.0\n    output: {score: 1}",
    ),
    (
        WRONG_KIND,
        "A text, a number, a list or a map stands where the format needs another of them.",
        "rules:\n  id: R001\n  when: event.amount > 100.0",
        "rules:\n  - id: R001\n    when: event.amount > 100.0",
    ),
    (
        REPEATED_NAME,
        "Outputs, features, rules and fields each have a name of their own, once in a document; a key stands once in \
         a map.",
        "rules:\n  - {id: R001, when: event.amount > 100.0}\n  - {id: R001, when: event.amount > 200.0}",
        "rules:\n  - {id: R001, when: event.amount > 100.0}\n  - {id: R002, when: event.amount > 200.0}",
    ),
    (
        BAD_DURATION,
        "Durations are written as numbers with units, the largest first: h, m, s, ms, us, ns; or as whole days of 24 \
         hours: 7d. Windows slide by a millisecond at least, and keep at most 10,000 buckets of their own (100,000 with \
         those that `max_disorder` adds).",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 1 day}",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 24h, slide: 1h}",
    ),
    (
        SIZE_NOT_MULTIPLE,
        "A window is made of buckets that are as long as its `slide`, so its size is a whole number of them.",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 1h, slide: 7m}",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 1h, slide: 5m}",
    ),
    (
        UNKNOWN_OUTPUT,
        "A rule gives a value to an output that `outputs` does not declare.",
        "rules:\n  - {id: R001, when: event.amount > 100.0, output: {scor: 1}}",
        "rules:\n  - {id: R001, when: event.amount > 100.0, output: {score: 1}}",
    ),
    (
        CUT_EXPRESSION,
        "YAML reads a colon followed by a space as the end of a key, and a space followed by `#` as a comment, even \
         inside an expression, so only a piece of the expression is left. Put the expression in quotes, or write it \
         as a block after `|`.",
        "rules:\n  - id: R001\n    when: event.amount > 100.0 ? true : false",
        "rules:\n  - id: R001\n    when: |\n      event.amount > 100.0 ? true : false",
    ),
    (
        BAD_ENUM_NAME,
        "An output that is an enumeration takes only the names that its declaration lists, spelt alike, in capitals \
         or not as they are there.",
        "rules:\n  - {id: R001, when: event.amount > 100.0, output: {action: REJECT}}",
        "rules:\n  - {id: R001, when: event.amount > 100.0, output: {action: DECLINE}}",
    ),
    (
        BAD_MERGE,
        "When several rules give an output, its `merge` makes one value of them: sum (numbers and durations), max \
         and min (whatever has an order; enumerations by the order of their names), first, any (all equal), list. \
         This type does not have this merge.",
        "outputs:\n  score: {type: string, merge: sum}",
        "outputs:\n  score: {type: string, merge: first}",
    ),
    (
        BAD_DEFAULT,
        "The default of an output holds where no rule gave it, so it is a constant: it reads no event and no feature, \
         and computing it does not end in an error.",
        "outputs:\n  score: {type: int, merge: sum, default: event.count}",
        "outputs:\n  score: {type: int, merge: sum, default: 0}",
    ),
    (
        UNKNOWN_FORMAT,
        "The first key of a document, `fishplate`, gives the version of its format. This program reads version 1. A \
         document of a later version needs a later program.",
        "fishplate: 7",
        "fishplate: 1",
    ),
    (
        UNKNOWN_TYPE,
        "Types are bool, int, uint, double, string, bytes, timestamp, duration, list(T) and map(K, V).",
        "outputs:\n  score: {type: number, merge: sum}",
        "outputs:\n  score: {type: double, merge: sum}",
    ),
    (
        BAD_EVENT_PATH,
        "`event: {id, time}` name fields of the event, without `event.` in front: the time is a field of type \
         timestamp, the id one that can be a key. The path names no field, or one of another type.",
        "event: {time: amount}",
        "event: {time: at}",
    ),
    (
        BAD_NAME,
        "A name begins with a letter or `_` and goes on with letters, digits and `_`; so that expressions can use \
         it, it is no reserved word. Ids of rules are freer.",
        "outputs:\n  risk score: {type: int, merge: sum}",
        "outputs:\n  risk_score: {type: int, merge: sum}",
    ),
    (
        BAD_KEY_TYPE,
        "A window's key is a bool, int, uint, string, bytes, timestamp or duration: values that are equal or not, \
         without rounding. A double cannot be a key; nor can a list or a map.",
        "features:\n  spend: {by: event.amount, sum: event.amount, sliding: 1h, slide: 1m}",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 1h, slide: 1m}",
    ),
    (
        BAD_AGGREGATE_TYPE,
        "What a feature aggregates has one of the types that the aggregate takes: `sum`, `avg` and `stddev` numbers; \
         `min` and `max` whatever has an order (numbers, timestamp, duration); `first`, `last` and \
         `distinct` any value but a list, a map, a message or null.",
        "features:\n  spend: {by: event.card_id, sum: event.country, sliding: 1h, slide: 1m}",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 1h, slide: 1m}",
    ),
    (
        NEEDS_EVENT_TIME,
        "Windows move by the time in the events, never by a clock. A document with features says which field holds \
         it.",
        "event: {id: id}",
        "event: {id: id, time: at}",
    ),
    (
        UNSUPPORTED_KEY,
        "The key belongs to the format, but this version of Fishplate does not carry it out yet. Nothing is ignored: \
         the document is refused until a version that has it, or without the key.",
        "functions: {distance: {takes: [double, double], gives: double}}",
        "# (without functions)",
    ),
    (
        BAD_FEATURE,
        "A feature has one aggregate (count, rate, sum, avg, min, max, first, last, stddev or distinct) and one window: \
         `tumbling`, or `sliding` with `slide`.",
        "features:\n  spend: {by: event.card_id, sum: event.amount, tumbling: 1h, slide: 5m}",
        "features:\n  spend: {by: event.card_id, sum: event.amount, sliding: 1h, slide: 5m}",
    ),
    (
        KEY_OUTSIDE_PARTITION,
        "`partition_by` lets shards, threads or the hosts of a distributed engine divide the events among themselves. Each \
         sees the events of its own values alone, so every key of a feature, or of a rule that remembers, begins with it.",
        "partition_by: event.card_id\nfeatures:\n  seen: {by: event.email, count: true, sliding: 1h, slide: 1m}",
        "partition_by: event.card_id\nfeatures:\n  seen: {by: [event.card_id, event.email], count: true, sliding: 1h, slide: 1m}",
    ),
    (
        BAD_WATCH,
        "A rule that remembers its keys has `by` and either a condition that must hold (`when`, with `for` or `until`), or \
         `silent`, which fires when nothing came for a while. The two do not go together; `by` alone does nothing.",
        "rules:\n  - {id: QUIET, by: event.card_id, when: event.amount > 80.0, silent: 10m}",
        "rules:\n  - {id: QUIET, by: event.card_id, silent: 10m}",
    ),
    (
        BAD_TABLE,
        "A decision table has condition columns (`when`), output columns (`output`) and rows, here or in a CSV `file` whose \
         first line names the columns. A row has a cell a column. A condition's cell is a value, several with commas between \
         them, a comparison such as `> 500`, a range such as `[1..5]`, `not(…)` around any of these, or `-` for any value.",
        "rules:\n  - id: T\n    table: {when: {amount: event.amount}, output: [score], rows: [[\"> \", 1]]}",
        "rules:\n  - id: T\n    table: {when: {amount: event.amount}, output: [score], rows: [[\"> 500\", 1]]}",
    ),
    (
        BAD_LOOKUP,
        "A lookup table has one `key` column, `columns` with their types, and rows, here or in a CSV `file` whose first line \
         names the columns. A row has a cell for each: plain text of the column's type, not an expression. `default` has a \
         value for each column, or is `none`: then reading a key that has no row is an error, as of any map.",
        "tables:\n  airports: {key: {code: string}, columns: {lat: double}, rows: [[OSL, sixty]]}",
        "tables:\n  airports: {key: {code: string}, columns: {lat: double}, rows: [[OSL, 60.19]]}",
    ),
    (
        BAD_POLICY,
        "A CEL Policy document (its top keys are `name`, `description`, `imports` and `rule`) has parts that are good alone and \
         not together: a match gives an `output` or holds a `rule`, a rule has `match` or `aggregate`, and the environment \
         beside it has `variables` or a `schema`.",
        "rule:\n  match:\n    - condition: \"1 < 2\"",
        "rule:\n  match:\n    - {condition: \"1 < 2\", output: \"'yes'\"}",
    ),
    (
        UNREACHABLE_MATCH,
        "A match of a policy is never reached: its condition is `false`, or a match before it has no condition and always \
         gives an output.",
        "rule:\n  match:\n    - output: \"'no'\"\n    - {condition: \"1 < 2\", output: \"'yes'\"}",
        "rule:\n  match:\n    - {condition: \"1 < 2\", output: \"'yes'\"}\n    - output: \"'no'\"",
    ),
    (
        POLICY_TYPES,
        "All outputs of a policy are of one type, and of one that a decision can carry: a bool, a number, a string, bytes, a \
         timestamp, a duration, null, or lists and maps of them. A policy that gives nothing needs no optional for that.",
        "rule:\n  match:\n    - {condition: \"1 < 2\", output: \"true\"}\n    - output: \"'true'\"",
        "rule:\n  match:\n    - {condition: \"1 < 2\", output: \"'false'\"}\n    - output: \"'true'\"",
    ),
    (
        BAD_PROTO,
        "The schema's .proto file, or one that it imports, has a mistake; the place is in that file. Files are \
         looked up beside the document. Those of google/protobuf are built in.",
        "message Payment { strin id = 1; }",
        "message Payment { string id = 1; }",
    ),
    (
        UNKNOWN_MESSAGE,
        "After `#` in `schema` stands the full name of the event's message: its package, a point, its name.",
        "schema: payments.proto#Payment",
        "schema: payments.proto#risk.v1.Payment",
    ),
    (
        UNSUPPORTED_FIELD,
        "Rules read scalars, enums, timestamps, durations, messages, lists and maps of them. A field of this type \
         can be in the schema, and is skipped, but no rule can read it.",
        "google.protobuf.Any detail = 9;      with   when: has(event.detail)",
        "string detail = 9;",
    ),
    (
        NO_PROTO_FOR_INLINE,
        "The document declares its fields inline, so nothing gives them the numbers that protobuf bytes need. Send \
         JSON or maps, or give the document a .proto schema.",
        "schema: {fields: {id: string}}      with events as protobuf",
        "schema: payments.proto#risk.v1.Payment",
    ),
];
