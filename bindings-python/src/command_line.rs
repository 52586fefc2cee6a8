//! The command line that the wheel carries: the program `fishplate`, as a function. Knows nothing of its commands.

use std::ffi::OsString;

use pyo3::prelude::*;

use crate::entry::enter;

/// Runs the command line on `args` (the first is the program's name) and gives its exit code. Releases the GIL.
#[pyfunction]
pub(crate) fn run_command_line(py: Python<'_>, args: Vec<OsString>) -> PyResult<i32> {
    enter(py, "run_command_line", || Ok(py.detach(|| fishplate_server::main_with(args))))
}
