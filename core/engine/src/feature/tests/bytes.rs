//! The bytes of windows: what comes back, and what is refused. That whole windows come back is among what streams check.

use super::random::Stream;
use super::*;
use crate::codec::{Cursor, Damaged};

/// The window of a stream, where it ends.
fn window(stream: &Stream) -> Window {
    let (of, mut mark) = (&stream.of, i128::MIN / 2);
    let mut window = Window::new(of);
    for event in &stream.events {
        mark = mark.max(event.time);
        let moment = Moment { time: EventTime(event.time), horizon: EventTime(mark - stream.disorder - of.size) };
        let _ = window.observe(of, moment, event.value.as_ref());
    }
    window
}

/// Bytes of windows of many definitions.
fn written() -> impl Iterator<Item = (Definition, Vec<u8>)> {
    (0..300).map(Stream::new).map(|stream| {
        let mut bytes = Vec::new();
        window(&stream).write(&mut bytes);
        (stream.of, bytes)
    })
}

#[test]
fn bytes_that_are_cut_are_refused() {
    for (of, bytes) in written() {
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
            assert_eq!(Window::read(&of, &mut Cursor::new(&bytes[..end])).err(), Some(Damaged));
        }
    }
}

#[test]
fn bytes_that_are_changed_are_refused_or_another_window_that_works() {
    let mut random = super::random::Random(1);
    for (of, mut bytes) in written() {
        for _ in 0..40 {
            let at = random.below(bytes.len() as u64) as usize;
            let old = std::mem::replace(&mut bytes[at], random.next() as u8);
            if let Ok(mut window) = Window::read(&of, &mut Cursor::new(&bytes)) {
                let newest =
                    window.newest().map_or(0, |newest| i128::from(newest) * (of.size / i128::from(of.buckets)));
                let _ = window.observe(&of, super::at(newest, &of), None);
                assert!(window.bytes() <= 64 * (bytes.len() + 64), "{} bytes from {}", window.bytes(), bytes.len());
            }
            bytes[at] = old;
        }
    }
}

#[test]
fn counts_of_cells_that_are_not_there_take_no_memory() {
    let of = by_minutes(Aggregate::Last(Plain::String), 60);
    assert_eq!(Window::read(&of, &mut Cursor::new(&[0, 255, 255, 255, 255, 0, 0, 0])).err(), Some(Damaged));
    let mut many = vec![0];
    many.extend(200_000_u32.to_le_bytes());
    many.extend([0; 200_008]);
    assert_eq!(Window::read(&of, &mut Cursor::new(&many)).err(), Some(Damaged), "no document allows as many buckets");
}

#[test]
fn values_of_another_type_are_refused() {
    let (int, string) = (by_minutes(Aggregate::Last(Plain::Int), 1), by_minutes(Aggregate::Last(Plain::String), 1));
    let mut window = Window::new(&int);
    window.observe(&int, at(0, &int), Some(&Value::Int(1))).expect("a value");
    let mut bytes = Vec::new();
    window.write(&mut bytes);
    assert!(Window::read(&int, &mut Cursor::new(&bytes)).is_ok());
    assert_eq!(Window::read(&string, &mut Cursor::new(&bytes)).err(), Some(Damaged));
}
