//! The Common Expression Language: parse → check → plan → run.
//!
//! Three rooms with plain data between them, and a machine: [`parse`] turns text into a flat syntax tree and knows no
//! types; [`check`] gives every node a type and knows no events; [`plan`] lays a checked expression out over numbered
//! slots; [`run`] evaluates it. Source of the language: <https://github.com/google/cel-spec/blob/master/doc/langdef.md>.
//!
//! What may never happen here: events, windows, input or output, `unsafe`, a clock, a thread, a random number.
#![forbid(unsafe_code)]

pub mod check;
pub mod diag;
pub mod parse;
pub mod plan;
pub mod run;
pub mod time;
pub mod types;
pub mod value;

pub use check::{Absent, Checked, Env, FieldType, check, did_you_mean};
pub use diag::{Code, Diagnostic, Span};
pub use parse::{Ast, Bounds, parse};
pub use plan::{Path, Program, Slots, plan};
pub use run::{EvalError, Slot, Stack, equal};
pub use time::{Duration, Timestamp};
pub use types::Type;
pub use value::{Map, Value};
