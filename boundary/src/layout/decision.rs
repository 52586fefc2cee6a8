//! The record of a decision: a header with offsets, then its parts. Everything that is derived (id, span id) is left
//! to whoever asks for it.

use fishplate::decision::Identity;
use fishplate::{Decision, DecisionError, Subject, Timer, Value};

use super::sink::{Sink, length};
use super::value::write_value;

/// `FPD1`
pub const MAGIC: u32 = 0x3144_5046;
/// Bytes of the header.
pub const HEADER: usize = 104;

/// Where things stand in the header, in bytes from the start of the record.
#[allow(missing_docs)] // docs/layout.md draws them
pub mod at {
    pub const SIZE: usize = 4;
    pub const FLAGS: usize = 8;
    pub const VERSION: usize = 12;
    pub const IDENTITY: usize = 44;
    pub const ORDINAL: usize = 48;
    pub const PARENT: usize = 56;
    pub const OUTPUTS: usize = 84;
    pub const MATCHED: usize = 88;
    pub const FEATURES: usize = 92;
    pub const ERRORS: usize = 96;
    pub const SHADOW: usize = 100;
}

/// The flags of the header.
#[allow(missing_docs)] // docs/layout.md draws them
pub mod flag {
    pub const LATE: u32 = 1;
    pub const REPEATED: u32 = 2;
    pub const TRACE: u32 = 4;
}

/// The kinds of identity.
#[allow(missing_docs)] // docs/layout.md draws them
pub mod kind {
    pub const EVENT_ID: u32 = 1;
    pub const SESSION: u32 = 2;
    pub const ORDINAL: u32 = 3;
    pub const GIVEN: u32 = 4;
    pub const TIMER: u32 = 5;
}

/// Writes the record of `decision`.
pub fn write_decision(decision: &Decision, out: &mut Sink<'_>) {
    let start = out.size();
    write_header(decision, out);
    match decision.identity() {
        Identity::EventId(id) => write_value(id, out),
        Identity::Session { session: id, .. } | Identity::Given(id) => out.raw(id),
        Identity::Timer(timer) => write_timer(timer, out),
        Identity::Ordinal(_) => {}
    }
    part(at::OUTPUTS, start, out);
    out.counted(decision.outputs(), write_named);
    part(at::MATCHED, start, out);
    out.counted(decision.matched(), Sink::text);
    part(at::FEATURES, start, out);
    out.counted(decision.features(), write_named);
    part(at::ERRORS, start, out);
    out.counted(decision.errors().iter(), write_error);
    part(at::SHADOW, start, out);
    out.counted(decision.shadow_matched(), Sink::text);
    out.counted(decision.shadow_errors().iter(), write_error);
    out.patch_size(start + at::SIZE, start);
}

fn write_header(decision: &Decision, out: &mut Sink<'_>) {
    let parent = decision.parent();
    let mut flags = if decision.late() { flag::LATE } else { 0 };
    flags |= if decision.repeated() { flag::REPEATED } else { 0 };
    flags |= if parent.is_some() { flag::TRACE } else { 0 };
    let (identity, ordinal) = match decision.identity() {
        Identity::EventId(_) => (kind::EVENT_ID, 0),
        Identity::Session { sequence, .. } => (kind::SESSION, *sequence),
        Identity::Ordinal(ordinal) => (kind::ORDINAL, *ordinal),
        Identity::Given(_) => (kind::GIVEN, 0),
        Identity::Timer(_) => (kind::TIMER, 0),
    };
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(&MAGIC.to_le_bytes());
    header[at::FLAGS..][..4].copy_from_slice(&flags.to_le_bytes());
    header[at::VERSION..][..32].copy_from_slice(decision.version());
    header[at::IDENTITY..][..4].copy_from_slice(&identity.to_le_bytes());
    header[at::ORDINAL..][..8].copy_from_slice(&ordinal.to_le_bytes());
    if let Some(parent) = parent {
        header[at::PARENT..][..25].copy_from_slice(&parent.to_bytes());
    }
    out.raw(&header);
}

/// The rule, the key as a `value` that is a list, and when it was due.
fn write_timer(timer: &Timer, out: &mut Sink<'_>) {
    out.text(&timer.rule);
    out.u8(9);
    out.counted(timer.key.iter(), |out, value| write_value(value, out));
    out.i64(timer.due.seconds());
    out.i32(timer.due.nanos());
}

/// Notes in the header that a part begins here.
fn part(header_at: usize, start: usize, out: &mut Sink<'_>) {
    let offset = length(out.size() - start);
    out.patch(start + header_at, offset);
}

fn write_named(out: &mut Sink<'_>, (name, value): (&str, &Value)) {
    out.text(name);
    write_value(value, out);
}

fn write_error(out: &mut Sink<'_>, error: &DecisionError) {
    let (kind, name) = match &error.subject {
        Subject::Rule(id) => (1, id),
        Subject::Output(name) => (2, name),
    };
    out.u8(kind);
    out.text(name);
    out.u32(u32::from(error.code.0));
    out.u32(error.line);
    out.u32(error.column);
    out.text(&error.message);
}

#[cfg(test)]
mod tests {
    use fishplate::engine::{Engine, Options};
    use fishplate::{Event, Limits, RuleSet, Timestamp};

    use super::*;
    use crate::layout::reader::{Raw, Reader};

    const RULES: &str = "fishplate: 1
name: quiet
schema: {fields: {at: timestamp, a: string, n: int}}
event: {time: at}
outputs:
  score: {type: int, merge: sum, default: 0}
rules:
  - {id: QUIET, by: [event.a, event.n], silent: 5m, output: {score: 1}}
";

    #[test]
    fn a_decision_without_an_event_tells_the_rule_the_key_and_when_it_was_due() {
        let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let rules = RuleSet::from_text("quiet.yaml", RULES, nothing, &Limits::default()).expect("a rule set");
        let mut engine = Engine::new(&rules, Options::default());
        let event = br#"{"at": "1970-01-01T00:00:01.5Z", "a": "x", "n": -3}"#;
        engine.decide(Event::json(event)).expect("accepted");
        let decisions = engine.advance_to(Timestamp::new(301, 500_000_000).expect("in range"));
        let [decision] = &decisions[..] else { panic!("one decision, not {}", decisions.len()) };

        let mut memory = [0; 512];
        let mut sink = Sink::over(&mut memory);
        write_decision(decision, &mut sink);
        assert!(sink.fits());
        assert_eq!(Reader::at(&memory, at::IDENTITY).u32(), Ok(5));
        assert_eq!(Reader::at(&memory, at::ORDINAL).u64(), Ok(0));
        let mut reader = Reader::at(&memory, HEADER);
        assert_eq!(reader.text(), Ok("QUIET"));
        assert_eq!(reader.value(), Ok(Raw::List(2)));
        assert_eq!((reader.value(), reader.value()), (Ok(Raw::String(b"x")), Ok(Raw::Int(-3))));
        assert_eq!((reader.i64(), reader.i32()), (Ok(301), Ok(500_000_000)));
        let outputs = Reader::at(&memory, at::OUTPUTS).u32().expect("an offset");
        assert_eq!(reader.position(), outputs as usize, "nothing stands between");
    }
}
