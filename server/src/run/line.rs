//! The lines of a run's output. Knows how each is written; knows nothing of where they go.

use fishplate::{Decision, Error};

use crate::events::Position;
use crate::json;

/// What the line of an event begins with, before its number.
pub(super) const EVENT: &[u8] = b"{\"event\":";

/// Appends the decision of event number `event`.
pub(super) fn decision(event: u64, decision: &Decision, out: &mut Vec<u8>) {
    begin(event, out);
    out.push(b',');
    json::write_decision(decision, out);
    end(out);
}

/// Appends a decision that no event asked for.
pub(super) fn timer(decision: &Decision, out: &mut Vec<u8>) {
    out.extend(b"{\"timer\":");
    json::write_timer(decision, out);
    out.push(b',');
    json::write_decision(decision, out);
    end(out);
}

/// Appends why event number `event`, which stands at `position`, was refused.
pub(super) fn refusal(event: u64, position: Position, error: &Error, out: &mut Vec<u8>) {
    begin(event, out);
    let (name, at) = match position {
        Position::Line(line) => ("line", line),
        Position::Offset(offset) => ("offset", offset),
    };
    out.extend(format!(",\"{name}\":{at},\"error\":").as_bytes());
    json::write_error(error, out);
    end(out);
}

fn begin(event: u64, out: &mut Vec<u8>) {
    out.extend(EVENT);
    out.extend(event.to_string().as_bytes());
}

fn end(out: &mut Vec<u8>) {
    out.extend(b"}\n");
}

/// The number of the event whose line `line` is; `None`: it is the line of none.
pub(super) fn event_of(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(EVENT)?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_event_is_read_from_its_line_alone() {
        assert_eq!(event_of(b"{\"event\":17,\"id\":\"00\"}"), Some(17));
        assert_eq!(event_of(b"{\"timer\":{\"rule\":\"R\"},\"id\":\"00\"}"), None);
        assert_eq!(event_of(b"{\"event\":1"), None);
        assert_eq!(event_of(b""), None);
    }
}
