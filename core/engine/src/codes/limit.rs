//! F07xx: a limit. Each is a field of [`crate::Limits`], with its default and its reason there.

use fishplate_cel::Code;

use super::*;

/// Code, meaning, wrong example, the same put right.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str)] = &[
    (
        LIMIT_MESSAGE_DEPTH,
        "Messages may stand in messages up to the limit message_depth (16 by default), so that no event can exhaust \
         the stack of the host program. The event is refused. Lists of records belong side by side, not in each \
         other.",
        "{\"next\": {\"next\": {\"next\": … 20 deep …}}}",
        "send the records as events of their own, or set the limit message_depth",
    ),
    (
        LIMIT_MESSAGE_FIELDS,
        "One message has more fields than the limit message_fields (1,024 by default), those counted that the schema \
         does not know. The limit bounds the time that skipping them can take.",
        "an object with a key for each of 5,000 products",
        "a list or a map field of the schema (their limit is list_entries)",
    ),
    (
        LIMIT_EVENT_BYTES,
        "The event is larger than the limit event_bytes (1 MiB by default). It was refused before it was read.",
        "an event that carries a picture",
        "an event that carries the picture's address, or set the limit event_bytes",
    ),
    (
        LIMIT_LIST_ENTRIES,
        "A list or map of the event has more entries than the limit list_entries (10,000 by default). The event is \
         refused while it is read, before memory is taken for the entries.",
        "{\"tags\": [… 20,000 entries …]}",
        "send fewer entries, or set the limit list_entries",
    ),
    (
        LIMIT_STRING_BYTES,
        "A string or bytes field has more bytes than the limit string_bytes (256 KiB by default). Length counts in \
         bytes of UTF-8, not in letters.",
        "{\"comment\": \"… 300 KiB …\"}",
        "cut the text where it is sent, or set the limit string_bytes",
    ),
    (
        LIMIT_DOCUMENT_BYTES,
        "The rule document is larger than the limit document_bytes (32 MiB by default).",
        "a document of 40 MiB",
        "divide the rules over several documents, or set the limit document_bytes",
    ),
    (
        LIMIT_RULES,
        "The document has more rules than the limit rules (100,000 by default).",
        "a rule for each of 200,000 cards",
        "one rule that reads a list or map: event.card_id in [\"c-1\", \"c-2\"]",
    ),
    (
        LIMIT_TABLE_ROWS,
        "The lookup tables of the document have more rows than the limit table_rows (100,000 by default). They are held in \
         memory, once for all engines that share the rule set.",
        "a table of 200,000 airports",
        "leave out what no rule asks for, send the value with the event, or set the limit table_rows",
    ),
    (
        LIMIT_COST_ALWAYS,
        "Every evaluation of this expression costs more than the limit cost (1,000,000 by default), whatever the event, so that each \
         would end in F0710. `fishplate check` warns of it; the document is good otherwise, and loads.",
        "a macro inside a macro inside a macro, each over a list of 200 constants",
        "a lookup table or a shorter list, or set the limit cost",
    ),
];
