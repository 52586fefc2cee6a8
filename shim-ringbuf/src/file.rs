//! The ring's file: opening it, refusing what is not a ring, mapping it, asking its locks.
//!
//! The file is opened twice. A mapping keeps alive the open file that it was made through, and with it the locks taken
//! through it, in a fork's child too, where nobody can close a mapping that Java or Python may have made. So the mapping
//! is made through one open file, and the locks are taken through another, which the child closes.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::fork::LockFile;
use crate::layout::{self, Geometry};
use crate::mapping::Mapping;
use crate::name::RingName;
use crate::{RingError, sys};

/// Refuses everything where there are no rings.
pub(crate) fn supported() -> Result<(), RingError> {
    if sys::SUPPORTED { Ok(()) } else { Err(RingError::Unsupported) }
}

/// Opens a file of rings for reading and writing; `None` if there is none.
pub(crate) fn open(path: &Path, new: bool) -> Result<Option<File>, RingError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(new).mode(0o600).custom_flags(sys::OPEN_FLAGS);
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(RingError::PermissionDenied { path: path.into(), what: "belongs to another user".into() })
        }
        Err(error) if sys::is_link(&error) => {
            Err(RingError::PermissionDenied { path: path.into(), what: "is a symbolic link".into() })
        }
        Err(error) => Err(RingError::io("open", path, error)),
    }
}

/// The file's description, if it is one that this user alone can open.
pub(crate) fn owned(file: &File, path: &Path) -> Result<Metadata, RingError> {
    let found = file.metadata().map_err(|error| RingError::io("describe", path, error))?;
    let denied = |what: &str| Err(RingError::PermissionDenied { path: path.into(), what: what.into() });
    if !found.is_file() {
        return denied("is no plain file");
    }
    if found.uid() != sys::user() {
        return denied("belongs to another user");
    }
    if found.mode() & 0o077 != 0 {
        return denied("is open to other users");
    }
    Ok(found)
}

/// Whether two descriptions are of one file.
pub(crate) fn same(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// The file, opened twice: once for a mapping, once for locks. `None` if there is no such file.
pub(crate) fn open_twice(path: &Path) -> Result<Option<(File, Metadata, LockFile)>, RingError> {
    // The name may change hands between the two: then once more. A name that keeps changing is somebody's mischief.
    for _ in 0..16 {
        let Some(file) = open(path, false)? else { return Ok(None) };
        let found = owned(&file, path)?;
        if let Some(locks) = open_locks(path, &found)? {
            return Ok(Some((file, found, locks)));
        }
    }
    Err(RingError::io("open", path, io::Error::other("the file is replaced again and again")))
}

/// A file opened for locks; `None` if the name is not, or no longer, that file's.
pub(crate) fn open_locks(path: &Path, expected: &Metadata) -> Result<Option<LockFile>, RingError> {
    let opened = LockFile::open(|| open(path, false)?.ok_or_else(|| gone(path)));
    match opened {
        Ok(locks) => {
            let found = locks.metadata().map_err(|error| RingError::io("describe", path, error))?;
            Ok(same(&found, expected).then_some(locks))
        }
        Err(RingError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn gone(path: &Path) -> RingError {
    RingError::io("open", path, io::ErrorKind::NotFound.into())
}

/// Whether a lock is held, with the error that says on what.
pub(crate) fn is_locked(locks: &LockFile, byte: u64, path: &Path) -> Result<bool, RingError> {
    locks.is_locked(byte).map_err(|error| RingError::io("ask the locks of", path, error))
}

/// Opens the ring of a name for a client: its file, if it is a ring of this version with a server.
pub(crate) fn open_served(name: &RingName) -> Result<(File, Geometry, LockFile), RingError> {
    let path = name.path();
    let missing = |left_behind| RingError::NotFound { name: name.as_str().into(), left_behind };
    let Some((file, found, locks)) = open_twice(&path)? else { return Err(missing(false)) };
    if !is_locked(&locks, layout::LOCK_SERVER, &path)? {
        return Err(missing(true));
    }
    let geometry = read_header(&file, found.size(), &path)?;
    Ok((file, geometry, locks))
}

/// Reads the header from the file, not from a mapping: a file that is too short is an error here and no signal.
fn read_header(file: &File, size: u64, path: &Path) -> Result<Geometry, RingError> {
    let corrupt = |what, at: u32| RingError::Corrupt { what, position: u64::from(at) };
    if size < u64::from(layout::HEADER_BYTES) {
        return Err(corrupt("a file too short for a ring", 0));
    }
    let mut bytes = [0; 64];
    file.read_exact_at(&mut bytes, 0).map_err(|error| RingError::io("read", path, error))?;
    if u64_of(&bytes, layout::HEADER_MAGIC) != layout::MAGIC {
        return Err(corrupt("not the first bytes of a ring", layout::HEADER_MAGIC));
    }
    let found = u32_of(&bytes, layout::HEADER_VERSION);
    if found != layout::VERSION {
        return Err(RingError::Version { found, known: layout::VERSION });
    }
    if u32_of(&bytes, layout::HEADER_SIZE) != layout::HEADER_BYTES {
        return Err(corrupt("a header of another size", layout::HEADER_SIZE));
    }
    let pairs = u32_of(&bytes, layout::HEADER_PAIRS);
    let lane_bytes = u32_of(&bytes, layout::HEADER_LANE_BYTES);
    let geometry =
        Geometry::new(pairs, lane_bytes).map_err(|_| corrupt("an impossible geometry", layout::HEADER_PAIRS))?;
    if u64_of(&bytes, layout::HEADER_FILE_BYTES) != geometry.file_bytes() || size != geometry.file_bytes() {
        return Err(corrupt("a file of another size than its geometry has", layout::HEADER_FILE_BYTES));
    }
    Ok(geometry)
}

fn u64_of(bytes: &[u8; 64], at: u32) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at as usize..][..8]);
    u64::from_ne_bytes(word)
}

fn u32_of(bytes: &[u8; 64], at: u32) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at as usize..][..4]);
    u32::from_ne_bytes(word)
}

/// Maps a whole ring. The file's size was checked against the geometry.
pub(crate) fn map(file: &File, geometry: &Geometry, path: &Path) -> Result<Mapping, RingError> {
    let bytes = usize::try_from(geometry.file_bytes()).map_err(|_| no_room(geometry))?;
    Mapping::of(file, bytes)
        .map_err(|error| if sys::is_no_space(&error) { no_room(geometry) } else { RingError::io("map", path, error) })
}

pub(crate) fn no_room(geometry: &Geometry) -> RingError {
    RingError::NoSpace { needed: geometry.file_bytes() }
}
