//! Where a direct buffer of Java's lies: the one native method that the table of operations does not have.
//! Java asks once for each buffer; every other call then hands over numbers. This file keeps no address.

use jni::sys::{JNIEnv, jclass, jlong, jobject};

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
