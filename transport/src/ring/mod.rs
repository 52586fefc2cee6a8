//! Sessions through shared memory: the core's messages in the frames of `fishplate-ring`.
//!
//! Both ends are here: [`RingServer`] serves a hub's sessions, one client a pair; the client is what
//! [`crate::connect`] gives for `shm://NAME`. Whether the other end lives is asked of the kernel, by its lock; a pair has one
//! connection, so that only the death of a process, or damaged memory, breaks it.

mod carried;
mod client;
mod disk;
mod errors;
mod frames;
mod link;
mod server;
mod serving;
#[cfg(test)]
mod tests_features;

pub use carried::{Carried, Standing};
pub use errors::error;
pub use fishplate_ring::{Found, Options as RingOptions, list};
pub use server::RingServer;

pub(crate) use client::connect;
