//! Sentences of the contract and of `docs/windows.md`, each with an example worked out by hand.

use super::super::Overflow;
use super::*;

/// What an event at `time` with `value` reads, in a stream without disorder.
fn observe(window: &mut Window, of: &Definition, time: i128, value: Value) -> Option<Value> {
    window.observe(of, at(time, of), Some(&value)).expect("no sum leaves its range")
}

/// What the values give that came at the same time.
fn of_all(aggregate: Aggregate, values: impl IntoIterator<Item = Value>) -> Option<Value> {
    let (of, mut read) = (by_minutes(aggregate, 1), None);
    let mut window = Window::new(&of);
    for value in values {
        read = observe(&mut window, &of, 0, value);
    }
    read
}

#[test]
fn nothing_counts_as_zero_and_has_no_mean() {
    let read = |aggregate| {
        let of = by_minutes(aggregate, 2);
        Window::new(&of).observe(&of, at(0, &of), None)
    };
    assert_eq!(read(Aggregate::Count), Ok(Some(Value::Int(0))));
    assert_eq!(read(Aggregate::Rate), Ok(Some(Value::Double(0.0))));
    assert_eq!(read(Aggregate::Sum(Number::Uint)), Ok(Some(Value::Uint(0))));
    assert_eq!(read(Aggregate::Distinct(Plain::String)), Ok(Some(Value::Int(0))));
    for aggregate in aggregates() {
        let zero = matches!(aggregate, Aggregate::Count | Aggregate::Rate | Aggregate::Sum(_) | Aggregate::Distinct(_));
        assert_eq!(read(aggregate).map(|value| value.is_some()), Ok(zero), "{aggregate:?}");
    }
}

#[test]
fn doubles_add_in_arrival_order_within_a_bucket_and_buckets_oldest_first() {
    let of = by_minutes(Aggregate::Sum(Number::Double), 2);
    let mut window = Window::new(&of);
    let wide = |time| Moment { time: EventTime(time), horizon: EventTime(-MINUTE) };
    let events = [(MINUTE, 1e16), (0, 1.0), (MINUTE, 1.0), (0, 1.0)];
    for (time, value) in events {
        window.observe(&of, wide(time), Some(&Value::Double(value))).expect("doubles do not overflow");
    }
    // The older bucket: 1 + 1 = 2. The newer: 1e16 + 1 = 1e16, for the 1 is lost there. Then 2 + 1e16.
    assert_eq!(window.observe(&of, wide(MINUTE), None), Ok(Some(Value::Double(10_000_000_000_000_002.0))));
}

#[test]
fn a_sum_that_would_leave_its_range_changes_nothing() {
    let of = by_minutes(Aggregate::Sum(Number::Int), 2);
    let mut window = Window::new(&of);
    assert_eq!(observe(&mut window, &of, 0, Value::Int(i64::MAX)), Some(Value::Int(i64::MAX)));
    assert_eq!(window.observe(&of, at(1, &of), Some(&Value::Int(1))), Err(Overflow));
    assert_eq!(window.observe(&of, at(1, &of), None), Ok(Some(Value::Int(i64::MAX))));
}

#[test]
fn buckets_whose_sum_is_out_of_range_are_an_error_while_they_stand_together() {
    let of = by_minutes(Aggregate::Sum(Number::Int), 2);
    let mut window = Window::new(&of);
    observe(&mut window, &of, 0, Value::Int(i64::MAX));
    assert_eq!(window.observe(&of, at(MINUTE, &of), Some(&Value::Int(1))), Err(Overflow), "the event stands in it");
    assert_eq!(observe(&mut window, &of, 2 * MINUTE, Value::Int(1)), Some(Value::Int(2)));
}

#[test]
fn whole_numbers_that_cancel_have_a_sum_whatever_stands_between() {
    let of = by_minutes(Aggregate::Sum(Number::Int), 3);
    let mut window = Window::new(&of);
    observe(&mut window, &of, 0, Value::Int(i64::MAX));
    assert_eq!(window.observe(&of, at(MINUTE, &of), Some(&Value::Int(1))), Err(Overflow));
    assert_eq!(observe(&mut window, &of, 2 * MINUTE, Value::Int(-1)), Some(Value::Int(i64::MAX)));
}

#[test]
fn an_average_of_whole_numbers_is_exact_before_it_is_divided() {
    let read = of_all(Aggregate::Avg(Number::Int), [i64::MAX, i64::MAX, -i64::MAX, -i64::MAX, 10].map(Value::Int));
    assert_eq!(read, Some(Value::Double(2.0)));
    assert_eq!(of_all(Aggregate::Avg(Number::Uint), [1, 2].map(Value::Uint)), Some(Value::Double(1.5)));
}

#[test]
fn a_rate_is_the_count_by_the_seconds_of_the_size() {
    let of = by_minutes(Aggregate::Rate, 2);
    let mut window = Window::new(&of);
    observe(&mut window, &of, 0, Value::Null);
    assert_eq!(observe(&mut window, &of, MINUTE, Value::Null), Some(Value::Double(2.0 / 120.0)));
}

#[test]
fn a_standard_deviation_is_the_populations() {
    // The mean is 5; the squares of the distances are 9, 1, 1, 1, 0, 0, 4, 16: 32 in all, 4 on the average.
    let read = of_all(Aggregate::Stddev(Number::Double), [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].map(Value::Double));
    assert_eq!(read, Some(Value::Double(2.0)));
    assert_eq!(of_all(Aggregate::Stddev(Number::Int), [Value::Int(7)]), Some(Value::Double(0.0)));
    let far = [1e9, 1e9 + 1.0, 1e9 + 2.0];
    assert_eq!(
        of_all(Aggregate::Stddev(Number::Double), far.map(Value::Double)),
        Some(Value::Double((2.0_f64 / 3.0).sqrt()))
    );
}

#[test]
fn nan_wins_over_any_number_and_negative_zero_is_the_lesser() {
    for aggregate in [Aggregate::Min(Ordered::Double), Aggregate::Max(Ordered::Double)] {
        for values in [[1.0, f64::NAN], [f64::NAN, f64::NEG_INFINITY]] {
            assert!(
                matches!(of_all(aggregate, values.map(Value::Double)), Some(Value::Double(value)) if value.is_nan())
            );
        }
    }
    for values in [[0.0, -0.0], [-0.0, 0.0]] {
        assert!(same(&of_all(Aggregate::Min(Ordered::Double), values.map(Value::Double)), &Some(Value::Double(-0.0))));
        assert!(same(&of_all(Aggregate::Max(Ordered::Double), values.map(Value::Double)), &Some(Value::Double(0.0))));
    }
}

#[test]
fn of_equal_times_first_takes_the_first_to_arrive_and_last_the_last() {
    assert_eq!(of_all(Aggregate::First(Plain::String), ["a", "b", "c"].map(Value::from)), Some(Value::from("a")));
    assert_eq!(of_all(Aggregate::Last(Plain::String), ["a", "b", "c"].map(Value::from)), Some(Value::from("c")));
}

#[test]
fn first_and_last_go_by_event_time_not_by_arrival() {
    let events = [(30, "b"), (10, "a"), (20, "c")];
    for (aggregate, expected) in [(Aggregate::First(Plain::String), "a"), (Aggregate::Last(Plain::String), "b")] {
        let of = by_minutes(aggregate, 1);
        let mut window = Window::new(&of);
        let read = events.map(|(second, value)| {
            let moment = Moment { time: EventTime(second * SECOND), horizon: EventTime(-MINUTE) };
            window.observe(&of, moment, Some(&Value::from(value)))
        });
        assert_eq!(read[2], Ok(Some(Value::from(expected))));
    }
}

#[test]
fn distinct_is_exact_to_256_values_a_bucket_and_an_estimate_beyond() {
    let of = by_minutes(Aggregate::Distinct(Plain::Int), 2);
    let mut window = Window::new(&of);
    for value in 0..256 {
        observe(&mut window, &of, 0, Value::Int(value));
    }
    for value in 128..384 {
        let read = observe(&mut window, &of, MINUTE, Value::Int(value));
        assert_eq!(read, Some(Value::Int(value.max(255) + 1)), "two buckets of 256 are exact");
    }
    let Some(Value::Int(read)) = observe(&mut window, &of, MINUTE, Value::Int(384)) else {
        panic!("distinct is an int")
    };
    // 5 standard errors of 1.6 % are 31 of 385.
    assert!((354..=416).contains(&read), "{read} different values");
    let later = observe(&mut window, &of, 3 * MINUTE, Value::Int(1));
    assert_eq!(later, Some(Value::Int(1)), "when the bucket has left, the window is exact again");
}

#[test]
fn distinct_tells_values_apart_as_the_canonical_form_does() {
    let doubles = [0.0, -0.0, f64::NAN, -f64::NAN, 1.0];
    assert_eq!(of_all(Aggregate::Distinct(Plain::Double), doubles.map(Value::Double)), Some(Value::Int(3)));
}

#[test]
fn a_window_that_has_nothing_left_is_over() {
    let of = by_minutes(Aggregate::Max(Ordered::Int), 2);
    let mut window = Window::new(&of);
    assert_eq!(window.ends(&of), None, "nothing was in it");
    observe(&mut window, &of, 0, Value::Int(1));
    assert_eq!(window.ends(&of), Some(MINUTE), "from that horizon on its bucket is gone");
}

#[test]
fn cells_of_counts_widen_when_a_bucket_has_more_than_they_can_count() {
    let of = by_minutes(Aggregate::Count, 60);
    // (how the window says its width, what a cell of it can count)
    for (width, most) in [(0, u64::from(u16::MAX)), (1, u64::from(u32::MAX))] {
        // Two buckets from number 4 on, of 1 event and of one less than can be counted (a count in nine bytes).
        let mut bytes = vec![width, 2, 0, 0, 0];
        bytes.extend(4_i64.to_le_bytes());
        bytes.extend([1, 255]);
        bytes.extend((most - 1).to_le_bytes());
        let mut window = Window::read(&of, &mut crate::codec::Cursor::new(&bytes)).expect("a window");
        let before = window.bytes();
        for more in 0..3 {
            let read = observe(&mut window, &of, 5 * MINUTE, Value::Null);
            assert_eq!(read, Some(Value::Int(most as i64 + 1 + more)));
            assert_eq!(window.bytes() > before, more > 0, "wider cells from {} events on", most + 1);
        }
    }
}
