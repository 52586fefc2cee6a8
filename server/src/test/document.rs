//! The form of a test file: YAML → steps. Knows keys; plays nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fishplate::{Duration, Error, Limits, Place, Status, Timestamp, codes};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::{ENDING, published};
use crate::files;

/// A test file.
pub(super) struct Document {
    /// The rule document.
    pub(super) rules: PathBuf,
    /// Where the clock of every test begins.
    pub(super) start: Timestamp,
    pub(super) tests: Vec<Spanned<Test>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    rules: Option<PathBuf>,
    start: Option<Instant>,
    tests: Vec<Spanned<Test>>,
}

/// A test: an engine of its own, and steps on a clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) steps: Vec<Spanned<Step>>,
}

/// An event, a moment that passes without one, or a rule switched by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// The clock, counted from the start; by default it stands where it stood.
    pub(super) at: Option<Offset>,
    /// An event in its JSON form.
    pub(super) event: Option<BTreeMap<String, Value>>,
    /// What the event brings of the features that the document declares as supplied.
    pub(super) features: Option<BTreeMap<String, Value>>,
    /// Modes by rule: `live`, `shadow`, `off`, or null for what the document says.
    #[serde(default)]
    pub(super) modes: BTreeMap<String, Option<Mode>>,
    pub(super) expect: Option<Spanned<Expect>>,
    /// What fires by itself by then: the expected decisions in their order.
    pub(super) fires: Option<Vec<Spanned<Expect>>>,
}

/// What a decision must hold; what is left out may be anything.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// The rule that fired by itself.
    pub(super) rule: Option<String>,
    pub(super) matched: Option<Vec<String>>,
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) features: BTreeMap<String, Value>,
    /// Each as `RULE CODE`.
    pub(super) errors: Option<Vec<String>>,
    /// Rules in shadow that matched.
    pub(super) shadow: Option<Vec<String>>,
    pub(super) late: Option<bool>,
    pub(super) repeated: Option<bool>,
    /// The code with which the event is refused.
    pub(super) refused: Option<String>,
    /// Whether it ends in some error.
    #[serde(skip)]
    pub(super) fails: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    Live,
    Shadow,
    Off,
}

/// A duration such as `10m`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Offset(pub(super) i128);

/// A moment, by RFC 3339.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Instant(Timestamp);

impl TryFrom<String> for Offset {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let nanos = Duration::parse(&text).map(Duration::as_nanos).filter(|nanos| *nanos >= 0);
        nanos.map(Self).ok_or_else(|| format!("`{text}` is not a duration such as 90s, 10m or 1h30m"))
    }
}

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a moment such as 2026-01-01T00:00:00Z");
        Timestamp::parse(&text).map(Self).ok_or_else(wrong)
    }
}

/// Whether the file has the name that tests of policies are published under, beside `policy.yaml`.
pub(super) fn is_published(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.yaml")
}

/// Reads the file at `path`.
///
/// # Errors
/// It cannot be read, or is no test file (F0814).
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Document, Error> {
    let bytes = files::open(path).and_then(|file| {
        fishplate::ruleset::read_within(file, limits).map_err(|error| files::unreadable(path, &error))
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let options = || serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let name = path.to_string_lossy();
    // The published form has no key of ours, and every file of it has this one.
    let given: Given = if text.lines().any(|line| line.starts_with("section:")) {
        let suite: published::Suite =
            serde_saphyr::from_str_with_options(&text, options()).map_err(|error| wrong(path, &text, &error))?;
        let rules = is_published(path).then(|| PathBuf::from("policy.yaml"));
        Given { rules, start: None, tests: suite.tests(path, limits)? }
    } else {
        serde_saphyr::from_str_with_options(&text, options()).map_err(|error| wrong(path, &text, &error))?
    };
    check(path, &text, &given.tests)?;
    let beside = given.rules.map(|rules| path.parent().unwrap_or(Path::new("")).join(rules));
    let rules = beside.unwrap_or_else(|| PathBuf::from(format!("{}.yaml", name.strip_suffix(ENDING).unwrap_or(&name))));
    let start = given.start.map_or_else(|| Timestamp::new(1_767_225_600, 0), |start| Some(start.0)); // 2026-01-01
    let start = start.ok_or_else(|| Error::new(Status::Internal, codes::INTERNAL, "no start", Place::None))?;
    Ok(Document { rules, start, tests: given.tests })
}

/// What is said of an event needs one: else it would be expected of nothing, and always be met.
fn check(path: &Path, text: &str, tests: &[Spanned<Test>]) -> Result<(), Error> {
    let steps = tests.iter().flat_map(|test| &test.value.steps);
    for step in steps.filter(|step| step.value.event.is_none()) {
        for (key, is_there) in [("features", step.value.features.is_some()), ("expect", step.value.expect.is_some())] {
            if is_there {
                let message = format!("`{key}` is of an event, and this step has none");
                return Err(mistake(path, text, message, Some(step.referenced)));
            }
        }
    }
    Ok(())
}

/// What the reader of YAML found wrong.
fn wrong(path: &Path, text: &str, error: &serde_saphyr::Error) -> Error {
    let message = error.without_snippet().to_string();
    // The place is told as everywhere, below the message.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
    mistake(path, text, message, error.location())
}

/// A mistake in the file, at its place.
fn mistake(path: &Path, text: &str, message: String, at: Option<Location>) -> Error {
    let place = match at {
        Some(at) => {
            let (line, column) = (at.line() as u32, at.column() as u32);
            let source = text.lines().nth(at.line() as usize - 1).unwrap_or_default().to_owned();
            Place::Text { file: path.to_string_lossy().into_owned(), line, column, width: 1, source }
        }
        None => Place::Name(path.to_string_lossy().into_owned()),
    };
    Error::new(Status::InvalidArgument, codes::BAD_TEST_FILE, message, place)
}
