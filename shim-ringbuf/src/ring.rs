//! The server's side: make a ring, serve its pairs, clean them when their clients have gone. It decides nothing about
//! frames.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::consumer::Consumer;
use crate::file;
use crate::fork::{Epoch, LockFile};
use crate::layout::{self, Geometry, Word};
use crate::mapping::Mapping;
use crate::name::RingName;
use crate::producer::Producer;
use crate::shared::{Lane, Shared};
use crate::wait::{Waited, Waiter, Waker};
use crate::{RingError, sys};

/// How a ring is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many clients at a time: 1 to 1,024.
    pub pairs: u32,
    /// Bytes of a lane: a power of two, 4 KiB to 256 MiB. A pair has two. [`layout::max_payload`] says what fits.
    pub lane_bytes: u32,
}

impl Default for Options {
    /// 7 pairs of 4 MiB lanes: events of 1 MiB fit, and the whole fits in the 64 MiB that a container gets.
    fn default() -> Self {
        Self { pairs: layout::PAIRS_DEFAULT, lane_bytes: layout::LANE_BYTES_DEFAULT }
    }
}

/// A ring that this process serves. Dropping it takes the name away; its clients learn that the server has gone when the
/// last of its pairs is dropped too.
pub struct Ring {
    shared: Arc<Shared>,
    pairs: Vec<ServerPair>,
    doorbell: Waiter,
}

/// What a pair is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairState {
    /// Nobody has it.
    Free,
    /// A client has it, or had it until it was killed: [`ServerPair::client_alive`] tells.
    Claimed,
    /// Its client has said goodbye, or has written nonsense: it is reset once the client is gone.
    Closing,
}

/// The server's ends of one pair. One thread at a time; different pairs may be on different threads.
#[derive(Debug)]
pub struct ServerPair {
    /// The reading end of the event lane.
    pub events: Consumer,
    /// The writing end of the decision lane.
    pub decisions: Producer,
    control: PairControl,
}

struct PairControl {
    shared: Arc<Shared>,
    pair: u32,
    /// Somebody has had it since it was last clean. Only the server makes a pair free.
    used: bool,
    /// The state word when the server last looked.
    known: u32,
}

impl Ring {
    /// Makes the ring of a name. A ring that a dead server left behind is replaced; its clients keep the old file, and
    /// learn that its server has gone.
    ///
    /// # Errors
    /// [`RingError::InvalidName`], [`RingError::InvalidOptions`], [`RingError::AlreadyServed`],
    /// [`RingError::PermissionDenied`] (the name belongs to another user), [`RingError::NoSpace`],
    /// [`RingError::TooMany`], [`RingError::Unsupported`], [`RingError::Io`].
    pub fn create(name: &str, options: Options) -> Result<Self, RingError> {
        file::supported()?;
        let name = RingName::new(name)?;
        let geometry = Geometry::new(options.pairs, options.lane_bytes)?;
        refuse_served(&name)?;
        sweep(&name);
        let epoch = Epoch::now();
        let temporary = name.temporary();
        let made = make(&temporary, &geometry).and_then(|made| install(&name, &temporary).map(|()| made));
        if made.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        let (mapping, locks) = made?;
        let path = name.path();
        let shared = Arc::new(Shared { mapping, geometry, path, epoch, locks, claim: None });
        let pairs = (0..geometry.pairs()).map(|pair| ServerPair::new(&shared, pair)).collect();
        Ok(Self { shared, pairs, doorbell: Waiter::new(Word::Doorbell.offset(&geometry, 0)) })
    }

    /// The pairs, the first time; nothing later.
    pub fn take_pairs(&mut self) -> Vec<ServerPair> {
        std::mem::take(&mut self.pairs)
    }

    /// How the ring is divided.
    pub fn geometry(&self) -> Geometry {
        self.shared.geometry
    }

    /// The ring's file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Waits for news of any pair: spins, then sleeps on the doorbell for at most `timeout` and
    /// [`WAIT_SLICE`](crate::WAIT_SLICE). `ready` says whether there is something to do: it is asked again and again,
    /// the last time after the flag was raised that makes clients wake the server.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use fishplate_ring::{Options, Ring, ServerPair, Waited};
    /// let mut ring = Ring::create("risk", Options::default())?;
    /// let pairs = ring.take_pairs();
    /// let waited = ring.wait(Duration::from_secs(1), 100, || pairs.iter().any(ServerPair::needs_attention))?;
    /// # Ok::<(), fishplate_ring::RingError>(())
    /// ```
    ///
    /// # Errors
    /// [`RingError::Forked`].
    pub fn wait(&mut self, timeout: Duration, spins: u32, ready: impl FnMut() -> bool) -> Result<Waited, RingError> {
        self.shared.epoch.check()?;
        Ok(self.doorbell.wait(&self.shared.mapping, timeout, spins, ready))
    }

    /// Ends [`Ring::wait`] from another thread.
    pub fn waker(&self) -> Waker {
        self.doorbell.waker(&self.shared)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // Only its own file: the name may have been given to another one by hand. In a child the ring is the parent's.
        if self.shared.epoch.is_now() && is_ours(&self.shared) {
            let _ = fs::remove_file(&self.shared.path);
        }
    }
}

impl ServerPair {
    fn new(shared: &Arc<Shared>, pair: u32) -> Self {
        Self {
            events: Consumer::new(shared.clone(), Lane::events(&shared.geometry, pair), 0),
            decisions: Producer::new(shared.clone(), Lane::decisions(&shared.geometry, pair), 0),
            control: PairControl { shared: shared.clone(), pair, used: false, known: layout::STATE_FREE },
        }
    }

    /// The number of the pair.
    pub fn pair(&self) -> u32 {
        self.control.pair
    }

    /// What the pair is doing now.
    pub fn state(&mut self) -> PairState {
        let control = &mut self.control;
        control.known = control.shared.state(control.pair);
        control.used |= control.known != layout::STATE_FREE;
        match control.known {
            layout::STATE_FREE if !control.used => PairState::Free,
            layout::STATE_CLAIMED => PairState::Claimed,
            _ => PairState::Closing,
        }
    }

    /// Whether there is an event to peek, or the state is another one than [`ServerPair::state`] said last. A load or
    /// two; no system call, so it does not tell that a client was killed.
    pub fn needs_attention(&self) -> bool {
        let state = self.control.shared.state(self.control.pair);
        state != self.control.known || (state != layout::STATE_FREE && self.events.is_ready())
    }

    /// Whether the pair's client lives: asked of the kernel, by the client's lock. One system call.
    ///
    /// # Errors
    /// [`RingError::Forked`], [`RingError::Io`].
    pub fn client_alive(&self) -> Result<bool, RingError> {
        self.control.shared.is_locked(layout::LOCK_PAIRS + u64::from(self.control.pair))
    }

    /// Makes the pair clean and free for the next client. `Ok(false)`: its client lives, and nothing was changed.
    ///
    /// Frames that the client committed and the server did not peek are lost: peek them first. What it was writing when
    /// it was killed does not count.
    ///
    /// # Errors
    /// As [`ServerPair::client_alive`].
    pub fn reset(&mut self) -> Result<bool, RingError> {
        if self.client_alive()? {
            return Ok(false);
        }
        self.events.restart();
        self.decisions.restart();
        self.control.used = false;
        self.control.known = layout::STATE_FREE;
        self.control.shared.set_state(self.control.pair, layout::STATE_FREE);
        Ok(true)
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PairControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairControl").field("pair", &self.pair).field("used", &self.used).finish_non_exhaustive()
    }
}

/// Whether the name still belongs to the file that we made.
fn is_ours(shared: &Shared) -> bool {
    let at_name = file::open(&shared.path, false).ok().flatten().and_then(|file| file.metadata().ok());
    match (at_name, shared.locks.metadata()) {
        (Some(at_name), Ok(ours)) => file::same(&at_name, &ours),
        _ => false,
    }
}

/// Makes the file of a ring under a temporary name: whole and locked before anybody can find it.
fn make(path: &Path, geometry: &Geometry) -> Result<(Mapping, LockFile), RingError> {
    let Some(file) = file::open(path, true)? else {
        return Err(RingError::io("create", path, io::ErrorKind::NotFound.into()));
    };
    let found = file::owned(&file, path)?;
    let Some(locks) = file::open_locks(path, &found)? else {
        return Err(RingError::io("create", path, io::Error::other("it was replaced")));
    };
    if !locks.try_lock(layout::LOCK_SERVER).map_err(|error| RingError::io("lock", path, error))? {
        return Err(RingError::io("lock", path, io::Error::other("another process has it")));
    }
    sys::reserve(&file, geometry.file_bytes()).map_err(|error| {
        if sys::is_no_space(&error) { file::no_room(geometry) } else { RingError::io("reserve", path, error) }
    })?;
    let mapping = file::map(&file, geometry, path)?;
    write_header(&mapping, geometry);
    Ok((mapping, locks))
}

fn write_header(mapping: &Mapping, geometry: &Geometry) {
    let u32_fields = [
        (layout::HEADER_VERSION, layout::VERSION),
        (layout::HEADER_SIZE, layout::HEADER_BYTES),
        (layout::HEADER_PAIRS, geometry.pairs()),
        (layout::HEADER_LANE_BYTES, geometry.lane_bytes()),
        (layout::HEADER_SERVER_PID, std::process::id()),
    ];
    for (at, value) in u32_fields {
        mapping.u32_at(at as usize).store(value, Ordering::Relaxed);
    }
    mapping.u64_at(layout::HEADER_FILE_BYTES as usize).store(geometry.file_bytes(), Ordering::Relaxed);
    mapping.u64_at(layout::HEADER_MAGIC as usize).store(layout::MAGIC, Ordering::Release);
}

/// Refuses early, before memory is taken; [`install`] asks again.
fn refuse_served(name: &RingName) -> Result<(), RingError> {
    let path = name.path();
    match file::open_twice(&path)? {
        Some((_, _, locks)) if file::is_locked(&locks, layout::LOCK_SERVER, &path)? => {
            Err(RingError::AlreadyServed { name: name.as_str().into() })
        }
        _ => Ok(()),
    }
}

/// Gives the finished file its name: as a new name, or in the place of a dead server's file.
///
/// Two servers that start at once must not both believe that the name is theirs: a new name is made by a link, which
/// fails if it is there; an old one is replaced only under the old file's takeover lock, while the name is still that
/// file's.
fn install(name: &RingName, temporary: &Path) -> Result<(), RingError> {
    let path = name.path();
    let served = || RingError::AlreadyServed { name: name.as_str().into() };
    for _ in 0..16 {
        match fs::hard_link(temporary, &path) {
            Ok(()) => return fs::remove_file(temporary).map_err(|error| RingError::io("rename", temporary, error)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(RingError::io("name", &path, error)),
        }
        let Some((_, found, old)) = file::open_twice(&path)? else { continue };
        if file::is_locked(&old, layout::LOCK_SERVER, &path)? {
            return Err(served());
        }
        if !old.try_lock(layout::LOCK_TAKEOVER).map_err(|error| RingError::io("lock", &path, error))? {
            return Err(served());
        }
        let now = file::open(&path, false)?.map(|file| file::owned(&file, &path)).transpose()?;
        if now.is_some_and(|now| file::same(&now, &found)) {
            return fs::rename(temporary, &path).map_err(|error| RingError::io("rename", temporary, error));
        }
    }
    Err(served())
}

/// Removes what servers of this name left that were killed while they made their file. Its maker holds the lock.
fn sweep(name: &RingName) {
    let prefix = name.temporary_prefix();
    let Ok(entries) = fs::read_dir(layout::DIRECTORY) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix)
            && let Ok(Some((_, _, locks))) = file::open_twice(&entry.path())
            && matches!(locks.is_locked(layout::LOCK_SERVER), Ok(false))
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}
