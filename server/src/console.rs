//! How the program speaks: results on standard output, errors on standard error, or both as JSON lines on standard
//! output. Knows exit codes; knows nothing of rules and events.

use std::io::{self, Write};

use clap::error::ErrorKind;
use fishplate::{Error, Place, Status, codes};

use crate::json;

/// What the program ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for was done.
    Done,
    /// A failure of ours, or of input and output.
    Failed,
    /// What was given is wrong: arguments, a document, an event.
    WrongInput,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number that the process returns.
    pub(crate) fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongInput => 2,
            Self::Interrupted => 130,
        }
    }

    /// What two steps end with together: a failure outweighs wrong input, and that outweighs success.
    pub(crate) fn or(self, other: Self) -> Self {
        [Self::Interrupted, Self::Failed, Self::WrongInput]
            .into_iter()
            .find(|exit| [self, other].contains(exit))
            .unwrap_or(Self::Done)
    }

    /// What an error of `status` ends with: 2 where the caller can put it right by giving something else.
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Ok => Self::Done,
            Status::InvalidArgument
            | Status::NotFound
            | Status::AlreadyExists
            | Status::FailedPrecondition
            | Status::OutOfRange
            | Status::Unimplemented => Self::WrongInput,
            _ => Self::Failed,
        }
    }
}

/// Where results and errors go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    json: bool,
}

impl Console {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether everything is to be JSON.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Shows `error` and says what the program ends with because of it.
    pub(crate) fn refuse(&self, error: &Error) -> Exit {
        if self.json {
            let mut line = b"{\"error\":".to_vec();
            json::write_error(error, &mut line);
            line.extend(b"}\n");
            self.print(&line);
        } else {
            self.warn(&format!("{error}\n"));
        }
        Exit::of(error.status)
    }

    /// Writes a result to standard output. A reader that has gone away is no error: nobody is left to tell.
    pub(crate) fn print(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// Writes to standard error. If that fails, there is nowhere left to say so.
    pub(crate) fn warn(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// What clap has to say: help, the version, or a usage error.
    pub(crate) fn usage(&self, usage: &clap::Error) -> Exit {
        match usage.kind() {
            ErrorKind::DisplayVersion if self.json => {
                let version = env!("CARGO_PKG_VERSION");
                self.print(format!("{{\"name\":\"fishplate\",\"version\":\"{version}\"}}\n").as_bytes());
                Exit::Done
            }
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let _ = usage.print();
                Exit::Done
            }
            _ if self.json => self.refuse(&usage_error(usage)),
            _ => {
                let _ = usage.print();
                Exit::WrongInput
            }
        }
    }
}

/// clap's message as an error of ours.
fn usage_error(usage: &clap::Error) -> Error {
    let text = usage.render().to_string();
    let message = text.trim_start().trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_input_is_told_apart_from_failure() {
        assert_eq!(Exit::of(Status::InvalidArgument).code(), 2);
        assert_eq!(Exit::of(Status::NotFound).code(), 2);
        assert_eq!(Exit::of(Status::PermissionDenied).code(), 1);
        assert_eq!(Exit::of(Status::Internal).code(), 1);
        assert_eq!(Exit::of(Status::Ok).code(), 0);
        assert_eq!(Exit::Interrupted.code(), 130);
    }
}
