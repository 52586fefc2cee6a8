//! A value as a source gave it, and how it is read as a number, a time, a path. Knows forms and places; knows no key's
//! meaning.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fishplate::{Diagnostic, Place, codes};

/// One value for one key.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// The key: `tls.cert`.
    pub(super) key: String,
    pub(super) raw: Raw,
    pub(super) origin: Origin,
    /// Where the key itself stands, in a file.
    pub(super) key_place: Option<Place>,
}

/// What stood there.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// Text whose source has no types: a flag, a variable.
    Untyped(String),
    Text(String),
    Whole(i128),
    Switch(bool),
    List(Vec<Given>),
    /// Something that no key takes, and what it is called.
    Other(&'static str),
}

/// Where a value came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::serve) enum Origin {
    /// Nobody said anything.
    #[default]
    Default,
    /// A line of a file; the place has the details.
    File {
        /// Relative paths in the file begin here.
        folder: PathBuf,
        place: Place,
    },
    /// A variable of the environment.
    Variable(&'static str),
    /// A variable of the environment whose name was put together from a key.
    Named(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Origin {
    /// As a place in an error.
    pub(in crate::serve) fn place(&self) -> Place {
        match self {
            Self::Default => Place::None,
            Self::File { place, .. } => place.clone(),
            Self::Named(name) => Place::Name(name.clone()),
            Self::Variable(name) | Self::Flag(name) => Place::Name((*name).to_owned()),
        }
    }

    /// Where a relative path begins: beside the file that names it, else where the program runs.
    fn resolve(&self, path: &str) -> PathBuf {
        match self {
            Self::File { folder, .. } => folder.join(path),
            _ => Path::new(path).to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    /// As `--print-config` shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { place: Place::Text { file, line, .. }, .. } => write!(f, "{file}:{line}"),
            Self::File { folder, .. } => write!(f, "{}", folder.display()),
            Self::Named(name) => f.write_str(name),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A mistake in the configuration.
pub(super) fn wrong(message: impl Into<String>, place: Place) -> Wrong {
    Wrong(Box::new(Diagnostic {
        code: codes::BAD_CONFIGURATION,
        message: message.into(),
        place,
        expected: String::new(),
        suggestion: None,
    }))
}

/// A mistake that may still get a suggestion.
pub(super) struct Wrong(Box<Diagnostic>);

impl Wrong {
    pub(super) fn suggest(mut self, suggestion: impl Into<String>) -> Diagnostic {
        self.0.suggestion = Some(suggestion.into());
        *self.0
    }

    pub(super) fn suggest_if(mut self, suggestion: Option<String>) -> Diagnostic {
        self.0.suggestion = suggestion;
        *self.0
    }

    pub(super) fn expect(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = format!("expected {}", expected.into());
        self
    }
}

impl From<Wrong> for Diagnostic {
    fn from(wrong: Wrong) -> Self {
        *wrong.0
    }
}

impl Given {
    /// Where the key stands.
    pub(super) fn named_at(&self) -> Place {
        self.key_place.clone().unwrap_or_else(|| self.origin.place())
    }

    /// The mistake that this value is none for its key, which expects `expected`.
    pub(super) fn unfit(&self, expected: &str) -> Wrong {
        let shown = match &self.raw {
            Raw::Untyped(text) => format!("`{text}`"),
            Raw::Text(text) => format!("\"{text}\""),
            Raw::Whole(number) => format!("`{number}`"),
            Raw::Switch(on) => format!("`{on}`"),
            Raw::List(_) => "a list".to_owned(),
            Raw::Other(kind) => format!("a {kind}"),
        };
        wrong(format!("{shown} is not a value for `{}`", self.key), self.origin.place()).expect(expected)
    }

    /// As text that is not empty.
    pub(super) fn text(&self, expected: &str) -> Result<&str, Wrong> {
        match &self.raw {
            Raw::Untyped(text) | Raw::Text(text) if !text.is_empty() => Ok(text),
            _ => Err(self.unfit(expected)),
        }
    }

    /// As a whole number within `range`.
    pub(super) fn whole(&self, range: RangeInclusive<u64>) -> Result<u64, Wrong> {
        let number = match &self.raw {
            Raw::Untyped(text) => text.parse().ok(),
            Raw::Whole(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let bounds = match range.end() {
                &u64::MAX => format!("from {}", range.start()),
                end => format!("from {} to {end}", range.start()),
            };
            self.unfit(&format!("a whole number {bounds}"))
        })
    }

    /// As on or off.
    pub(super) fn switch(&self) -> Result<bool, Wrong> {
        match &self.raw {
            Raw::Switch(on) => Ok(*on),
            Raw::Untyped(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(self.unfit("true or false")),
            },
            _ => Err(self.unfit("true or false")),
        }
    }

    /// As a time of at most `most`.
    pub(super) fn time(&self, most: Duration) -> Result<Duration, Wrong> {
        let text = match &self.raw {
            Raw::Untyped(text) | Raw::Text(text) => text.as_str(),
            _ => "",
        };
        let time = fishplate::Duration::parse(text)
            .and_then(|time| Some(Duration::new(time.seconds().try_into().ok()?, time.nanos().try_into().ok()?)));
        time.filter(|time| *time <= most)
            .ok_or_else(|| self.unfit(&format!("a time such as `30s` or `1m30s`, from 0s to {}", written(most))))
    }

    /// As the path of a file.
    pub(super) fn path(&self) -> Result<PathBuf, Wrong> {
        self.text("the path of a file").map(|path| self.beside(path))
    }

    /// A path that is a part of the value.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.origin.resolve(path)
    }
}

/// A time in the form that [`Given::time`] reads.
pub(super) fn written(time: Duration) -> String {
    let nanos = i128::try_from(time.as_nanos()).unwrap_or(i128::MAX);
    fishplate::Duration::from_nanos(nanos).map_or_else(|| format!("{time:?}"), |time| time.to_string())
}
