//! What a run counts, and how it says so at the end.

use fishplate::{Decision, Error, RuleSet};

use crate::console::Exit;
use crate::events::Position;
use crate::json;
use crate::progress::grouped;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Events met, refused ones included.
    pub(super) events: u64,
    refused: u64,
    matched: u64,
    late: u64,
    repeated: u64,
    /// Decisions that no event asked for.
    fired: u64,
    /// The first refused event and why.
    first: Option<String>,
}

impl Tally {
    pub(super) fn count(&mut self, decision: &Decision) {
        self.events += 1;
        self.matched += u64::from(decision.matched().next().is_some());
        self.late += u64::from(decision.late());
        self.repeated += u64::from(decision.repeated());
    }

    pub(super) fn fired(&mut self) {
        self.fired += 1;
    }

    pub(super) fn refuse(&mut self, error: &Error, position: Position) {
        let number = self.events + 1;
        self.refused(|| Self::why(number, error, position));
    }

    /// An event was refused; `why` as [`Self::why`] says it.
    pub(super) fn refused(&mut self, why: impl FnOnce() -> String) {
        self.events += 1;
        self.refused += 1;
        self.first.get_or_insert_with(why);
    }

    /// Why event number `event` was refused, for people.
    pub(super) fn why(event: u64, error: &Error, position: Position) -> String {
        let place = match position {
            Position::Line(line) => format!("line {line}"),
            Position::Offset(offset) => format!("byte {offset}"),
        };
        format!("event {event} at {place}:\n{error}")
    }

    /// The counts as bytes, and what place among the inputs they are of: version (1), place, counts, and the first refusal
    /// if there was one.
    pub(super) fn write(&self, at: u64) -> Vec<u8> {
        let Self { events, refused, matched, late, repeated, fired, first } = self;
        let mut out = vec![1];
        for number in [&at, events, refused, matched, late, repeated, fired] {
            out.extend(number.to_le_bytes());
        }
        out.extend(first.iter().flat_map(|text| text.bytes()));
        out
    }

    /// Reads them back; `None`: they are none.
    pub(super) fn read(bytes: &[u8]) -> Option<(u64, Self)> {
        let (version, rest) = bytes.split_first()?;
        let (numbers, first) = rest.split_at_checked(7 * 8).filter(|_| *version == 1)?;
        let mut numbers = numbers.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let mut next = || numbers.next();
        let at = next()?;
        let first = String::from_utf8(first.to_vec()).ok()?;
        let counts = Self {
            events: next()?,
            refused: next()?,
            matched: next()?,
            late: next()?,
            repeated: next()?,
            fired: next()?,
            first: (!first.is_empty()).then_some(first),
        };
        Some((at, counts))
    }

    /// What the program ends with.
    pub(super) fn exit(&self) -> Exit {
        if self.refused > 0 { Exit::WrongInput } else { Exit::Done }
    }

    /// Which events were refused, for people; `None` if none was.
    pub(super) fn first_refusal(&self) -> Option<String> {
        let first = self.first.as_ref()?;
        let (refused, events) = (grouped(self.refused), grouped(self.events));
        Some(format!("fishplate: {refused} of {events} events refused; the first is {first}\n"))
    }

    /// The counts in one line for people.
    pub(super) fn summary(&self) -> String {
        let Self { refused, matched, late, repeated, fired, .. } = self;
        let fired = if *fired > 0 { format!(", {} fired", grouped(*fired)) } else { String::new() };
        let [refused, matched, late, repeated] = [refused, matched, late, repeated].map(|count| grouped(*count));
        format!("{refused} refused, {matched} matched, {late} late, {repeated} repeated{fired}")
    }

    /// The counts as a line of JSON.
    pub(super) fn json(&self, rules: &RuleSet) -> Vec<u8> {
        let Self { events, refused, matched, late, repeated, fired, .. } = self;
        let mut line = b"{\"summary\":{\"rule_set\":".to_vec();
        json::write_string(rules.name(), &mut line);
        line.extend(b",\"version\":\"");
        json::write_hex(rules.version(), &mut line);
        let counts = format!(
            "\",\"events\":{events},\"decisions\":{},\"refused\":{refused},\"matched\":{matched},\"late\":{late},\
             \"repeated\":{repeated},\"fired\":{fired}}}}}\n",
            events - refused
        );
        line.extend(counts.as_bytes());
        line
    }
}
