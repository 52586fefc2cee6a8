//! `docs/ring-layout.md` and the code say the same numbers.

use std::collections::BTreeMap;

use fishplate_ring::layout::{self, flags, kind};

const PAGE: &str = include_str!("../../docs/ring-layout.md");

/// The rows of the page's tables, by cells, with the heads of their tables.
fn tables() -> Vec<(Vec<&'static str>, Vec<Vec<&'static str>>)> {
    let mut tables: Vec<(Vec<&str>, Vec<Vec<&str>>)> = Vec::new();
    let mut inside = false;
    for line in PAGE.lines() {
        let Some(row) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            inside = false;
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        match tables.last_mut() {
            Some((_, rows)) if inside => rows.push(cells),
            _ => tables.push((cells, Vec::new())),
        }
        inside = true;
    }
    tables
}

fn number(cell: &str) -> u64 {
    let plain = cell.replace(',', "");
    let parsed = match plain.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => plain.parse(),
    };
    parsed.unwrap_or_else(|_| panic!("{cell:?} is no number"))
}

#[test]
fn every_number_of_the_code_stands_on_the_page_once_and_no_other() {
    let mut page = BTreeMap::new();
    for (head, rows) in tables() {
        if head[0] == "name" {
            for row in rows.iter().filter(|row| row[0].starts_with('`')) {
                let name = row[0].trim_matches('`');
                assert_eq!(page.insert(name, number(row[1])), None, "{name} stands there twice");
            }
        }
    }
    let code: BTreeMap<&str, u64> =
        [layout::TABLE, kind::TABLE, flags::TABLE].concat().into_iter().map(|(name, value, _)| (name, value)).collect();
    assert_eq!(page, code);
}

#[test]
fn the_tables_of_the_page_list_every_byte() {
    let mut sizes = Vec::new();
    for (head, rows) in tables() {
        if head.get(1..3) != Some(&["offset", "bytes"]) {
            continue;
        }
        let end = rows.iter().skip(1).fold(0, |next, row| {
            assert_eq!(number(row[1]), next, "{row:?} follows what is before it");
            next + number(row[2])
        });
        sizes.push(end);
    }
    let expected = [layout::HEADER_BYTES, layout::CONTROL_BYTES, layout::FRAME_HEADER_BYTES].map(u64::from);
    assert_eq!(sizes, expected);
}
