//! The log: what happens to the server and its sessions, on standard error. Never what is in an event: no line carries
//! a field, an output or the text of an error that quotes one. Knows levels and forms.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use super::config::LogFormat;

/// Begins to log. In a process that logs already (a program that runs the command line inside itself, twice) the first
/// log stays.
pub(super) fn start(level: LevelFilter, format: LogFormat) {
    // The libraries below speak of bytes and frames at their finer levels; what they warn of is for the operator.
    let targets = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("fishplate", level);
    // What cannot be written to standard error cannot be told anywhere.
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false).log_internal_errors(false);
    let layer = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let _ = tracing_subscriber::registry().with(layer.with_filter(targets)).try_init();
}
