//! A writer of events that bring features (the layout `featured`) into memory of the caller.

use crate::generated::entries::FishplateStatus;
use crate::support::{pure, tell};
use crate::types::FishplateBytes;

/// The bytes that say how long the features are.
const LENGTH: usize = 4;

/// Puts features before an event, in `capacity` bytes at `data`, which may overlap neither. OK: `bytes` is what
/// `fishplate_decide` and every other function that takes an event takes, with FISHPLATE_FORMAT_WITH_FEATURES added to the
/// event's form. OUT_OF_RANGE: the memory is too small, `bytes->size` bytes are needed. INVALID_ARGUMENT: the features
/// have 4 GiB or more.
///
/// - `features`: values by the names of the features that the rule set declares as supplied: what
///   `fishplate_fields_finish` gave; no bytes mean no features
/// - `event`: the event in any form
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fishplate_with_features(
    features: *const u8,
    features_size: usize,
    event: *const u8,
    event_size: usize,
    data: *mut u8,
    capacity: usize,
    bytes: *mut FishplateBytes,
) -> FishplateStatus {
    pure(FishplateStatus::InvalidArgument, || {
        // SAFETY: the caller's promises.
        let (features, event) = unsafe {
            (
                FishplateBytes { data: features, size: features_size }.get(),
                FishplateBytes { data: event, size: event_size }.get(),
            )
        };
        let length = u32::try_from(features.len()).ok()?;
        let size = LENGTH.checked_add(features.len())?.checked_add(event.len())?;
        if data.is_null() || size > capacity {
            // SAFETY: the caller's promise.
            unsafe { tell(bytes, FishplateBytes { data: std::ptr::null(), size }) };
            return Some(FishplateStatus::OutOfRange);
        }
        let mut at = 0;
        for part in [&length.to_le_bytes()[..], features, event] {
            // SAFETY: within `capacity` bytes at `data`, by the check above; `copy`, should the parts overlap after all.
            unsafe { std::ptr::copy(part.as_ptr(), data.add(at), part.len()) };
            at += part.len();
        }
        // SAFETY: the caller's promise.
        unsafe { tell(bytes, FishplateBytes { data, size }) };
        Some(FishplateStatus::Ok)
    })
}
