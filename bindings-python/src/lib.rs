//! The native half of the Python wheel: the module `fishplate._native`.
//!
//! It translates and calls: the objects, the guard around every entry, the counters and the fork guard are the
//! boundary's; deciding is the core's. What may never happen here: logic.
//!
//! How locks and the GIL stand to each other is written down in `deciding.rs`.

mod command_line;
mod current_trace;
mod deciding;
mod decision;
mod engine;
mod entry;
mod errors;
mod events;
mod library;
mod plain;
mod rule_set;
mod session;
mod state;
mod times;
mod trace;
mod unpickle;
mod values_in;
mod values_out;

use pyo3::prelude::*;

/// The native half of `fishplate`. Import `fishplate` instead.
#[pymodule]
mod _native {
    use super::*;

    #[pymodule_export]
    use super::command_line::run_command_line;
    #[pymodule_export]
    use super::decision::PyDecision;
    #[pymodule_export]
    use super::engine::PyEngine;
    #[pymodule_export]
    use super::library::{explain_error, limits_table, live_objects};
    #[pymodule_export]
    use super::rule_set::PyRuleSet;
    #[pymodule_export]
    use super::session::{PySession, session_options_table};
    #[pymodule_export]
    use super::times::{PyDuration, PyTimestamp};
    #[pymodule_export]
    use super::trace::PyTraceContext;
    #[pymodule_export]
    use super::unpickle::decision_from_parts;

    #[cfg(feature = "fault-injection")]
    #[pymodule_export]
    use super::entry::arm_fault;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
