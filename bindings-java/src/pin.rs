//! Keeps this library loaded for as long as the process lives. The thread behind sessions over gRPC never ends, and a JVM
//! unloads a library together with the class loader that loaded it: the thread would run code that is gone.

use std::ffi::c_void;
use std::ptr;

use jni::sys::{JNIEnv, jboolean, jclass};

/// `dev.fishplate.NativeLibrary.pin()`: whether it is kept.
///
/// # Safety
/// Called by the JVM only.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn Java_dev_fishplate_NativeLibrary_pin(_env: *mut JNIEnv, _class: jclass) -> jboolean {
    let here = Java_dev_fishplate_NativeLibrary_pin as *const c_void;
    let mut found = libc::Dl_info {
        dli_fname: ptr::null(),
        dli_fbase: ptr::null_mut(),
        dli_sname: ptr::null(),
        dli_saddr: ptr::null_mut(),
    };
    // SAFETY: `here` is an address of this library, and `found` may be written.
    let is_known = unsafe { libc::dladdr(here, &mut found) } != 0 && !found.dli_fname.is_null();
    if !is_known {
        return false;
    }
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: the name is a text of the loader's own that lives while the library does; nothing is loaded or run, since the
    // library is there already.
    let kept = unsafe { libc::dlopen(found.dli_fname, flags) };
    !kept.is_null()
}
