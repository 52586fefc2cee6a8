//! The output of a run that was interrupted: where it ends, and how it is gone on with. Knows lines and files.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use fishplate::Error;

use super::line;
use crate::files;

/// How much is read at once, from the end.
const BLOCK: u64 = 64 << 10;

/// Opens the output behind the last line that is an event's and is whole; what stands behind it is cut off. Gives the
/// event's number, 0 if there is none.
///
/// # Errors
/// It cannot be opened, read or cut.
pub(super) fn reopen(path: &Path) -> Result<(File, u64), Error> {
    let fail = |error: io::Error| files::unwritable(path, &error);
    // Without it there would be nothing to go on with: it is not made here, unless it was empty.
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len();
    let (end, number) = last_event(&file, length).map_err(fail)?;
    file.set_len(end).map_err(fail)?;
    file.seek(SeekFrom::End(0)).map_err(fail)?;
    Ok((file, number))
}

/// Where the last whole line of an event ends, and the event's number.
fn last_event(file: &File, length: u64) -> io::Result<(u64, u64)> {
    // What was read: the file from `start` on.
    let (mut start, mut text) = (length, Vec::new());
    loop {
        // A line is known to be whole by its own end and by that of the line before.
        let mut end = text.len();
        while let Some(at) = text[..end].iter().rposition(|byte| *byte == b'\n') {
            let before = text[..at].iter().rposition(|byte| *byte == b'\n');
            let begins = match before {
                Some(before) => before + 1,
                None if start == 0 => 0,
                None => break,
            };
            if let Some(number) = line::event_of(&text[begins..at]) {
                return Ok((start + at as u64 + 1, number));
            }
            end = begins;
        }
        if start == 0 {
            return Ok((0, 0));
        }
        let more = BLOCK.max(text.len() as u64).min(start);
        start -= more;
        let mut front = vec![0; usize::try_from(more).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut front, start)?;
        front.extend(text);
        text = front;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reopened(content: &[u8]) -> (u64, Vec<u8>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.jsonl");
        std::fs::write(&path, content).expect("written");
        let (_, number) = reopen(&path).expect("opened");
        (number, std::fs::read(&path).expect("read"))
    }

    #[test]
    fn the_output_is_cut_behind_the_last_whole_line_of_an_event() {
        let whole = b"{\"event\":1,\"a\":1}\n{\"event\":2,\"a\":1}\n";
        for behind in [&b""[..], b"{\"event\":3,\"a", b"{\"timer\":{}}\n", b"{\"timer\":{}}\n{\"event\":3,"] {
            assert_eq!(reopened(&[whole, behind].concat()), (2, whole.to_vec()));
        }
        for nothing in [&b""[..], b"{\"event\":1", b"{\"timer\":{}}\n"] {
            assert_eq!(reopened(nothing), (0, Vec::new()));
        }
    }

    #[test]
    fn lines_may_be_longer_than_what_is_read_at_once() {
        let long = format!("{{\"event\":7,\"a\":\"{}\"}}\n", "x".repeat(300_000));
        let timer = format!("{{\"timer\":\"{}\"}}\n", "x".repeat(100_000));
        assert_eq!(
            reopened(format!("{{\"event\":6}}\n{long}{timer}{{\"ev").as_bytes()),
            (7, { format!("{{\"event\":6}}\n{long}").into_bytes() })
        );
        assert_eq!(reopened(long.as_bytes()).0, 7);
    }
}
