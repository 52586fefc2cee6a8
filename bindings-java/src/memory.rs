//! What concerns Java's own memory, and so has no row in the table of operations: where a direct buffer lies, and results
//! that go into an array. Java asks for an address once for each buffer; every other call then hands over numbers. This
//! file keeps no address.

use fishplate_boundary::storage::Storage;
use fishplate_boundary::{guard, ops};
use jni::sys::{JNIEnv, jbyte, jbyteArray, jclass, jlong, jobject, jsize};

/// No JVM makes larger arrays of bytes.
const ARRAY_MAX: usize = jsize::MAX as usize - 8;

/// How much is copied at once: between two pieces the JVM may collect.
const PIECE: usize = 1 << 20;

/// `dev.fishplate.Memory.addressOf(ByteBuffer)`: the address of its first byte, or 0 if it is not a direct buffer.
///
/// # Safety
/// Called by the JVM only: `env` is the environment of the calling thread, `buffer` a reference that lives during
/// the call, or null.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn Java_dev_fishplate_Memory_addressOf(
    env: *mut JNIEnv,
    _class: jclass,
    buffer: jobject,
) -> jlong {
    if buffer.is_null() {
        return 0;
    }
    // SAFETY: the JVM gives a valid environment whose table has JNI 1.4, and a reference that lives during the call.
    // The function raises no exception and may be called in any state; it gives null for what is no direct buffer.
    let address = unsafe { ((**env).v1_4.GetDirectBufferAddress)(env, buffer) };
    address as jlong
}

/// `dev.fishplate.Memory.take(..)`: the result that waits under a ticket, as an array of its size, from which it is copied
/// once. Null with an error record in the storage, and its size at `reply`; or null with Java's `OutOfMemoryError`, the
/// result then being lost: no memory of the host's is left behind that nobody would ask for.
///
/// # Safety
/// Called by the JVM only: `storage` is the address of `capacity` bytes, `reply` that of 16 bytes; both may be written, and
/// nothing else reads or writes them during the call.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn Java_dev_fishplate_Memory_take(
    env: *mut JNIEnv,
    _class: jclass,
    engine: jlong,
    ticket: jlong,
    storage: jlong,
    capacity: jlong,
    reply: jlong,
) -> jbyteArray {
    // SAFETY: by the contract of this function.
    let memory = unsafe { Storage::new(storage as *mut u8, usize::try_from(capacity).unwrap_or(0)) };
    let mut taken = None;
    let outcome = guard::enter("take_waiting", memory, |_| {
        taken = Some(ops::take_waiting(engine as u64, ticket as u64, ARRAY_MAX)?);
        Ok(())
    });
    // SAFETY: by the contract of this function.
    unsafe { (reply as *mut [u64; 2]).write_unaligned([outcome.size, outcome.value]) };
    match taken {
        // SAFETY: the JVM gives the environment of this thread.
        Some(result) => unsafe { array(env, &result) },
        None => std::ptr::null_mut(),
    }
}

/// A new array of Java's with these bytes, at most [`ARRAY_MAX`]; null with an exception if there is no room for it.
///
/// # Safety
/// `env` is the environment of the calling thread, in which no exception is pending.
unsafe fn array(env: *mut JNIEnv, bytes: &[u8]) -> jbyteArray {
    // SAFETY: by the contract of this function; the size is not above `jsize`'s.
    let array = unsafe { ((**env).v1_1.NewByteArray)(env, bytes.len() as jsize) };
    if array.is_null() {
        return array;
    }
    for (at, piece) in bytes.chunks(PIECE).enumerate() {
        let (start, size) = ((at * PIECE) as jsize, piece.len() as jsize);
        let from = piece.as_ptr().cast::<jbyte>();
        // SAFETY: the array was made just now with as many bytes as there are in all, so the piece lies within it.
        unsafe { ((**env).v1_1.SetByteArrayRegion)(env, array, start, size, from) };
    }
    array
}
