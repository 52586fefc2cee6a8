//! Ctrl-C: the first one ends a run between two events, so that no line is cut; one that comes while the program waits
//! for input, or a second one, ends the process at once. Knows signals; knows nothing of runs.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::{SigId, flag, low_level};

/// Watches for Ctrl-C until it is dropped.
pub(crate) struct Interrupt {
    seen: Arc<AtomicBool>,
    /// While set, Ctrl-C ends the process: nothing is unwritten then.
    at_once: Arc<AtomicBool>,
    actions: Vec<SigId>,
}

impl Interrupt {
    /// Begins to watch. Where the system refuses, Ctrl-C keeps the meaning that it had.
    pub(crate) fn watch() -> Self {
        let seen = Arc::new(AtomicBool::new(false));
        let at_once = Arc::new(AtomicBool::new(false));
        // In this order: a first signal finds `at_once` unset and sets both; a second one finds it set.
        let actions = [
            flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&at_once)),
            flag::register(SIGINT, Arc::clone(&at_once)),
            flag::register(SIGINT, Arc::clone(&seen)),
        ];
        Self { seen, at_once, actions: actions.into_iter().flatten().collect() }
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn seen(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }

    /// Reads, and lets Ctrl-C end the process while the read waits.
    pub(crate) fn read(&self, from: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
        if self.seen() {
            return Ok(0);
        }
        self.at_once.store(true, Ordering::SeqCst);
        let result = from.read(into);
        self.at_once.store(self.seen(), Ordering::SeqCst);
        result
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        for action in self.actions.drain(..) {
            low_level::unregister(action);
        }
    }
}
