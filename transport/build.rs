//! Compiles `proto/` into the messages and services of `wire::proto`, in this process: no protoc, no network.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use prost::Message as _;
use tonic_prost_build::FileDescriptorSet;

const FILES: [&str; 5] = [
    "fishplate/v1/decision.proto",
    "fishplate/v1/operator.proto",
    "fishplate/v1/rule_set.proto",
    "fishplate/v1/session.proto",
    "fishplate/v1/value.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../proto");
    println!("cargo::rerun-if-changed={}", root.join("fishplate").display());
    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("fishplate.v1.binpb");
    // What reflection shows is the contract as it is written.
    std::fs::write(&out, compiler.encode_file_descriptor_set())?;
    let services = env::var_os("CARGO_FEATURE_GRPC").is_some();
    tonic_prost_build::configure()
        .build_client(services)
        .build_server(services)
        .bytes(".")
        .compile_fds(with_encoded_fields(FileDescriptorSet::decode(&*std::fs::read(out)?)?))?;
    Ok(())
}

/// The same contract with the fields and the features of an event left encoded. On the wire a message in a message and bytes are one and the
/// same; this way an event's fields are read once, by whoever decides, within bounds and without a tree in memory.
fn with_encoded_fields(mut files: FileDescriptorSet) -> FileDescriptorSet {
    use prost_types::field_descriptor_proto::Type;
    let messages = files.file.iter_mut().flat_map(|file| &mut file.message_type);
    let fields = messages.filter(|message| message.name() == "Event").flat_map(|message| &mut message.field);
    for field in fields.filter(|field| matches!(field.name(), "fields" | "features")) {
        field.set_type(Type::Bytes);
        field.type_name = None;
    }
    files
}
