//! The shared-memory ring: frames between processes of one user on one machine.
//!
//! A *ring* is a file in `/dev/shm` that one server makes. It holds *pairs*; a client claims one. A pair is two
//! *lanes*: events go from the client to the server, decisions the other way, and each lane has exactly one producer
//! and one consumer. `docs/ring-layout.md` draws every byte and gives the reason for every step.
//!
//! ```text
//! server                                        client
//! Ring::create(name) ── /dev/shm/fishplate-… ── Attachment::attach(name)
//! ServerPair.events:    Consumer  ◄── lane ───  Attachment.events:    Producer
//! ServerPair.decisions: Producer  ─── lane ──►  Attachment.decisions: Consumer
//! ```
//!
//! What may never happen here: a rule, an event's meaning, a session. The ring carries frames: a kind, a few numbers
//! and bytes. All of its `unsafe` stands in `mapping.rs` and `sys/`. What the other side wrote is
//! never trusted: it is copied out, checked, and wrong values end in [`RingError::Corrupt`].
//!
//! Linux only; on another Unix every entry gives [`RingError::Unsupported`].

#![cfg(unix)]

pub mod layout;

mod attachment;
mod consumer;
mod error;
mod file;
mod fork;
mod list;
mod mapping;
mod name;
mod producer;
mod raw;
mod ring;
mod shared;
mod sys;
mod wait;

pub use attachment::{Attachment, Link};
pub use consumer::{Consumer, Peeked};
pub use error::RingError;
pub use layout::{Geometry, Header, Word, flags, kind};
pub use list::{Found, list};
pub use producer::Producer;
pub use raw::{RawAttachment, RawGeometry, RawWait};
pub use ring::{Options, PairState, Ring, ServerPair};
pub use wait::{WAIT_SLICE, Waited, Waker};
