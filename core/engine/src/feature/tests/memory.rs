//! What windows weigh: the figures that `docs/windows.md` promises.

use super::super::ALLOCATION;
use super::*;

/// A window that has seen an event in each of `buckets` minutes and one more, as one does that has run for long.
fn full(aggregate: Aggregate, buckets: i64, value: impl Fn(i64) -> Value) -> (Definition, Window) {
    let of = by_minutes(aggregate, buckets);
    let mut window = Window::new(&of);
    for minute in 0..=3 * buckets {
        let time = i128::from(minute) * MINUTE + 1;
        window.observe(&of, at(time, &of), Some(&value(minute))).expect("no sum leaves its range");
    }
    (of, window)
}

#[test]
fn an_empty_window_owns_nothing() {
    for aggregate in aggregates() {
        assert_eq!(Window::new(&by_minutes(aggregate, 60)).bytes(), 0);
    }
}

#[test]
fn a_full_window_has_a_cell_for_each_bucket_and_one_more() {
    let of = |aggregate, value: Value| full(aggregate, 60, |_| value.clone()).1.bytes();
    let older = |size: usize| 60 * size + ALLOCATION; // small cells: the newest is in the window itself
    assert_eq!(of(Aggregate::Count, Value::Null), older(2));
    assert_eq!(of(Aggregate::Rate, Value::Null), older(2));
    assert_eq!(of(Aggregate::Sum(Number::Int), Value::Int(1)), older(8));
    assert_eq!(of(Aggregate::Sum(Number::Double), Value::Double(1.0)), older(8));
    let summed = |size: usize| 62 * size + ALLOCATION; // one more for what all but the newest come to
    assert_eq!(of(Aggregate::Avg(Number::Double), Value::Double(1.0)), summed(16));
    assert_eq!(of(Aggregate::Avg(Number::Int), Value::Int(1)), summed(24));
    assert_eq!(of(Aggregate::Stddev(Number::Double), Value::Double(1.0)), summed(24));
    let cells = |size: usize| 61 * size + ALLOCATION;
    assert_eq!(of(Aggregate::Min(Ordered::Int), Value::Int(1)), cells(16));
    assert_eq!(of(Aggregate::Max(Ordered::Double), Value::Double(1.0)), cells(16));
    let instant = Value::Timestamp(Timestamp::new(0, 0).expect("the epoch"));
    assert_eq!(of(Aggregate::Max(Ordered::Timestamp), instant), cells(24));
    assert_eq!(of(Aggregate::Last(Plain::Int), Value::Int(1)), cells(40));
    // A string of 3 bytes: 16 for the count of its owners, and its allocation.
    assert_eq!(of(Aggregate::First(Plain::String), Value::from("abc")), cells(40) + 61 * (3 + 16 + ALLOCATION));
    // A set of one has room for four hashes.
    assert_eq!(of(Aggregate::Distinct(Plain::Int), Value::Int(1)), cells(24) + 61 * (4 * 8 + ALLOCATION));
}

#[test]
fn a_million_keys_of_three_hourly_counts_by_minutes_fit_in_a_gibibyte_and_sums_in_two() {
    let key = |window: Window| 3 * (size_of::<Window>() + window.bytes());
    let counts = key(full(Aggregate::Count, 60, |_| Value::Null).1);
    let sums = key(full(Aggregate::Sum(Number::Double), 60, |_| Value::Double(1.0)).1);
    // The table of keys takes the rest: an entry, its key and its share of the index.
    assert!(counts + 130 <= (1 << 30) / 1_000_000, "{counts} bytes a key");
    assert!(sums + 130 <= (2 << 30) / 1_000_000, "{sums} bytes a key");
}

#[test]
fn a_window_weighs_what_is_in_it_however_it_came_there() {
    for aggregate in [Aggregate::Count, Aggregate::Distinct(Plain::Int)] {
        let of = by_minutes(aggregate, 600);
        let horizon = EventTime(-600 * MINUTE);
        let put = |window: &mut Window, minute: i128| {
            let moment = Moment { time: EventTime(minute * MINUTE), horizon };
            window.observe(&of, moment, Some(&Value::Int(1))).expect("a count");
        };
        let (mut forwards, mut backwards) = (Window::new(&of), Window::new(&of));
        for minute in 0..500 {
            put(&mut forwards, minute);
            put(&mut backwards, 499 - minute);
        }
        assert_eq!(forwards.bytes(), backwards.bytes());
    }
}

#[test]
fn two_events_at_the_ends_take_the_cells_between_and_forgetting_gives_them_back() {
    let of = by_minutes(Aggregate::Count, 60);
    let mut window = Window::new(&of);
    let mut put = |minute: i128| {
        window.observe(&of, at(minute * MINUTE, &of), Some(&Value::Null)).expect("a count");
        window.bytes()
    };
    assert_eq!(put(0), 0, "the newest is in the window itself");
    assert_eq!(put(1), 4 * 2 + ALLOCATION, "room for four");
    assert_eq!(put(58), 60 * 2 + ALLOCATION, "of 58 behind the newest, in fours");
    assert_eq!(put(70), 12 * 2 + ALLOCATION, "58 to 69");
    assert_eq!(put(300), 0);
}
