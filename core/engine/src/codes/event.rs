//! F06xx and F10xx: an event that is refused, or whose outputs do not merge. A refused event changes nothing.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the same put right.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        MALFORMED_PROTOBUF,
        "The bytes are not a protobuf message of the event's type: they end in the middle of a field, or a tag or \
         length is impossible. Cut-off data, a frame around the message, or JSON sent as protobuf are the usual \
         reasons.",
        "0a 05 70 2d             a field of 5 bytes, and 2 are there",
        "0a 02 70 2d",
    ),
    (
        MALFORMED_JSON,
        "The bytes are not JSON. Single quotes, a comma before a closing bracket, comments, NaN without \
         quotes, and two objects in one event are the usual reasons.",
        "{'id': \"p-1\",}",
        "{\"id\": \"p-1\"}",
    ),
    (
        WRONG_FIELD_TYPE,
        "The value is of a kind that the field's type does not take: text for a number, a fraction where whole numbers \
         stand, a list for one value, something else than an object for an event. In JSON the rules are those of proto3's JSON \
         mapping: numbers may stand in quotes, times are RFC 3339 text, durations are seconds with an s, bytes are \
         base64.",
        "{\"amount\": true}",
        "{\"amount\": 12.5}",
    ),
    (
        NUMBER_OUT_OF_RANGE,
        "The number does not fit the field: below zero for an unsigned one, outside 32 or 64 bits, or, in protobuf \
         bytes, a time outside the years 1 to 9999.",
        "{\"items\": -1}",
        "{\"items\": 1}",
    ),
    (
        INVALID_UTF8,
        "Text is UTF-8 everywhere, without lone surrogates. Text in another encoding is converted before it is sent; \
         bytes that are no text belong in a bytes field.",
        "0a 02 4d fc             a string field with a u umlaut in Latin-1",
        "0a 03 4d c3 bc          the same in UTF-8",
    ),
    (
        UNKNOWN_EVENT_FIELD,
        "The engine is strict, and the event has a field that the schema does not. Without `strict`, unknown fields \
         are skipped, so that senders may be newer than the rules. Unknown fields of protobuf bytes are always \
         skipped.",
        "{\"amout\": 12.5}      with strict",
        "{\"amount\": 12.5}",
    ),
    (
        MISSING_TIME,
        "The document names the field that holds the event's time, and this event does not have it. Without it the \
         event belongs in no window.",
        "{\"id\": \"p-1\"}",
        "{\"id\": \"p-1\", \"at\": \"2026-01-01T00:00:00Z\"}",
    ),
    (
        UNKNOWN_ENUM_NAME,
        "In JSON an enum is one of the names in the schema, or its number. Names are compared as they are written \
         there.",
        "{\"status\": \"approved\"}",
        "{\"status\": \"APPROVED\"}",
    ),
    (
        MISSING_ID,
        "The document names the field that holds the event's id, and this event does not have it, so a repeat of it \
         could not be known.",
        "{\"at\": \"2026-01-01T00:00:00Z\"}",
        "{\"id\": \"p-1\", \"at\": \"2026-01-01T00:00:00Z\"}",
    ),
    (
        MALFORMED_ROW,
        "A row has more or fewer cells than the header has columns. Text with a comma in it stands in double quotes.",
        "id,country\np-1,Korea, Republic of",
        "id,country\np-1,\"Korea, Republic of\"",
    ),
    (
        REPEATED_FIELD,
        "One object names the same field twice (`cardId` and `card_id` are one field), and nothing says which one \
         counts. In a CSV header, the same column.",
        "{\"amount\": 1.0, \"amount\": 2.0}",
        "{\"amount\": 1.0}",
    ),
    (
        MERGE_NOT_EQUAL,
        "Several rules gave an output whose merge is `any`, which promises that they agree, and they did not. The \
         output takes its default and the error stands in the decision. Use max, min, first or list if they may \
         differ.",
        "tier: {type: string, merge: any}      and rules that give \"a\" and \"b\"",
        "tier: {type: string, merge: list}",
    ),
    (
        MERGE_OVERFLOW,
        "The sum of what the rules gave does not fit the output's type. The output takes its default and the error \
         stands in the decision; it never wraps round.",
        "score: {type: int, merge: sum}      and rules that give 9223372036854775807 and 1",
        "score: {type: double, merge: sum}",
    ),
    (
        BAD_ENUM_VALUE,
        "An output with an `enum` takes the names that it lists and nothing else. This expression gave another text, \
         so its rule does not match, and the error stands in the decision. Write the bare names, which are checked \
         when the document is loaded.",
        "action: event.note      when the event's note is \"MAYBE\"",
        "action: \"event.amount > 500.0 ? DECLINE : REVIEW\"",
    ),
];
