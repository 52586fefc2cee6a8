//! Snapshot files: what an engine was after some record, in one file that is there whole or not at all. Knows nothing of
//! what the bytes mean.
//!
//! ```text
//!  0  8  "FPSNAPSH"                         40  8  bytes that follow the header
//!  8  4  format version                     48  4  CRC-32C of those bytes
//! 12  4  zero                               52  8  zero
//! 16 16  state id                           60  4  CRC-32C of 0..60
//! 32  8  LSN of the last record in it       64     the bytes
//! ```

use std::io;

use crc32c::{crc32c, crc32c_append};
use fishplate::Error;

use crate::disk::{Disk, DiskFile};
use crate::errors;
use crate::journal::format::{BadHeader, read_frame, u32_at, u64_at};
use crate::journal::segment::{UNFINISHED, number_of, numbered};
use crate::journal::{Lsn, StateId};

const MAGIC: [u8; 8] = *b"FPSNAPSH";
/// The format that this version writes; it reads this one and earlier ones.
const VERSION: u32 = 1;
const HEADER: usize = 64;
const PREFIX: &str = "snapshot-";
const SUFFIX: &str = ".fps";
/// Bytes that are read and written at a time.
const CHUNK: usize = 1 << 20;

/// A snapshot that was read, and is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Everything up to this record is in it.
    pub lsn: Lsn,
    /// The state that it is of.
    pub state: StateId,
    /// What the caller gave.
    pub bytes: Vec<u8>,
}

/// The name of the snapshot up to `lsn`.
pub(crate) fn name(lsn: Lsn) -> String {
    numbered(PREFIX, lsn, SUFFIX)
}

/// The LSNs of the snapshots that there are, newest first.
///
/// # Errors
/// `UNAVAILABLE` (F0873): the disk.
pub fn list<D: Disk>(disk: &D) -> Result<Vec<Lsn>, Error> {
    let names = disk.list().map_err(|error| errors::disk(&error, "opening the state folder", disk.called("")))?;
    let mut lsns: Vec<Lsn> = names.iter().filter_map(|name| number_of(PREFIX, name, SUFFIX)).collect();
    lsns.sort_unstable_by(|one, other| other.cmp(one));
    Ok(lsns)
}

/// Writes a snapshot. It is durable when this returns without an error, and before that its name is not there.
///
/// # Errors
/// `RESOURCE_EXHAUSTED` (F0872), `UNAVAILABLE` (F0873): the disk. What was there before is there still.
pub fn write<D: Disk>(disk: &D, lsn: Lsn, state: StateId, bytes: &[u8]) -> Result<(), Error> {
    let name = name(lsn);
    let unfinished = format!("{name}{UNFINISHED}");
    let written = try_write(disk, &unfinished, &header(lsn, state, bytes), bytes);
    let named = written.and_then(|()| disk.rename(&unfinished, &name)).inspect_err(|_| {
        // Its room is given back now if that can be; else when the state is opened the next time.
        let _ = disk.remove(&unfinished);
    });
    named.and_then(|()| disk.sync_folder()).map_err(|error| {
        let error = errors::disk(&error, "writing a snapshot", disk.called(&name));
        // After the renaming, nobody knows whether it is there; before, it is not. Either does no harm.
        errors::unknown(&error)
    })
}

fn try_write<D: Disk>(disk: &D, name: &str, header: &[u8; HEADER], bytes: &[u8]) -> io::Result<()> {
    // One that was left behind by a write that failed.
    match disk.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.create(name)?;
    file.write_at(0, header)?;
    let mut at = HEADER as u64;
    for chunk in bytes.chunks(CHUNK) {
        file.write_at(at, chunk)?;
        at += chunk.len() as u64;
    }
    file.sync()
}

fn header(lsn: Lsn, state: StateId, bytes: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[16..32].copy_from_slice(&state.0);
    header[32..40].copy_from_slice(&lsn.0.to_le_bytes());
    header[40..48].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
    header[48..52].copy_from_slice(&crc32c(bytes).to_le_bytes());
    let check = crc32c(&header[..60]);
    header[60..].copy_from_slice(&check.to_le_bytes());
    header
}

/// Reads the snapshot up to `lsn`, whole.
///
/// # Errors
/// `DATA_LOSS` (F0874): it is not what was written. `FAILED_PRECONDITION` (F0876): a later format. `UNAVAILABLE` (F0873): the
/// disk.
pub fn read<D: Disk>(disk: &D, lsn: Lsn) -> Result<Snapshot, Error> {
    let name = name(lsn);
    let fail = |error: io::Error| errors::disk(&error, "reading a snapshot", disk.called(&name));
    let damaged = |what: &str| errors::damaged(format!("the snapshot is damaged: {what}"), disk.called(&name));
    let file = disk.open(&name).map_err(fail)?;
    let size = file.size().map_err(fail)?;
    let mut header = [0; HEADER];
    if file.read_at(0, &mut header).map_err(fail)? < HEADER {
        return Err(damaged("it has no header"));
    }
    match read_frame(&header, &MAGIC, VERSION) {
        Ok(()) => {}
        Err(BadHeader::Damaged) => return Err(damaged("its header (bytes 0 to 64)")),
        Err(BadHeader::Newer(version)) => {
            return Err(errors::newer("this snapshot", version, VERSION, disk.called(&name)));
        }
    }
    if u64_at(&header, 32) != lsn.0 {
        return Err(damaged("its name is that of another one"));
    }
    // Compared before any memory is taken: no more is read than the file has.
    if u64_at(&header, 40).checked_add(HEADER as u64) != Some(size) {
        return Err(damaged("it does not have the size that its header says"));
    }
    let (bytes, check) = read_bytes(&file, size).map_err(fail)?;
    if check != u32_at(&header, 48) {
        return Err(damaged("its bytes are not those that were written"));
    }
    let mut state = [0; 16];
    state.copy_from_slice(&header[16..32]);
    Ok(Snapshot { lsn, state: StateId(state), bytes })
}

/// What follows the header, and its checksum.
fn read_bytes<F: DiskFile>(file: &F, size: u64) -> io::Result<(Vec<u8>, u32)> {
    let (mut bytes, mut check) = (Vec::new(), 0);
    while (HEADER + bytes.len()) as u64 != size {
        let (from, at) = (bytes.len(), (HEADER + bytes.len()) as u64);
        bytes.resize(from + (size - at).min(CHUNK as u64) as usize, 0);
        if file.read_at(at, &mut bytes[from..])? < bytes.len() - from {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        check = crc32c_append(check, &bytes[from..]);
    }
    Ok((bytes, check))
}
