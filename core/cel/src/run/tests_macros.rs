//! Macros, optionals and types as values, from text to value. Expectations are derived by hand from the specification.

use super::tests::{compile, run_with};
use crate::{Code, Slot, Slots, Value};

fn code(source: &str) -> Code {
    run_with(source, &[]).expect_err(source).code
}

fn all_true(sources: &[&str]) {
    for source in sources {
        assert_eq!(run_with(source, &[]), Ok(Value::Bool(true)), "{source}");
    }
}

#[test]
fn a_list_is_asked_entry_by_entry() {
    all_true(&[
        "[1, 2, 3].all(x, x > 0) && ![1, 2, 3].all(x, x > 1)",
        "[1, 2, 3].exists(x, x == 2) && ![].exists(x, true) && [].all(x, false)",
        "[1, 2, 3].exists_one(x, x > 2) && ![1, 2, 3].exists_one(x, x > 1)",
        "[1, 2, 3].filter(x, x % 2 == 1) == [1, 3]",
        "[1, 2, 3].map(x, x * 2) == [2, 4, 6] && [1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "{'a': 1, 'b': 2}.exists(k, k == 'b') && {'a': 1, 'b': 2}.map(k, k) == ['a', 'b']",
        "{'a': 1}.all(k, v, k == 'a' && v == 1) && [5, 6].exists(i, v, i == 1 && v == 6)",
        "[5, 6].transformList(i, v, i + v) == [5, 7] && {'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
        "['a', 'b'].transformMapEntry(i, v, {v: i}) == {'a': 0, 'b': 1}",
        "[[1, 2], [3]].map(x, x.map(y, y + 1)) == [[2, 3], [4]]",
    ]);
}

#[test]
fn an_entry_that_decides_absorbs_the_errors_before_it() {
    all_true(&["[0, 1].exists(x, 1 / x == 1)", "![0, 1].all(x, 1 / x == 2)"]);
    assert_eq!(code("[0, 1].exists(x, 1 / x == 2)"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("[0, 1].all(x, 1 / x == 1)"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("[0, 1].exists_one(x, 1 / x == 1)"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("[1, 0].map(x, 1 / x)"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("[1, 0].map(x, 1 / x > 0, x)"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("[1 / 0].map(x, 1)"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("dyn(1).exists(x, true)"), Code::NO_SUCH_OVERLOAD);
    assert_eq!(code("['a', 'a'].transformMapEntry(i, v, {v: i})"), Code::REPEATED_KEY);
}

#[test]
fn a_variable_hides_the_names_outside_it_and_no_longer() {
    let given = [("event.count", Slot::Value(Value::Int(7)))];
    for source in [
        "[1].map(event, event + 1) == [2] && event.count == 7",
        "[1, 2].map(x, [10].map(x, x)[0] + x) == [11, 12]",
        "cel.bind(x, event.count, cel.bind(x, x + 1, x)) == 8",
        "[1].exists(event, .event.count == 7)",
    ] {
        assert_eq!(run_with(source, &given), Ok(Value::Bool(true)), "{source}");
    }
}

#[test]
fn what_is_bound_is_an_error_only_where_it_is_used() {
    all_true(&[
        "cel.bind(x, 1 / 0, true)",
        "cel.bind(x, 1 / 0, x == 1 || true)",
        "cel.block([1 / 0, 2], cel.index(1)) == 2",
    ]);
    assert_eq!(code("cel.bind(x, 1 / 0, x == 1)"), Code::DIVISION_BY_ZERO);
}

#[test]
fn optionals_hold_a_value_or_none() {
    all_true(&[
        "optional.of(1).hasValue() && !optional.none().hasValue() && optional.of(1).value() == 1",
        "{'a': 1}.?a.orValue(0) == 1 && {'a': 1}.?b.orValue(0) == 0 && [1][?1] == optional.none()",
        "{'a': {'b': 1}}.?a.b == optional.of(1) && {'a': {'b': 1}}.?x.b == optional.none()",
        "[?optional.of(1), ?optional.none(), 2] == [1, 2] && {?'a': optional.none(), 'b': 1} == {'b': 1}",
        "optional.of(1).orValue(1 / 0) == 1 && optional.of(1).or(optional.of(1 / 0)).value() == 1",
        "optional.none().or(optional.of(2)).orValue(1 / 0) == 2 && {'a': {'b': 1}}.?a.?b.orValue({}.c) == 1",
        "optional.of(2).optMap(x, x * 2).value() == 4 && !optional.none().optMap(x, x).hasValue()",
        "optional.of(2).optFlatMap(x, x > 1 ? optional.of(x) : optional.none()).hasValue()",
        "optional.none().or(optional.of(3)).value() == 3 && optional.ofNonZeroValue(0) == optional.none()",
        "type(optional.of(1)) == optional_type && optional.of(1) != optional.of(2)",
    ]);
    assert_eq!(code("optional.none().value()"), Code::BAD_ARGUMENT);
}

#[test]
fn types_are_values() {
    all_true(&[
        "type(1) == int && type(1u) == uint && type('a') == string && type(type(1)) == type",
        "type([]) == list && type({}) == map && type(null) == null_type && type(1.0) != int",
        "type(timestamp(0)) == google.protobuf.Timestamp && [1, 'a'].map(x, type(x)) == [int, string]",
    ]);
}

#[test]
fn patterns_are_regular_expressions() {
    all_true(&[
        "'hubba'.matches('ubb') && !'hubba'.matches('^ubb') && matches('a1', '^[a-z]\\\\d$')",
        "['a', 'b'].exists(p, 'xbx'.matches(p))",
    ]);
    assert_eq!(code("'a'.matches('(' + ['a'][0])"), Code::BAD_ARGUMENT);
}

#[test]
fn each_entry_costs_and_the_limit_ends_every_loop() {
    let cost_of = |source: &str| {
        let program = compile(source, &mut Slots::default());
        (0..10_000).find(|limit| program.run(&[], *limit).is_ok()).expect("cheap")
    };
    // The list is a constant; each entry is 3 for the loop, 1 for the variable and 1 for the comparison.
    assert_eq!(cost_of("[1, 2, 3].all(x, x > 0)"), 15);
    assert_eq!(cost_of("[1, 2, 3].exists(x, x == 1)"), 5, "what decides ends it");
    assert_eq!(cost_of("[1, 2, 3].map(x, x)"), 3 * (12 + 1));
    let program = compile("lists.range(3000).exists(n, 'a'.matches(string(n)))", &mut Slots::default());
    assert_eq!(program.run(&[], 1_000_000).expect_err("3,000 patterns").code, Code::LIMIT_COST);
    let program = compile("lists.range(200).all(x, lists.range(200).all(y, x + y >= 0))", &mut Slots::default());
    assert_eq!(program.run(&[], 100_000).expect_err("forty thousand entries").code, Code::LIMIT_COST);
    assert_eq!(program.run(&[], 100_000_000), Ok(Value::Bool(true)));
}
