//! Segment files: their names, and how one comes to be. Knows nothing of records.

use std::io;

use super::format::{Lsn, SegmentHeader};
use super::{Options, SEGMENT_HEADER};
use crate::disk::{Disk, DiskFile};

const PREFIX: &str = "journal-";
const SUFFIX: &str = ".log";
/// What the name of a file ends with that is not finished. Whatever has it is removed when a state is opened.
pub(crate) const UNFINISHED: &str = ".new";

/// The name of the segment that begins with `first`.
pub(crate) fn name(first: Lsn) -> String {
    numbered(PREFIX, first, SUFFIX)
}

/// The first LSN of the segment called `name`; `None` if that is no segment's name.
pub(super) fn first_of(name: &str) -> Option<Lsn> {
    number_of(PREFIX, name, SUFFIX)
}

/// A name with a number in it: 16 hexadecimal digits, so that names are in the order of their numbers.
pub(crate) fn numbered(prefix: &str, lsn: Lsn, suffix: &str) -> String {
    format!("{prefix}{:016x}{suffix}", lsn.0)
}

/// The number in a name; `None` if [`numbered`] would have written it otherwise.
pub(crate) fn number_of(prefix: &str, name: &str, suffix: &str) -> Option<Lsn> {
    let digits = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
    let lsn = Lsn(u64::from_str_radix(digits, 16).ok()?);
    (numbered(prefix, lsn, suffix) == name).then_some(lsn)
}

/// Makes a segment that has its name, its header and its size, all durable.
///
/// The name comes last: a segment that has one is whole, so that a header that cannot be read is damage and never the
/// trace of a power cut.
pub(super) fn create<D: Disk>(disk: &D, header: &SegmentHeader, options: Options) -> io::Result<D::File> {
    let name = name(header.first);
    let unfinished = format!("{name}{UNFINISHED}");
    let file = disk.create(&unfinished)?;
    if options.preallocate {
        file.allocate(options.segment_bytes.max(SEGMENT_HEADER as u64))?;
    }
    file.write_at(0, &header.write())?;
    file.sync()?;
    disk.rename(&unfinished, &name)?;
    disk.sync_folder()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_numbers_and_read_back() {
        let names = [1, 9, 10, 255, 256, u64::MAX].map(|lsn| name(Lsn(lsn)));
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(first_of(&names[3]), Some(Lsn(255)));
        assert_eq!(names[3], "journal-00000000000000ff.log");
    }

    #[test]
    fn what_is_not_named_like_a_segment_is_none() {
        for name in ["LOCK", "journal-1.log", "journal-00000000000000FF.log", "journal-00000000000000ff.log.new", ""] {
            assert_eq!(first_of(name), None, "{name}");
        }
        assert_eq!(first_of("journal-+0000000000000ff.log"), None);
    }
}
