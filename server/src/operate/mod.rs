//! `fishplate operate`: what whoever runs a server does to it, by the operator's service. Knows the commands and the order
//! in which a file is written; the server does everything else.

mod client;
mod show;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use fishplate::{Error, Limits, Place, Status, Timestamp, codes};
use fishplate_transport::wire::proto::Mode;

use self::client::Client;
use crate::cli::{Action, ModeWord, OperateArgs};
use crate::console::{Console, Exit};
use crate::files;

/// Carries the command out.
pub(crate) fn operate(args: &OperateArgs, console: &Console) -> Exit {
    match try_operate(args, console.json()) {
        Ok(text) => {
            console.print(text.as_bytes());
            Exit::Done
        }
        Err(error) => console.refuse(&error),
    }
}

/// Does what is asked; gives what is shown.
fn try_operate(args: &OperateArgs, json: bool) -> Result<String, Error> {
    // What is wrong here is told before anybody is asked.
    let asked = match &args.action {
        Action::State => Asked::State,
        Action::Advance { time } => Asked::Advance(read_time(time)?),
        // Compiled here first, so that its mistakes are shown by the names of this machine's files.
        Action::Swap { rules } => Asked::Swap(Box::new(files::load_rules(rules, &Limits::default())?)),
        Action::Mode { rule, mode } => Asked::Mode(rule, read_mode(*mode)),
        Action::Snapshot { file, groups } => Asked::Snapshot(file, groups),
        Action::Keep => Asked::Keep,
    };
    let mut client = Client::connect(&args.to, &args.rule_set)?;
    match asked {
        Asked::State => client.state().map(|state| show::state(&state, json)),
        Asked::Advance(now) => client.advance_to(now).map(|fired| show::advanced(now, &fired, json)),
        Asked::Swap(rules) => client.swap(&rules).map(|swapped| show::swapped(rules.name(), &swapped, json)),
        Asked::Mode(rule, mode) => client.set_mode(rule, mode).map(|()| show::switched(rule, mode, json)),
        Asked::Snapshot(file, groups) => {
            let bytes = client.snapshot(groups)?;
            write_whole(file, &bytes).map_err(|error| files::unwritable(file, &error))?;
            Ok(show::snapshot(file, bytes.len(), json))
        }
        Asked::Keep => client.take_snapshot().map(|through| show::kept(through, json)),
    }
}

/// A command whose arguments are understood.
enum Asked<'a> {
    State,
    Advance(Timestamp),
    Swap(Box<fishplate::RuleSet>),
    Mode(&'a str, Option<Mode>),
    Snapshot(&'a Path, &'a [u16]),
    Keep,
}

fn read_time(text: &str) -> Result<Timestamp, Error> {
    Timestamp::parse(text).ok_or_else(|| {
        let message = format!("{text:?} is not a time");
        let error = Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("TIME".into()));
        error.suggest("write it as 2026-01-01T12:00:00Z")
    })
}

/// `None`: as the document says.
fn read_mode(word: ModeWord) -> Option<Mode> {
    match word {
        ModeWord::Live => Some(Mode::Live),
        ModeWord::Shadow => Some(Mode::Shadow),
        ModeWord::Off => Some(Mode::Off),
        ModeWord::Document => None,
    }
}

/// Writes a file that is there whole, for good, or as it was before.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = Path::new(&beside);
    let written = File::create_new(beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(beside, path)
    });
    if written.is_err() {
        // It was never there, or nobody wants it.
        let _ = std::fs::remove_file(beside);
    }
    written?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
