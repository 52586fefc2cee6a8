//! The Rust runner of the matrix: it speaks the line protocol of `interop-tests/README.md` and calls the public API of the
//! core and of the transport like any other program would.
//!
//! What may never happen here: deciding, comparing, or knowing a scenario.
#![forbid(unsafe_code)]

pub mod decisions;
pub mod engine;
pub mod event;
pub mod host;
pub mod runner;
pub mod sessions;
pub mod state;
pub mod stream;
pub mod tagged;
