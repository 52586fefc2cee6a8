//! A writer of many events (the layout `batch in`) into memory of the caller.

use crate::generated::entries::FishplateStatus;
use crate::support::{pure, tell, trace_of};
use crate::types::{FishplateBytes, FishplateTrace};

/// Many events on their way. Its members are the writer's own.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct FishplateBatch {
    /// Memory of the caller.
    pub data: *mut u8,
    /// Its size.
    pub capacity: usize,
    /// Bytes written, or, if more than `capacity`, bytes needed.
    pub size: usize,
    /// How many events there are.
    pub count: u32,
    /// Whether an event was larger than a batch can hold.
    pub misused: u32,
}

impl FishplateBatch {
    fn put(&mut self, at: usize, bytes: &[u8]) {
        if bytes.len() > self.capacity || at > self.capacity - bytes.len() {
            return;
        }
        // SAFETY: within the capacity, which the caller gave with the memory; `bytes` may lie in that memory too,
        // therefore `copy` and not `copy_nonoverlapping`.
        unsafe { std::ptr::copy(bytes.as_ptr(), self.data.add(at), bytes.len()) };
    }

    fn push(&mut self, bytes: &[u8]) {
        self.put(self.size, bytes);
        self.size = self.size.saturating_add(bytes.len());
    }
}

/// Begins a batch in `capacity` bytes at `data`. `batch` need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_batch_begin(batch: *mut FishplateBatch, data: *mut u8, capacity: usize) {
    let capacity = if data.is_null() { 0 } else { capacity };
    // SAFETY: the caller's promise.
    unsafe { tell(batch, FishplateBatch { data, capacity, size: 4, count: 0, misused: 0 }) };
}

/// Adds an event; `trace` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_batch_add(
    batch: *mut FishplateBatch,
    event: *const u8,
    event_size: usize,
    trace: *const FishplateTrace,
) {
    pure((), || {
        // SAFETY: the caller's promises.
        let (batch, event, trace) = unsafe {
            let event = FishplateBytes { data: event, size: event_size }.get();
            (batch.as_mut()?, event, trace_of(trace))
        };
        let Ok(size) = u32::try_from(event.len()) else {
            batch.misused = 1;
            return None;
        };
        batch.push(&[u8::from(trace.is_some())]);
        batch.push(&trace.map_or([0; 25], |trace| trace.to_bytes()));
        batch.push(&size.to_le_bytes());
        batch.push(event);
        batch.count += 1;
        Some(())
    });
}

/// Ends the batch. OK: `bytes` is what `fishplate_decide_all` takes. OUT_OF_RANGE: the memory is too small,
/// `batch->size` bytes are needed. INVALID_ARGUMENT: an event has 4 GiB or more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_batch_finish(
    batch: *mut FishplateBatch,
    bytes: *mut FishplateBytes,
) -> FishplateStatus {
    pure(FishplateStatus::InvalidArgument, || {
        // SAFETY: the caller's promise.
        let batch = unsafe { batch.as_mut() }.filter(|batch| batch.misused == 0)?;
        if batch.size > batch.capacity {
            return Some(FishplateStatus::OutOfRange);
        }
        batch.put(0, &batch.count.to_le_bytes());
        // SAFETY: the caller's promise.
        unsafe { tell(bytes, FishplateBytes { data: batch.data, size: batch.size }) };
        Some(FishplateStatus::Ok)
    })
}
