//! Opening: the segments are found, read in order and checked; what a power cut tore off is cut; whatever else is not as it
//! was written ends the opening. Afterwards everything that was read is durable.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use fishplate::Error;

use super::format::{BadHeader, Lsn, SEGMENT_HEADER, SegmentHeader, StateId, VERSION};
use super::scan::{Walk, Window, rest};
use super::segment::{self, UNFINISHED};
use super::{Cut, Journal, Options, Record};
use crate::disk::{Disk, DiskFile};
use crate::errors;

type Each<'e> = &'e mut dyn FnMut(Record<'_>) -> Result<(), Error>;

pub(super) fn open<D: Disk>(
    disk: D,
    new: StateId,
    after: Lsn,
    options: Options,
    each: Each<'_>,
) -> Result<(Journal<D>, Option<Cut>), Error> {
    let segments = find(&disk)?;
    let (file, walk, state, cut) = match segments.back() {
        None => begin(&disk, new, after, options)?,
        Some(_) => read_all(&disk, &segments, after, options, each)?,
    };
    let segments = if segments.is_empty() { VecDeque::from([Lsn(1)]) } else { segments };
    let last = Lsn(walk.next.0 - 1);
    let mut journal = Journal {
        disk,
        state,
        seed: state.seed(),
        options,
        segments,
        file: Arc::new(file),
        position: walk.position,
        buffer: Vec::new(),
        whole: 0,
        last,
        check: walk.previous,
        sent: last,
        sent_check: walk.previous,
        durable: last,
        under_way: false,
        marked: walk.marked,
        stopped: None,
    };
    // From here on what was read is known to have been durable, and damage to it will be told.
    journal.mark()?;
    Ok((journal, cut))
}

/// See [`Journal::state_in`].
pub(super) fn state_in<D: Disk>(disk: &D) -> Result<Option<StateId>, Error> {
    let Some(first) = find(disk)?.front().copied() else { return Ok(None) };
    let segment = Segment { disk, called: disk.called(&segment::name(first)), first };
    Ok(Some(segment.open()?.1.state))
}

/// The first LSNs of the segments, in order. Files that were not finished are removed.
fn find<D: Disk>(disk: &D) -> Result<VecDeque<Lsn>, Error> {
    let fail = |error: io::Error, name: &str| errors::disk(&error, "opening the state folder", disk.called(name));
    let names = disk.list().map_err(|error| fail(error, ""))?;
    for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
        disk.remove(name).map_err(|error| fail(error, name))?;
    }
    let mut segments: Vec<Lsn> = names.iter().filter_map(|name| segment::first_of(name)).collect();
    segments.sort_unstable();
    Ok(segments.into())
}

/// What reading gives: the segment to go on with, how far it was read, the state's id, and what was cut.
type Opened<F> = (F, Walk, StateId, Option<Cut>);

/// A journal that is not there yet.
fn begin<D: Disk>(disk: &D, new: StateId, after: Lsn, options: Options) -> Result<Opened<D::File>, Error> {
    if after > Lsn(0) {
        let message = format!("there is a snapshot up to record {after}, and no journal");
        return Err(errors::missing(message, disk.called("")));
    }
    let header = SegmentHeader { state: new, first: Lsn(1), previous: 0 };
    let file = segment::create(disk, &header, options)
        .map_err(|error| errors::disk(&error, "beginning the journal", disk.called(&segment::name(Lsn(1)))))?;
    Ok((file, Walk::new(new.seed(), Lsn(1), 0), new, None))
}

fn read_all<D: Disk>(
    disk: &D,
    segments: &VecDeque<Lsn>,
    after: Lsn,
    options: Options,
    each: Each<'_>,
) -> Result<Opened<D::File>, Error> {
    if segments[0] > after.next() {
        let message = format!("records {} to {} are missing", after.next(), Lsn(segments[0].0 - 1));
        return Err(errors::missing(message, disk.called(&segment::name(segments[0]))));
    }
    let (mut state, mut before): (Option<StateId>, Option<Walk>) = (None, None);
    for (at, first) in segments.iter().enumerate() {
        let segment = Segment { disk, called: disk.called(&segment::name(*first)), first: *first };
        let (file, header) = segment.open()?;
        if *state.get_or_insert(header.state) != header.state {
            return Err(errors::foreign(segment.called));
        }
        let is_last = at + 1 == segments.len();
        // A snapshot has these records, and no one needs them again unless it is lost.
        if !is_last && segments[at + 1] <= after.next() {
            continue;
        }
        segment.check_follows(&header, before.as_ref())?;
        let mut walk = Walk::new(header.state.seed(), *first, header.previous);
        let cut = segment.read(&file, &mut walk, after, is_last, each)?;
        if is_last {
            if walk.next <= after {
                let message = format!("the journal ends at record {}, before the snapshot's {after}", walk.next.0 - 1);
                return Err(errors::missing(message, segment.called));
            }
            segment.settle(&file, &walk, cut.is_some(), options)?;
            return Ok((file, walk, header.state, cut));
        }
        before = Some(walk);
    }
    // The loop ends with the last segment, and there is one.
    Err(errors::missing("the journal has no segment", disk.called("")))
}

/// A segment that is being read.
struct Segment<'d, D: Disk> {
    disk: &'d D,
    /// As people call it.
    called: String,
    /// The LSN of its name.
    first: Lsn,
}

impl<D: Disk> Segment<'_, D> {
    fn fail(&self, doing: &'static str) -> impl Fn(io::Error) -> Error {
        let called = self.called.clone();
        move |error| errors::disk(&error, doing, called.clone())
    }

    fn open(&self) -> Result<(D::File, SegmentHeader), Error> {
        let file = self.disk.open(&segment::name(self.first)).map_err(self.fail("opening the journal"))?;
        let mut bytes = [0; SEGMENT_HEADER];
        let read = file.read_at(0, &mut bytes).map_err(self.fail("reading the journal"))?;
        let header = if read < SEGMENT_HEADER { Err(BadHeader::Damaged) } else { SegmentHeader::read(&bytes) };
        match header {
            Ok(header) if header.first == self.first => Ok((file, header)),
            Ok(header) => {
                let message =
                    format!("the segment begins with record {}, and its name says {}", header.first, self.first);
                Err(errors::damaged(message, self.called.clone()))
            }
            Err(BadHeader::Newer(version)) => {
                Err(errors::newer("this segment of the journal", version, VERSION, self.called.clone()))
            }
            Err(BadHeader::Damaged) => {
                Err(errors::damaged("the segment's header (bytes 0 to 64) is damaged", self.called.clone()))
            }
        }
    }

    /// Whether this segment goes on where the one before ended.
    fn check_follows(&self, header: &SegmentHeader, before: Option<&Walk>) -> Result<(), Error> {
        match before {
            Some(before) if before.next != self.first => {
                let message = format!("records {} to {} are missing", before.next, self.first.0 - 1);
                Err(errors::missing(message, self.called.clone()))
            }
            Some(before) if before.previous != header.previous => {
                let message = "the segment does not continue the one before it";
                Err(errors::damaged(message, self.called.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Reads to the end; what of the last segment's end is to be cut.
    fn read(
        &self,
        file: &D::File,
        walk: &mut Walk,
        after: Lsn,
        is_last: bool,
        each: Each<'_>,
    ) -> Result<Option<Cut>, Error> {
        let fail = self.fail("reading the journal");
        let mut window = Window::new(file).map_err(&fail)?;
        while let Some((_, record)) = walk.step(&mut window).map_err(&fail)? {
            if record.lsn > after && record.kind != 0 {
                each(record)?;
            }
        }
        let rest = rest(walk, &mut window).map_err(&fail)?;
        if rest.bytes == 0 {
            return Ok(None);
        }
        let Walk { position: offset, next, .. } = *walk;
        let message = match rest.proof {
            Some(proof) => {
                format!("record {next} at byte {offset} is damaged; record {proof} behind it shows that it was whole")
            }
            None if !is_last => {
                format!("record {next} at byte {offset} is damaged; the next segment shows that it was whole")
            }
            None => return Ok(Some(Cut { file: self.called.clone(), offset, bytes: rest.bytes })),
        };
        Err(errors::damaged(message, self.called.clone()))
    }

    /// Makes durable what was read, and nothing else.
    ///
    /// The last group is written again, because a sync that failed in an earlier life may have left it in the page cache
    /// alone; a sync of pages that count as clean would not write it. The groups before it are proved by it.
    fn settle(&self, file: &D::File, walk: &Walk, is_torn: bool, options: Options) -> Result<(), Error> {
        let fail = self.fail("making the end of the journal durable");
        if is_torn {
            file.truncate(walk.position).map_err(&fail)?;
        }
        rewrite(file, walk.group, walk.position).map_err(&fail)?;
        if options.preallocate && walk.position < options.segment_bytes {
            file.allocate(options.segment_bytes).map_err(&fail)?;
        }
        file.sync().map_err(&fail)?;
        self.disk.sync_folder().map_err(&fail)
    }
}

/// Writes the bytes from `from` to `to` where they stand.
fn rewrite<F: DiskFile>(file: &F, from: u64, to: u64) -> io::Result<()> {
    let (mut at, mut bytes) = (from, vec![0; 64 * 1024]);
    while at < to {
        let length = (to - at).min(bytes.len() as u64) as usize;
        if file.read_at(at, &mut bytes[..length])? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.write_at(at, &bytes[..length])?;
        at += length as u64;
    }
    Ok(())
}
