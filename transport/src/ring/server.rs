//! A ring's server: one thread that looks at every pair in turn, and sleeps on the doorbell when there is nothing to do.
//! What is done for one client stands in `serving.rs`. Where sessions are kept, a second thread waits for the disk.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fishplate::{Error, Place, Status, codes};
use fishplate_ring::{Options, Ring, Waker};

use super::disk::Errands;
use super::errors::error;
use super::serving::Serving;
use crate::hub::Hub;

/// How often the kernel is asked whether clients live, and the longest sleep: a client that was killed rings no bell.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// The longest sleep while something is expected that rings no bell: room in a lane, or a lock.
const SOON: Duration = Duration::from_millis(2);
/// Looks at the pairs before sleeping: some tens of microseconds, about what it costs to be woken.
const SPINS: u32 = 500;
/// How often the hub is swept.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Serves a hub's sessions over a ring, from a thread of its own. Dropping it is an end without a word: its clients see
/// that their server is gone. [`Self::stop`] is the end with one.
pub struct RingServer {
    name: String,
    stop: Arc<Stop>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// When the thread shall end.
#[derive(Default)]
struct Stop {
    asked: AtomicBool,
    /// Why, and until when sessions may be drained; `None`: at once.
    how: Mutex<Option<(Error, Instant)>>,
}

impl RingServer {
    /// Makes the ring `name` and serves it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`: no name of a ring (F0859), options out of bounds (F0809); `ALREADY_EXISTS` (F0867): another server
    /// has the name; `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED`, `UNIMPLEMENTED`, `UNAVAILABLE` (F0864): the ring cannot be
    /// made here.
    pub fn start(hub: Arc<Hub>, name: &str, options: Options) -> Result<Self, Error> {
        let ring = Ring::create(name, options).map_err(|what| error(&what))?;
        let waker = ring.waker();
        let stop = Arc::new(Stop::default());
        let worker = Worker { ring, hub, stop: stop.clone(), draining: None };
        let thread = std::thread::Builder::new().name("fishplate-ring".into()).spawn(move || worker.run());
        let thread = thread.map_err(|what| {
            let message = format!("the system starts no thread: {what}");
            Error::new(Status::ResourceExhausted, codes::RING_UNUSABLE, message, Place::None)
        })?;
        Ok(Self { name: name.to_owned(), stop, waker, thread: Some(thread) })
    }

    /// Where clients find it: `shm://NAME`.
    pub fn address(&self) -> String {
        format!("shm://{}", self.name)
    }

    /// Ends every session with `UNAVAILABLE` (what was accepted is decided and delivered) and refuses new ones, for at most
    /// `within`; then the ring is gone. Waits for that.
    pub fn stop(mut self, within: Duration) {
        let why = Error::new(Status::Unavailable, codes::SESSION_ENDED, "the server is stopping", Place::None);
        self.end(Some((why, Instant::now() + within)));
    }

    fn end(&mut self, how: Option<(Error, Instant)>) {
        let Some(thread) = self.thread.take() else { return };
        *self.stop.how.lock().unwrap_or_else(PoisonError::into_inner) = how;
        self.stop.asked.store(true, Ordering::Release);
        self.waker.wake();
        // It panicked: the ring is gone with it, which is what was asked for.
        let _ = thread.join();
    }
}

impl Drop for RingServer {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl fmt::Debug for RingServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingServer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the thread has.
struct Worker {
    ring: Ring,
    hub: Arc<Hub>,
    stop: Arc<Stop>,
    /// Until when sessions are drained.
    draining: Option<Instant>,
}

impl Worker {
    fn run(mut self) {
        let (bell, errands) = (self.ring.waker(), Arc::new(Errands::default()));
        let serving = |pair| Serving::new(pair, self.hub.clone(), bell.clone(), errands.clone());
        let pairs = self.ring.take_pairs();
        let mut pairs: Vec<_> = pairs.into_iter().map(serving).collect();
        let (mut asked, mut swept) = (Instant::now(), Instant::now());
        while !self.is_over(&mut pairs) {
            let ask = asked.elapsed() >= ASK_EVERY;
            if ask {
                asked = Instant::now();
                if swept.elapsed() >= SWEEP_EVERY {
                    swept = asked;
                    self.hub.sweep();
                }
            }
            let mut worked = false;
            for pair in &mut pairs {
                worked |= pair.serve(ask);
            }
            // The ring was made before a fork, and this is the child: it has no such thread, so this cannot be.
            if !worked && self.sleep(&pairs).is_err() {
                return;
            }
        }
    }

    /// Sleeps until a client says something, or time passes that matters.
    fn sleep(&mut self, pairs: &[Serving]) -> Result<(), fishplate_ring::RingError> {
        let soonest = pairs.iter().filter_map(|pair| pair.wakes_within(SOON)).min();
        let timeout = soonest.unwrap_or(ASK_EVERY).min(ASK_EVERY);
        self.ring.wait(timeout, SPINS, || pairs.iter().any(Serving::needs_attention)).map(|_| ())
    }

    /// Whether the thread's work is done.
    fn is_over(&mut self, pairs: &mut [Serving]) -> bool {
        if !self.stop.asked.load(Ordering::Acquire) {
            return false;
        }
        let until = match self.draining {
            Some(until) => until,
            None => {
                let how = self.stop.how.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some((why, until)) = how else { return true };
                pairs.iter_mut().for_each(|pair| pair.close(&why));
                *self.draining.insert(until)
            }
        };
        Instant::now() >= until || !pairs.iter().any(Serving::is_busy)
    }
}
