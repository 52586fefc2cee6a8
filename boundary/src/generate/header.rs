//! `bindings-c/include/fishplate.h`, made by cbindgen from the C binding's sources and the entries written here.

use std::path::Path;

use cbindgen::{
    Builder, Config, DocumentationLength, DocumentationStyle, EnumConfig, ExportConfig, Language, RenameRule, Style,
};

use super::{Generated, HEAD};

/// Sources in the order in which a reader of the header meets them.
const SOURCES: [&str; 13] = [
    "types.rs",
    "generated/entries.rs",
    "read_decision.rs",
    "derived.rs",
    "read_value.rs",
    "read_error.rs",
    "read_records.rs",
    "read_session.rs",
    "read_state.rs",
    "read_ring.rs",
    "write_fields.rs",
    "write_featured.rs",
    "write_batch.rs",
];

/// Tables that no signature names: numbers are passed, so that one of a later version is not undefined behaviour.
const TABLES: [&str; 5] = ["FishplateCode", "FishplateFormat", "FishplateKind", "FishplateAtBudget", "FishplateMode"];

/// The header. Reads the sources under `root` as they are, except for the entries, which are `entries`.
///
/// # Errors
/// A source that cannot be read or parsed.
pub(super) fn header(root: &Path, entries: &Generated) -> Result<Generated, Box<dyn std::error::Error>> {
    // cbindgen reads files: the entries are taken from a copy, so that the header fits those to come.
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("entries.rs");
    std::fs::write(&copy, &entries.text)?;
    let mut builder = Builder::new().with_config(config());
    for source in SOURCES {
        let path = root.join("bindings-c/src").join(source);
        builder = builder.with_src(if source == "generated/entries.rs" { &copy } else { &path });
    }
    let mut text = Vec::new();
    builder.generate()?.write(&mut text);
    Ok(Generated { path: "bindings-c/include/fishplate.h".to_owned(), text: String::from_utf8(text)? })
}

fn config() -> Config {
    Config {
        language: Language::C,
        header: Some(format!("/* {HEAD} */\n\n{CONTRACT}")),
        include_guard: Some("FISHPLATE_H".to_owned()),
        cpp_compat: true,
        style: Style::Both,
        usize_is_size_t: true,
        line_length: 110,
        tab_width: 4,
        documentation: true,
        documentation_style: DocumentationStyle::C99,
        documentation_length: DocumentationLength::Full,
        export: ExportConfig { include: TABLES.map(str::to_owned).to_vec(), ..ExportConfig::default() },
        enumeration: EnumConfig { rename_variants: RenameRule::QualifiedScreamingSnakeCase, ..EnumConfig::default() },
        ..Config::default()
    }
}

const CONTRACT: &str = include_str!("contract.txt");
