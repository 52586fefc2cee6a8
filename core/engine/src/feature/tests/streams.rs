//! Disordered streams through a window and through the model: 10,000 of them, or as many as FISHPLATE_STREAMS says.

use super::model::{Model, Reading};
use super::random::{Observed, Stream};
use super::*;
use crate::codec::Cursor;

/// What differs between window and model on a stream, if anything does.
fn difference(of: &Definition, disorder: i128, events: &[Observed]) -> Option<String> {
    let (mut window, mut model) = (Window::new(of), Model::new(*of, disorder));
    for (nth, event) in events.iter().enumerate() {
        let late = model.is_late(event.time);
        let expected = model.event(event.time, event.value.as_ref());
        let horizon = EventTime(model.mark() - disorder - of.size);
        let moment = Moment { time: EventTime(event.time), horizon };
        let input = event.value.as_ref().filter(|_| !late);
        let (before, weight) = (bytes_of(&window), window.bytes());
        if let Some(wrong) = differ("copy", window.clone().observe(of, moment, input), &expected) {
            return Some(format!("event {nth}: {wrong}"));
        }
        if bytes_of(&window) != before {
            return Some(format!("event {nth}: a copy of the window shares what it holds"));
        }
        if nth % 3 == 0 {
            let Ok(read) = Window::read(of, &mut Cursor::new(&before)) else {
                return Some(format!("event {nth}: the window's own bytes are refused"));
            };
            if read.bytes() != weight || bytes_of(&read) != before {
                return Some(format!("event {nth}: the window that was read back is another"));
            }
            window = read;
        }
        if let Some(wrong) = differ("window", window.observe(of, moment, input), &expected) {
            return Some(format!("event {nth}: {wrong}"));
        }
        if window.ends(of).is_none_or(|end| end <= horizon.0) != is_over(&model, &window, of) {
            return Some(format!("event {nth}: the window is over, or is not and should be"));
        }
    }
    None
}

fn bytes_of(window: &Window) -> Vec<u8> {
    let mut bytes = Vec::new();
    window.write(&mut bytes);
    bytes
}

fn differ(what: &str, found: Result<Option<Value>, super::super::Overflow>, expected: &Reading) -> Option<String> {
    let agree = match (&found, expected) {
        (Ok(found), Ok(expected)) => same(found, expected),
        (Err(_), Err(())) => true,
        _ => false,
    };
    (!agree).then(|| format!("{what} {found:?}, model {expected:?}"))
}

/// A window is over when its newest bucket has ended by the horizon; one into which the last event went is not.
fn is_over(model: &Model, window: &Window, of: &Definition) -> bool {
    let slide = of.size / i128::from(of.buckets);
    let gone = model.mark() - model.disorder - of.size;
    window.newest().is_none_or(|newest| (i128::from(newest) + 1) * slide <= gone)
}

/// The fewest events that still differ: one after the other is left out as long as the rest does.
fn shrunk(stream: &Stream) -> Vec<Observed> {
    let mut events = stream.events.clone();
    let mut at = 0;
    while at < events.len() {
        let mut fewer = events.clone();
        fewer.remove(at);
        match difference(&stream.of, stream.disorder, &fewer) {
            Some(_) => events = fewer,
            None => at += 1,
        }
    }
    events
}

#[test]
fn windows_agree_with_a_model_that_keeps_every_event() {
    let streams = std::env::var("FISHPLATE_STREAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_u64);
    let mut events = 0;
    for seed in 0..streams {
        let stream = Stream::new(seed);
        events += stream.events.len();
        if difference(&stream.of, stream.disorder, &stream.events).is_some() {
            let few = shrunk(&stream);
            let wrong = difference(&stream.of, stream.disorder, &few).unwrap_or_default();
            panic!("seed {seed}: {wrong}\n{:#?}\ndisorder {}\n{few:#?}", stream.of, stream.disorder);
        }
    }
    println!("{streams} streams of {events} events agree");
}
