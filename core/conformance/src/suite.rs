//! The suite's files: its message types and its cases. It knows protobuf's text form; it knows no expressions.

use std::{fs, path::Path};

use prost_reflect::{DescriptorPool, DynamicMessage, Value};

use crate::environment::{self, World};

/// All of it.
pub(crate) struct Suite {
    pub(crate) pool: DescriptorPool,
    pub(crate) world: World,
    pub(crate) files: Vec<File>,
}

/// One file of cases.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
}

/// One case: a `cel.expr.conformance.test.SimpleTest`.
pub(crate) struct Case {
    /// `file/section/case`
    pub(crate) name: String,
    pub(crate) message: DynamicMessage,
}

/// The files that declare the messages of cases and of tests.
const PROTOS: &[&str] = &[
    "cel/expr/conformance/test/simple.proto",
    "cel/expr/conformance/proto2/test_all_types.proto",
    "cel/expr/conformance/proto2/test_all_types_extensions.proto",
    "cel/expr/conformance/proto3/test_all_types.proto",
];

/// Reads the suite from the folder that `fetch.sh` makes.
pub(crate) fn load(folder: &Path) -> Result<Suite, String> {
    let missing = |error| format!("{}: {error}. Fetch it with core/conformance/fetch.sh", folder.display());
    let mut names: Vec<_> = fs::read_dir(folder.join("tests/simple/testdata"))
        .map_err(missing)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(missing)?;
    names.retain(|path| path.extension().is_some_and(|extension| extension == "textproto"));
    names.sort();
    let mut compiler = protox::Compiler::new([folder.join("proto")]).map_err(|error| error.to_string())?;
    compiler.open_files(PROTOS).map_err(|error| error.to_string())?;
    let pool = compiler.descriptor_pool();
    let files = names.iter().map(|path| file(&pool, path)).collect::<Result<_, _>>()?;
    let world = environment::world(&pool);
    Ok(Suite { pool, world, files })
}

fn file(pool: &DescriptorPool, path: &Path) -> Result<File, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let of = pool.get_message_by_name("cel.expr.conformance.test.SimpleTestFile").ok_or("no SimpleTestFile")?;
    let file = DynamicMessage::parse_text_format(of, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut cases: Vec<Case> = Vec::new();
    for section in messages(&file, "section") {
        for message in messages(&section, "test") {
            let full = format!("{name}/{}/{}", text_of(&section, "name"), text_of(&message, "name"));
            // Some names stand twice in a section: the later ones get a number.
            let same =
                cases.iter().filter(|case| case.name == full || case.name.starts_with(&format!("{full}#"))).count();
            let name = if same == 0 { full } else { format!("{full}#{}", same + 1) };
            cases.push(Case { name, message });
        }
    }
    Ok(File { name, cases })
}

/// The messages of a repeated field.
pub(crate) fn messages(message: &DynamicMessage, field: &str) -> Vec<DynamicMessage> {
    match message.get_field_by_name(field).as_deref() {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_message).cloned().collect(),
        _ => Vec::new(),
    }
}

/// The message of a field, if it is set.
pub(crate) fn message(of: &DynamicMessage, field: &str) -> Option<DynamicMessage> {
    of.has_field_by_name(field).then(|| of.get_field_by_name(field)?.as_message().cloned()).flatten()
}

/// The text of a field.
pub(crate) fn text_of(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Whether a bool field is true.
pub(crate) fn flag(message: &DynamicMessage, field: &str) -> bool {
    message.get_field_by_name(field).and_then(|value| value.as_bool()).unwrap_or_default()
}

impl Case {
    /// The expression of the case.
    pub(crate) fn expression(&self) -> String {
        text_of(&self.message, "expr")
    }
}
