//! `fishplate::Error` ⇄ `fishplate.v1.Refusal`. An error that has travelled has the same text as at home, since it has the same
//! parts.

use fishplate::error::LONGEST_SOURCE;
use fishplate::{Code, Diagnostic, Error, Place, Status, codes};

use super::proto::diagnostic::Place as ProtoPlace;
use super::proto::{Diagnostic as ProtoDiagnostic, Refusal, TextPlace};

/// Writes an error.
pub fn to_proto(error: &Error) -> Refusal {
    Refusal {
        status: error.status as i32,
        diagnostics: error.diagnostics.iter().map(diagnostic).collect(),
        text: error.to_string(),
    }
}

fn diagnostic(from: &Diagnostic) -> ProtoDiagnostic {
    let place = match &from.place {
        Place::None => None,
        Place::Text { file, line, column, width, source } => Some(ProtoPlace::Text(TextPlace {
            file: file.clone(),
            line: *line,
            column: *column,
            width: *width,
            source: source.clone(),
        })),
        Place::Field(path) => Some(ProtoPlace::Field(path.clone())),
        Place::Name(name) => Some(ProtoPlace::Name(name.clone())),
    };
    ProtoDiagnostic {
        code: from.code.0.into(),
        message: from.message.clone(),
        place,
        expected: from.expected.clone(),
        suggestion: from.suggestion.clone(),
    }
}

/// Reads an error. Whatever the peer sent, the result can be shown: a status that does not exist, or OK, is UNKNOWN; a refusal
/// without diagnostics has one with its text.
pub fn from_proto(refusal: Refusal) -> Error {
    let status = Status::from_number(refusal.status).filter(|status| *status != Status::Ok).unwrap_or(Status::Unknown);
    if refusal.diagnostics.is_empty() {
        return Error::new(status, codes::PEER_MISTAKE, refusal.text, Place::None);
    }
    Error { status, diagnostics: refusal.diagnostics.into_iter().map(read_diagnostic).collect() }
}

fn read_diagnostic(from: ProtoDiagnostic) -> Diagnostic {
    let place = match from.place {
        None => Place::None,
        Some(ProtoPlace::Text(text)) => Place::Text {
            file: text.file,
            line: text.line,
            // Carets are drawn from these: they start at 1, and no line that is shown is longer.
            column: text.column.max(1),
            width: text.width.clamp(1, LONGEST_SOURCE as u32),
            source: text.source,
        },
        Some(ProtoPlace::Field(path)) => Place::Field(path),
        Some(ProtoPlace::Name(name)) => Place::Name(name),
    };
    Diagnostic {
        code: u16::try_from(from.code).map_or(codes::INTERNAL, Code),
        message: from.message,
        place,
        expected: from.expected,
        suggestion: from.suggestion,
    }
}

/// The other end said something that it may not say.
pub fn broken(what: impl std::fmt::Display) -> Error {
    let message = format!("the other end broke the protocol: {what}");
    Error::new(Status::Internal, codes::PEER_MISTAKE, message, Place::None)
}
