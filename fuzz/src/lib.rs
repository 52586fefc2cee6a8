//! Bytes of any kind into whatever reads bytes: nothing panics, and what must hold of every input holds.
//!
//! A target is a function of bytes, with the inputs that others are made from. `tests/short.rs` mutates those by a seed, in
//! every run of the tests; `guided/` lets libFuzzer look for inputs that reach new code, for as long as one likes
//! (scripts/fuzz.sh). What either finds becomes a test of the room that it is in.

mod documents;
mod events;
mod expressions;
pub mod mutate;
mod states;

/// Something that reads bytes.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Reads; panics where something does not hold.
    pub run: fn(&[u8]),
    /// Inputs that it takes, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of its language.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "parser", run: expressions::parser, seeds: expressions::seeds, words: expressions::WORDS },
    Target { name: "checker", run: expressions::checker, seeds: expressions::seeds, words: expressions::WORDS },
    Target { name: "evaluator", run: expressions::evaluator, seeds: expressions::seeds, words: expressions::WORDS },
    Target { name: "json", run: events::json, seeds: events::json_seeds, words: events::WORDS },
    Target { name: "protobuf", run: events::protobuf, seeds: events::protobuf_seeds, words: &[] },
    Target { name: "documents", run: documents::documents, seeds: documents::seeds, words: documents::WORDS },
    Target { name: "tables", run: documents::tables, seeds: documents::table_seeds, words: documents::WORDS },
    Target { name: "snapshots", run: states::snapshots, seeds: states::snapshot_seeds, words: &[] },
    Target { name: "prepared", run: states::prepared, seeds: states::prepared_seeds, words: &[] },
];
