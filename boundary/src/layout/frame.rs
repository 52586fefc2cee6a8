//! The record of a frame that a host is to write into a ring that it has mapped itself.

use fishplate_ring::Header;

use super::records::sized;
use super::sink::Sink;

/// `FPF1`
pub const FRAME_MAGIC: u32 = 0x3146_5046;

/// Writes the record `frame`; a frame of kind 0 is none.
pub fn write_frame(frame: Option<(&Header, &[u8])>, out: &mut Sink<'_>) {
    let nothing = Header::default();
    let (header, payload) = frame.unwrap_or((&nothing, &[]));
    sized(FRAME_MAGIC, out, |out| {
        out.u32(header.kind.into());
        out.u32(header.flags.into());
        out.u64(header.sequence);
        out.i64(header.deadline);
        out.raw(&header.trace);
        out.bytes(payload);
    });
}
