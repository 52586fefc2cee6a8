//! Opening files, and what it means when that fails. Knows names and input/output errors; knows nothing of content.

use std::fs::File;
use std::io;
use std::path::Path;

use fishplate::ruleset::read_within;
use fishplate::{Code, Error, Limits, Place, RuleSet, Status, codes};
use fishplate_store::StateId;

/// Compiles the rule document in `path`; schema files that it names are read beside it.
pub(crate) fn load_rules(path: &Path, limits: &Limits) -> Result<RuleSet, Error> {
    let name = path.to_string_lossy();
    RuleSet::load(&name, &mut |file: &str| read_within(File::open(file)?, limits), limits)
}

/// Opens `path` for reading.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    match file.metadata() {
        Ok(about) if about.is_dir() => Err(unreadable(path, &io::ErrorKind::IsADirectory.into())),
        _ => Ok(file),
    }
}

/// Creates `path`, or empties it; refuses a file that is also read (`inputs`), before anything is lost.
pub(crate) fn create(path: &Path, inputs: &[&Path]) -> Result<File, Error> {
    let target = path.canonicalize().ok();
    if target.is_some() && inputs.iter().any(|input| input.canonicalize().ok() == target) {
        let message = "the output would overwrite a file that is read";
        return Err(Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, name(path)));
    }
    File::create(path).map_err(|error| unwritable(path, &error))
}

/// An id for a state that begins now.
///
/// # Errors
/// `UNAVAILABLE` (F0871): the system gives no random bytes.
pub(crate) fn new_state() -> Result<StateId, Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| {
        let message = format!("the system gives no random bytes: {error}");
        Error::new(Status::Unavailable, codes::STATE_UNUSABLE, message, Place::None)
    })?;
    Ok(StateId(id))
}

/// The error of a file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Error {
    failed(codes::UNREADABLE_FILE, "cannot read the file", path, error)
}

/// The error of a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Error {
    failed(codes::UNWRITABLE_FILE, "cannot write the file", path, error)
}

/// In the words that the core uses of a rule document that cannot be read.
fn failed(code: Code, what: &str, path: &Path, error: &io::Error) -> Error {
    let (status, why) = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            (Status::NotFound, "there is no such file".to_owned())
        }
        io::ErrorKind::PermissionDenied => (Status::PermissionDenied, "permission denied".to_owned()),
        io::ErrorKind::IsADirectory => (Status::InvalidArgument, "it is a folder".to_owned()),
        io::ErrorKind::StorageFull => (Status::ResourceExhausted, "no room is left".to_owned()),
        other => (Status::Unavailable, other.to_string()),
    };
    Error::new(status, code, format!("{what}: {why}"), name(path))
}

fn name(path: &Path) -> Place {
    Place::Name(path.to_string_lossy().into_owned())
}
