//! The guard around every entry: whatever happens inside, the host gets a status and goes on.
//!
//! An entry is a few lines of generated code that call [`enter`]; there a panic becomes INTERNAL (F0901) and an error
//! becomes an error record in the caller's storage. This file knows no operation.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use fishplate::{Error, Place, Status, codes};

use crate::fault;
use crate::layout::error::write_error;
use crate::storage::{Call, Outcome, Storage};

/// What an operation ends with: its result stands in the call.
pub type Done = Result<(), Error>;

/// Runs the body of the operation `name`. Never unwinds.
pub fn enter(name: &str, storage: Storage, body: impl FnOnce(&mut Call) -> Done) -> Outcome {
    quiet_panics();
    let mut call = Call::new(storage);
    let run = AssertUnwindSafe(|| {
        fault::point(name);
        body(&mut call)
    });
    let result = match catch_unwind(run) {
        Ok(result) => result,
        Err(panic) => Err(internal(&*panic)),
    };
    match result {
        Ok(()) => call.outcome(Status::Ok),
        Err(error) => refuse(call, &error),
    }
}

/// Writes the error into the caller's storage. Should that panic, the status is all that the caller gets.
#[cold]
fn refuse(mut call: Call, error: &Error) -> Outcome {
    let written = catch_unwind(AssertUnwindSafe(|| {
        let size = write_error(error, &mut call.storage());
        call.refused(size);
    }));
    call.outcome(if written.is_ok() { error.status } else { Status::Internal })
}

/// The error that a caught panic becomes.
#[cold]
pub fn internal(panic: &(dyn Any + Send)) -> Error {
    let message = format!("internal error: {}", words(panic));
    Error::new(Status::Internal, codes::INTERNAL, message, Place::None)
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}

/// Makes a panic inside the library print one line instead of a report with a back trace: the host's terminal is not
/// ours. A shared library has a panic hook of its own, so the host's, if it is Rust too, is left alone.
pub fn quiet_panics() {
    static QUIET: AtomicBool = AtomicBool::new(false);
    if QUIET.load(Ordering::Relaxed) || QUIET.swap(true, Ordering::Relaxed) {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        eprintln!("fishplate: internal error{place}: {}", words(panic.payload()).replace('\n', " "));
    }));
}
