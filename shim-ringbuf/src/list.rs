//! The rings of this machine, for people who ask what is there. Looks at files and locks; claims nothing and maps
//! nothing.

use std::fs;
use std::io;

use crate::layout::{DIRECTORY, FILE_PREFIX, LOCK_SERVER};
use crate::name::RingName;
use crate::{RingError, file};

/// A ring that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Bytes of its file.
    pub bytes: u64,
    /// Whether its server lives; if not, the next server of that name takes its place.
    pub served: bool,
}

/// The rings of this user, sorted by name.
///
/// # Errors
/// [`RingError::Unsupported`], [`RingError::Io`]: the directory of rings cannot be read.
pub fn list() -> Result<Vec<Found>, RingError> {
    file::supported()?;
    let failed = |error: io::Error| RingError::io("list", DIRECTORY.as_ref(), error);
    let mut found = Vec::new();
    for entry in fs::read_dir(DIRECTORY).map_err(failed)? {
        let entry = entry.map_err(failed)?.file_name();
        let name = entry.to_str().and_then(|name| name.strip_prefix(FILE_PREFIX)).map(RingName::new);
        let Some(Ok(name)) = name else { continue };
        let path = name.path();
        // One that has gone meanwhile, or that belongs to another user, is not to be listed.
        let Ok(Some((_, about, locks))) = file::open_twice(&path) else { continue };
        let served = file::is_locked(&locks, LOCK_SERVER, &path)?;
        found.push(Found { name: name.as_str().to_owned(), bytes: about.len(), served });
    }
    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
