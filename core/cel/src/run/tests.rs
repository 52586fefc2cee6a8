//! Whole expressions, from text to value. Expectations are derived by hand from the specification.

use crate::{Absent, Bounds, Code, Env, EvalError, FieldType, Program, Slot, Slots, Type, Value, check, parse, plan};

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 10_000 };
const COST: u64 = 1_000_000;

/// `event` with scalars, times, a list and a map, and `features`.
fn env() -> Env {
    let mut env = Env::default();
    let field = |name: &str, ty: Type, default: Option<Value>| {
        (name.to_owned(), FieldType { ty, absent: default.map_or(Absent::Error, Absent::Default) })
    };
    env.container("risk.v1");
    env.message(
        "risk.v1.Event",
        [
            field("amount", Type::Double, None),
            field("count", Type::Int, Some(Value::Int(0))),
            field("country", Type::String, Some("".into())),
            field("flag", Type::Bool, None),
            field("other_flag", Type::Bool, None),
            field("limit", Type::Wrapper(Type::Int.into()), Some(Value::Null)),
            field("tags", Type::list(Type::String), Some(Value::List([].into()))),
            field("labels", Type::map(Type::String, Type::Int), None),
            field("device", Type::Message("risk.v1.Device".into()), None),
            field("any", Type::Dyn, None),
        ],
    );
    env.message("risk.v1.Device", [field("id", Type::String, None)]);
    env.message("Features", [field("spend", Type::Double, None)]);
    env.variable("event", Type::Message("risk.v1.Event".into()));
    env.variable("features", Type::Message("Features".into()));
    env.constant("risk.v1.Status.APPROVED", Value::Int(2));
    env
}

pub(super) fn compile(source: &str, slots: &mut Slots) -> Program {
    let ast = parse(source, BOUNDS).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let checked = check(source, &ast, &env(), None).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    plan(&checked, slots)
}

pub(super) fn run_with(source: &str, given: &[(&str, Slot)]) -> Result<Value, EvalError> {
    let mut slots = Slots::default();
    let program = compile(source, &mut slots);
    let find = |path: &crate::Path| {
        let name =
            std::iter::once(&path.root).chain(path.fields.iter()).map(|name| &**name).collect::<Vec<_>>().join(".");
        given.iter().find(|(known, _)| *known == name).map_or(Slot::Absent, |(_, slot)| slot.clone())
    };
    let values: Vec<Slot> = slots.paths().iter().map(find).collect();
    program.run(&values, COST)
}

fn run(source: &str) -> Result<Value, EvalError> {
    run_with(source, &[])
}

fn value(source: &str) -> Value {
    run(source).unwrap_or_else(|error| panic!("{source}: {error:?}"))
}

fn code(source: &str) -> Code {
    run(source).expect_err(source).code
}

/// Each of them is true.
fn all_true(sources: &[&str]) {
    for source in sources {
        assert_eq!(value(source), Value::Bool(true), "{source}");
    }
}

#[test]
fn arithmetic_follows_precedence() {
    assert_eq!(value("1 + 2 * 3 - 8 / 2 % 3"), Value::Int(6));
    assert_eq!(value("-(1 + 2) * 3"), Value::Int(-9));
    assert_eq!(value("7 / -2"), Value::Int(-3));
    assert_eq!(value("7 % -2"), Value::Int(1));
    assert_eq!(value("-7 % 2"), Value::Int(-1));
    all_true(&["true || false && false", "!(true && false)", "1 < 2 == true", "false ? false : true ? true : false"]);
}

#[test]
fn a_path_is_read_from_its_slot() {
    let amount = [("event.amount", Slot::Value(Value::Double(2500.0)))];
    assert_eq!(run_with("event.amount > 2000 && event.count == 0", &amount), Ok(Value::Bool(true)));
    assert_eq!(run_with("event.amount > 2000.0 ? 'high' : 'low'", &amount), Ok("high".into()));
}

#[test]
fn integers_overflow_into_errors() {
    for source in [
        "9223372036854775807 + 1",
        "-9223372036854775808 - 1",
        "9223372036854775807 * 2",
        "-9223372036854775808 / -1",
        "-9223372036854775808 % -1",
        "-(-9223372036854775808)",
        "18446744073709551615u + 1u",
        "1u - 2u",
        "18446744073709551615u * 2u",
    ] {
        assert_eq!(code(source), Code::INTEGER_OVERFLOW, "{source}");
    }
    assert_eq!(code("1 / 0"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("1u / 0u"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("1 % 0"), Code::MODULUS_BY_ZERO);
    assert_eq!(code("1u % 0u"), Code::MODULUS_BY_ZERO);
    all_true(&["1.0 / 0.0 == double('Infinity')", "(0.0 / 0.0) != (0.0 / 0.0)", "-0.0 == 0.0"]);
}

#[test]
fn nan_is_neither_less_nor_equal() {
    for op in ["<", "<=", ">", ">=", "=="] {
        assert_eq!(value(&format!("double('NaN') {op} 1.0")), Value::Bool(false), "{op}");
        assert_eq!(value(&format!("double('NaN') {op} double('NaN')")), Value::Bool(false), "{op}");
    }
    assert_eq!(value("double('NaN') in [double('NaN'), 1.0, 2.0, 3.0]"), Value::Bool(false));
}

#[test]
fn numbers_compare_across_types() {
    all_true(&[
        "9223372036854775807 < 9223372036854775808u",
        "-9223372036854775808 >= -9223372036854775808.0",
        "-9223372036854775808 > -9223372036854777857.0",
        "9007199254740993u > 9007199254740992",
        "-1 < 1u && 1u > -1",
        "1 < 1.5 && -1 > -1.5 && 2u > 1.5",
        "dyn(1) == 1u && dyn(1) == 1.0 && dyn(1u) == 1.0",
        "1 < double('Infinity') && 1 > double('-Infinity')",
    ]);
}

#[test]
fn an_integer_beside_a_double_is_rounded_to_one() {
    all_true(&[
        // 2^53 + 1 has no double, and rounds to 2^53.
        "dyn(9007199254740993) == 9007199254740992.0",
        "9007199254740993 <= 9007199254740992.0 && !(9007199254740993 > 9007199254740992.0)",
        "!(9223372036854775807 < 9223372036854775808.0) && 9223372036854775807 >= 9223372036854775808.0",
        "dyn(18446744073709551615u) == 18446744073709551616.0",
        // Looking an entry up gives the same in a long list as in a short one; keys of maps are not rounded.
        "dyn(9007199254740992.0) in [9007199254740993] && dyn(9007199254740992.0) in [1, 2, 3, 4, 9007199254740993]",
        "dyn(9007199254740993) in [1.0, 2.0, 3.0, 4.0, 9007199254740992.0]",
        "dyn(18446744073709551615u) in [1.0, 2.0, 3.0, 4.0, 18446744073709551616.0]",
        "!(dyn(9007199254740992.0) in {9007199254740993: 1})",
    ]);
}

#[test]
fn text_is_measured_and_ordered_in_code_points() {
    all_true(&[
        "size('é😀') == 2",
        "'é😀'.size() == 2",
        "size(b'é') == 2",
        "'a' < 'b' && 'a' < 'aa' && 'Z' < 'a'",
        // U+FF5E comes before U+1F600, though its UTF-16 units come after.
        "'\u{ff5e}' < '\u{1f600}'",
        "'hello'.contains('ell') && !'hello'.contains('xyz') && 'hello'.contains('')",
        "'hello'.startsWith('he') && 'hello'.endsWith('lo')",
        "'a' + 'b' == 'ab'",
        "b'a' + b'b' == b'ab'",
    ]);
}

#[test]
fn errors_are_absorbed_by_what_decides_without_them() {
    all_true(&["true || 1 / 0 == 1", "1 / 0 == 1 || true", "!(false && 1 / 0 == 1)", "!(1 / 0 == 1 && false)"]);
    assert_eq!(code("1 / 0 == 1 && true"), Code::DIVISION_BY_ZERO);
    assert_eq!(code("false || 1 % 0 == 1"), Code::MODULUS_BY_ZERO);
    all_true(&["true ? true : 1 / 0 == 1", "false ? 1 / 0 == 1 : true"]);
    assert_eq!(code("1 / 0 == 1 ? true : true"), Code::DIVISION_BY_ZERO);
}

#[test]
fn of_two_errors_the_leftmost_is_the_result() {
    for source in ["1 / 0 == 1 && 1 % 0 == 1", "1 / 0 + 1 % 0", "[1 / 0, 1 % 0]", "{'a': 1 / 0, 'b': 1 % 0}"] {
        let error = run(source).expect_err(source);
        assert_eq!(error.code, Code::DIVISION_BY_ZERO, "{source}");
        assert_eq!(&source[error.span.start as usize..error.span.end as usize], "1 / 0");
    }
    assert_eq!(code("1 % 0 == 1 || 1 / 0 == 1"), Code::MODULUS_BY_ZERO);
}

#[test]
fn a_condition_that_is_no_bool_at_run_time_is_an_error() {
    assert_eq!(code("dyn(1) && true"), Code::NO_SUCH_OVERLOAD);
    assert_eq!(value("dyn(1) && false"), Value::Bool(false));
    assert_eq!(code("dyn(1) ? 2 : 3"), Code::NO_SUCH_OVERLOAD);
    assert_eq!(code("!dyn('a')"), Code::NO_SUCH_OVERLOAD);
}

#[test]
fn lists_and_maps_are_equal_entry_by_entry() {
    all_true(&[
        "[1, 2] == [1, 2]",
        "[1, 2] != [2, 1]",
        "[1] != [1, 1]",
        "{'a': 1, 'b': [2]} == {'b': [2], 'a': 1}",
        "{'a': 1} != {'a': 2}",
        "{'a': 1} != {'b': 1}",
        "[1, 'a', null] == [1.0, 'a', null]",
        "[[], {}] != [{}, []]",
        "dyn(1) != dyn('1')",
        "[double('NaN')] != [double('NaN')]",
    ]);
}

#[test]
fn entries_are_found_by_index_and_key() {
    all_true(&[
        "[1, 2, 3][1] == 2",
        "{'a': 1}['a'] == 1 && {'a': 1}.a == 1",
        "{1: 'x'}[dyn(1u)] == 'x' && {1: 'x'}[dyn(1.0)] == 'x'",
        "[5][dyn(0.0)] == 5",
        "has({'a': 1}.a) && !has({'a': 1}.b)",
        "[1, 2] + [3] == [1, 2, 3]",
    ]);
    assert_eq!(code("[1][1]"), Code::INDEX_OUT_OF_RANGE);
    assert_eq!(code("[1][-1]"), Code::INDEX_OUT_OF_RANGE);
    assert_eq!(code("{'a': 1}.b"), Code::NO_SUCH_KEY);
    assert_eq!(code("{'a': 1, 'a': 2}"), Code::REPEATED_KEY);
    assert_eq!(code("dyn(1).a"), Code::NO_SUCH_OVERLOAD);
}

#[test]
fn membership_is_equality_with_some_entry() {
    all_true(&[
        "2 in [1, 2]",
        "!(3 in [1, 2])",
        "'b' in ['a', 'b', 'c', 'd', 'e']",
        "!('x' in ['a', 'b', 'c', 'd', 'e'])",
        "dyn(2.0) in [1, 2, 3, 4, 5]",
        "dyn(2u) in [1, 2, 3, 4, 5]",
        "!(dyn('2') in [1, 2, 3, 4, 5])",
        "'a' in {'a': 1} && !('b' in {'a': 1})",
        "!(1 in [])",
        "duration('1s') in [duration('1000ms'), duration('2s'), duration('3s'), duration('4s')]",
    ]);
}

#[test]
fn conversions_round_towards_zero_and_check_their_range() {
    all_true(&[
        "int(-7.9) == -7 && int(1.9) == 1 && int(42u) == 42 && int('-987') == -987",
        "int(timestamp('2004-09-16T23:59:59Z')) == 1095379199",
        "uint(25.5) == 25u && uint('300') == 300u && uint(1e19) == 10000000000000000000u",
        "double('6.02214e23') == 6.02214e23 && double(9223372036854775807) == 9.223372036854775807e18",
        "bool('t') && bool('TRUE') && !bool('0') && !bool('False')",
        "string(123) == '123' && string(-4.5e-3) == '-0.0045' && string(123.456) == '123.456'",
        "string(true) == 'true' && string(9876u) == '9876' && string(1e100) == '1e+100'",
        "string(b'\\303\\277') == 'ÿ' && bytes('ÿ') == b'\\303\\277'",
        "string(timestamp('2009-02-13T23:31:30.500Z')) == '2009-02-13T23:31:30.5Z'",
        "string(duration('1h1.5s')) == '3601.5s' && string(duration('1000000s')) == '1000000s'",
        "timestamp(1234567890) == timestamp('2009-02-13T23:31:30Z')",
    ]);
    for source in [
        "int(18446744073709551615u)",
        "int(1e99)",
        "int(9223372036854775807.0)",
        "int(-9223372036854775808.0)",
        "int(double('NaN'))",
        "int('1.5')",
        "uint(-1)",
        "uint(-0.5)",
        "uint(6.022e23)",
        "uint('+1')",
        "double('1e400')",
        "double('x')",
        "bool('yes')",
        "string(b'\\000\\xff')",
        "timestamp('0000-01-01T00:00:00Z')",
        "timestamp('10000-01-01T00:00:00Z')",
        "duration('320000000000s')",
    ] {
        assert_eq!(code(source), Code::BAD_CONVERSION, "{source}");
    }
    assert_eq!(code("timestamp(253402300800)"), Code::TIME_OUT_OF_RANGE);
}

#[test]
fn times_add_to_the_nanosecond_within_their_range() {
    all_true(&[
        "timestamp('0001-01-01T00:00:01.000000001Z') + duration('-999999999ns') == timestamp('0001-01-01T00:00:00.000000002Z')",
        "duration('120s') + timestamp('2009-02-13T23:01:00Z') == timestamp('2009-02-13T23:03:00Z')",
        "timestamp('2009-02-13T23:31:00Z') - timestamp('2009-02-13T23:29:00Z') == duration('2m')",
        "timestamp('2009-02-13T23:10:00Z') - duration('600s') == timestamp('2009-02-13T23:00:00Z')",
        "duration('900s') - duration('42s') == duration('858s')",
        "duration('-1.5s') < duration('-1.4s') && duration('-0.5s') < duration('0.5s')",
        "timestamp('1969-12-31T23:59:59.9Z') < timestamp('1970-01-01T00:00:00Z')",
    ]);
    for source in [
        "timestamp('9999-12-31T23:59:59.999999999Z') + duration('1ns')",
        "timestamp('0001-01-01T00:00:00Z') + duration('-1ns')",
        "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
        "duration('200000000000s') + duration('200000000000s')",
        "duration('-200000000000s') - duration('200000000000s')",
    ] {
        assert_eq!(code(source), Code::TIME_OUT_OF_RANGE, "{source}");
    }
}

#[test]
fn instants_have_civil_fields() {
    // 2009-02-13 was a Friday and the 44th day of its year.
    for (call, expected) in [
        ("getFullYear()", 2009),
        ("getMonth()", 1),
        ("getDate()", 13),
        ("getDayOfMonth()", 12),
        ("getDayOfYear()", 43),
        ("getDayOfWeek()", 5),
        ("getHours()", 23),
        ("getMinutes()", 31),
        ("getSeconds()", 30),
        ("getMilliseconds()", 123),
        ("getDayOfMonth('+11:00')", 13),
        ("getHours('02:00')", 1),
        ("getHours('-05:30')", 18),
        ("getMinutes('-05:30')", 1),
        ("getDayOfWeek('UTC')", 5),
        ("getFullYear('-00:00')", 2009),
    ] {
        let source = format!("timestamp('2009-02-13T23:31:30.123456789Z').{call}");
        assert_eq!(value(&source), Value::Int(expected), "{source}");
    }
    assert_eq!(value("timestamp('9999-12-31T23:59:59Z').getFullYear('+01:00')"), Value::Int(10_000));
    assert_eq!(code("timestamp(0).getHours('Europe/' + 'Olso')"), Code::BAD_CONVERSION);
    // In winter Oslo is one hour ahead, in summer two.
    assert_eq!(value("timestamp('2009-02-13T23:31:30Z').getHours('Europe/Oslo')"), Value::Int(0));
    assert_eq!(value("timestamp('2009-07-13T23:31:30Z').getHours('Europe/Oslo')"), Value::Int(1));
}

#[test]
fn durations_are_counted_in_whole_units() {
    all_true(&[
        "duration('10000s').getHours() == 2 && duration('3730s').getMinutes() == 62",
        "duration('3730.9s').getSeconds() == 3730 && duration('-1.5s').getSeconds() == -1",
        "duration('123.321456789s').getMilliseconds() == 321",
    ]);
}

#[test]
fn an_absent_field_is_its_default_or_an_error() {
    assert_eq!(value("event.count"), Value::Int(0));
    assert_eq!(value("event.limit"), Value::Null);
    assert_eq!(value("event.limit == null"), Value::Bool(true));
    assert_eq!(code("event.limit + 1"), Code::NO_SUCH_OVERLOAD);
    let error = run("1.0 < event.amount").expect_err("absent");
    assert_eq!((error.code, error.span.start, error.span.end), (Code::ABSENT_FIELD, 6, 18));
    assert_eq!(error.message, "event.amount is absent");
    assert_eq!(value("has(event.amount) && event.amount > 1.0"), Value::Bool(false));
    assert_eq!(value("has(event.device) || has(event.device.id) || has(event.count)"), Value::Bool(false));
}

#[test]
fn a_feature_without_a_value_has_a_code_of_its_own() {
    assert_eq!(code("features.spend > 1.0"), Code::FEATURE_IN_ERROR);
    let given = [("features.spend", Slot::Error("the window is empty".to_owned()))];
    let error = run_with("features.spend > 1.0", &given).expect_err("in error");
    assert_eq!((error.code, error.message.as_str()), (Code::FEATURE_IN_ERROR, "the window is empty"));
    assert_eq!(run_with("has(features.spend)", &given), Ok(Value::Bool(false)));
}

#[test]
fn maps_in_slots_are_read_by_key() {
    let labels = crate::Map::from_entries([("a".into(), Value::Int(1))]);
    let given = [("event.labels", Slot::Value(Value::Map(labels.into())))];
    for (source, expected) in
        [("event.labels.a == 1", true), ("has(event.labels.a)", true), ("has(event.labels.b)", false)]
    {
        assert_eq!(run_with(source, &given), Ok(Value::Bool(expected)), "{source}");
    }
    assert_eq!(run_with("event.labels.b", &given).expect_err("missing").code, Code::NO_SUCH_KEY);
    assert_eq!(run_with("event.labels.a", &[]).expect_err("absent").code, Code::ABSENT_FIELD);
}

#[test]
fn a_variable_is_read_by_the_whole_name_that_it_was_found_by() {
    let (mut env, mut slots) = (Env::default(), Slots::default());
    env.container("a.b");
    env.variable("a.b.x", Type::Int);
    env.variable("x", Type::Int);
    for source in ["x", ".x"] {
        let ast = parse(source, BOUNDS).expect("well formed");
        plan(&check(source, &ast, &env, None).expect("well typed"), &mut slots);
    }
    let roots: Vec<&str> = slots.paths().iter().map(|path| &*path.root).collect();
    assert_eq!(roots, ["a.b.x", "x"]);
}

#[test]
fn constants_are_their_values() {
    all_true(&["Status.APPROVED == 2", "risk.v1.Status.APPROVED == 2", ".risk.v1.Status.APPROVED == 2"]);
}
