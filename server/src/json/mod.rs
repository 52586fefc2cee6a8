//! Decisions and errors as JSON that loses nothing; `docs/cli.md` describes the form. Knows no files and no console.

mod decision;

pub(crate) use fishplate::json::{separate, write_list, write_string, write_value};
use fishplate::{Diagnostic, Error, Place};

pub(crate) use decision::{write_decision, write_hex, write_named, write_timer, write_timer_of};

/// Appends an error: status, diagnostics, and the text that every language shows.
pub(crate) fn write_error(error: &Error, out: &mut Vec<u8>) {
    out.extend(b"{\"status\":");
    write_string(error.status.name(), out);
    out.extend(b",\"diagnostics\":");
    write_list(error.diagnostics.iter(), out, write_diagnostic);
    out.extend(b",\"text\":");
    write_string(&error.to_string(), out);
    out.push(b'}');
}

pub(crate) fn write_diagnostic(diagnostic: &Diagnostic, out: &mut Vec<u8>) {
    out.extend(format!("{{\"code\":\"{}\",\"message\":", diagnostic.code).as_bytes());
    write_string(&diagnostic.message, out);
    out.extend(b",\"place\":");
    write_place(&diagnostic.place, out);
    out.extend(b",\"expected\":");
    write_optional((!diagnostic.expected.is_empty()).then_some(&diagnostic.expected), out);
    out.extend(b",\"suggestion\":");
    write_optional(diagnostic.suggestion.as_ref(), out);
    out.push(b'}');
}

fn write_optional(text: Option<&String>, out: &mut Vec<u8>) {
    match text {
        None => out.extend(b"null"),
        Some(text) => write_string(text, out),
    }
}

fn write_place(place: &Place, out: &mut Vec<u8>) {
    match place {
        Place::None => return out.extend(b"null"),
        Place::Text { file, line, column, width, source } => {
            out.extend(b"{\"file\":");
            write_string(file, out);
            out.extend(format!(",\"line\":{line},\"column\":{column},\"width\":{width},\"source\":").as_bytes());
            write_string(source, out);
        }
        Place::Field(path) => {
            out.extend(b"{\"field\":");
            write_string(&if path.is_empty() { "event".to_owned() } else { format!("event.{path}") }, out);
        }
        Place::Name(name) => {
            out.extend(b"{\"name\":");
            write_string(name, out);
        }
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use fishplate::{Status, codes};
    use serde_json::json;

    #[test]
    fn an_error_carries_its_parts_and_its_whole_text() {
        let error = Error::field(codes::LIMIT_STRING_BYTES, "a.b", "too long").suggest("shorten it");
        let mut out = Vec::new();
        write_error(&error, &mut out);
        let read: serde_json::Value = serde_json::from_slice(&out).expect("it is JSON");
        let diagnostic = json!({"code": "F0705", "message": "too long", "place": {"field": "event.a.b"},
            "expected": null, "suggestion": "shorten it"});
        assert_eq!(error.status, Status::InvalidArgument);
        assert_eq!(
            read,
            json!({"status": "INVALID_ARGUMENT", "diagnostics": [diagnostic],
                "text": "error[F0705]: too long\n --> event.a.b\n = shorten it"})
        );
    }
}
