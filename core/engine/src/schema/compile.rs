//! `.proto` files → descriptors, in this process. Reads files through the caller, and knows no rules or events.

use std::collections::{BTreeMap, HashMap};

use miette::{Diagnostic as _, LabeledSpan};
use prost_reflect::DescriptorPool;
use protox::Compiler;
use protox::file::{File, FileResolver, GoogleFileResolver};

use super::ReadFile;
use crate::codes;
use crate::error::{Diagnostic, Place, shown};

/// The files read, by name.
pub(super) type Sources = BTreeMap<String, Vec<u8>>;

/// Compiles `file` and whatever it imports.
pub(super) fn compile(file: &str, read: &mut ReadFile<'_>) -> Result<(DescriptorPool, Sources), Vec<Diagnostic>> {
    let (files, sources) = gather(file, read)?;
    let mut compiler = Compiler::with_file_resolver(Gathered { files, google: GoogleFileResolver::new() });
    match compiler.open_file(file) {
        Ok(compiler) => Ok((compiler.descriptor_pool(), sources)),
        Err(error) => Err(diagnostics(&error, &sources)),
    }
}

/// Reads and parses `file` and its imports, each once. A cycle of imports is left to the compiler to refuse.
fn gather(file: &str, read: &mut ReadFile<'_>) -> Result<(HashMap<String, File>, Sources), Vec<Diagnostic>> {
    let google = GoogleFileResolver::new();
    let (mut files, mut sources) = (HashMap::new(), Sources::new());
    let mut waiting = vec![(file.to_owned(), None::<(String, usize)>)];
    let mut wrong = Vec::new();
    while let Some((name, importer)) = waiting.pop() {
        if files.contains_key(&name) || sources.contains_key(&name) || google.open_file(&name).is_ok() {
            continue;
        }
        let bytes = match read(&name) {
            Ok(bytes) => bytes,
            Err(error) => {
                wrong.push(unreadable(&name, &error, importer, &sources));
                continue;
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let valid = text.as_bytes() == bytes;
        sources.insert(name.clone(), bytes);
        if !valid {
            wrong.push(plain(codes::BAD_PROTO, "the file is not valid UTF-8".into(), Place::Name(name)));
            continue;
        }
        match File::from_source(&name, &text) {
            Ok(parsed) => {
                let imports = parsed.file_descriptor_proto().dependency.iter().enumerate();
                waiting.extend(imports.map(|(at, import)| (import.clone(), Some((name.clone(), at)))));
                files.insert(name, parsed);
            }
            Err(error) => wrong.extend(diagnostics(&error, &sources)),
        }
    }
    if wrong.is_empty() { Ok((files, sources)) } else { Err(wrong) }
}

/// Hands the gathered files to the compiler.
struct Gathered {
    files: HashMap<String, File>,
    google: GoogleFileResolver,
}

impl FileResolver for Gathered {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        self.files.get(name).cloned().map_or_else(|| self.google.open_file(name), Ok)
    }
}

fn plain(code: fishplate_cel::Code, message: String, place: Place) -> Diagnostic {
    Diagnostic { code, message, place, expected: String::new(), suggestion: None }
}

/// A file that cannot be read: at the import that names it, if one does.
fn unreadable(name: &str, error: &std::io::Error, importer: Option<(String, usize)>, sources: &Sources) -> Diagnostic {
    let message = match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file \"{name}\""),
        _ => format!("cannot read \"{name}\": {error}"),
    };
    let place = importer.and_then(|(file, _)| {
        let text = std::str::from_utf8(sources.get(&file)?).ok()?;
        let quoted = [format!("\"{name}\""), format!("'{name}'")];
        let (start, width) = quoted.iter().find_map(|quoted| Some((text.find(quoted.as_str())?, quoted.len())))?;
        Some(text_place(&file, text, start, width))
    });
    plain(codes::UNREADABLE_FILE, message, place.unwrap_or_else(|| Place::Name(name.to_owned())))
}

/// Everything that the compiler found wrong, in its order.
fn diagnostics(error: &protox::Error, sources: &Sources) -> Vec<Diagnostic> {
    let first: &dyn miette::Diagnostic = error;
    std::iter::once(first)
        .chain(error.related().into_iter().flatten())
        .map(|wrong| one(wrong, error.file(), error.is_parse(), sources))
        .collect()
}

fn one(wrong: &dyn miette::Diagnostic, file: Option<&str>, is_parse: bool, sources: &Sources) -> Diagnostic {
    let text = file.and_then(|file| std::str::from_utf8(sources.get(file)?).ok());
    let labels: Vec<_> = wrong.labels().into_iter().flatten().collect();
    // Where the mistake stands is labelled `found here` or `defined again here`; the others are what it clashes with.
    let is_mistake =
        |label: &&LabeledSpan| label.label().is_some_and(|text| text.contains("found") || text.contains("again"));
    let label = labels.iter().find(is_mistake).or(labels.last());
    let place = match (file, text, label) {
        (Some(file), Some(text), Some(label)) => {
            let start = if is_parse { label.offset() } else { true_offset(text, label.offset()) };
            text_place(file, text, start, label.len())
        }
        (Some(file), ..) => Place::Name(file.to_owned()),
        (None, ..) => Place::None,
    };
    let suggestion = wrong.help().map(|help| help.to_string());
    Diagnostic { code: codes::BAD_PROTO, message: wrong.to_string(), place, expected: String::new(), suggestion }
}

/// After parsing, columns are byte columns that were taken for columns of characters: where a line holds others than
/// ASCII, the offset lies too far to the right by what those have in bytes.
fn true_offset(text: &str, offset: usize) -> usize {
    let offset = floor_char(text, offset);
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    line_start + text[line_start..offset].chars().count()
}

/// The place of the bytes `start..start + len` of `text`; what runs over the end of the line is not underlined.
fn text_place(file: &str, text: &str, start: usize, len: usize) -> Place {
    let start = floor_char(text, start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = floor_char(text, start.saturating_add(len)).clamp(start, line_end);
    Place::Text {
        file: file.to_owned(),
        line: count(text[..start].matches('\n').count()) + 1,
        column: count(text[line_start..start].chars().count()) + 1,
        width: count(text[start..end].chars().count()).max(1),
        source: shown(text[line_start..line_end].trim_end_matches('\r')),
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX - 1)
}
