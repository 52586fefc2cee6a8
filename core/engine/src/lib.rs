//! A streaming rule engine: rules in CEL over typed events, keyed windows over event time, decisions with their reasons.
//!
//! The core is sans-IO and deterministic: whoever drives it owns time, threads, files and sockets. What may never
//! happen here: `unsafe`; sockets, threads, clocks, randomness; a word of Python, Java or C.
//!
//! In the order that an event meets them: [`schema`] → [`decode`] → [`feature`] → [`ruleset`] → [`engine`]; a
//! [`session`] is how events come from elsewhere, and decisions go back.
#![forbid(unsafe_code)]

pub mod canonical;
mod codec;
pub mod codes;
pub mod decision;
pub mod decode;
pub mod engine;
pub mod error;
pub mod event;
pub mod explain;
pub mod feature;
pub mod json;
mod kept_decision;
pub mod limits;
pub mod ruleset;
pub mod schema;
pub mod session;
pub mod state;
pub mod status;
mod timer;
pub mod trace;

pub use decision::{Decision, DecisionError, Subject};
pub use decode::Columns;
pub use engine::Engine;
pub use error::{Diagnostic, Error, Place};
pub use event::{Body, Cells, Event, HostFields, HostList, HostValue, Supplied};
pub use explain::Explanation;
pub use fishplate_cel::{Code, Duration, Map, Timestamp, Type, Value, did_you_mean};
pub use limits::Limits;
pub use ruleset::RuleSet;
pub use status::Status;
pub use timer::Timer;
pub use trace::TraceContext;
