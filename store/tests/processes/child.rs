//! What a child does: opens a journal, says so, and appends until it ends in one way or another. Each number that it prints
//! is a promise.

use std::io::Write;
use std::num::NonZeroU8;
use std::path::Path;

use fishplate::Error;
use fishplate_store::{Journal, Lsn, Options, RealDisk, Record, StateId};

pub(crate) const STATE: StateId = StateId(*b"of two processes");

fn options(preallocate: bool) -> Options {
    Options { segment_bytes: 40_000, preallocate }
}

/// What record `lsn` holds.
pub(crate) fn payload(lsn: Lsn) -> Vec<u8> {
    lsn.0.to_le_bytes().repeat((lsn.0 % 40) as usize)
}

pub(crate) fn open(
    folder: &Path,
    preallocate: bool,
    each: &mut dyn FnMut(Record<'_>),
) -> Result<Journal<RealDisk>, Error> {
    let mut each = |record: Record<'_>| {
        each(record);
        Ok(())
    };
    Journal::open(RealDisk::open(folder)?, STATE, Lsn(0), options(preallocate), &mut each).map(|(journal, _)| journal)
}

pub(crate) fn append(folder: &str, preallocate: bool) {
    if let Err(error) = try_append(folder, preallocate) {
        say(&format!("{} {}", error.status.name(), error.code()));
    }
}

fn try_append(folder: &str, preallocate: bool) -> Result<(), Error> {
    let mut journal = open(Path::new(folder), preallocate, &mut |_| {})?;
    say("opened");
    loop {
        for _ in 0..5 {
            journal.append(NonZeroU8::MIN, &payload(journal.last().next()))?;
        }
        match journal.sync() {
            Ok(lsn) => say(&lsn.to_string()),
            // The next append is refused, and ends the child.
            Err(error) => say(&format!("{} {}", error.status.name(), error.code())),
        }
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{what}").and_then(|()| out.flush()).expect("the parent listens");
}
