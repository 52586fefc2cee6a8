//! What has a type, and what is said about what has none.

use super::{Absent, Env, FieldType, check};
use crate::{Bounds, Code, Diagnostic, parse, types::Type, value::Value};

fn env() -> Env {
    let mut env = Env::default();
    let field = |name: &str, ty: Type| (name.to_owned(), FieldType { ty, absent: Absent::Error });
    env.container("risk.v1");
    env.message(
        "risk.v1.Event",
        [
            field("amount", Type::Double),
            field("count", Type::Int),
            field("total", Type::Uint),
            field("country", Type::String),
            field("flag", Type::Bool),
            field("at", Type::Timestamp),
            field("limit", Type::Wrapper(Type::Int.into())),
            field("tags", Type::list(Type::String)),
            field("labels", Type::map(Type::String, Type::Int)),
            field("device", Type::Message("risk.v1.Device".into())),
            field("devices", Type::list(Type::Message("risk.v1.Device".into()))),
            field("any", Type::Dyn),
        ],
    );
    env.message("risk.v1.Device", [field("id", Type::String)]);
    env.variable("event", Type::Message("risk.v1.Event".into()));
    env.variable("risk.threshold", Type::Int);
    env.constant("risk.v1.Status.APPROVED", Value::Int(2));
    env.constant("DECLINE", Value::Int(3));
    env
}

fn checked(source: &str, expected: Option<&Type>) -> Result<Type, Vec<Diagnostic>> {
    let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect(source);
    check(source, &ast, &env(), expected).map(|checked| checked.ty().clone())
}

fn type_of(source: &str) -> String {
    checked(source, None).unwrap_or_else(|errors| panic!("{source}: {errors:?}")).to_string()
}

fn mistakes(source: &str) -> Vec<Diagnostic> {
    checked(source, None).expect_err(source)
}

/// The only mistake: its code, its text, what was expected, what is suggested.
fn mistake(source: &str) -> (Code, &str, String, String) {
    let mut errors = mistakes(source);
    assert_eq!(errors.len(), 1, "{source}: {errors:?}");
    let error = errors.remove(0);
    let text = &source[error.span.start as usize..error.span.end as usize];
    (error.code, text, error.expected, error.suggestion.unwrap_or_default())
}

fn said<'s>(code: Code, text: &'s str, expected: &str, suggestion: &str) -> (Code, &'s str, String, String) {
    (code, text, expected.to_owned(), suggestion.to_owned())
}

#[test]
fn every_expression_has_a_type() {
    for (source, expected) in [
        ("event.amount * 2.0", "double"),
        ("event.count + 1", "int"),
        ("event.device.id", "string"),
        ("event.labels.a + event.labels['b']", "int"),
        ("event.tags[0]", "string"),
        ("[1, 2]", "list(int)"),
        ("[1, 'a']", "list(dyn)"),
        ("[]", "list(dyn)"),
        ("[[], [1]]", "list(list(int))"),
        ("[[[]], [], [[[]]]]", "list(list(list(list(dyn))))"),
        ("[[], [1], [event.any]]", "list(list(dyn))"),
        ("[{}, {'a': 1}]", "list(map(string, int))"),
        ("[] + [1]", "list(int)"),
        ("event.flag ? [] : ['a']", "list(string)"),
        ("[][0]", "dyn"),
        ("{}.a", "dyn"),
        ("1 in [] || has({}.a) || [] == ['a']", "bool"),
        ("{'a': 1, 'b': 2.0}", "map(string, dyn)"),
        ("{}", "map(dyn, dyn)"),
        ("event.any.a.b", "dyn"),
        ("event.any + \"a\"", "string"),
        ("event.any + 1", "dyn"),
        ("event.limit", "wrapper(int)"),
        ("event.limit + 1", "int"),
        ("event.flag ? event.limit : 1", "wrapper(int)"),
        ("event.flag ? null : event.limit", "wrapper(int)"),
        ("event.flag ? event.at : null", "timestamp"),
        ("event.at - event.at", "duration"),
        ("event.at + duration('1h')", "timestamp"),
        ("event.at.getHours('-05:00')", "int"),
        ("size(event.tags) + event.tags.size()", "int"),
        ("dyn(1)", "dyn"),
        ("[1] + [2]", "list(int)"),
        ("has(event.device.id) && has(event.device) && has(event.labels.a)", "bool"),
    ] {
        assert_eq!(type_of(source), expected, "{source}");
    }
}

#[test]
fn what_is_checked_leniently_and_does_not_fit_is_an_error_of_the_run() {
    for (source, code) in [
        ("[event, 1]", Code::MESSAGE_AS_VALUE),
        ("event.nothing + 1", Code::UNKNOWN_FIELD),
        ("has(event.nothing)", Code::UNKNOWN_FIELD),
        ("'a'.size([event, nothing])", Code::MESSAGE_AS_VALUE),
        ("(nothing).field", Code::UNKNOWN_NAME),
    ] {
        let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect("well formed");
        let program = crate::plan(&crate::check_leniently(source, &ast, &env()), &mut crate::Slots::default());
        assert_eq!(program.run(&[], 1_000).expect_err(source).code, code, "{source}");
    }
}

#[test]
fn the_first_overload_decides_what_nothing_else_does() {
    for (source, expected) in [
        ("math.greatest(1.0, 2.0)", "double"),
        ("math.least([1u, 2u])", "uint"),
        ("math.greatest(1, 2.0)", "dyn"),
        ("duration('1s') + {}.k", "duration"),
        ("{}.k - duration('1s')", "duration"),
        ("timestamp(0) - [][0]", "timestamp"),
    ] {
        assert_eq!(type_of(source), expected, "{source}");
    }
}

#[test]
fn numbers_are_ordered_across_types_but_equal_only_within() {
    for source in ["event.amount > 2", "2u <= event.count", "event.total < 1.5"] {
        assert_eq!(type_of(source), "bool");
    }
    assert_eq!(mistake("event.amount == 500"), said(Code::CANNOT_COMPARE, "500", "expected double", "write 500.0"));
    assert_eq!(mistake("5 != event.total"), said(Code::CANNOT_COMPARE, "5", "expected uint", "write 5u"));
    assert_eq!(type_of("dyn(1) == 1.0"), "bool");
}

#[test]
fn a_wrapper_compares_with_its_type_and_null() {
    assert_eq!(type_of("event.limit == 5 && event.limit != null"), "bool");
    assert_eq!(mistake("event.limit == 'a'").0, Code::CANNOT_COMPARE);
    assert_eq!(mistake("event.count == null").0, Code::CANNOT_COMPARE);
    assert_eq!(type_of("event.at == null"), "bool");
}

#[test]
fn a_quoted_number_is_pointed_at() {
    let errors = mistakes(r#"event.amount > "500""#);
    assert_eq!(errors[0].message, "cannot compare double with string");
    assert_eq!(errors[0].code.to_string(), "F0203");
    let expected = said(Code::CANNOT_COMPARE, r#""500""#, "expected double", "remove the quotes");
    assert_eq!(mistake(r#"event.amount > "500""#), expected);
    assert_eq!(mistake(r#""500" < event.amount"#), expected);
    assert_eq!(mistake("event.amount > '5 EUR'"), said(Code::CANNOT_COMPARE, "'5 EUR'", "expected double", ""));
    assert_eq!(mistake("event.amount == '5'").3, "write 5.0");
}

#[test]
fn a_field_of_another_type_is_converted() {
    let expected = said(Code::CANNOT_COMPARE, "event.country", "expected double", "convert it with `double()`");
    assert_eq!(mistake("event.amount > event.country"), expected);
    let expected = said(Code::NO_OPERATOR, "1", "expected double", "write 1.0");
    assert_eq!(mistake("event.amount + 1"), expected);
    assert_eq!(mistake("event.at > '2024-01-01T00:00:00Z'").3, r#"write timestamp("2024-01-01T00:00:00Z")"#);
}

#[test]
fn text_beside_a_time_is_a_time() {
    for (source, text, expected, suggestion) in [
        ("event.at - '1h'", "'1h'", "expected duration", r#"write duration("1h")"#),
        ("event.at + '90m'", "'90m'", "expected duration", r#"write duration("90m")"#),
        ("'1h' + event.at", "'1h'", "expected duration", r#"write duration("1h")"#),
        (
            "event.at - '2024-01-01T00:00:00Z'",
            "'2024-01-01T00:00:00Z'",
            "expected timestamp",
            r#"write timestamp("2024-01-01T00:00:00Z")"#,
        ),
        (
            "duration('1h') + '2024-01-01T00:00:00Z'",
            "'2024-01-01T00:00:00Z'",
            "expected timestamp",
            r#"write timestamp("2024-01-01T00:00:00Z")"#,
        ),
        ("event.at - event.country", "event.country", "expected duration", "convert it with `duration()`"),
        ("event.at - 'soon'", "'soon'", "expected duration", ""),
        ("event.at + 1", "1", "expected duration", ""),
    ] {
        assert_eq!(mistake(source), said(Code::NO_OPERATOR, text, expected, suggestion), "{source}");
    }
    assert_eq!(mistake("event.at + event.at").1, "event.at + event.at");
    assert_eq!(mistake("event.at > 'soon'").3, "");
}

#[test]
fn unknown_names_and_fields_get_a_suggestion() {
    assert_eq!(mistake("evnt.amount > 1.0"), said(Code::UNKNOWN_NAME, "evnt", "", r#"did you mean "event"?"#));
    assert_eq!(mistake("event.amuont > 1.0"), said(Code::UNKNOWN_FIELD, "amuont", "", r#"did you mean "amount"?"#));
    assert_eq!(mistake("amount > 1.0"), said(Code::UNKNOWN_NAME, "amount", "", r#"did you mean "event.amount"?"#));
    assert_eq!(mistake("has(event.amuont)"), said(Code::UNKNOWN_FIELD, "amuont", "", r#"did you mean "amount"?"#));
    assert_eq!(
        mistake("event.count == Status.APROVED"),
        said(Code::UNKNOWN_NAME, "Status.APROVED", "", r#"did you mean "Status.APPROVED"?"#)
    );
    assert_eq!(mistake("sise('a')"), said(Code::UNKNOWN_FUNCTION, "sise", "", r#"did you mean "size"?"#));
    assert_eq!(mistake("event.velocity"), said(Code::UNKNOWN_FIELD, "velocity", "", ""));
}

#[test]
fn constants_resolve_from_the_innermost_container_outwards() {
    for source in ["Status.APPROVED", "v1.Status.APPROVED", "risk.v1.Status.APPROVED", ".risk.v1.Status.APPROVED"] {
        let innermost = source != "v1.Status.APPROVED";
        // `v1.Status…` is found in the container `risk`, the rest in `risk.v1` or at the top.
        assert_eq!(type_of(source), "int", "{source} {innermost}");
    }
    assert_eq!(type_of("DECLINE == threshold"), "bool");
    assert_eq!(mistake(".Status.APPROVED").0, Code::UNKNOWN_NAME);
}

#[test]
fn a_mistake_is_reported_once_and_hides_no_other() {
    let source = "(event.amuont + 1 > 2 ? size(event.coutry) : 3) == 4 && evnt || event.flag > true + 1";
    let errors = mistakes(source);
    let codes: Vec<Code> = errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, [Code::UNKNOWN_FIELD, Code::UNKNOWN_FIELD, Code::UNKNOWN_NAME, Code::NO_OPERATOR]);
    assert!(errors.is_sorted_by_key(|error| error.span.start));
}

#[test]
fn a_message_is_not_a_value() {
    let expected = "select a field of it, or ask `has(event.device)`";
    assert_eq!(
        mistake("event.device == null"),
        said(Code::MESSAGE_AS_VALUE, "event.device", "expected a value", expected)
    );
    assert_eq!(mistake("event").0, Code::MESSAGE_AS_VALUE);
    assert_eq!(mistake("[event.device]").0, Code::MESSAGE_AS_VALUE);
    assert_eq!(type_of("size(event.devices)"), "int");
}

#[test]
fn a_message_in_a_list_is_a_value() {
    assert_eq!(type_of("event.devices[0].id == 'a'"), "bool");
    assert_eq!(type_of("event.devices.filter(d, d.id != '')"), "list(risk.v1.Device)");
    assert_eq!(mistake("event.devices.exists(d, d.ip == 'a')"), said(Code::UNKNOWN_FIELD, "ip", "", ""));
}

#[test]
fn the_whole_has_the_type_that_its_place_needs() {
    let wrong = |source: &str, want: Type| checked(source, Some(&want)).expect_err(source).remove(0);
    let error = wrong("event.amount + 1.0", Type::Bool);
    assert_eq!((error.code, error.span.start, error.span.end), (Code::WRONG_TYPE, 0, 18));
    assert_eq!(error.expected, "expected bool");
    assert_eq!(wrong("40", Type::Double).suggestion.as_deref(), Some("write 40.0"));
    assert_eq!(wrong("event.any", Type::Bool).code, Code::WRONG_TYPE);
    assert_eq!(wrong("event.limit", Type::Int).code, Code::WRONG_TYPE);
    let ints = Type::list(Type::Int);
    for source in ["[]", "event.flag ? [] : [1]", "event.flag ? [] : []"] {
        assert_eq!(checked(source, Some(&ints)), Ok(ints.clone()), "{source}");
    }
    let table = Type::map(Type::String, ints.clone());
    assert_eq!(checked("{'a': []}", Some(&table)), Ok(table.clone()));
    assert_eq!(wrong("[[]]", ints).code, Code::WRONG_TYPE);
    assert_eq!(checked("event.flag", Some(&Type::Bool)), Ok(Type::Bool));
}

#[test]
fn the_branches_of_a_condition_agree() {
    assert_eq!(mistake("event.flag ? 1.5 : 2"), said(Code::MIXED_TYPES, "2", "expected double", "write 2.0"));
    assert_eq!(mistake("event.count ? 1 : 2"), said(Code::NO_OPERATOR, "event.count", "expected bool", ""));
}

#[test]
fn calls_say_which_argument_is_wrong() {
    assert_eq!(
        mistake("event.country.startsWith(5)"),
        said(Code::WRONG_ARGUMENTS, "5", "expected string", "write \"5\"")
    );
    assert_eq!(mistake("size(5)").2, "expected string, bytes, list or map");
    assert_eq!(mistake("size()").0, Code::WRONG_ARGUMENTS);
    assert_eq!(mistake("startsWith(event.country, 'a')").3, "write `x.startsWith(…)`");
    assert_eq!(mistake("event.count.int()").3, "write `int(x)`");
    assert_eq!(mistake("event.at.getHours('Europe/Olso')").0, Code::WRONG_ARGUMENTS);
    assert_eq!(mistake("event.country.matchs('a.*')").3, r#"did you mean "matches"?"#);
    assert_eq!(mistakes("event.tags.exist(t, t == 'a')")[0].suggestion.as_deref(), Some(r#"did you mean "exists"?"#));
    assert_eq!(mistake("event.country.matches('(')").0, Code::WRONG_ARGUMENTS);
}

#[test]
fn operators_that_do_not_exist_are_named() {
    assert_eq!(mistake("event.tags < event.tags").0, Code::NO_OPERATOR);
    assert_eq!(mistake("event.amount % 2.0").0, Code::NO_OPERATOR);
    assert_eq!(mistake("!event.count"), said(Code::NO_OPERATOR, "event.count", "expected bool", ""));
    assert_eq!(
        mistake("-event.country"),
        said(Code::NO_OPERATOR, "event.country", "expected int or double", "convert it with `int()`")
    );
    assert_eq!(mistake("event.count && event.flag").0, Code::NO_OPERATOR);
    assert_eq!(mistake("5 in event.tags"), said(Code::CANNOT_COMPARE, "5", "expected string", "write \"5\""));
    assert_eq!(mistake("5 in event.count").0, Code::NO_OPERATOR);
    assert_eq!(mistake("event.tags['a']").2, "expected int");
    assert_eq!(mistake("{1.5: 2}").0, Code::WRONG_TYPE);
    assert_eq!(mistake("event.count.x"), said(Code::UNKNOWN_FIELD, "x", "", ""));
}
