//! What parsers of protobuf agree on, beyond the plain reading of a field.

use super::{decode, decoder};
use crate::error::Error;
use crate::event::Body;

fn slots(paths: &[&str], wire: &[u8]) -> Result<Vec<String>, Error> {
    decode(&decoder(paths), paths.len(), Body::Protobuf(wire), false)
}

fn good(paths: &[&str], wire: &[u8]) -> Vec<String> {
    slots(paths, wire).expect("a good message")
}

#[test]
fn the_last_of_repeated_scalars_wins() {
    assert_eq!(good(&["i32"], &[0x10, 1, 0x10, 2]), ["int 2"]);
    assert_eq!(good(&["i32"], &[0x10, 1, 0x10, 0]), ["-"]);
}

#[test]
fn a_message_in_two_parts_is_one() {
    let wire = [0x92, 3, 3, 0x0a, 1, b'a', 0x92, 3, 2, 0x10, 5];
    assert_eq!(good(&["device.id", "device.battery"], &wire), ["\"a\"", "int 5"]);
    // The messages among the leaves merge as well: seconds, then nanoseconds.
    assert_eq!(good(&["at"], &[0xf2, 1, 2, 0x08, 7, 0xf2, 1, 2, 0x10, 9]), ["timestamp 7;9"]);
    assert_eq!(good(&["w_i64"], &[0x92, 2, 2, 0x08, 7, 0x92, 2, 0]), ["int 7"]);
}

#[test]
fn the_last_member_of_a_oneof_empties_the_others() {
    let paths = ["choice_text", "choice_number", "choice_device", "choice_device.tags"];
    let device = [0xe2, 5, 3, 0x1a, 1, b't'];
    let number = [0xd8, 5, 4];
    assert_eq!(good(&paths, &[&device[..], &number[..]].concat()), ["-", "int 4", "-", "-"]);
    assert_eq!(good(&paths, &[&number[..], &device[..]].concat()), ["-", "-", "bool true", "[\"t\"]"]);
    // A member that nobody reads empties them too.
    assert_eq!(good(&["choice_text"], &[0xd2, 5, 1, b'a', 0xd8, 5, 4]), ["-"]);
}

#[test]
fn the_last_entry_of_a_key_wins() {
    let wire = [0x82, 5, 6, 0x0a, 1, b'k', 0x12, 1, b'v', 0x82, 5, 6, 0x0a, 1, b'k', 0x12, 1, b'w'];
    assert_eq!(good(&["map_text"], &wire), ["{\"k\": \"w\"}"]);
}

#[test]
fn a_record_of_another_wire_type_is_an_unknown_field() {
    assert_eq!(good(&["i32"], &[0x10, 7, 0x12, 1, b'a']), ["int 7"]);
    assert_eq!(good(&["text"], &[0x70, 7]), ["-"]);
    assert_eq!(good(&["device"], &[0x90, 3, 1]), ["-"]);
}

#[test]
fn numbers_are_cut_to_the_width_of_their_field() {
    // 2^32 + 1 in an int32, and a bool of 256.
    assert_eq!(good(&["i32"], &[0x10, 0x81, 0x80, 0x80, 0x80, 0x10]), ["int 1"]);
    assert_eq!(good(&["flag"], &[0x08, 0x80, 0x02]), ["bool true"]);
}

#[test]
fn unknown_fields_of_every_wire_type_are_skipped() {
    let wire = [
        0xf8, 0x0f, 0x96, 1, // varint
        0xf9, 0x0f, 1, 2, 3, 4, 5, 6, 7, 8, // 64 bits
        0xfa, 0x0f, 2, 1, 2, // length
        0xfb, 0x0f, 0x08, 1, 0x13, 0x14, 0xfc, 0x0f, // group in group
        0xfd, 0x0f, 1, 2, 3, 4, // 32 bits
        0x10, 1,
    ];
    assert_eq!(good(&["i32"], &wire), ["int 1"]);
}

#[test]
fn malformed_bytes_are_refused_at_their_place() {
    for (wire, what) in [
        (&[0x10][..], "the bytes end inside a varint (at byte 1)"),
        (&[0x10, 0x80], "the bytes end inside a varint (at byte 1)"),
        (&[0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2], "a varint of more than 64 bits (at byte 1)"),
        (&[0x00, 1], "field number 0 (at byte 0)"),
        (&[0x16, 1], "wire type 6, which does not exist (at byte 0)"),
        (&[0x17, 1], "wire type 7, which does not exist (at byte 0)"),
        (&[0x72, 5, b'a'], "5 bytes are announced and 1 are left (at byte 2)"),
        (&[0x55, 1, 2], "4 bytes are announced and 2 are left (at byte 1)"),
        (&[0x13, 0x08, 1], "the bytes end inside group 2 (at byte 3)"),
        (&[0x13, 0x1c], "the end of group 3, which did not begin (at byte 2)"),
        (&[0x14], "the end of group 2, which did not begin (at byte 1)"),
    ] {
        let error = slots(&["device.id"], wire).expect_err(what);
        assert_eq!(error.code(), crate::codes::MALFORMED_PROTOBUF, "{wire:02x?}");
        assert!(error.to_string().contains(&format!("not a protobuf message: {what}")), "{error}");
    }
}

#[test]
fn an_error_names_the_field_that_it_is_in() {
    let inside = slots(&["device.id"], &[0x92, 3, 3, 0x0a, 5, b'a']).expect_err("truncated inside");
    assert!(inside.to_string().ends_with(" --> event.device.id"), "{inside}");
    let text = slots(&["device.tags"], &[0x92, 3, 6, 0x1a, 1, b'a', 0x1a, 1, 0xff]).expect_err("not UTF-8");
    assert!(text.to_string().ends_with("string is not valid UTF-8 at its byte 0\n --> event.device.tags[1]"), "{text}");
    let time = slots(&["at"], &[0xf2, 1, 6, 0x10, 0x80, 0x94, 0xeb, 0xdc, 3]).expect_err("10^9 nanoseconds");
    assert!(time.to_string().contains("timestamp of 0 seconds and 1000000000 nanoseconds is out of range"), "{time}");
}
