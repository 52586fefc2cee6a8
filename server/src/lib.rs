//! The program `fishplate`: check rule documents, run events through them, serve them, explain error codes.
//!
//! It opens the files and sockets, reads the clock and writes the results; the core decides. `docs/cli.md`
//! is its manual, and a test runs every command on that page. What may never happen here: engine logic.
#![forbid(unsafe_code)]

mod check;
mod cli;
mod console;
mod doctor;
mod events;
mod explain;
mod files;
mod interrupt;
mod json;
mod operate;
mod progress;
mod run;
mod serve;
mod test;

use std::any::Any;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fishplate::{Error, Place, Status, codes};

/// Runs the program with `args` (the first is the program's name), on the process's own standard streams, and returns
/// the exit code: 0 done, 1 failed, 2 wrong input, 130 interrupted. It never ends the process itself, except on a
/// second Ctrl-C or one that comes while it waits for input.
///
/// It may be called from any thread; two calls at once share the standard streams.
pub fn main_with(args: Vec<OsString>) -> i32 {
    let json = args.iter().any(|arg| arg == "--json");
    let console = console::Console::new(json);
    // A mistake of ours is exit code 1, as documented, and never unwinds into a host that calls this function.
    let exit = catch_unwind(AssertUnwindSafe(|| match cli::parse(args) {
        Err(usage) => console.usage(&usage),
        Ok(cli) => match &cli.command {
            cli::Command::Run(args) => run::run(args, &console),
            cli::Command::Explain(args) => run::explain(args, &console),
            cli::Command::Check(args) => check::check(args, &console),
            cli::Command::Test(args) => test::test(args, &console),
            cli::Command::Serve(args) => serve::serve(args, &console),
            cli::Command::Operate(args) => operate::operate(args, &console),
            cli::Command::Doctor(args) => doctor::doctor(args, &console),
            cli::Command::ExplainError(args) => explain::explain(args, &console),
        },
    }))
    .unwrap_or_else(|panic| console.refuse(&panicked(&*panic)));
    exit.code()
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text =
        text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message");
    Error::new(Status::Internal, codes::INTERNAL, text, Place::None)
}
