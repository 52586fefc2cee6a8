//! Sets of rules as people write them.

use super::{Certainty, Scratch, Set, WORST, Worst};
use crate::{Slot, Value};

/// What the index leaves, with the rules that are certain marked by `!`.
fn left(set: &Set, given: &[(&str, Value)]) -> String {
    let event = set.event(|path| {
        let found = given.iter().find(|(name, _)| *name == &*path.fields[0]);
        found.map_or(Slot::Absent, |(_, value)| Slot::Value(value.clone()))
    });
    let mut scratch = Scratch::default();
    set.hold_to_the_programs(&event, &mut scratch);
    let mut shown = Vec::new();
    set.index.candidates(&event, &mut scratch).each(|rule, certainty| {
        shown.push(format!("{rule}{}", if certainty == Certainty::Holds { "!" } else { "?" }));
    });
    shown.join(" ")
}

fn many(count: usize, rule: impl Fn(usize) -> String) -> Set {
    Set::new((0..count).map(rule).collect(), WORST)
}

#[test]
fn a_threshold_a_rule() {
    let set = many(200, |at| format!("event.double > {at}.0 && event.text != 'x{at}'"));
    let amount = |amount, text: &str| [("double", Value::Double(amount)), ("text", text.into())];
    assert_eq!(left(&set, &amount(2.5, "x1")), "0! 2!");
    assert_eq!(left(&set, &amount(2.0, "x1")), "0!");
    assert_eq!(left(&set, &amount(f64::NAN, "y")), "");
    assert_eq!(left(&set, &amount(1e300, "y")).split(' ').count(), 200);
    assert_eq!(left(&set, &[("double", Value::Int(1))]), "0?", "without the text, its program has to say so");
}

#[test]
fn a_clause_over_two_fields() {
    let set = many(200, |at| format!("event.int == {at} || event.text in ['a', 'n{at}']"));
    assert_eq!(left(&set, &[("int", Value::Int(3)), ("text", "n7".into())]), "3! 7!");
    assert_eq!(left(&set, &[("int", Value::Int(-1)), ("text", "a".into())]).split(' ').count(), 200);
    assert_eq!(left(&set, &[("int", Value::Int(3))]).split(' ').count(), 200, "any of them may be an error");
}

#[test]
fn an_absent_field_is_asked_for_without_an_error() {
    let set = many(100, |at| format!("has(event.double) && event.double > {at}.0"));
    assert_eq!(left(&set, &[]), "");
    assert_eq!(left(&set, &[("double", Value::Double(1.0))]), "0!");
}

#[test]
fn what_is_not_held_is_left_to_the_program() {
    let set = many(100, |at| format!("event.int > {at} && event.int * event.zero == {at}"));
    assert_eq!(left(&set, &[("int", Value::Int(2)), ("zero", Value::Int(0))]), "0? 1?");
}

#[test]
fn a_rule_that_nothing_matches_is_never_a_candidate() {
    let set = Set::new(vec!["false".into(), "event.flag && false".into(), "true".into()], WORST);
    assert_eq!(left(&set, &[("flag", Value::Bool(true))]), "1? 2!".replace("1? ", ""));
}

#[test]
fn a_rule_that_may_cost_too_much_is_always_a_candidate() {
    let rule = |at| format!("event.text == event.other && event.int > {at}");
    let worst = Worst { cost: 50, ..WORST };
    let set = Set::new((0..100).map(rule).collect(), worst);
    let given = [("text", "a".into()), ("other", "b".into()), ("int", Value::Int(0))];
    assert_eq!(left(&set, &given).split(' ').count(), 100);
    let first = |at| format!("event.int > {at} && event.text == event.other");
    let set = Set::new((0..100).map(first).collect(), worst);
    assert_eq!(left(&set, &given), "", "the number is looked at before anything is spent");
}

#[test]
fn memory_grows_with_the_rules_and_not_with_their_square() {
    let bytes = |count| many(count, |at| format!("event.double > {at}.5 && event.text != 'x{at}'")).index.bytes();
    let (some, more) = (bytes(1_000), bytes(8_000));
    assert!(more < 12 * some, "{some} bytes for 1,000 rules, {more} for 8,000");
}
