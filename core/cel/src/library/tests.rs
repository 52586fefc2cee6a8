//! Each row is well formed, and each function does what its documentation says. Expectations are derived by hand.

use std::collections::HashSet;

use super::rows;
use crate::{Bounds, Code, Env, EvalError, Slots, Value, check, parse, plan};

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 10_000 };

fn run_within(source: &str, cost: u64) -> Result<Value, EvalError> {
    let ast = parse(source, BOUNDS).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let checked = check(source, &ast, &Env::default(), None).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    plan(&checked, &mut Slots::default()).run(&[], cost)
}

fn all_true(sources: &[&str]) {
    for source in sources {
        assert_eq!(run_within(source, 1_000_000), Ok(Value::Bool(true)), "{source}");
    }
}

fn code(source: &str) -> Code {
    run_within(source, 1_000_000).expect_err(source).code
}

#[test]
fn every_row_has_a_name_of_its_own_and_overloads_that_can_be_read() {
    let mut names = HashSet::new();
    for row in rows() {
        assert!(names.insert(row.name), "{} stands twice", row.name);
        assert!(!row.overloads.is_empty(), "{}", row.name);
        for overload in row.overloads {
            assert!(overload.contains("-> "), "{}: {overload}", row.name);
            let count = overload
                .split("->")
                .next()
                .map_or(0, |params| params.split(',').filter(|p| !p.trim().is_empty()).count());
            // Whatever the arguments are, an evaluator gives a value or a fault.
            let _ = (row.evaluate)(&vec![Value::Null; count]);
            assert!(row.cost_of(&vec![Value::Null; count], 10) >= 1, "{}", row.name);
        }
    }
}

#[test]
fn a_format_writes_times_as_string_does_and_maps_by_their_keys() {
    all_true(&[
        "'%s'.format([timestamp('1969-12-31T23:59:59.5Z')]) == '1969-12-31T23:59:59.5Z'",
        "'%s'.format([duration('1.5s')]) == '1.5s'",
        "'%s'.format([{'1': 1, '': 2}]) == '{: 2, 1: 1}'",
    ]);
}

#[test]
fn base64_is_read_whatever_stands_behind_its_last_byte() {
    all_true(&["base64.decode('YR==') == b'a' && base64.decode('YQ') == b'a'"]);
    assert_eq!(code("base64.decode('Y Q=')"), Code::BAD_ARGUMENT);
}

#[test]
fn an_optional_is_no_zero_and_only_an_optional_stands_in_for_one() {
    all_true(&["optional.ofNonZeroValue(optional.none()).hasValue()"]);
    assert_eq!(code("optional.none().or(dyn(1))"), Code::NO_SUCH_OVERLOAD);
}

#[test]
fn positions_count_characters() {
    all_true(&[
        "'añb'.charAt(1) == 'ñ' && 'añb'.charAt(3) == ''",
        "'añbñ'.indexOf('ñ') == 1 && 'añbñ'.indexOf('ñ', 2) == 3 && 'añbñ'.lastIndexOf('ñ', 2) == 1",
        "'añb'.substring(1, 2) == 'ñ' && 'añb'.substring(3) == ''",
        "'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'ñb'.split('') == ['ñ', 'b']",
        "'aaa'.replace('a', 'b', 2) == 'bba' && 'ab'.replace('', '-') == '-a-b-'",
        "'abc'.reverse() == 'cba' && ['a', 'b'].join('-') == 'a-b'",
    ]);
    for source in ["'ab'.charAt(3)", "'ab'.substring(2, 1)", "'ab'.indexOf('a', -1)"] {
        assert_eq!(code(source), Code::BAD_ARGUMENT, "{source}");
    }
}

#[test]
fn lists_have_orders_and_parts() {
    all_true(&[
        "[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b']",
        "['ccc', 'a', 'bb'].sortBy(s, size(s)) == ['a', 'bb', 'ccc']",
        "[1, 2, 1, 3, 2].distinct() == [1, 2, 3] && [[1], [2], [1]].distinct() == [[1], [2]]",
        "[[1, 2], [3], []].flatten() == [1, 2, 3] && [1, [2, [3]]].flatten(2) == [1, 2, 3]",
        "lists.range(3) == [0, 1, 2] && [1, 2, 3].slice(1, 2) == [2] && [1, 2].reverse() == [2, 1]",
        "[1, 2].first().value() == 1 && [1, 2].last() == optional.of(2) && ![].first().hasValue()",
    ]);
    assert_eq!(code("[dyn(1), 'a'].sort()"), Code::NO_SUCH_OVERLOAD);
    assert_eq!(code("[1].slice(0, 2)"), Code::BAD_ARGUMENT);
    assert_eq!(code("lists.range(-1)"), Code::BAD_ARGUMENT);
}

#[test]
fn numbers_have_extremes_signs_and_bits() {
    all_true(&[
        "math.greatest(1, 3, 2) == 3 && math.least([2.5, 1.5]) == 1.5 && math.greatest(1, 2.5) == 2.5",
        "math.round(-1.5) == -2.0 && math.trunc(-1.5) == -1.0 && math.ceil(1.2) == 2.0 && math.sqrt(9) == 3.0",
        "math.abs(-2) == 2 && math.sign(-2.5) == -1.0 && math.sign(0u) == 0u",
        "math.bitAnd(6, 3) == 2 && math.bitShiftLeft(1, 64) == 0 && math.bitShiftRight(-1, 63) == 1",
        "math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && !math.isFinite(1.0 / 0.0)",
    ]);
    assert_eq!(code("math.abs(-9223372036854775808)"), Code::INTEGER_OVERFLOW);
    assert_eq!(code("math.bitShiftLeft(1, -1)"), Code::BAD_ARGUMENT);
}

#[test]
fn networks_hold_addresses() {
    all_true(&[
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.0'))",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('::/0').containsCIDR('2001:db8::/32')",
        "ip('10.0.0.1').isGlobalUnicast() && ip('::1').isLoopback() && ip('fe80::1').family() == 6",
        "isIP('1.2.3.4') && !isIP('1.2.3') && string(ip('2001:DB8::1')) == '2001:db8::1'",
    ]);
    for source in ["ip('::ffff:1.2.3.4')", "cidr('1.2.3.4/33')", "cidr('1.2.3.4/+1')", "ip('fe80::1%eth0')"] {
        assert_eq!(code(source), Code::BAD_ARGUMENT, "{source}");
    }
}

#[test]
fn text_is_written_to_a_pattern() {
    all_true(&[
        "'%s has %d of %.2f, %x%%'.format(['a', 2, 1.005, 255]) == 'a has 2 of 1.00, ff%'",
        "'%s'.format([{'b': [1, null], 'a': true}]) == '{a: true, b: [1, null]}'",
        "'%e %b %o %X'.format([12345.678, 5, 8, 'hi']) == '1.234568e+04 101 10 6869'",
        "base64.encode(b'hi') == 'aGk=' && base64.decode('aGk') == b'hi'",
    ]);
    for source in ["'%s'.format([])", "'%q'.format([1])", "'%d'.format(['a'])", "'%'.format([1])"] {
        assert_eq!(code(source), Code::BAD_ARGUMENT, "{source}");
    }
}

#[test]
fn what_a_call_makes_is_paid_for_before_it_is_made() {
    for source in [
        "lists.range(1000000).size() == 1",
        "cel.bind(a, lists.range(1000), cel.bind(b, a.map(x, a), cel.bind(c, b.map(x, b), c.flatten(3).size() == 0)))",
        "cel.bind(a, lists.range(300).map(x, 'xxxxxxxxxxxxxxxx').join(), a.replace('x', a).size() == 0)",
        "lists.range(30000).map(x, [x]).distinct().size() == 0",
    ] {
        assert_eq!(run_within(source, 500_000).map_err(|error| error.code), Err(Code::LIMIT_COST), "{source}");
    }
}
