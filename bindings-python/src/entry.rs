//! The one way in: every entry that Python calls runs behind the boundary's guard, so that a panic becomes INTERNAL
//! (F0901) and the host goes on. Knows no operation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fishplate_boundary::{fault, guard};
use pyo3::prelude::*;

use crate::errors::to_py_err;

/// Runs the body of the operation `name`; a name of the boundary's table, where it has one.
///
/// A panic inside `py.detach` is attached again on its way here, and one inside an engine has broken that engine.
pub(crate) fn enter<R>(py: Python<'_>, name: &str, body: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    guard::quiet_panics();
    let run = AssertUnwindSafe(|| {
        fault::point(name);
        body()
    });
    catch_unwind(run).unwrap_or_else(|panic| Err(to_py_err(py, &guard::internal(&*panic))))
}

/// Makes the `nth` pass (from 1) through `place` panic, once: an operation's name, or `engine`.
#[cfg(feature = "fault-injection")]
#[pyfunction(name = "_arm_fault")]
pub(crate) fn arm_fault(place: &str, nth: u32) {
    fault::arm(place, nth);
}
