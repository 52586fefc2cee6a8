//! What is listed of the rings of a machine.

#![cfg(target_os = "linux")]

use fishplate_ring::{Found, Geometry, Options, Ring, list};

/// The listed ring of that name.
fn listed(name: &str) -> Option<Found> {
    list().expect("rings can be listed").into_iter().find(|found| found.name == name)
}

#[test]
fn a_ring_is_listed_while_it_is_there() {
    let name = format!("listed-{}", std::process::id());
    assert_eq!(listed(&name), None);
    let options = Options { pairs: 1, lane_bytes: 4096 };
    let ring = Ring::create(&name, options).expect("a ring");
    let bytes = Geometry::new(1, 4096).expect("within bounds").file_bytes();
    assert_eq!(listed(&name), Some(Found { name: name.clone(), bytes, served: true }));
    drop(ring);
    assert_eq!(listed(&name), None);
}
