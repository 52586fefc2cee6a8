//! The client's side: attach to a ring by its name, and claim a pair of it. It decides nothing about frames.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::RingError;
use crate::consumer::Consumer;
use crate::file;
use crate::fork::{Epoch, LockFile};
use crate::layout::{self, FRAME_HEADER_BYTES, Geometry};
use crate::mapping::Mapping;
use crate::name::RingName;
use crate::producer::Producer;
use crate::shared::{Lane, Shared};

/// How long an attaching client waits for the server to clean a pair whose client has gone.
const CLEANING_MAX: Duration = Duration::from_secs(1);
const CLEANING_STEP: Duration = Duration::from_millis(2);

/// A client's claim of one pair: the end that writes events, the end that reads decisions, and the link.
///
/// The pair is given back when the attachment, or the last of its three parts and their wakers, is dropped.
#[derive(Debug)]
pub struct Attachment {
    /// The writing end of the event lane.
    pub events: Producer,
    /// The reading end of the decision lane.
    pub decisions: Consumer,
    /// What is known of the other side.
    pub link: Link,
}

/// What a client knows of its ring beside the lanes. Any thread may ask it.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
    pair: u32,
}

impl Attachment {
    /// Attaches to the ring of this name and claims a pair. If every pair is taken, but some by clients that have gone,
    /// it waits up to a second for the server to clean one.
    ///
    /// # Errors
    /// [`RingError::InvalidName`], [`RingError::NotFound`], [`RingError::PermissionDenied`], [`RingError::Version`],
    /// [`RingError::Corrupt`], [`RingError::AllPairsTaken`], [`RingError::TooMany`], [`RingError::NoSpace`],
    /// [`RingError::Unsupported`], [`RingError::Io`].
    pub fn attach(name: &str) -> Result<Self, RingError> {
        let (shared, pair) = claim(name)?;
        let (events, decisions) = start(&shared.mapping, &shared.geometry, pair)?;
        Ok(Self {
            events: Producer::new(shared.clone(), Lane::events(&shared.geometry, pair), events),
            decisions: Consumer::new(shared.clone(), Lane::decisions(&shared.geometry, pair), decisions),
            link: Link { shared, pair },
        })
    }

    /// Its three parts, for threads of their own.
    pub fn into_parts(self) -> (Producer, Consumer, Link) {
        (self.events, self.decisions, self.link)
    }

    /// Whether the server lives: [`Link::server_alive`].
    ///
    /// # Errors
    /// As [`Link::server_alive`].
    pub fn server_alive(&self) -> Result<bool, RingError> {
        self.link.server_alive()
    }

    /// The number of the pair.
    pub fn pair(&self) -> u32 {
        self.link.pair
    }
}

impl Link {
    /// Whether the server lives: asked of the kernel, by the server's lock. One system call.
    ///
    /// # Errors
    /// [`RingError::Forked`], [`RingError::Io`].
    pub fn server_alive(&self) -> Result<bool, RingError> {
        self.shared.is_locked(layout::LOCK_SERVER)
    }

    /// The number of the pair.
    pub fn pair(&self) -> u32 {
        self.pair
    }

    /// How the ring is divided.
    pub fn geometry(&self) -> Geometry {
        self.shared.geometry
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("path", &self.shared.path).field("pair", &self.pair).finish()
    }
}

/// Opens the ring and claims a pair: the lock is taken, the state says so, and the server was told.
pub(crate) fn claim(name: &str) -> Result<(Arc<Shared>, u32), RingError> {
    file::supported()?;
    let name = RingName::new(name)?;
    let path = name.path();
    let epoch = Epoch::now();
    let (file, geometry, locks) = file::open_served(&name)?;
    let mapping = file::map(&file, &geometry, &path)?;
    let mut shared = Shared { mapping, geometry, path, epoch, locks, claim: None };
    let until = Instant::now() + CLEANING_MAX;
    loop {
        let mut cleaning = false;
        for pair in 0..geometry.pairs() {
            match try_claim(&shared.locks, &shared.mapping, &geometry, pair) {
                Ok(Try::Claimed) => {
                    shared.claim = Some(pair);
                    shared
                        .mapping
                        .u32_at(geometry.control(pair) + layout::CONTROL_CLIENT_PID as usize)
                        .store(std::process::id(), Ordering::Relaxed);
                    shared.set_state(pair, layout::STATE_CLAIMED);
                    shared.ring_doorbell();
                    return Ok((Arc::new(shared), pair));
                }
                Ok(Try::Cleaning) => cleaning = true,
                Ok(Try::Taken) => {}
                Err(error) => return Err(RingError::io("lock", &shared.path, error)),
            }
        }
        if !shared.is_locked(layout::LOCK_SERVER)? {
            return Err(RingError::NotFound { name: name.as_str().into(), left_behind: true });
        }
        if !cleaning || Instant::now() >= until {
            return Err(RingError::AllPairsTaken { pairs: geometry.pairs() });
        }
        shared.ring_doorbell();
        std::thread::sleep(CLEANING_STEP);
    }
}

enum Try {
    Claimed,
    /// A client has it.
    Taken,
    /// Its client has gone, and the server has not cleaned it yet.
    Cleaning,
}

fn try_claim(locks: &LockFile, mapping: &Mapping, geometry: &Geometry, pair: u32) -> std::io::Result<Try> {
    let byte = layout::LOCK_PAIRS + u64::from(pair);
    let state = || mapping.u32_at(geometry.control(pair) + layout::CONTROL_STATE as usize).load(Ordering::Acquire);
    if state() != layout::STATE_FREE {
        return Ok(if locks.is_locked(byte)? { Try::Taken } else { Try::Cleaning });
    }
    if !locks.try_lock(byte)? {
        return Ok(Try::Cleaning); // Another client claims it just now, or has said goodbye and still holds the lock.
    }
    // The state may have been another client's whole life ago; under the lock it holds.
    if state() == layout::STATE_FREE && start(mapping, geometry, pair).is_ok() {
        return Ok(Try::Claimed);
    }
    locks.unlock(byte)?;
    Ok(Try::Taken)
}

/// Where the two lanes of a free pair begin: its event producer and its decision consumer.
pub(crate) fn start(mapping: &Mapping, geometry: &Geometry, pair: u32) -> Result<(u64, u64), RingError> {
    let begin = |lane: Lane| {
        let consumed = mapping.u64_at(lane.consumed).load(Ordering::Acquire);
        let corrupt = |what| RingError::Corrupt { what, position: consumed };
        if consumed > layout::POSITION_MAX || !consumed.is_multiple_of(u64::from(FRAME_HEADER_BYTES)) {
            return Err(corrupt("a position that no server wrote"));
        }
        Ok(consumed)
    };
    let lane = Lane::events(geometry, pair);
    let events = begin(lane)?;
    let published = mapping.u64_at(lane.published).load(Ordering::Acquire);
    if published != events || mapping.u64_at(lane.at(events)).load(Ordering::Acquire) != 0 {
        return Err(RingError::Corrupt { what: "a free lane that is not empty", position: events });
    }
    Ok((events, begin(Lane::decisions(geometry, pair))?))
}
