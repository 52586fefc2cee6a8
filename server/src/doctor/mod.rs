//! `fishplate doctor`: what is here, what each language needs and how to get what is missing. Knows the parts and how a
//! finding is shown; the files beside it look.

mod ask;
mod journeys;
mod languages;
mod machine;

use clap::ValueEnum;

use crate::cli::DoctorArgs;
use crate::console::{Console, Exit};
use crate::json;

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// This program and the machine.
    Program,
    /// Python and the wheel.
    Python,
    /// Java and the JAR.
    Java,
    /// A C compiler, the header and the library.
    C,
    /// Shared memory, and the rings in it.
    Ring,
    /// Serving gRPC on this machine.
    Grpc,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Python => "python",
            Self::Java => "java",
            Self::C => "c",
            Self::Ring => "ring",
            Self::Grpc => "grpc",
        }
    }

    fn look(self) -> Vec<Finding> {
        match self {
            Self::Program => machine::program(),
            Self::Python => languages::python(),
            Self::Java => languages::java(),
            Self::C => languages::c(),
            Self::Ring => machine::ring(),
            Self::Grpc => machine::grpc(),
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    what: &'static str,
    state: State,
    /// What was found, or what is wrong.
    detail: String,
    /// How to get it, if it is missing.
    how: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    Missing,
    /// Neither: something to know.
    Note,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Note => "note",
        }
    }
}

impl Finding {
    fn ok(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, state: State::Ok, detail: detail.into(), how: None }
    }

    fn note(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, state: State::Note, detail: detail.into(), how: None }
    }

    fn missing(what: &'static str, detail: impl Into<String>, how: impl Into<String>) -> Self {
        Self { what, state: State::Missing, detail: detail.into(), how: Some(how.into()) }
    }
}

/// Carries the command out: looks at the parts that were named, or at all.
pub(crate) fn doctor(args: &DoctorArgs, console: &Console) -> Exit {
    let parts = if args.parts.is_empty() { Part::value_variants() } else { &args.parts };
    let mut exit = Exit::Done;
    for part in parts {
        // Shown part by part: some of the looking takes a moment.
        for finding in part.look() {
            if finding.state == State::Missing {
                exit = Exit::Failed;
            }
            console.print(&if console.json() { json_line(*part, &finding) } else { text_line(*part, &finding) });
        }
    }
    exit
}

fn text_line(part: Part, finding: &Finding) -> Vec<u8> {
    let Finding { what, state, detail, how } = finding;
    let mut line = format!("{:<8}{:<9}{what}: {detail}\n", part.name(), state.name());
    if let Some(how) = how {
        line.push_str(&format!("{:<17}{how}\n", ""));
    }
    line.into_bytes()
}

fn json_line(part: Part, finding: &Finding) -> Vec<u8> {
    let mut line = format!("{{\"part\":\"{}\",\"what\":\"{}\"", part.name(), finding.what).into_bytes();
    line.extend(format!(",\"state\":\"{}\",\"detail\":", finding.state.name()).bytes());
    json::write_string(&finding.detail, &mut line);
    line.extend(b",\"how\":");
    match &finding.how {
        Some(how) => json::write_string(how, &mut line),
        None => line.extend(b"null"),
    }
    line.extend(b"}\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_and_the_way_out_below() {
        let missing = Finding::missing("cc", "not found", "install a C compiler");
        let text = String::from_utf8(text_line(Part::C, &missing)).expect("text");
        assert_eq!(text, "c       missing  cc: not found\n                 install a C compiler\n");
        let json: serde_json::Value = serde_json::from_slice(&json_line(Part::C, &missing)).expect("JSON");
        assert_eq!(
            json,
            serde_json::json!({
                "part": "c", "what": "cc", "state": "missing", "detail": "not found", "how": "install a C compiler"
            })
        );
    }
}
