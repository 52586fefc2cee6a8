//! The line that shows how far a run is, on a terminal only. Knows time and counts; knows nothing of events.

use std::io::Write;
use std::time::{Duration, Instant};

/// How often the line is drawn at most.
const EVERY: Duration = Duration::from_millis(100);

/// The progress of a run.
pub(crate) struct Progress<W: Write> {
    /// `None`: silent.
    to: Option<W>,
    started: Instant,
    drawn: Option<Instant>,
}

impl<W: Write> Progress<W> {
    /// A progress line on `to`, or none.
    pub(crate) fn new(to: Option<W>) -> Self {
        Self { to, started: Instant::now(), drawn: None }
    }

    /// Says that `events` are done and `read` bytes of `total` (0: unknown).
    pub(crate) fn tick(&mut self, events: u64, read: u64, total: u64) {
        let Some(to) = &mut self.to else { return };
        let now = Instant::now();
        if now - self.drawn.unwrap_or(self.started) < EVERY {
            return;
        }
        self.drawn = Some(now);
        let line = line(events, now - self.started, read, total);
        // Progress is a courtesy: a terminal that does not take it is no error.
        let _ = write!(to, "\r\x1b[K{line}").and_then(|()| to.flush());
    }

    /// Wipes the line and writes `summary`, which is given the events' count and rate, in its place.
    pub(crate) fn finish(&mut self, events: u64, summary: &str) {
        let took = self.started.elapsed();
        let Some(to) = &mut self.to else { return };
        let wipe = if self.drawn.is_some() { "\r\x1b[K" } else { "" };
        let _ = writeln!(to, "{wipe}{}; {summary}", line(events, took, 0, 0));
    }
}

fn line(events: u64, took: Duration, read: u64, total: u64) -> String {
    let seconds = took.as_secs_f64();
    let rate = if seconds > 0.0 { events as f64 / seconds } else { 0.0 };
    let plural = if events == 1 { "" } else { "s" };
    let mut line = format!("{} event{plural} in {seconds:.1} s, {} a second", grouped(events), grouped(rate as u64));
    if total > 0 {
        line += &format!(", {} %", u128::from(read) * 100 / u128::from(total));
    }
    line
}

/// A number with a comma before each group of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(336_776_000), "336,776,000");
    }

    #[test]
    fn the_line_gives_events_rate_and_share() {
        let took = Duration::from_secs(2);
        assert_eq!(line(10_000, took, 512, 1_024), "10,000 events in 2.0 s, 5,000 a second, 50 %");
        assert_eq!(line(1, Duration::ZERO, 0, 0), "1 event in 0.0 s, 0 a second");
    }

    #[test]
    fn off_a_terminal_nothing_is_written() {
        let mut silent = Progress::<Vec<u8>>::new(None);
        silent.tick(1, 1, 1);
        silent.finish(1, "done");
        let mut heard = Progress::new(Some(Vec::new()));
        heard.finish(2, "done");
        let text = String::from_utf8_lossy(heard.to.as_deref().unwrap_or_default()).into_owned();
        assert!(text.starts_with("2 events in 0.0 s, ") && text.ends_with("; done\n"), "{text}");
    }
}
