//! State that outlives its process: the journal of everything that an engine accepted, and snapshots of what it then was.
//!
//! It writes and reads bytes, and knows of them only where they begin, in which order they stand, and whether they are
//! still what was written. What may never happen here: deciding anything, `unsafe`, a thread, a clock, chance (all
//! three are the caller's).
//!
//! From the bottom: [`disk`] is a folder of files as a trait, so that the simulator can stand in for the real one;
//! [`journal`] is an ordered log whose end survives a power cut; [`snapshot`] is one file that is there whole or not at
//! all; [`Store`] is the two together, and how a state comes back; a [`Keeper`] is an engine whose inputs go through it.
#![forbid(unsafe_code)]

pub mod disk;
mod errors;
pub mod journal;
pub mod keeper;
#[cfg(any(test, feature = "simulate"))]
pub mod sim;
pub mod snapshot;
mod store;

#[cfg(unix)]
pub use disk::RealDisk;
pub use disk::{Disk, DiskFile};
pub use journal::{Cut, Journal, Lsn, Options, Record, StateId};
pub use keeper::Keeper;
pub use store::{Recover, Recovery, Store, Writing};
