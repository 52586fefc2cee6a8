//! The header that is checked in, held to the table of operations.

use fishplate_boundary::table::{FORMATS, OPERATIONS};

fn header() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/include/fishplate.h");
    std::fs::read_to_string(path).expect("the header is checked in")
}

#[test]
fn every_row_of_the_table_is_in_the_header() {
    let header = header();
    for row in OPERATIONS {
        let declared = format!("FishplateStatus fishplate_{}(", row.name);
        assert!(header.contains(&declared), "{declared} is missing");
    }
}

#[test]
fn every_status_code_and_format_is_in_the_header() {
    let header = header();
    for row in &fishplate::status::TABLE {
        let constant = format!("FISHPLATE_STATUS_{} = {},", row.name, row.status as i32);
        assert!(header.contains(&constant), "{constant} is missing");
    }
    for explained in fishplate::codes::all() {
        let constant = format!("FISHPLATE_CODE_{} = {},", explained.code, explained.code.0);
        assert!(header.contains(&constant), "{constant} is missing");
    }
    for (number, name, _) in FORMATS {
        let constant = format!("FISHPLATE_FORMAT_{} = {number},", name.to_uppercase());
        assert!(header.contains(&constant), "{constant} is missing");
    }
}

#[test]
fn the_header_opens_with_who_owns_what_and_which_thread_may_call() {
    let header = header();
    let guard = header.find("#ifndef FISHPLATE_H").expect("an include guard");
    for promise in [
        "WHO OWNS WHAT",
        "THREADS",
        "ERRORS",
        "TOO SMALL A STORAGE",
        "STATE AND TIME",
        "SESSIONS",
        "WHO WAITS",
        "FORKS",
    ] {
        assert!(header.find(promise).is_some_and(|at| at < guard), "{promise} stands at the beginning");
    }
}
