//! Handles: numbers that name objects, and that are checked whenever they are used.
//!
//! ```text
//! bits   63..60  59..48             47..24      23..0
//!        type    tag of the copy    generation  slot
//! ```
//!
//! A handle of another kind, of another copy of the library (a wheel, a JAR, a second class loader), of a closed
//! object, or one that was never given is refused, and never reaches memory that is gone. A slot is used again with
//! the next generation; one whose generation would wrap is retired. The objects live in `arc_swap` slots: a use is a
//! hazard slot of its thread (nested for re-entry), no counter that threads fight over; closing empties the slot, and
//! the last user frees. Why it is done so: `docs/decisions/0003-handles.md`.
//!
//! Nothing here takes a lock, so that the child of a fork can never find one held.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use fishplate::{Error, Place, Status, codes};

use crate::objects::{EngineObject, RuleSetObject, closed};
use crate::rings::RingObject;
use crate::sessions::SessionObject;
use crate::storage::null;
use crate::table::Object;

/// A handle; 0 is none.
pub type Handle = u64;

const SLOT_BITS: u32 = 24;
const GENERATION_BITS: u32 = 24;
const TAG_BITS: u32 = 12;
const TAG_SHIFT: u32 = SLOT_BITS + GENERATION_BITS;
const TYPE_SHIFT: u32 = TAG_SHIFT + TAG_BITS;
const SLOT_MASK: u64 = (1 << SLOT_BITS) - 1;
const GENERATION_MAX: u32 = (1 << GENERATION_BITS) - 1;
const TAG_MASK: u64 = (1 << TAG_BITS) - 1;

/// An object that a handle names.
#[derive(Debug)]
pub(crate) enum Held {
    RuleSet(Arc<RuleSetObject>),
    Engine(Arc<EngineObject>),
    Session(Arc<SessionObject>),
    Ring(Arc<RingObject>),
}

/// What a slot holds: the object, and the whole handle by which it may be reached.
#[derive(Debug)]
pub(crate) struct Entry {
    handle: Handle,
    held: Held,
}

type Guarded = Guard<Option<Arc<Entry>>>;

/// An object in use: it stays alive until this is dropped.
pub(crate) struct Using(Guarded);

impl Using {
    /// The rule set, if the handle is checked to be one.
    pub(crate) fn rule_set(&self) -> Option<&Arc<RuleSetObject>> {
        if let Held::RuleSet(object) = &self.0.as_ref()?.held { Some(object) } else { None }
    }

    /// The engine, if the handle is checked to be one.
    pub(crate) fn engine(&self) -> Option<&Arc<EngineObject>> {
        if let Held::Engine(object) = &self.0.as_ref()?.held { Some(object) } else { None }
    }

    /// The session, if the handle is checked to be one.
    pub(crate) fn session(&self) -> Option<&Arc<SessionObject>> {
        if let Held::Session(object) = &self.0.as_ref()?.held { Some(object) } else { None }
    }

    /// The place in a ring, if the handle is checked to be one.
    pub(crate) fn ring(&self) -> Option<&Arc<RingObject>> {
        if let Held::Ring(object) = &self.0.as_ref()?.held { Some(object) } else { None }
    }
}

/// Gives `held` a handle.
///
/// # Errors
/// `RESOURCE_EXHAUSTED`: every one of 16 million slots is in use or retired.
pub(crate) fn insert(held: Held) -> Result<Handle, Error> {
    let kind = match held {
        Held::RuleSet(_) => Object::RuleSet,
        Held::Engine(_) => Object::Engine,
        Held::Session(_) => Object::Session,
        Held::Ring(_) => Object::Ring,
    };
    let (at, slot) = TABLE.take_slot().ok_or_else(exhausted)?;
    // Only this thread has the slot until the store below, and its generation is below the maximum: see `close`.
    let generation = slot.generation.load(Ordering::Relaxed) + 1;
    slot.generation.store(generation, Ordering::Release);
    let handle = compose(kind, generation, at);
    slot.object.store(Some(Arc::new(Entry { handle, held })));
    Ok(handle)
}

/// The object of `handle`, which must be of `kind`.
///
/// # Errors
/// `FAILED_PRECONDITION`: closed (F0801), closed and its place used again (F0802), of another kind (F0803), of another
/// copy of the library or no handle at all (F0804). `INVALID_ARGUMENT`: 0 (F0807).
pub(crate) fn lookup(handle: Handle, kind: Object) -> Result<Using, Error> {
    if handle >> TYPE_SHIFT == kind as u64
        && tag_of(handle) == own_tag()
        && let Some(slot) = TABLE.slot(slot_of(handle))
    {
        let guard = slot.object.load();
        if guard.as_ref().is_some_and(|entry| entry.handle == handle) {
            return Ok(Using(guard));
        }
    }
    Err(refusal(handle, Some(kind)))
}

/// Closes the object of `handle`. Closing what is closed changes nothing.
///
/// # Errors
/// As [`lookup`], but never for an object that is closed; and F0805 for one that was made before this process forked.
pub(crate) fn close(handle: Handle) -> Result<(), Error> {
    let given = tag_of(handle) == own_tag() && Object::from_number((handle >> TYPE_SHIFT) as u32).is_some();
    let Some(slot) = TABLE.slot(slot_of(handle)).filter(|_| given) else { return Err(refusal(handle, None)) };
    let guard = slot.object.load();
    let Some(entry) = guard.as_ref().filter(|entry| entry.handle == handle) else {
        let error = refusal(handle, None);
        let already = error.code() == codes::CLOSED || error.code() == codes::STALE_HANDLE;
        return if already { Ok(()) } else { Err(error) };
    };
    match &entry.held {
        Held::RuleSet(rule_set) => rule_set.rule_set().map(drop)?,
        Held::Engine(engine) => {
            engine.check_fork()?;
            engine.close();
        }
        Held::Session(session) => session.close()?,
        Held::Ring(ring) => ring.close()?,
    }
    // Only one of several threads that close takes the object out, and it is never another one's: the comparison is
    // by pointer, and the guard keeps this pointer from being used for anything else.
    let before = slot.object.compare_and_swap(&*guard, None);
    let was_mine = before.as_ref().is_some_and(|before| Arc::ptr_eq(before, entry));
    if was_mine && generation_of(handle) < GENERATION_MAX {
        TABLE.give_back(slot_of(handle), slot);
    }
    Ok(())
}

/// Why `handle` cannot be used.
#[cold]
fn refusal(handle: Handle, kind: Option<Object>) -> Error {
    if handle == 0 {
        return null("handle");
    }
    let found = Object::from_number((handle >> TYPE_SHIFT) as u32);
    let slot = TABLE.slot(slot_of(handle));
    let last = slot.map_or(0, |slot| slot.generation.load(Ordering::Acquire));
    let generation = generation_of(handle);
    let (Some(found), true, true) = (found, tag_of(handle) == own_tag(), generation != 0 && generation <= last) else {
        let message = "the handle was not given by this copy of the library";
        return Error::new(Status::FailedPrecondition, codes::FOREIGN_HANDLE, message, Place::None);
    };
    if let Some(kind) = kind.filter(|kind| *kind != found) {
        let message = format!("the handle is of the kind `{}`, and `{}` is needed", found.name(), kind.name());
        return Error::new(Status::FailedPrecondition, codes::WRONG_HANDLE, message, Place::None);
    }
    if generation == last {
        return closed(found);
    }
    let message = format!("the {} is closed, and its place has been used again", found.name());
    Error::new(Status::FailedPrecondition, codes::STALE_HANDLE, message, Place::None)
}

#[cold]
fn exhausted() -> Error {
    let message = "no more objects can be made: 16,777,216 handles are in use or retired";
    Error::new(Status::ResourceExhausted, codes::TOO_MANY_WAITING, message, Place::None)
}

fn compose(kind: Object, generation: u32, slot: u32) -> Handle {
    (kind as u64) << TYPE_SHIFT | own_tag() << TAG_SHIFT | u64::from(generation) << SLOT_BITS | u64::from(slot)
}

fn slot_of(handle: Handle) -> u32 {
    (handle & SLOT_MASK) as u32
}

fn generation_of(handle: Handle) -> u32 {
    (handle >> SLOT_BITS) as u32 & GENERATION_MAX
}

fn tag_of(handle: Handle) -> u64 {
    handle >> TAG_SHIFT & TAG_MASK
}

/// The tag of this copy of the library: from where the system put it, so that two copies in one process differ (but
/// for one chance in 4,095).
fn own_tag() -> u64 {
    static TAG: AtomicU64 = AtomicU64::new(0);
    let tag = TAG.load(Ordering::Relaxed);
    if tag != 0 {
        return tag;
    }
    // Copies lie on pages of their own: the page's number, mixed (by the golden ratio) into the uppermost bits.
    let page = (&raw const TAG as u64) >> 12;
    let tag = (page.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - TAG_BITS)).max(1);
    TAG.store(tag, Ordering::Relaxed);
    tag
}

/// One place for an object.
#[derive(Debug)]
struct Slot {
    object: ArcSwapOption<Entry>,
    /// The generation given last; 0 if none was.
    generation: AtomicU32,
    /// While the slot is free: the next free slot plus one, or 0.
    next_free: AtomicU32,
}

/// Slots in segments that double in size and never move.
struct Table {
    segments: [AtomicPtr<Slot>; SEGMENTS],
    /// How many slots were ever taken.
    used: AtomicU32,
    /// The first free slot plus one (or 0) in the lower half; the upper half counts the changes, so that a list that
    /// changed and changed back is not taken for the same.
    free: AtomicU64,
}

/// Slots of the first segment, as a power of two.
const FIRST_BITS: u32 = 6;
const SEGMENTS: usize = (SLOT_BITS - FIRST_BITS) as usize;

static TABLE: Table = Table {
    segments: [const { AtomicPtr::new(std::ptr::null_mut()) }; SEGMENTS],
    used: AtomicU32::new(0),
    free: AtomicU64::new(0),
};

impl Table {
    /// The slot `at`, if its segment exists.
    fn slot(&self, at: u32) -> Option<&Slot> {
        let (segment, within) = locate(at);
        let start = self.segments.get(segment)?.load(Ordering::Acquire);
        if start.is_null() {
            return None;
        }
        // SAFETY: a segment that is not null has `segment_size` slots, `locate` stays within them, and segments are
        // never freed.
        Some(unsafe { &*start.add(within) })
    }

    /// A slot that nobody uses, with a generation left to give.
    fn take_slot(&self) -> Option<(u32, &Slot)> {
        let mut head = self.free.load(Ordering::Acquire);
        while let Some(at) = (head as u32).checked_sub(1) {
            let slot = self.slot(at)?;
            let next = slot.next_free.load(Ordering::Relaxed);
            match self.free.compare_exchange_weak(head, changed(head, next), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((at, slot)),
                Err(now) => head = now,
            }
        }
        let last = locate_last();
        let at = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| (used <= last).then(|| used + 1));
        let at = at.ok()?;
        self.make_segment(locate(at).0);
        Some((at, self.slot(at)?))
    }

    fn give_back(&self, at: u32, slot: &Slot) {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            slot.next_free.store(head as u32, Ordering::Relaxed);
            match self.free.compare_exchange_weak(head, changed(head, at + 1), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn make_segment(&self, segment: usize) {
        if !self.segments[segment].load(Ordering::Acquire).is_null() {
            return;
        }
        let empty = || Slot {
            object: ArcSwapOption::const_empty(),
            generation: AtomicU32::new(0),
            next_free: AtomicU32::new(0),
        };
        let slots: Box<[Slot]> = std::iter::repeat_with(empty).take(segment_size(segment)).collect();
        let made = Box::into_raw(slots);
        let first = made.cast::<Slot>();
        let null = std::ptr::null_mut();
        if self.segments[segment].compare_exchange(null, first, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: another thread was faster; `made` came from `Box::into_raw` above and nobody saw it.
            drop(unsafe { Box::from_raw(made) });
        }
    }
}

/// `head` with another first slot, and one change more.
fn changed(head: u64, first: u32) -> u64 {
    ((head >> 32).wrapping_add(1) << 32) | u64::from(first)
}

fn segment_size(segment: usize) -> usize {
    1 << (FIRST_BITS as usize + segment)
}

/// The segment of slot `at`, and the place in it.
fn locate(at: u32) -> (usize, usize) {
    let shifted = at as usize + (1 << FIRST_BITS);
    let bits = usize::BITS - 1 - shifted.leading_zeros();
    ((bits - FIRST_BITS) as usize, shifted - (1 << bits))
}

/// The last slot that the segments hold.
fn locate_last() -> u32 {
    (1 << SLOT_BITS) - (1 << FIRST_BITS) - 1
}

#[cfg(test)]
mod tests;
