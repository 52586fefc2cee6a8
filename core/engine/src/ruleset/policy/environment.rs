//! The environment of a policy: the file beside it that declares its variables, in the form that policies are published
//! with (`config.yaml`), and in it, under the key `fishplate`, what a policy does not say of its events.

use fishplate_cel::{Type, did_you_mean};

use super::super::document::{EventDecl, SchemaDecl, event_decl, proto_schema};
use super::super::read::{Entries, Reader};
use super::super::source::Source;
use super::super::yaml::{self, Kind, Node};
use crate::codes;
use crate::error::Diagnostic;
use crate::schema::{InlineField, InlineType, ReadFile, Schema};

/// The file of an environment.
pub(in crate::ruleset) struct Beside {
    pub(in crate::ruleset) source: Source,
    pub(in crate::ruleset) root: Node,
    pub(in crate::ruleset) repeated: Vec<Diagnostic>,
}

/// What an environment says.
#[derive(Debug, Default)]
pub(in crate::ruleset) struct Environment<'n> {
    pub(in crate::ruleset) container: &'n str,
    pub(in crate::ruleset) imports: Vec<(&'n str, &'n Node)>,
    pub(in crate::ruleset) schema: Option<SchemaDecl<'n>>,
    pub(in crate::ruleset) event: EventDecl<'n>,
    pub(in crate::ruleset) partition_by: Option<&'n Node>,
    /// Variables that are declared and wrong: their uses are no further mistakes.
    pub(in crate::ruleset) broken: Vec<&'n str>,
}

impl Environment<'_> {
    /// Of a policy with no file beside it: an event has no fields.
    pub(in crate::ruleset) fn without_file() -> Self {
        Self { schema: Some(SchemaDecl::Inline(Vec::new())), ..Self::default() }
    }
}

const KEYS: [&str; 13] = [
    "name",
    "description",
    "container",
    "imports",
    "extensions",
    "context_variable",
    "variables",
    "functions",
    "stdlib",
    "validators",
    "features",
    "limits",
    "fishplate",
];
/// Keys that change what expressions mean or may do, and that this version does not read.
const LATER: [&str; 5] = ["functions", "stdlib", "validators", "features", "limits"];
/// Extensions that are always there; a policy that asks for fewer decides the same.
const EXTENSIONS: [&str; 9] =
    ["bindings", "encoders", "lists", "math", "network", "optional", "protos", "strings", "two-var-comprehensions"];

/// Names of the file that stands beside the policy in `file`: its own first, then that of the folder.
fn names(file: &str) -> [String; 2] {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
    [format!("{stem}.config.yaml"), "config.yaml".to_owned()]
}

/// Reads the file beside the policy in `file`, if there is one.
///
/// # Errors
/// It is there and cannot be read, or is not YAML.
pub(in crate::ruleset) fn beside(
    file: &str,
    read: &mut ReadFile<'_>,
    limit: u64,
) -> Result<Option<Beside>, Box<Diagnostic>> {
    for name in names(file) {
        let bytes = match read(&name) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Box::new(unreadable(&name, &error.to_string()))),
        };
        if bytes.len() as u64 > limit {
            return Err(Box::new(unreadable(
                &name,
                &format!("more than {limit} bytes are over the limit document_bytes"),
            )));
        }
        let text = String::from_utf8(bytes).map_err(|_| Box::new(unreadable(&name, "it is not UTF-8")))?;
        let source = Source::new(&name, &text);
        let (root, repeated) = yaml::read(&source)?;
        return Ok(Some(Beside { source, root, repeated }));
    }
    Ok(None)
}

fn unreadable(name: &str, why: &str) -> Diagnostic {
    Diagnostic {
        code: codes::UNREADABLE_FILE,
        message: format!("cannot read \"{name}\": {why}"),
        place: crate::error::Place::Name(name.to_owned()),
        expected: String::new(),
        suggestion: None,
    }
}

/// Reads the whole tree; the reader's source is the environment's.
pub(in crate::ruleset) fn read<'n>(reader: &mut Reader<'_>, root: &'n Node) -> Environment<'n> {
    let mut environment = Environment::default();
    let Some(top) = reader.entries(root, "an environment", &KEYS) else { return environment };
    for name in LATER {
        if let Some(node) = top.get(name) {
            reader.report_node(codes::UNSUPPORTED_KEY, node, format!("`{name}` is not read by this version"));
        }
    }
    for name in ["name", "description"] {
        if let Some(node) = top.get(name) {
            reader.text(node, &format!("`{name}`"));
        }
    }
    if let Some(node) = top.get("container") {
        environment.container = reader.text(node, "`container`").unwrap_or_default();
    }
    if let Some(node) = top.get("imports") {
        environment.imports = super::imports(reader, node);
    }
    if let Some(node) = top.get("extensions") {
        extensions(reader, node);
    }
    let variables = top.get("variables").map(|node| variables(reader, node, &mut environment.broken));
    if let Some(node) = top.get("fishplate") {
        own(reader, node, &mut environment);
    }
    context(reader, &top, &environment);
    if let (Some(_), Some(SchemaDecl::Proto { .. }), Some(node)) =
        (&variables, &environment.schema, top.get("variables"))
    {
        let message = "the fields of `schema` are the variables already";
        reader.report_node(codes::BAD_POLICY, node, message);
    }
    if environment.schema.is_none() {
        environment.schema = Some(SchemaDecl::Inline(variables.unwrap_or_default()));
    }
    environment
}

/// What is ours: which message an event is, and which of its fields say what of it.
fn own<'n>(reader: &mut Reader<'_>, node: &'n Node, environment: &mut Environment<'n>) {
    let Some(entries) = reader.entries(node, "`fishplate`", &["schema", "event", "partition_by"]) else { return };
    environment.schema = entries.get("schema").and_then(|node| proto_schema(reader, node));
    if let Some(node) = entries.get("event") {
        environment.event = event_decl(reader, node);
    }
    environment.partition_by = entries.get("partition_by");
}

/// `context_variable`: the message whose fields are the variables. Its file is named under `fishplate`.
fn context(reader: &mut Reader<'_>, top: &Entries<'_>, environment: &Environment<'_>) {
    let Some(node) = top.get("context_variable") else { return };
    let Some(entries) = reader.entries(node, "`context_variable`", &["type_name"]) else { return };
    let Some(node) = reader.required(&entries, "type_name", "`context_variable`") else { return };
    let Some(name) = reader.text(node, "`type_name`") else { return };
    match &environment.schema {
        Some(SchemaDecl::Proto { message, .. }) if *message == name => {}
        _ => {
            let fault = reader.report_node(codes::BAD_POLICY, node, format!("nothing says where `{name}` is defined"));
            fault.suggestion = Some(format!("name its file: `fishplate: {{schema: FILE.proto#{name}}}`"));
        }
    }
}

fn extensions(reader: &mut Reader<'_>, node: &Node) {
    for node in reader.list(node, "`extensions`").unwrap_or_default() {
        let Some(entries) = reader.entries(node, "an extension", &["name", "version"]) else { continue };
        let Some(node) = reader.required(&entries, "name", "an extension") else { continue };
        let Some(name) = reader.text(node, "an extension's `name`") else { continue };
        if !EXTENSIONS.contains(&name) {
            let fault = reader.report_node(codes::UNSUPPORTED_KEY, node, format!("there is no extension `{name}`"));
            fault.expected = format!("one of {}", EXTENSIONS.join(", "));
            fault.suggestion = did_you_mean(name, EXTENSIONS);
        }
    }
}

fn variables<'n>(reader: &mut Reader<'_>, node: &'n Node, broken: &mut Vec<&'n str>) -> Vec<InlineField> {
    let mut fields = Vec::new();
    for node in reader.list(node, "`variables`").unwrap_or_default() {
        let known = ["name", "description", "type", "type_name", "params"];
        let Some(entries) = reader.entries(node, "a variable", &known) else { continue };
        let name = reader.required(&entries, "name", "a variable");
        let ty = match entries.get("type") {
            Some(node) => type_of(reader, node),
            None => described(reader, &entries),
        };
        let Some(node) = name else { continue };
        let Some(name) = reader.text(node, "a variable's `name`") else { continue };
        let parts: Vec<&str> = name.split('.').collect();
        if !parts.iter().all(|part| super::is_identifier(part)) {
            reader.report_node(codes::BAD_NAME, node, format!("`{name}` cannot name a variable"));
            continue;
        }
        let Some(ty) = ty else {
            broken.push(name);
            continue;
        };
        if !put(&mut fields, &parts, ty) {
            reader.report_node(codes::REPEATED_NAME, node, format!("`{name}` is already there, or a part of it is"));
        }
    }
    fields
}

/// Puts a variable among the fields of the event: a dotted one is a field of a message.
fn put(fields: &mut Vec<InlineField>, parts: &[&str], ty: Type) -> bool {
    let Some((first, rest)) = parts.split_first() else { return false };
    let at = fields.iter().position(|field| field.name == *first);
    match (at.map(|at| &mut fields[at].ty), rest) {
        (Some(InlineType::Message(inner)), [_, ..]) => put(inner, rest, ty),
        (Some(_), _) => false,
        (None, []) => {
            fields.push(InlineField { name: (*first).to_owned(), ty: InlineType::Value(ty) });
            true
        }
        (None, _) => {
            let mut inner = Vec::new();
            let whole = put(&mut inner, rest, ty);
            fields.push(InlineField { name: (*first).to_owned(), ty: InlineType::Message(inner) });
            whole
        }
    }
}

/// A type: `list<int>`, or `{type_name: list, params: [{type_name: int}]}`.
fn type_of(reader: &mut Reader<'_>, node: &Node) -> Option<Type> {
    let Kind::Scalar(text, _) = &node.kind else {
        let entries = reader.entries(node, "a type", &["type_name", "params"])?;
        return described(reader, &entries);
    };
    known(reader, node, &text.replace('<', "(").replace('>', ")"))
}

fn described(reader: &mut Reader<'_>, entries: &Entries<'_>) -> Option<Type> {
    let node = reader.required(entries, "type_name", "a variable")?;
    let name = reader.text(node, "`type_name`")?;
    let Some(params) = entries.get("params") else { return known(reader, node, name) };
    let params = reader.list(params, "`params`")?;
    let texts = params.iter().map(|param| {
        let entries = reader.entries(param, "a type", &["type_name", "params"])?;
        let node = reader.required(&entries, "type_name", "a type")?;
        let name = reader.text(node, "`type_name`")?;
        if entries.get("params").is_some() { Some(format!("{name}(..)")) } else { Some(short(name).to_owned()) }
    });
    let texts: Vec<String> = texts.collect::<Option<_>>()?;
    known(reader, node, &format!("{name}({})", texts.join(", ")))
}

fn short(name: &str) -> &str {
    match name {
        "google.protobuf.Timestamp" => "timestamp",
        "google.protobuf.Duration" => "duration",
        other => other,
    }
}

fn known(reader: &mut Reader<'_>, node: &Node, text: &str) -> Option<Type> {
    let ty = Schema::parse_inline_type(short(text));
    if ty.is_none() {
        let fault = reader.report_node(codes::UNKNOWN_TYPE, node, format!("no field of an event is a `{text}`"));
        fault.expected =
            "one of bool, int, uint, double, string, bytes, timestamp, duration, lists and maps of them".into();
        let scalars = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];
        fault.suggestion = did_you_mean(text, scalars);
    }
    ty
}
