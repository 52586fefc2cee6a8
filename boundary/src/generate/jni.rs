//! The JNI entries: `bindings-java/src/generated/entries.rs`, raw functions that take numbers and addresses.
//! Knows JNI's spelling; the Java side of the same signatures is written in [`super::java`].

use super::entries::{self, Style};
use super::words::camel;
use super::{Generated, HEAD};
use crate::table::{Kind, Operation, Param};

/// The file of JNI entries.
pub(super) fn entries() -> Generated {
    let text = format!("// {HEAD}\n{INTRODUCTION}{}", entries::all(&Jni));
    Generated { path: "bindings-java/src/generated/entries.rs".to_owned(), text }
}

const INTRODUCTION: &str = r#"//! The JNI entries, one a row of the table of operations. Addresses are of direct buffers that Java owns and keeps
//! reachable during the call; nothing here calls back into the JVM.
#![allow(clippy::too_many_arguments)] // a C function's parameters, as the table gives them

use fishplate_boundary::guard::{self, Done};
use fishplate_boundary::storage::{Call, Storage};
use fishplate_boundary::{ops, raw};
use jni::sys::{JNIEnv, jboolean, jclass, jint, jlong};

/// Runs an operation in the guard, and tells Java its size and value in the 16 bytes at `reply`.
///
/// # Safety
/// `storage` is 0 or the address of `capacity` bytes, `reply` is 0 or the address of 16 bytes; both may be written, and
/// nothing else reads or writes them during the call.
unsafe fn enter(
    name: &str,
    storage: jlong,
    capacity: jlong,
    reply: jlong,
    body: impl FnOnce(&mut Call) -> Done,
) -> jint {
    let memory = if reply == 0 {
        Storage::none()
    } else {
        // SAFETY: by the contract of this function.
        unsafe { Storage::new(storage as *mut u8, usize::try_from(capacity).unwrap_or(0)) }
    };
    let outcome = guard::enter(name, memory, body);
    if reply != 0 {
        // SAFETY: by the contract of this function.
        unsafe { (reply as *mut [u64; 2]).write_unaligned([outcome.size, outcome.value]) };
    }
    outcome.status
}
"#;

struct Jni;

impl Style for Jni {
    fn head(&self, row: &Operation) -> String {
        let safety = "///\n/// # Safety\n/// Called by the JVM only, with addresses as `Native.java` demands them.\n";
        let name = camel(row.name);
        format!("{safety}#[unsafe(no_mangle)]\npub unsafe extern \"system\" fn Java_dev_fishplate_Native_{name}")
    }

    fn first(&self) -> &'static [&'static str] {
        &["_env: *mut JNIEnv", "_class: jclass"]
    }

    fn params(&self, param: &Param) -> Vec<String> {
        let name = param.name;
        match param.kind {
            Kind::Handle(_) | Kind::AnyHandle | Kind::Ticket | Kind::Size | Kind::Seconds | Kind::Trace => {
                vec![format!("{name}: jlong")]
            }
            Kind::Text | Kind::Bytes | Kind::Named | Kind::Pieces => {
                vec![format!("{name}: jlong"), format!("{name}_size: jlong")]
            }
            Kind::Limits | Kind::SessionOptions | Kind::Groups => {
                vec![format!("{name}: jlong"), format!("{name}_count: jlong")]
            }
            Kind::Flag => vec![format!("{name}: jboolean")],
            Kind::Number => vec![format!("{name}: jint")],
        }
    }

    fn last(&self, _row: &Operation) -> Vec<String> {
        ["storage: jlong", "capacity: jlong", "reply: jlong"].map(str::to_owned).to_vec()
    }

    fn returns(&self) -> &'static str {
        "jint"
    }

    fn unpack(&self, param: &Param) -> Option<String> {
        let name = param.name;
        let from = |function: &str, pointer: &str, count: &str| {
            format!("let {name} = raw::{function}(\"{name}\", {name} as *const {pointer}, {name}_{count} as u64)?")
        };
        Some(match param.kind {
            Kind::Text => from("text", "u8", "size"),
            Kind::Bytes => from("bytes", "u8", "size"),
            Kind::Named => from("named", "u8", "size"),
            Kind::Pieces => from("pieces", "u8", "size"),
            Kind::Groups => from("groups", "u16", "count"),
            Kind::Limits => from("limits", "u64", "count"),
            Kind::SessionOptions => from("session_options", "u64", "count"),
            Kind::Trace => format!("let {name} = raw::trace({name} as *const u8)"),
            _ => return None,
        })
    }

    fn argument(&self, param: &Param) -> String {
        let name = param.name;
        match param.kind {
            Kind::Handle(_) | Kind::AnyHandle | Kind::Ticket | Kind::Size => format!("{name} as u64"),
            Kind::Number => format!("{name} as u32"),
            Kind::Named | Kind::Pieces | Kind::Groups | Kind::Limits | Kind::SessionOptions => format!("&{name}"),
            _ => name.to_owned(),
        }
    }

    fn enter(&self, row: &Operation) -> String {
        format!("enter(\"{}\", storage, capacity, reply", row.name)
    }
}
