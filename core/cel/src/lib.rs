//! The Common Expression Language: parse → check → plan → run.
//!
//! Three rooms with plain data between them, and a machine: [`mod@parse`] turns text into a flat syntax tree and knows no
//! types; [`mod@check`] gives every node a type and knows no events; [`mod@plan`] lays a checked expression out over numbered
//! slots; [`run`] evaluates it. Beside them stand the functions beyond the language's own, a row each, and [`message`]: the
//! types and values of messages. Source of the language: <https://github.com/google/cel-spec/blob/master/doc/langdef.md>.
//!
//! What may never happen here: events, windows, input or output, `unsafe`, a clock, a thread, a random number.
//!
//! ```
//! use fishplate_cel::{Absent, Bounds, Env, FieldType, Slot, Slots, Type, Value, check, parse, plan};
//!
//! let mut env = Env::default();
//! let amount = FieldType { ty: Type::Double, absent: Absent::Error };
//! env.message("risk.v1.Payment", [("amount".to_owned(), amount)]);
//! env.variable("event", Type::Message("risk.v1.Payment".into()));
//!
//! let source = "event.amount > 2000";
//! let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect("well formed");
//! let checked = check(source, &ast, &env, Some(&Type::Bool)).expect("well typed");
//! let mut slots = Slots::default();
//! let program = plan(&checked, &mut slots);
//!
//! assert_eq!(&*slots.paths()[0].fields[0], "amount");
//! assert_eq!(program.run(&[Slot::Value(Value::Double(2500.0))], 1_000), Ok(Value::Bool(true)));
//! ```
#![forbid(unsafe_code)]

pub mod check;
pub mod decimal;
pub mod diag;
pub mod estimate;
pub mod index;
mod library;
pub mod message;
pub mod parse;
pub mod plan;
pub mod run;
pub mod time;
pub mod types;
pub mod value;

pub use check::{Absent, Checked, Env, FieldType, HostFunction, Signature, check, check_leniently, did_you_mean};
pub use decimal::Decimal;
pub use diag::{Code, Diagnostic, Span};
pub use estimate::{Cost, Worst};
pub use index::Index;
pub use message::{Field, Leaf, Message, MessageType, Shape, Types};
pub use parse::{Ast, Bounds, parse, parse_without_macros};
pub use plan::{Path, Program, Slots, plan, plan_within};
pub use run::{EvalError, Slot, Stack, Tell, Text, equal};
pub use time::{Duration, Timestamp};
pub use types::Type;
pub use value::{Map, Opaque, Value};
