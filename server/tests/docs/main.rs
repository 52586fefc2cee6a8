//! The commands on the pages of the manual give what the pages show, to the letter.
//!
//! A page names its commands in fenced blocks marked `console`: a line that begins with `$ ` is a command, the lines
//! after it are what it prints (both streams, in the order in which they end). To hold another page to its word, add a
//! test that calls [`page::run`].

mod page;

use std::path::Path;

/// A path from the root of the repository.
fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn the_manual_of_the_command_line_shows_what_it_prints() {
    page::run(&root("docs/cli.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_rules_shows_what_the_program_prints() {
    page::run(&root("docs/rules.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_sessions_shows_what_a_server_prints() {
    page::run(&root("docs/transports.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_traces_and_logs_shows_what_a_server_prints() {
    page::run(&root("docs/observability.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_state_shows_what_the_program_prints() {
    page::run(&root("docs/state.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_windows_shows_what_the_program_prints() {
    page::run(&root("docs/windows.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_operations_shows_what_the_program_prints() {
    page::run(&root("docs/operations.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_operations_has_one_line_for_every_code() {
    let page = std::fs::read_to_string(root("docs/operations.md")).expect("the page is there");
    let (_, table) = page.split_once("## Every code").expect("its last part");
    let told: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| F")?.split(" | ").next()).collect();
    let codes: Vec<String> = fishplate::codes::all().iter().map(|known| known.code.to_string()).collect();
    let codes: Vec<&str> = codes.iter().filter_map(|code| code.strip_prefix('F')).collect();
    assert_eq!(told, codes, "in the order of `fishplate explain-error`");
}

#[test]
fn the_page_on_tests_shows_what_the_program_prints() {
    page::run(&root("docs/testing.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_tables_shows_what_the_program_prints() {
    page::run(&root("docs/tables.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_policies_shows_what_the_program_prints() {
    page::run(&root("docs/policy.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_explanations_shows_what_the_program_prints() {
    page::run(&root("docs/explain.md"), &root("docs/samples"));
}

#[test]
fn the_page_on_decimals_shows_what_the_program_prints() {
    page::run(&root("docs/decimals.md"), &root("docs/samples"));
}
