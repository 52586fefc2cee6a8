//! `--watch`: the tests again whenever a file beside them changes. Knows folders and the file system's news.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use fishplate::{Error, Place, Status, codes};
use notify::{Event, EventKind, RecursiveMode, Watcher};

use crate::console::{Console, Exit};
use crate::interrupt::Interrupt;

/// An editor writes a file in several steps: news that come within this of each other are one change.
const SETTLES: Duration = Duration::from_millis(100);
/// How often Ctrl-C is looked for.
const LOOKS: Duration = Duration::from_millis(200);

/// Calls `round` now and after every change, until Ctrl-C.
pub(super) fn each_change(paths: &[PathBuf], console: &Console, mut round: impl FnMut() -> Exit) -> Exit {
    let interrupt = Interrupt::watch();
    let (sender, news) = mpsc::channel();
    let mut watcher = match notify::recommended_watcher(sender) {
        Ok(watcher) => watcher,
        Err(error) => return console.refuse(&unwatchable(&error)),
    };
    for folder in folders(paths) {
        if let Err(error) = watcher.watch(&folder, RecursiveMode::Recursive) {
            return console.refuse(&unwatchable(&error));
        }
    }
    round();
    loop {
        match news.recv_timeout(LOOKS) {
            _ if interrupt.seen() => return Exit::Interrupted,
            Ok(Ok(event)) if changes(&event) => {
                while news.recv_timeout(SETTLES).is_ok() {}
                console.print(b"\n");
                round();
            }
            Ok(_) | Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Exit::Failed,
        }
    }
}

/// A file that is read, as the tests do, changes nothing.
fn changes(event: &Event) -> bool {
    matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_))
}

/// The folders to watch: rule documents and schemas stand beside the tests.
fn folders(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    let folder = |path: &PathBuf| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if path.is_dir() { path.clone() } else { parent.to_owned() }
    };
    paths.iter().map(folder).collect()
}

fn unwatchable(error: &notify::Error) -> Error {
    Error::new(Status::Unavailable, codes::UNREADABLE_FILE, format!("cannot watch: {error}"), Place::None)
}
