//! The record for hosts that map a ring's file themselves: where everything stands in it.

use fishplate_ring::RawAttachment;

use super::records::sized;
use super::sink::Sink;

/// `FPG1`
pub const RING_MAGIC: u32 = 0x3147_5046;

/// Writes the record `ring`.
pub fn write_ring(attachment: &RawAttachment, out: &mut Sink<'_>) {
    let at = attachment.geometry();
    sized(RING_MAGIC, out, |out| {
        out.text(&attachment.path().to_string_lossy());
        [at.pair, at.lane_bytes, at.max_payload].into_iter().for_each(|number| out.u32(number));
        let offsets = [
            at.file_bytes,
            at.event_lane,
            at.event_published,
            at.event_consumed,
            at.event_space_word,
            at.doorbell_word,
            at.decision_lane,
            at.decision_published,
            at.decision_consumed,
            at.decision_data_word,
            at.decision_space_word,
            at.event_start,
            at.decision_start,
        ];
        offsets.into_iter().for_each(|offset| out.u64(offset));
    });
}
