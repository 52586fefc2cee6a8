//! The clients' runtime: one worker thread a process, made when the first `grpc://` session is opened, kept until the process
//! ends. A forked child has no worker thread: it makes a runtime of its own, and never touches its parent's.

use std::process;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use fishplate::{Error, Place, Status, codes};
use tokio::runtime::{Builder, Runtime};

/// The runtime and the process that made it. Leaked on purpose: whoever drops a runtime waits for its threads.
struct Made {
    pid: u32,
    runtime: &'static Runtime,
}

static MADE: ArcSwapOption<Made> = ArcSwapOption::const_empty();

/// This process's runtime.
///
/// # Errors
/// `RESOURCE_EXHAUSTED` (F0860): the system gives no thread or no descriptor.
pub(super) fn runtime() -> Result<&'static Runtime, Error> {
    let pid = process::id();
    let known = MADE.load();
    if let Some(made) = known.as_ref().filter(|made| made.pid == pid) {
        return Ok(made.runtime);
    }
    let made = Builder::new_multi_thread().worker_threads(1).thread_name("fishplate-grpc").enable_all().build();
    let runtime: &'static Runtime = Box::leak(Box::new(made.map_err(|error| unavailable(&error))?));
    let previous = MADE.compare_and_swap(&*known, Some(Arc::new(Made { pid, runtime })));
    // Another thread was first: its runtime is everyone's, and this one, which nobody uses, sleeps on.
    let first = previous.as_ref().filter(|made| made.pid == pid).map(|made| made.runtime);
    Ok(first.unwrap_or(runtime))
}

fn unavailable(error: &std::io::Error) -> Error {
    let message = format!("the system gives no thread for gRPC: {error}");
    Error::new(Status::ResourceExhausted, codes::UNREACHABLE, message, Place::None)
}
