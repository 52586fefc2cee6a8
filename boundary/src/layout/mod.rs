//! How values, events, decisions and errors lie in a caller's storage: drawn in `docs/layout.md`, written and read here.
//! In process only, never a wire format. Knows no handle and no language.

pub mod batch;
pub mod decision;
pub mod error;
pub mod fields;
pub mod frame;
pub mod reader;
pub mod records;
pub mod ring;
pub mod session;
pub mod sink;
pub mod state;
pub mod value;

/// How deep lists and maps may nest in what a caller hands over: well above the default limit of 16 messages in
/// messages, and small enough for a host's small stack.
pub const DEPTH_MAX: u32 = 64;
