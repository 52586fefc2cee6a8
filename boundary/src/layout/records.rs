//! The small records: what a rule set is, what an engine has done, the limits, a trace context, named bytes.

use fishplate::engine::Counters;
use fishplate::trace::Parsed;
use fishplate::{Limits, RuleSet};
use fishplate_transport::SessionOptions;

use super::reader::{Malformed, Reader};
use super::sink::Sink;

/// `FPS1`
pub const RULE_SET_MAGIC: u32 = 0x3153_5046;
/// `FPC1`
pub const COUNTERS_MAGIC: u32 = 0x3143_5046;
/// `FPL1`
pub const LIMITS_MAGIC: u32 = 0x314c_5046;
/// `FPN1`
pub const OPTIONS_MAGIC: u32 = 0x314e_5046;

/// Writes the record `rule_set`.
pub fn write_rule_set(rule_set: &RuleSet, out: &mut Sink<'_>) {
    sized(RULE_SET_MAGIC, out, |out| {
        out.raw(rule_set.version());
        out.text(rule_set.name());
        out.counted(rule_set.outputs(), Sink::text);
        out.counted(rule_set.rules(), Sink::text);
        out.counted(rule_set.features(), Sink::text);
        out.counted(rule_set.fields(), |out, path| out.counted(path.iter(), |out, name| out.text(name)));
    });
}

/// Writes the record `counters`.
pub fn write_counters(counters: &Counters, out: &mut Sink<'_>) {
    sized(COUNTERS_MAGIC, out, |out| {
        let Counters { accepted, refused, late, repeated, matched } = *counters;
        [accepted, refused, late, repeated, matched].into_iter().for_each(|count| out.u64(count));
    });
}

/// Writes the record `limits`.
pub fn write_limits(out: &mut Sink<'_>) {
    sized(LIMITS_MAGIC, out, |out| {
        out.counted(Limits::TABLE.iter(), |out, (name, default, meaning)| {
            out.text(name);
            out.u64(*default);
            out.text(meaning);
        });
    });
}

/// Writes the record `options`: the options of a session.
pub fn write_options(out: &mut Sink<'_>) {
    sized(OPTIONS_MAGIC, out, |out| {
        out.counted(SessionOptions::TABLE.iter(), |out, (name, meaning)| {
            out.text(name);
            out.text(meaning);
        });
    });
}

/// Writes the record `trace`.
pub fn write_trace(parsed: &Parsed, out: &mut Sink<'_>) {
    out.raw(&parsed.context.map_or([0; 25], |context| context.to_bytes()));
    out.raw(&[u8::from(parsed.context.is_some()), 0, 0]);
    out.u32(parsed.ignored);
}

/// Reads the layout `named`.
///
/// # Errors
/// The bytes are no `named`, or more than that.
pub fn read_named(bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, Malformed> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader::at(bytes, 0);
    let count = reader.count(8)?;
    let entries: Result<Vec<_>, Malformed> = (0..count).map(|_| Ok((reader.text()?, reader.bytes()?))).collect();
    let entries = entries?;
    if reader.is_at_end() { Ok(entries) } else { Err(Malformed { at: reader.position() }) }
}

/// Reads the layout `pieces`.
///
/// # Errors
/// The bytes are no `pieces`, or more than that.
pub fn read_pieces(bytes: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader::at(bytes, 0);
    let count = reader.count(4)?;
    let pieces: Result<Vec<_>, Malformed> = (0..count).map(|_| reader.bytes()).collect();
    let pieces = pieces?;
    if reader.is_at_end() { Ok(pieces) } else { Err(Malformed { at: reader.position() }) }
}

/// Writes a record: magic, size, then what `write` writes.
pub(super) fn sized(magic: u32, out: &mut Sink<'_>, write: impl FnOnce(&mut Sink<'_>)) {
    let start = out.size();
    out.u32(magic);
    out.u32(0);
    write(out);
    out.patch_size(start + 4, start);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_one_by_one_and_cut_ones_are_refused() {
        let mut memory = [0; 32];
        let mut sink = Sink::over(&mut memory);
        sink.counted([b"one".as_slice(), b""].into_iter(), Sink::bytes);
        let size = sink.size();
        assert_eq!(read_pieces(&memory[..size]), Ok(vec![b"one".as_slice(), b""]));
        assert_eq!(read_pieces(&[]), Ok(vec![]), "nothing is no piece");
        for end in 1..size {
            assert!(read_pieces(&memory[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(read_pieces(&memory[..size + 1]), Err(Malformed { at: size }));
    }
}
