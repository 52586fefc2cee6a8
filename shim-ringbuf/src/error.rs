//! What can go wrong with a ring, with the way out. It knows no status and no session: the transport maps it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::layout;

/// Why a ring did not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum RingError {
    /// The name is not one of a ring.
    InvalidName {
        /// As it was given.
        name: String,
    },
    /// The options of a ring are out of bounds.
    InvalidOptions {
        /// Which, and what it takes.
        what: String,
    },
    /// There is no such ring, or nobody serves it.
    NotFound {
        /// The ring's name.
        name: String,
        /// Whether its file is there: then its server has gone.
        left_behind: bool,
    },
    /// Another server has the name.
    AlreadyServed {
        /// The ring's name.
        name: String,
    },
    /// Every pair has a client.
    AllPairsTaken {
        /// How many there are.
        pairs: u32,
    },
    /// The ring has another layout than this build knows.
    Version {
        /// The ring's.
        found: u32,
        /// This build's.
        known: u32,
    },
    /// The file is another user's, or others may open it.
    PermissionDenied {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// What stands in the shared memory was not written by a ring. The lane is of no more use to this side.
    Corrupt {
        /// What is wrong.
        what: &'static str,
        /// Where: a position in the lane, or an offset in the file's header.
        position: u64,
    },
    /// The payload is longer than a lane takes.
    TooLarge {
        /// Bytes of the payload.
        length: usize,
        /// The most that the lane takes.
        max: usize,
    },
    /// The caller asked for what no ring does.
    Misuse {
        /// What.
        what: &'static str,
    },
    /// The object was made before this process forked.
    Forked,
    /// The object was closed.
    Closed,
    /// Not enough shared memory.
    NoSpace {
        /// Bytes that the ring takes.
        needed: u64,
    },
    /// More rings are open in this process than it keeps account of.
    TooMany {
        /// The most.
        max: usize,
    },
    /// This operating system has no ring.
    Unsupported,
    /// The operating system refused.
    Io {
        /// What was being done, as in "cannot …".
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What it answered.
        error: io::Error,
    },
}

impl RingError {
    pub(crate) fn io(action: &'static str, path: &std::path::Path, error: io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), error }
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName { name } => write!(
                f,
                "{name:?} is no name of a ring: it takes 1 to {} of a-z, 0-9, '.', '_' and '-'",
                layout::NAME_MAX
            ),
            Self::InvalidOptions { what } => write!(f, "a ring cannot have {what}"),
            Self::NotFound { name, left_behind: false } => {
                write!(f, "there is no ring {name:?}; start its server on this machine, as this user")
            }
            Self::NotFound { name, left_behind: true } => {
                write!(f, "the server of the ring {name:?} has gone; start it again")
            }
            Self::AlreadyServed { name } => {
                write!(f, "the ring {name:?} has a server; stop it first, or take another name")
            }
            Self::AllPairsTaken { pairs } => {
                write!(f, "all {pairs} pairs of the ring have a client; close one, or start the server with more pairs")
            }
            Self::Version { found, known } => write!(
                f,
                "the ring has layout version {found}, and this build knows version {known}; use the same release on both sides"
            ),
            Self::PermissionDenied { path, what } => {
                write!(f, "{} {what}; a ring joins processes of one user", path.display())
            }
            Self::Corrupt { what, position } => {
                write!(f, "the ring's memory is damaged: {what} at {position}; close the connection and open a new one")
            }
            Self::TooLarge { length, max } => {
                write!(f, "{length} bytes do not fit in a frame of at most {max}; start the server with larger lanes")
            }
            Self::Misuse { what } => write!(f, "{what}"),
            Self::Forked => {
                write!(f, "the connection was made before this process forked; make a new one in the child")
            }
            Self::Closed => write!(f, "the connection was closed"),
            Self::NoSpace { needed } => write!(
                f,
                "{} has no room for {needed} bytes; take fewer pairs or smaller lanes, or give it more (for a container, --shm-size)",
                layout::DIRECTORY
            ),
            Self::TooMany { max } => {
                write!(f, "this process has {max} rings open, and keeps account of no more; close one")
            }
            Self::Unsupported => write!(f, "rings of shared memory are there on Linux alone; use grpc:// instead"),
            Self::Io { action, path, error } => write!(f, "cannot {action} {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for RingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
