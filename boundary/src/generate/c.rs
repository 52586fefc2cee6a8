//! The C entries: `bindings-c/src/generated/entries.rs`, with the tables of statuses, codes and limits as C sees them.
//! Knows C's spelling; what an operation does stands in [`crate::ops`].

use fishplate::status::TABLE;
use fishplate::{Limits, codes};
use fishplate_transport::SessionOptions;

use super::entries::{self, Style};
use super::words::{pascal, wrapped};
use super::{Generated, HEAD};
use crate::table::{FORMATS, Gives, Kind, Object, Operation, Param};

/// How many numbers `FishplateLimits` has room for: limits that come later take reserved ones, which callers of today
/// set to zero, that is, to the default.
const LIMITS_ROOM: usize = 16;

/// The same for `FishplateSessionOptions`.
const OPTIONS_ROOM: usize = 24;

/// The file of C entries.
pub(super) fn entries() -> Generated {
    let mut text = format!("// {HEAD}\n{INTRODUCTION}");
    text += &statuses();
    text += &error_codes();
    text += &formats();
    text += &kinds();
    text += &limits();
    text += &session_options();
    text += &entries::all(&C);
    Generated { path: "bindings-c/src/generated/entries.rs".to_owned(), text }
}

const INTRODUCTION: &str = "\
//! The C entries, one a row of the table of operations.

use std::ffi::c_char;

use fishplate_boundary::{ops, raw};

use crate::support::{enter, enter_giving, limits_of, named_of, options_of, pieces_of, trace_of};
use crate::types::{FishplateBytes, FishplateHandle, FishplateNamed, FishplateStorage, FishplateTrace};
";

fn statuses() -> String {
    let mut text = String::from(
        "\n/// The outcome of an operation: gRPC's codes, with gRPC's numbers. None is ever added between others.\n",
    );
    text += "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(i32)]\npub enum FishplateStatus {\n";
    for row in &TABLE {
        let retry = if row.retryable { "; trying again can help" } else { "" };
        text += &format!("    /// Recorded as {}{retry}.\n", row.state.name());
        text += &format!("    {} = {},\n", pascal(row.name), row.status as i32);
    }
    text += "}\n\nimpl FishplateStatus {\n    /// The status of a number of the core's table.\n";
    text += "    pub(crate) fn from_number(number: i32) -> Self {\n        match number {\n";
    for row in TABLE.iter().filter(|row| row.name != "UNKNOWN") {
        text += &format!("            {} => Self::{},\n", row.status as i32, pascal(row.name));
    }
    text + "            _ => Self::Unknown,\n        }\n    }\n}\n"
}

fn error_codes() -> String {
    let mut text = String::from(
        "\n/// The error codes. A number is never used again for something else; `fishplate_explain_error` tells more.\n",
    );
    text += "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u32)]\npub enum FishplateCode {\n";
    for explanation in codes::all() {
        text += &wrapped(&format!("{}: {}.", explanation.code, explanation.title), "    /// ", 110);
        text += &format!("    {} = {},\n", explanation.code, explanation.code.0);
    }
    text + "}\n"
}

fn formats() -> String {
    let mut text = String::from("\n/// The forms of an event, said by the caller and never guessed.\n");
    text += "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u32)]\npub enum FishplateFormat {\n";
    for (number, name, doc) in FORMATS {
        text += &format!("    /// {}.\n    {} = {number},\n", super::words::capital(doc), pascal(name));
    }
    text + "}\n"
}

fn kinds() -> String {
    let mut text = String::from("\n/// The kinds of object that are counted.\n");
    text += "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u32)]\npub enum FishplateKind {\n";
    for kind in Object::ALL {
        text += &format!("    /// {}s.\n", super::words::capital(kind.name()));
        text += &format!("    {} = {},\n", pascal(&kind.name().replace(' ', "_")), kind as u32);
    }
    text + "}\n"
}

fn limits() -> String {
    let mut text = String::from(
        "\n/// The bounds on what comes in. A bound of 0 means its default, so a zeroed struct is a usable one.\n",
    );
    text += "#[derive(Clone, Copy, Debug, Default)]\n#[repr(C)]\npub struct FishplateLimits {\n";
    for (name, default, meaning) in Limits::TABLE {
        text += &format!("    /// {}; {default} by default.\n    pub {name}: u64,\n", super::words::capital(meaning));
    }
    let reserved = LIMITS_ROOM - Limits::TABLE.len();
    text += &format!("    /// Zero: room for limits to come.\n    pub reserved: [u64; {reserved}],\n}}\n\n");
    text + &format!("const _: () = assert!(size_of::<FishplateLimits>() == {LIMITS_ROOM} * 8);\n")
}

fn session_options() -> String {
    let mut text = String::from(
        "\n/// What is wanted of a session. A number of 0 means its default, so a zeroed struct is a usable one in process;\n/// on a network `deadline_ms`, or `idle_timeout_ms` and `max_age_ms`, must be set.\n",
    );
    text += "#[derive(Clone, Copy, Debug, Default)]\n#[repr(C)]\npub struct FishplateSessionOptions {\n";
    for (name, meaning) in SessionOptions::TABLE {
        text += &wrapped(&format!("{}.", super::words::capital(meaning)), "    /// ", 110);
        text += &format!("    pub {name}: u64,\n");
    }
    let reserved = OPTIONS_ROOM - SessionOptions::TABLE.len();
    text += &format!("    /// Zero: room for options to come.\n    pub reserved: [u64; {reserved}],\n}}\n\n");
    text + &format!("const _: () = assert!(size_of::<FishplateSessionOptions>() == {OPTIONS_ROOM} * 8);\n")
}

struct C;

impl Style for C {
    fn head(&self, row: &Operation) -> String {
        format!("#[unsafe(no_mangle)]\npub unsafe extern \"C\" fn fishplate_{}", row.name)
    }

    fn first(&self) -> &'static [&'static str] {
        &[]
    }

    fn params(&self, param: &Param) -> Vec<String> {
        let name = param.name;
        match param.kind {
            Kind::Handle(_) | Kind::AnyHandle => vec![format!("{name}: FishplateHandle")],
            Kind::Text => vec![format!("{name}: *const c_char"), format!("{name}_size: usize")],
            Kind::Bytes => vec![format!("{name}: *const u8"), format!("{name}_size: usize")],
            Kind::Named => vec![format!("{name}: *const FishplateNamed"), format!("{name}_count: usize")],
            Kind::Pieces => vec![format!("{name}: *const FishplateBytes"), format!("{name}_count: usize")],
            Kind::Groups => vec![format!("{name}: *const u16"), format!("{name}_count: usize")],
            Kind::Limits => vec![format!("{name}: *const FishplateLimits")],
            Kind::SessionOptions => vec![format!("{name}: *const FishplateSessionOptions")],
            Kind::Flag => vec![format!("{name}: bool")],
            Kind::Number => vec![format!("{name}: u32")],
            Kind::Ticket | Kind::Size => vec![format!("{name}: u64")],
            Kind::Seconds => vec![format!("{name}: i64")],
            Kind::Trace => vec![format!("{name}: *const FishplateTrace")],
        }
    }

    fn last(&self, row: &Operation) -> Vec<String> {
        let storage = "storage: *mut FishplateStorage".to_owned();
        match row.gives {
            Gives::Handle(_) => vec!["handle: *mut FishplateHandle".to_owned(), storage],
            Gives::Number => vec!["number: *mut u64".to_owned(), storage],
            _ => vec![storage],
        }
    }

    fn returns(&self) -> &'static str {
        "FishplateStatus"
    }

    fn unpack(&self, param: &Param) -> Option<String> {
        let name = param.name;
        Some(match param.kind {
            Kind::Text => format!("let {name} = raw::text(\"{name}\", {name}.cast(), {name}_size as u64)?"),
            Kind::Bytes => format!("let {name} = raw::bytes(\"{name}\", {name}, {name}_size as u64)?"),
            Kind::Named => format!("let {name} = named_of(\"{name}\", {name}, {name}_count)?"),
            Kind::Pieces => format!("let {name} = pieces_of(\"{name}\", {name}, {name}_count)?"),
            Kind::Groups => format!("let {name} = raw::groups(\"{name}\", {name}, {name}_count as u64)?"),
            Kind::Limits => format!("let {name} = limits_of({name})?"),
            Kind::SessionOptions => format!("let {name} = options_of({name})?"),
            Kind::Trace => format!("let {name} = trace_of({name})"),
            _ => return None,
        })
    }

    fn argument(&self, param: &Param) -> String {
        let owned = [Kind::Named, Kind::Pieces, Kind::Groups, Kind::Limits, Kind::SessionOptions];
        let reference = if owned.contains(&param.kind) { "&" } else { "" };
        format!("{reference}{}", param.name)
    }

    fn enter(&self, row: &Operation) -> String {
        match row.gives {
            Gives::Handle(_) => format!("enter_giving(\"{}\", storage, \"handle\", handle", row.name),
            Gives::Number => format!("enter_giving(\"{}\", storage, \"number\", number", row.name),
            _ => format!("enter(\"{}\", storage", row.name),
        }
    }
}
