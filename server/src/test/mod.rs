//! `fishplate test`: test files beside rule documents, their events on a clock, what must come of them, and which rules
//! they reached. Knows files and order; `document` reads (`published`
//! the form of policies), `play` plays, `compare` compares, `report` and `junit` tell.

mod compare;
mod coverage;
mod document;
mod junit;
mod play;
mod published;
mod report;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use fishplate::{Error, Place, Status, codes};

use self::coverage::Coverage;
use crate::cli::TestArgs;
use crate::console::{Console, Exit};
use crate::files;

/// What the names of test files end with.
const ENDING: &str = ".test.yaml";

/// A test file and what came of it.
struct Suite {
    path: PathBuf,
    /// The tests, or why there are none.
    tests: Result<Vec<Tested>, Error>,
    /// What the tests reached of the rules.
    coverage: Coverage,
}

/// A test and what came of it.
struct Tested {
    name: String,
    line: u64,
    /// Each expectation that was not met.
    failures: Vec<Failure>,
    took: Duration,
}

/// An expectation that was not met.
struct Failure {
    line: u64,
    /// What it is about, such as `outputs.score`.
    what: String,
    expected: String,
    found: String,
}

/// Carries the command out.
pub(crate) fn test(args: &TestArgs, console: &Console) -> Exit {
    if !args.watch {
        return round(args, console);
    }
    watch::each_change(&args.paths, console, || round(args, console))
}

/// Plays every test once.
fn round(args: &TestArgs, console: &Console) -> Exit {
    let paths = match found(&args.paths) {
        Ok(paths) => paths,
        Err(error) => return console.refuse(&error),
    };
    let suites: Vec<Suite> = paths.into_iter().map(|path| play(path, args)).collect();
    let mut exit = report::tell(&suites, args, console);
    if let Some(path) = &args.junit {
        let written = files::create(path, &[]).and_then(|file| junit::write(&suites, file, path));
        exit = exit.or(written.map_or_else(|error| console.refuse(&error), |()| Exit::Done));
    }
    exit
}

fn play(path: PathBuf, args: &TestArgs) -> Suite {
    let mut coverage = Coverage::default();
    let limits = args.limits.limits();
    let tests = document::read(&path, &limits).and_then(|document| {
        let rules = files::load_rules(&document.rules, &limits)?;
        coverage = Coverage::of(&rules);
        let tests = document.tests.iter();
        tests.map(|test| play::test(&rules, &limits, &document, test, &mut coverage)).collect()
    });
    Suite { path, tests, coverage }
}

/// The test files that `paths` name: a file itself, of a folder all that are in it, however deep, by name.
fn found(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            in_folder(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        let shown: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        let message = format!("there is no *{ENDING} in {}", shown.join(", "));
        return Err(Error::new(Status::NotFound, codes::UNREADABLE_FILE, message, Place::None)
            .suggest("name a test file, or a folder with some"));
    }
    Ok(files)
}

/// Tests as policies are published with them: other files may have the same name, so the policy has to be there.
fn in_published_folder(path: &Path) -> bool {
    document::is_published(path) && path.with_file_name("policy.yaml").is_file()
}

fn in_folder(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let unreadable = |error| files::unreadable(folder, &error);
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !path.is_symlink() && !hidden {
            in_folder(&path, files)?;
        } else if path.is_file() && (path.to_string_lossy().ends_with(ENDING) || in_published_folder(&path)) {
            files.push(path);
        }
    }
    Ok(())
}
