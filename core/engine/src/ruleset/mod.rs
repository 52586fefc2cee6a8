//! The rule document → a compiled, immutable RuleSet.
use std::sync::Arc;

use crate::error::Error;
use crate::limits::Limits;
pub use crate::schema::ReadFile;

/// A compiled rule document. Cloning shares it.
#[derive(Clone, Debug)]
pub struct RuleSet(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {}

impl RuleSet {
    /// Compiles a document given as text. `file` is the name that errors show; schema files that it names are read
    /// through `read`, by the name that the document gives them. The core opens nothing itself.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with every mistake in the document at once.
    pub fn from_text(file: &str, text: &str, read: &mut ReadFile<'_>, limits: &Limits) -> Result<RuleSet, Error> {
        let _ = (file, text, read("x"), limits);
        todo!()
    }

    /// Compiles the document in the file `path`, read through `read`; schema files are looked up beside it.
    ///
    /// # Errors
    /// `NOT_FOUND` or another status for a file that cannot be read, else as [`Self::from_text`].
    pub fn load(path: &str, read: &mut ReadFile<'_>, limits: &Limits) -> Result<RuleSet, Error> {
        let _ = (path, read("x"), limits);
        todo!()
    }

    /// The document's `name`.
    pub fn name(&self) -> &str {
        todo!()
    }

    /// SHA-256 over the document and its schema files: each as u64 length and bytes, files after the document by name.
    pub fn version(&self) -> &[u8; 32] {
        todo!()
    }

    /// Names of the outputs, in document order.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Ids of the rules, in document order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Names of the features, in document order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Paths of the event's fields that the document reads: what a binding has to send of a map.
    pub fn fields(&self) -> impl Iterator<Item = &[String]> {
        std::iter::empty()
    }

    pub(crate) fn rule_id(&self, at: u32) -> &str {
        let _ = at;
        todo!()
    }

    pub(crate) fn feature_name(&self, at: u32) -> &str {
        let _ = at;
        todo!()
    }
}
