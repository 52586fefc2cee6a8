//! What an evaluation may cost, and what it costs. Expectations are counted by hand from the model in `cost`.

use super::tests::compile;
use crate::{Code, Slot, Slots, Stack, Value};

#[test]
fn cost_is_bounded_and_never_absorbed() {
    let mut slots = Slots::default();
    let cost_of = |source: &str, slots: &mut Slots| {
        let program = compile(source, slots);
        let table = vec![Slot::Value(Value::Bool(true)); slots.paths().len()];
        (0..1_000).find(|limit| program.run(&table, *limit).is_ok()).expect("cheap")
    };
    assert_eq!(cost_of("1 + 2", &mut slots), 0, "folded");
    assert_eq!(cost_of("event.flag", &mut slots), 2, "a name and a selection");
    assert_eq!(cost_of("has(event.flag)", &mut slots), 1);
    assert_eq!(cost_of("!event.flag && event.flag", &mut slots), 3, "the right side is not reached");
    assert_eq!(cost_of("[event.flag]", &mut slots), 12);
    assert_eq!(cost_of("{'a': event.flag}", &mut slots), 32);
    let program = compile("event.flag == event.flag || true", &mut Slots::default());
    let error = program.run(&[Slot::Value(Value::Bool(true))], 3).expect_err("2 and 2 are more than 3");
    assert_eq!((error.code, error.span.start, error.span.end), (Code::LIMIT_COST, 14, 24));
}

#[test]
fn what_text_and_lists_cost_is_known_before_the_work_is_done() {
    let long = Slot::Value("9".repeat(1_000).as_str().into());
    let spent = |source: &str, given: &Slot| {
        let mut slots = Slots::default();
        let program = compile(source, &mut slots);
        let table = vec![given.clone(); slots.paths().len()];
        (0..10_000).find(|limit| !matches!(program.run(&table, *limit), Err(error) if error.code == Code::LIMIT_COST))
    };
    assert_eq!(spent("int(event.country)", &long), Some(2 + 100), "a tenth of the text is read");
    assert_eq!(spent("event.country == event.country", &long), Some(2 + 2 + 100));
    // Two lists (12 each), the two of them, and a tenth of the text in them.
    assert_eq!(spent("[event.country] == [event.country]", &long), Some(12 + 12 + 1 + 100));
    let entries: Vec<Value> = (0..1_000).map(Value::Int).collect();
    let list = Slot::Value(Value::List(entries.into()));
    assert_eq!(spent("event.any == event.any", &list), Some(2 + 2 + 1 + 1_000), "one for each entry");
    assert_eq!(spent("event.any in [event.any, event.any]", &list), Some(2 + 10 + 4 + 1 + 1_001 * 2));
}

#[test]
fn a_stack_serves_many_runs() {
    let mut slots = Slots::default();
    let program = compile("event.amount > 1.0 && [event.amount] != []", &mut slots);
    let mut stack = Stack::default();
    let table = [Slot::Value(Value::Double(2.0))];
    for cost in [0, 5, 100, 0, 100] {
        let outcome = program.run_on(&mut stack, &table, cost);
        assert_eq!(outcome.is_ok(), cost == 100);
    }
}
