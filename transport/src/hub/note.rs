//! What is kept of a session so that its client can come back for it in another process: as bytes, and back. Knows
//! nothing of how they are kept.
//!
//! ```text
//! version      u8, 1
//! epoch        u64
//! opened       i64, nanoseconds since the Unix epoch
//! window       u64 events, u64 bytes: what was granted
//! terms        four times: deadline, idle timeout, maximum age, drain; each u64 nanoseconds, the greatest number: none
//! ```

use std::time::Duration;

use fishplate::session::{Terms, Window};

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 8 * 8;
const NONE: u64 = u64::MAX;

/// What is noted of a session at its opening, and whenever its client comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Of the latest connection: an earlier one must not come back.
    pub(super) epoch: u64,
    /// In nanoseconds since the Unix epoch: the one clock that two processes share.
    pub(super) opened: i64,
    pub(super) window: Window,
    /// As they were asked for, from the opening on.
    pub(super) terms: Terms,
}

impl Note {
    pub(super) fn write(&self) -> Vec<u8> {
        let Terms { deadline, idle_timeout, max_age, drain } = self.terms;
        let mut out = vec![VERSION];
        out.extend(self.epoch.to_le_bytes());
        out.extend(self.opened.to_le_bytes());
        out.extend(self.window.events.to_le_bytes());
        out.extend(self.window.bytes.to_le_bytes());
        for time in [deadline, idle_timeout, max_age, Some(drain)] {
            out.extend(time.map_or(NONE, nanos).to_le_bytes());
        }
        out
    }

    /// `None`: it is none that this version writes.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION || bytes.len() != LENGTH {
            return None;
        }
        let mut numbers = [0; 8];
        for (number, bytes) in numbers.iter_mut().zip(rest.as_chunks::<8>().0) {
            *number = u64::from_le_bytes(*bytes);
        }
        let [epoch, opened, events, bytes, deadline, idle_timeout, max_age, drain] = numbers;
        let time = |nanos: u64| (nanos != NONE).then(|| Duration::from_nanos(nanos));
        let (deadline, idle_timeout, max_age) = (time(deadline), time(idle_timeout), time(max_age));
        let drain = time(drain).unwrap_or(Terms::default().drain);
        Some(Self {
            epoch,
            opened: opened.cast_signed(),
            window: Window { events, bytes },
            terms: Terms { deadline, idle_timeout, max_age, drain },
        })
    }

    /// What is left of the terms at the time of day `now`. A clock that was set back gives no more than there was.
    pub(super) fn terms_left(&self, now: i64) -> Terms {
        let gone = Duration::from_nanos(u64::try_from(now.saturating_sub(self.opened)).unwrap_or(0));
        let left = |time: Duration| time.saturating_sub(gone);
        let Terms { deadline, max_age, .. } = self.terms;
        Terms { deadline: deadline.map(left), max_age: max_age.map(left), ..self.terms }
    }
}

/// 584 years and more are as good as for ever.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn note() -> Note {
        let terms =
            Terms { deadline: Some(10 * SECOND), idle_timeout: None, max_age: Some(60 * SECOND), drain: SECOND };
        Note { epoch: 7, opened: 1_000_000_000, window: Window { events: 5, bytes: 6 }, terms }
    }

    #[test]
    fn a_note_is_read_as_it_was_written_and_in_no_other_length_or_version() {
        let bytes = note().write();
        assert_eq!(Note::read(&bytes), Some(note()));
        assert_eq!(Note::read(&bytes[..LENGTH - 1]), None);
        assert_eq!(Note::read(&[&[2], &bytes[1..]].concat()), None);
        assert_eq!(Note::read(&[]), None);
    }

    #[test]
    fn a_deadline_counts_while_no_process_is_there() {
        let left = note().terms_left(5_000_000_000);
        assert_eq!((left.deadline, left.max_age, left.drain), (Some(6 * SECOND), Some(56 * SECOND), SECOND));
        assert_eq!(note().terms_left(100_000_000_000).deadline, Some(Duration::ZERO));
        assert_eq!(note().terms_left(0), note().terms, "a clock that was set back");
    }
}
