//! The rule document → a compiled, immutable RuleSet.
//!
//! In the order that a document meets them: `yaml` (text → tree), `document` (tree → declarations), `compile`
//! (declarations → programs over slots). Each reports every mistake it finds and goes on; a document with any mistake
//! is refused whole.

mod compile;
mod cost;
mod document;
mod expression;
mod outputs;
mod policy;
mod read;
mod source;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_cost;
#[cfg(test)]
mod tests_feature;
#[cfg(test)]
mod tests_lookup;
#[cfg(test)]
mod tests_money;
#[cfg(test)]
mod tests_table;
mod yaml;

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub(crate) use compile::{FEATURES, Keyed, Output, Plan, Rule, WatchPlan, Watched, Windowed, worst};
pub use cost::{Cost, RuleCost};
pub use document::Mode;
use document::SchemaDecl;
pub(crate) use expression::Expression;
pub(crate) use outputs::Values;
pub use policy::value_of;
use read::Reader;
pub(crate) use source::{Position, Source};

use crate::codes;
use crate::decode::Decoder;
use crate::error::{Diagnostic, Error, Place};
use crate::limits::Limits;
pub use crate::schema::ReadFile;
use crate::schema::Schema;
use crate::status::Status;

/// A compiled rule document. Cloning shares it; it never changes, so any number of threads may use it.
#[derive(Clone, Debug)]
pub struct RuleSet(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    name: String,
    version: [u8; 32],
    source: Source,
    /// The schema files that it was compiled from, by the names that the document gives them.
    files: Vec<(String, Vec<u8>)>,
    decoder: Decoder,
    /// Of the features that come with the event, if there are any.
    supplied: Option<Decoder>,
    plan: Plan,
}

/// A compiled schema and the files that it was read from, by name.
type SchemaFiles = (Schema, Vec<(String, Vec<u8>)>);

impl RuleSet {
    /// Compiles a document given as text. `file` is the name that errors show; schema files that it names are read
    /// through `read`, by the name that the document gives them. The core opens nothing itself.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` with every mistake in the document at once; `NOT_FOUND` if a schema file cannot be read.
    pub fn from_text(file: &str, text: &str, read: &mut ReadFile<'_>, limits: &Limits) -> Result<RuleSet, Error> {
        if text.len() as u64 > limits.document_bytes {
            let message = too_large(limits.document_bytes);
            let place = Place::Name(file.to_owned());
            return Err(Error::new(Status::InvalidArgument, codes::LIMIT_DOCUMENT_BYTES, message, place));
        }
        let source = Source::new(file, text);
        let (mut root, repeated) = yaml::read(&source).map_err(|fault| refused(vec![*fault]))?;
        let is_policy = policy::is_policy(&root);
        let beside = if is_policy { policy::environment::beside(file, read, limits.document_bytes) } else { Ok(None) };
        let beside = beside.map_err(|fault| refused(vec![*fault]))?;
        let mut reader = Reader::new(&source, repeated);
        let document = if is_policy {
            policy::unfold(&source, &mut root);
            policy::document(&mut reader, &root, beside.as_ref())
        } else {
            document::read(&mut reader, &root, limits)
        };
        // What is wrong with a policy's schema is told where its environment names it.
        let at_home = reader.source;
        reader.source = beside.as_ref().map_or(at_home, |beside| &beside.source);
        let schema = document.schema.as_ref().and_then(|decl| schema(&mut reader, decl, read));
        reader.source = at_home;
        let tables = table::files(&mut reader, &document, read, limits.document_bytes);
        let plan = compile::compile(&mut reader, &document, schema.as_ref().map(|(schema, _)| schema), &tables, limits);
        let faults = reader.faults;
        let Some((schema, mut files)) = schema.filter(|_| faults.is_empty()) else { return Err(refused(faults)) };
        with_sources(&mut files, tables.iter().chain(beside.as_ref().map(|beside| &beside.source)));
        let decoder = Decoder::new(&schema, &plan.wanted)?;
        let supplied = plan.supplied.as_ref().map(|(schema, wanted)| Decoder::new(schema, wanted)).transpose()?;
        let version = version(text, &files);
        let name = document.name;
        Ok(RuleSet(Arc::new(Compiled { name, version, source, files, decoder, supplied, plan })))
    }

    /// Compiles the document in the file `path`, read through `read`; schema files are looked up beside it.
    ///
    /// # Errors
    /// `NOT_FOUND` or another status for a file that cannot be read, else as [`Self::from_text`].
    pub fn load(path: &str, read: &mut ReadFile<'_>, limits: &Limits) -> Result<RuleSet, Error> {
        let bytes = read(path).map_err(|error| unreadable(path, &error))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let message = format!("the document is not UTF-8 from byte {} on", error.valid_up_to());
            Error::new(Status::InvalidArgument, codes::INVALID_UTF8, message, Place::Name(path.to_owned()))
        })?;
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        let mut beside = |name: &str| read(&folder.join(name).to_string_lossy());
        Self::from_text(path, text, &mut beside, limits)
    }

    /// The document's `name`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// SHA-256 over the document and its schema files: each as u64 length and bytes, files after the document by name.
    pub fn version(&self) -> &[u8; 32] {
        &self.0.version
    }

    /// The document that it was compiled from: the name that errors show, and its text.
    pub fn document(&self) -> (&str, &str) {
        (self.0.source.file(), self.0.source.text())
    }

    /// The schema files that it was compiled from, by the names that the document gives them. With [`Self::document`], all
    /// that [`Self::from_text`] needs to make it again.
    pub fn schema_files(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        self.0.files.iter().map(|(name, bytes)| (&**name, &**bytes))
    }

    /// Whether it declares `partition_by`: only then may an engine be divided.
    pub fn is_partitioned(&self) -> bool {
        self.plan().partition.is_some()
    }

    /// Whether some rule fires by itself (`for`, `silent`): only then does [`crate::Engine::advance_to`] give decisions.
    pub fn has_timers(&self) -> bool {
        self.plan().rules.iter().any(|rule| rule.watch.is_some())
    }

    /// The place of a rule in the document, from 0.
    pub(crate) fn rule_index(&self, id: &str) -> Option<usize> {
        self.plan().rules.iter().position(|rule| *rule.id == *id)
    }

    /// Names of the outputs, in document order.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.plan().outputs.iter().map(|output| &*output.name)
    }

    /// Ids of the rules, in document order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.plan().rules.iter().map(|rule| &*rule.id)
    }

    /// Names of the features, in document order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.plan().features.iter().map(|feature| &*feature.name)
    }

    /// The path of the field that is the event's time; `None` where the document declares none.
    pub fn time_field(&self) -> Option<&[String]> {
        let slot = self.plan().time?;
        self.plan().wanted.iter().find(|wanted| wanted.slot == slot).map(|wanted| &*wanted.path)
    }

    /// Paths of the event's fields that the document reads: what a binding has to send of a map.
    pub fn fields(&self) -> impl Iterator<Item = &[String]> {
        self.plan().wanted.iter().map(|wanted| &*wanted.path)
    }

    /// Whether the two are one, and not only alike.
    pub(crate) fn is(&self, other: &RuleSet) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn output_name(&self, at: usize) -> &str {
        &self.plan().outputs[at].name
    }

    pub(crate) fn rule_id(&self, at: u32) -> &str {
        &self.plan().rules[at as usize].id
    }

    pub(crate) fn feature_name(&self, at: u32) -> &str {
        &self.plan().features[at as usize].name
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.0.plan
    }

    pub(crate) fn decoder(&self) -> &Decoder {
        &self.0.decoder
    }

    /// What decodes the features that come with the event, if the document declares any.
    pub(crate) fn supplied(&self) -> Option<&Decoder> {
        self.0.supplied.as_ref()
    }

    pub(crate) fn source(&self) -> &Source {
        &self.0.source
    }
}

/// The schema that the document declares, and the files that it was read from.
fn schema(reader: &mut Reader<'_>, decl: &SchemaDecl<'_>, read: &mut ReadFile<'_>) -> Option<SchemaFiles> {
    match decl {
        SchemaDecl::Inline(fields) => Some((Schema::inline(fields.clone()), Vec::new())),
        SchemaDecl::Proto { file, message, node } => match Schema::from_proto(file, message, read) {
            Ok(found) => Some(found),
            Err(faults) => {
                // A fault of the schema that has no place in a .proto file stands where the document names it.
                let here = |fault: Diagnostic| match fault.place {
                    Place::Text { .. } => fault,
                    _ => Diagnostic { place: reader.source.place(node.at, node_width(file, message)), ..fault },
                };
                let located: Vec<_> = faults.into_iter().map(here).collect();
                reader.faults.extend(located);
                None
            }
        },
    }
}

/// Adds the files of tables or of an environment to those of the schema: all of them in the order of their names.
fn with_sources<'s>(files: &mut Vec<(String, Vec<u8>)>, sources: impl Iterator<Item = &'s Source>) {
    files.extend(sources.map(|source| (source.file().to_owned(), source.text().as_bytes().to_vec())));
    files.sort();
    files.dedup();
}

fn node_width(file: &str, message: &str) -> u32 {
    (file.chars().count() + 1 + message.chars().count()) as u32
}

/// Length before bytes: no two sets of files run together to the same text.
fn version(text: &str, files: &[(String, Vec<u8>)]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for bytes in std::iter::once(text.as_bytes()).chain(files.iter().map(|(_, bytes)| &bytes[..])) {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

/// The refusal of a document, its mistakes in the order of the text.
fn refused(mut faults: Vec<Diagnostic>) -> Error {
    faults.sort_by_key(|fault| match &fault.place {
        Place::Text { file, line, column, .. } => (file.clone(), *line, *column),
        _ => (String::new(), 0, 0),
    });
    // A parser that recovers may trip over one token twice.
    faults.dedup_by(|next, first| next.code == first.code && next.place == first.place);
    let unreadable = !faults.is_empty() && faults.iter().all(|fault| fault.code == codes::UNREADABLE_FILE);
    let status = if unreadable { Status::NotFound } else { Status::InvalidArgument };
    Error { status, diagnostics: faults }
}

/// Reads a rule document or schema file for [`RuleSet::load`], and no more of it than the limit allows: a path may name
/// something without an end.
///
/// # Errors
/// What `input` says; `FileTooLarge` for more bytes than `limits.document_bytes`.
pub fn read_within(input: impl io::Read, limits: &Limits) -> io::Result<Vec<u8>> {
    let limit = limits.document_bytes;
    let mut bytes = Vec::new();
    if input.take(limit.saturating_add(1)).read_to_end(&mut bytes)? as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, too_large(limit)));
    }
    Ok(bytes)
}

/// The same words whether the text was given or read: whoever reads stops at the limit and knows no length.
fn too_large(limit: u64) -> String {
    format!("more than {limit} bytes are over the limit document_bytes = {limit}")
}

/// The refusal of a file that cannot be read.
fn unreadable(path: &str, error: &io::Error) -> Error {
    let (status, why) = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            (Status::NotFound, "there is no such file".to_owned())
        }
        io::ErrorKind::InvalidInput => (Status::InvalidArgument, "no file can have this name".to_owned()),
        io::ErrorKind::FileTooLarge => {
            let place = Place::Name(path.to_owned());
            return Error::new(Status::InvalidArgument, codes::LIMIT_DOCUMENT_BYTES, error.to_string(), place);
        }
        io::ErrorKind::PermissionDenied => (Status::PermissionDenied, "permission denied".to_owned()),
        io::ErrorKind::IsADirectory => (Status::InvalidArgument, "it is a folder".to_owned()),
        other => (Status::Unavailable, other.to_string()),
    };
    Error::new(status, codes::UNREADABLE_FILE, format!("cannot read the file: {why}"), Place::Name(path.to_owned()))
}
