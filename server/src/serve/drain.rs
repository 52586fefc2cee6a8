//! How a server goes down: the first signal takes no more work in, ends every session with its last word, sends the spans
//! that wait and takes the ring away; a second one ends the process at once. Knows the order and the time for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use fishplate::{Error, Status};
use fishplate_transport::hub::Hub;
use fishplate_transport::ring::RingServer;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, timeout};

use super::listen::Serving;
use super::operator;
use super::state::{self, State};
use super::telemetry::Spans;

/// What a process that was interrupted ends with.
const INTERRUPTED: i32 = 130;
/// How often it is asked whether the last session is gone.
const LOOK: Duration = Duration::from_millis(5);
/// The time that the last messages have to leave, however short the drain is.
const GRACE: Duration = Duration::from_millis(500);
/// The time that waiting spans have.
const FLUSH: Duration = Duration::from_secs(5);

/// SIGTERM and Ctrl-C, watched until this is dropped.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    actions: Vec<SigId>,
}

impl Signals {
    /// Begins to watch. From now on the first signal is only noted, and a second one ends the process with 130.
    pub(super) fn watch() -> io::Result<Self> {
        let seen = Arc::new(AtomicBool::new(false));
        let mut actions = Vec::new();
        for kind in [SIGINT, SIGTERM] {
            // In this order: a first signal finds the flag unset and sets it; a second one finds it set.
            actions.push(flag::register_conditional_shutdown(kind, INTERRUPTED, Arc::clone(&seen))?);
            actions.push(flag::register(kind, Arc::clone(&seen))?);
        }
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, actions })
    }

    /// Waits for one; its name.
    async fn first(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for action in self.actions.drain(..) {
            low_level::unregister(action);
        }
    }
}

/// A server that is up.
pub(super) struct Server {
    pub(super) hub: Arc<Hub>,
    pub(super) grpc: Option<Serving>,
    pub(super) operator: Option<operator::Serving>,
    pub(super) ring: Option<RingServer>,
    pub(super) spans: Option<Arc<Spans>>,
    /// The states that are kept, if any are.
    pub(super) states: Vec<State>,
    /// Bytes of journal after which a snapshot is written.
    pub(super) snapshot_bytes: u64,
}

impl Server {
    /// Serves until a signal comes, then goes down; sessions have `drain` to end. Gives why, if it was no signal: a keeper
    /// has stopped. Whoever starts the server again lets its clients go on.
    pub(super) async fn until(self, mut signals: Signals, drain: Duration) -> Option<Error> {
        let sessions = || self.hub.counts().connected;
        let why = tokio::select! {
            name = signals.first() => {
                tracing::info!(signal = name, sessions = sessions(), "stopping");
                None
            }
            why = state::watch(self.states.clone(), self.snapshot_bytes) => {
                tracing::error!(%why, sessions = sessions(), "stopping: nothing can be kept any more");
                Some(why)
            }
        };
        self.down(drain).await;
        tracing::info!("stopped");
        why
    }

    async fn down(self, drain: Duration) {
        let Self { hub, grpc, operator, ring, spans, states, .. } = self;
        let until = Instant::now() + drain;
        if let Some(grpc) = &grpc {
            grpc.close().await;
        }
        hub.drain(Status::Unavailable, "the server is stopping");
        // It waits for its own clients; on a thread that may.
        let ring = ring.map(|ring| tokio::task::spawn_blocking(move || ring.stop(drain)));
        let all_gone = async {
            while hub.counts().connected > 0 {
                sleep(LOOK).await;
            }
        };
        if timeout(drain, all_gone).await.is_err() {
            tracing::warn!(sessions = hub.counts().connected, "sessions were cut: they did not end in time");
        }
        if let Some(grpc) = grpc {
            // What was said last may still be on its way to a slow reader.
            grpc.finish(until.saturating_duration_since(Instant::now()).max(GRACE)).await;
        }
        if let Some(ring) = ring {
            // It panicked: the ring is gone with it, which is what was asked for.
            let _ = ring.await;
        }
        if let Some(operator) = operator {
            operator.end(GRACE).await;
        }
        state::close(states).await;
        if let Some(spans) = spans {
            // Blocks until they are sent, and the runtime must go on sending them.
            let _ = tokio::task::spawn_blocking(move || spans.stop(FLUSH)).await;
        }
    }
}
