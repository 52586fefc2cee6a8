//! The record of a decision: a header with offsets, then its parts. Everything that is derived (id, span id) is left
//! to whoever asks for it.

use fishplate::decision::Identity;
use fishplate::{Decision, DecisionError, Subject, Value};

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
}

/// Writes the record of `decision`.
pub fn write_decision(decision: &Decision, out: &mut Sink<'_>) {
    let start = out.size();
    write_header(decision, out);
    match decision.identity() {
        Identity::EventId(id) => write_value(id, out),
        Identity::Session { session: id, .. } | Identity::Given(id) => out.raw(id),
        Identity::Timer(_) => out.raw(&decision.id()),
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
        Identity::Given(_) | Identity::Timer(_) => (kind::GIVEN, 0),
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
