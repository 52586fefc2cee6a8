//! Names of rings and where their files stand. It opens nothing.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::RingError;
use crate::layout::{DIRECTORY, FILE_PREFIX, NAME_MAX};

/// A name that was checked: it cannot leave the directory.
#[derive(Clone, Debug)]
pub(crate) struct RingName(String);

impl RingName {
    pub(crate) fn new(name: &str) -> Result<Self, RingError> {
        let fits = (1..=NAME_MAX).contains(&name.len());
        let plain = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
        if fits && plain { Ok(Self(name.to_owned())) } else { Err(RingError::InvalidName { name: name.to_owned() }) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The ring's file.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(DIRECTORY).join(format!("{FILE_PREFIX}{}", self.0))
    }

    /// What the names of files begin with that are about to become this ring's. No ring's own file begins so.
    pub(crate) fn temporary_prefix(&self) -> String {
        format!(".{FILE_PREFIX}{}~", self.0)
    }

    /// A file that is about to become the ring's, under a name that no other file of this process has.
    pub(crate) fn temporary(&self) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        PathBuf::from(DIRECTORY).join(format!("{}{}-{count}", self.temporary_prefix(), std::process::id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_letters_digits_and_three_marks() {
        for name in ["a", "risk-control_2.eu", &"x".repeat(64)] {
            assert!(RingName::new(name).is_ok(), "{name}");
        }
        for name in ["", "A", "a/b", "../x", "a b", "ä", "a\0", "a~", &"x".repeat(65)] {
            assert!(matches!(RingName::new(name), Err(RingError::InvalidName { .. })), "{name}");
        }
    }
}
