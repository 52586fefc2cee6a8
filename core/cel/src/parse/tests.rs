//! The grammar as a reader of the specification would state it.

use std::fmt::Write;

use super::{
    Bounds,
    ast::{Ast, Kind, NodeId},
    parse,
};
use crate::{diag::Code, value::Value};

const BOUNDS: Bounds = Bounds { depth: 250, nodes: 10_000 };

/// The tree in prefix form.
fn shape(source: &str) -> String {
    let ast = parse(source, BOUNDS).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let mut out = String::new();
    show(&ast, ast.nodes.len() as NodeId - 1, &mut out);
    out
}

fn show(ast: &Ast, id: NodeId, out: &mut String) {
    let mut tree = |head: &str, ids: &[NodeId]| {
        write!(out, "({head}").expect("strings take all");
        for id in ids {
            out.push(' ');
            show(ast, *id, out);
        }
        out.push(')');
    };
    match &ast.node(id).kind {
        Kind::Literal(value) => write!(out, "{}", literal(value)).expect("strings take all"),
        Kind::Name { name, absolute } => {
            write!(out, "{}{name}", if *absolute { "." } else { "" }).expect("strings take all")
        }
        Kind::Select { operand, field, .. } => tree(&format!("select {field}"), &[*operand]),
        Kind::Has { operand, field, .. } => tree(&format!("has {field}"), &[*operand]),
        Kind::Index { operand, key } => tree("index", &[*operand, *key]),
        Kind::Unary { op, operand } => tree(op.symbol(), &[*operand]),
        Kind::Binary { op, left, right } => tree(op.symbol(), &[*left, *right]),
        Kind::Conditional { test, then, otherwise } => tree("?", &[*test, *then, *otherwise]),
        Kind::Call { function, member, args, .. } => {
            tree(&format!("{}{function}", if *member { "." } else { "" }), ast.children(*args))
        }
        Kind::List(items) => tree("list", ast.children(*items)),
        Kind::Map(entries) => tree("map", ast.children(*entries)),
        Kind::OptSelect { operand, field, .. } => tree(&format!("select? {field}"), &[*operand]),
        Kind::OptIndex { operand, key } => tree("index?", &[*operand, *key]),
        Kind::Maybe(operand) => tree("maybe", &[*operand]),
        Kind::Struct { name, fields, .. } => tree(&format!("new {name}"), ast.children(*fields)),
        Kind::Init { field, value, .. } => tree(field, &[*value]),
        Kind::Comprehension(of) => {
            let names: Vec<&str> = std::iter::once(&of.first).chain(&of.second).map(|name| &**name).collect();
            let parts: Vec<NodeId> = std::iter::once(of.range).chain(of.filter).chain([of.body]).collect();
            tree(&format!("{:?} {}", of.fold, names.join(",")), &parts);
        }
        Kind::Bind { name, value, body } => tree(&format!("bind {name}"), &[*value, *body]),
        Kind::Block { values, body } => {
            let parts: Vec<NodeId> = ast.children(*values).iter().copied().chain([*body]).collect();
            tree("block", &parts);
        }
        Kind::OptMap { flat, target, name, body, .. } => {
            tree(&format!("optMap{} {name}", if *flat { "!" } else { "" }), &[*target, *body])
        }
        Kind::Binder => out.push_str("binder"),
        Kind::Broken => out.push_str("broken"),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => format!("{value:?}"),
        Value::String(value) => format!("{value:?}"),
        Value::Bytes(value) => format!("b{value:?}"),
        other => format!("{other:?}"),
    }
}

/// Code, text and expectation of each mistake.
fn mistakes(source: &str) -> Vec<(Code, &str, String)> {
    let errors = parse(source, BOUNDS).expect_err(source);
    let text = |start: u32, end: u32| &source[start as usize..end as usize];
    errors.into_iter().map(|e| (e.code, text(e.span.start, e.span.end), e.expected)).collect()
}

fn codes(source: &str) -> Vec<Code> {
    mistakes(source).into_iter().map(|(code, ..)| code).collect()
}

fn suggestion(source: &str) -> Option<String> {
    parse(source, BOUNDS).expect_err(source).swap_remove(0).suggestion
}

#[test]
fn tighter_operators_build_deeper_trees() {
    assert_eq!(shape("a || b && c == d + e * -f"), "(|| a (&& b (== c (+ d (* e (- f))))))");
    assert_eq!(shape("a * b + c < d && e || f"), "(|| (&& (< (+ (* a b) c) d) e) f)");
    assert_eq!(shape("!a.b == c"), "(== (! (select b a)) c)");
}

#[test]
fn operators_of_one_level_group_to_the_left_and_conditions_to_the_right() {
    assert_eq!(shape("a - b + c - d"), "(- (+ (- a b) c) d)");
    assert_eq!(shape("a < b == c in d"), "(in (== (< a b) c) d)");
    assert_eq!(shape("a ? b : c ? d : e"), "(? a b (? c d e))");
    assert_eq!(shape("a ? (b ? c : d) : e || f"), "(? a (? b c d) (|| e f))");
}

#[test]
fn selections_indexes_and_calls_chain() {
    assert_eq!(shape("a.b[c].d(e, f).g"), "(select g (.d (index (select b a) c) e f))");
    assert_eq!(shape(".a.b"), "(select b .a)");
    assert_eq!(shape("f(x)[1]"), "(index (f x) 1)");
    assert_eq!(shape("f()"), "(f)");
    assert_eq!(shape("a.while"), "(select while a)");
    assert_eq!(shape("has(a.b.c)"), "(has c (select b a))");
}

#[test]
fn lists_and_maps_may_end_in_a_comma() {
    assert_eq!(shape("[]"), "(list)");
    assert_eq!(shape("[1, [2], ]"), "(list 1 (list 2))");
    assert_eq!(shape("{'a': 1, b: {}, }"), r#"(map "a" 1 b (map))"#);
    assert_eq!(shape("{a ? b : c : d}"), "(map (? a b c) d)");
}

#[test]
fn numbers_have_three_types() {
    for (source, expected) in [
        ("12", "12"),
        ("-12", "-12"),
        ("0x1F", "31"),
        ("-0x1f", "-31"),
        ("12u", "12u"),
        ("0xFFU", "255u"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("1.5E-1", "0.15"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551615u", "18446744073709551615u"),
        ("- 1", "-1"),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
    assert_eq!(shape("1 -1"), "(- 1 1)");
    assert_eq!(shape("-(1)"), "(- 1)");
}

#[test]
fn numbers_out_of_range_or_malformed_are_refused() {
    for source in [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616u",
        "1e400",
        "12abc",
        "0x",
        "0xg",
        "0X1",
        "1_000",
    ] {
        assert_eq!(codes(source), [Code::BAD_NUMBER], "{source}");
    }
}

#[test]
fn strings_have_six_forms_and_every_escape() {
    for (source, expected) in [
        (r#""a'b""#, "a'b"),
        (r#"'a"b'"#, "a\"b"),
        ("'''a\n'b'''", "a\n'b"),
        (r#""""a"b""""#, "a\"b"),
        (r"r'a\n'", r"a\n"),
        (r"R'a\'", r"a\"),
        (r#"r"""a\""""#, r"a\"),
        ("'''a\r\nb\rc\nd'''", "a\nb\nc\nd"),
        ("r'''a\r\nb'''", "a\nb"),
        (r"'\r\n'", "\r\n"),
        (r#"'\a\b\f\n\r\t\v\\\?\"\'\`'"#, "\u{7}\u{8}\u{c}\n\r\t\u{b}\\?\"'`"),
        (r"'\x41\u00e9\U0001F600\101\377'", "A\u{e9}\u{1F600}A\u{ff}"),
        ("'é😀'", "é😀"),
    ] {
        assert_eq!(shape(source), format!("{expected:?}"), "{source}");
    }
    assert_eq!(shape(r"b'\xff\377é'"), "b[255, 255, 195, 169]");
    assert_eq!(shape(r"bR'\x'"), "b[92, 120]");
}

#[test]
fn bad_escapes_are_named_one_by_one() {
    assert_eq!(
        mistakes(r"'\q \u12 \ud800 ok'").iter().map(|(code, text, _)| (*code, *text)).collect::<Vec<_>>(),
        [(Code::BAD_ESCAPE, r"\q"), (Code::BAD_ESCAPE, r"\u12"), (Code::BAD_ESCAPE, r"\ud800")]
    );
    assert_eq!(codes(r"b'\u0041'"), [Code::BAD_ESCAPE]);
    assert_eq!(codes(r"'\400'"), [Code::BAD_ESCAPE]);
}

#[test]
fn a_string_ends_with_its_line_and_the_rest_is_read_on() {
    assert_eq!(codes("'abc"), [Code::UNTERMINATED_STRING]);
    assert_eq!(codes("'abc\n == )"), [Code::UNTERMINATED_STRING, Code::UNEXPECTED_TOKEN]);
    assert_eq!(codes("'''abc\n"), [Code::UNTERMINATED_STRING]);
    assert_eq!(codes(r"'\"), [Code::UNTERMINATED_STRING]);
}

#[test]
fn comments_and_space_are_nothing() {
    assert_eq!(shape("a // one\n + // two\r\n\tb // three"), "(+ a b)");
}

#[test]
fn every_mistake_is_reported_in_source_order() {
    let source = r"a + * b == [1, , 2] && 'x\q' + if";
    assert_eq!(
        mistakes(source).iter().map(|(code, text, _)| (*code, *text)).collect::<Vec<_>>(),
        [
            (Code::UNEXPECTED_TOKEN, "*"),
            (Code::UNEXPECTED_TOKEN, ","),
            (Code::BAD_ESCAPE, r"\q"),
            (Code::RESERVED_WORD, "if"),
        ]
    );
}

#[test]
fn one_mistake_is_one_complaint() {
    for source in [
        "a && )",
        "(a && )",
        "a ) b",
        "[a)",
        "[a)]",
        "a b c",
        "f(a b c)",
        "f()()",
        "a[",
        "a.b(c,",
        "((((",
        "))))",
        "{'a' 1}",
        "{'a': 1 'b': 2}",
        "if a then b",
        "@ + a",
        "a + é",
        "a ? b ? c : d",
        "a ? (b : c)",
        "a ? (b, c) : d",
    ] {
        assert_eq!(codes(source).len(), 1, "{source}: {:?}", mistakes(source));
    }
    for source in ["a = = b", "f(a b, c d)", "a b + c d", "a ) + b )", "@ + #", "[a b", "{'a' 1, 'b' 2}"] {
        assert_eq!(codes(source).len(), 2, "{source}: {:?}", mistakes(source));
    }
}

#[test]
fn a_forgotten_bracket_is_named() {
    assert_eq!(mistakes("(a + b"), [(Code::UNEXPECTED_END, "", "expected `)`".to_owned())]);
    assert_eq!(mistakes("[a)"), [(Code::UNEXPECTED_TOKEN, ")", "expected `]`".to_owned())]);
    assert_eq!(mistakes("f([a)"), [(Code::UNEXPECTED_TOKEN, ")", "expected `]`".to_owned())]);
    assert_eq!(mistakes("a)"), [(Code::UNEXPECTED_TOKEN, ")", "expected an operator or the end".to_owned())]);
    assert_eq!(mistakes("(a ? b)").len(), 1);
    assert_eq!(mistakes("{a}"), [(Code::UNEXPECTED_TOKEN, "}", "expected `:` and a value".to_owned())]);
}

#[test]
fn an_expression_that_ends_too_early_says_so() {
    for source in ["", "  // nothing", "a +", "a ? b :", "f(", "a.", "!"] {
        assert_eq!(codes(source)[0], Code::UNEXPECTED_END, "{source}");
    }
}

#[test]
fn operators_of_other_languages_get_a_suggestion() {
    for (source, expected) in [
        ("a = b", "use `==`"),
        ("a === b", "use `==`"),
        ("a <> b", "use `!=`"),
        ("a := b", "use `==`"),
        ("a => b", "use `>=`"),
        ("a =< b", "use `<=`"),
        ("a & b", "use `&&`"),
        ("a and b", "use `&&`"),
        ("a or b", "use `||`"),
        ("not a", "use `!`"),
        ("a == “b”", "use straight quotes"),
    ] {
        assert_eq!(suggestion(source).as_deref(), Some(expected), "{source}");
        assert_eq!(codes(source).len(), if source.contains('“') { 2 } else { 1 }, "{source}: {:?}", mistakes(source));
    }
}

#[test]
fn a_condition_inside_a_condition_needs_parentheses() {
    assert_eq!(codes("a ? b ? c : d : e"), [Code::UNEXPECTED_TOKEN]);
}

#[test]
fn macros_bind_names() {
    assert_eq!(shape("a.exists(x, x > 1)"), "(Exists x a (> x 1))");
    assert_eq!(shape("a.b.map(x, x > 0, x + 1)"), "(List x (select b a) (> x 0) (+ x 1))");
    assert_eq!(shape("m.transformMap(k, v, v + 1)"), "(Map k,v m (+ v 1))");
    assert_eq!(shape("cel.bind(x, 1, x)"), "(bind x 1 x)");
    assert_eq!(shape("cel.block([1, cel.index(0)], cel.index(1))"), "(block 1 @index0 @index1)");
    assert_eq!(shape("a.optMap(x, x)"), "(optMap x a x)");
    assert_eq!(codes("a.all(x)"), [Code::WRONG_ARGUMENTS]);
    assert_eq!(codes("a.all(x.y, true)"), [Code::WRONG_ARGUMENTS]);
    assert_eq!(codes("a.all(x, x, true)"), [Code::WRONG_ARGUMENTS]);
}

#[test]
fn optionals_have_a_mark() {
    assert_eq!(shape("a.?b.c"), "(select c (select? b a))");
    assert_eq!(shape("a[?0]"), "(index? a 0)");
    assert_eq!(shape("[?a, b, ?c]"), "(list (maybe a) b (maybe c))");
    assert_eq!(shape("{?a: b, c: d}"), "(map a (maybe b) c d)");
}

#[test]
fn messages_are_written_field_by_field() {
    assert_eq!(shape("a.B{}"), "(new a.B)");
    assert_eq!(shape("B{c: 1, ?d: e, `f-g`: 2,} == h"), "(== (new B (c 1) (d (maybe e)) (f-g 2)) h)");
    assert_eq!(shape("B{c: D{e: [1]}}"), "(new B (c (new D (e (list 1)))))");
    assert_eq!(codes("B{1: 2}"), [Code::UNEXPECTED_TOKEN]);
    assert_eq!(codes("B{c 2}"), [Code::UNEXPECTED_TOKEN]);
    assert_eq!(codes("B{c: 2"), [Code::UNEXPECTED_END]);
}

#[test]
fn a_field_may_be_quoted() {
    assert_eq!(shape("a.`b-c`"), "(select b-c a)");
    assert_eq!(shape("has(a.`b c`)"), "(has b c a)");
    assert_eq!(codes("`a`"), [Code::UNSUPPORTED_SYNTAX]);
    assert_eq!(codes("a.`b"), [Code::BAD_CHARACTER]);
    assert_eq!(codes("a.`$`"), [Code::BAD_CHARACTER]);
}

#[test]
fn has_takes_a_selection() {
    for source in ["has(a)", "has()", "has(a.b, c)", "has(a[0])"] {
        assert_eq!(codes(source), [Code::BAD_HAS], "{source}");
    }
}

#[test]
fn spans_hold_their_parentheses() {
    let ast = parse(" (a + b) * c", BOUNDS).expect("well formed");
    let spans: Vec<_> = ast.nodes.iter().map(|node| (node.span.start, node.span.end)).collect();
    assert_eq!(spans, [(2, 3), (6, 7), (1, 8), (11, 12), (1, 12)]);
}

#[test]
fn depth_and_nodes_are_bounded_exactly() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(250), BOUNDS).is_ok());
    assert_eq!(codes(&nested(251)), [Code::LIMIT_EXPRESSION_DEPTH]);
    let selected = |depth: usize| format!("a{}", ".b".repeat(depth - 1));
    assert!(parse(&selected(250), BOUNDS).is_ok());
    assert_eq!(codes(&selected(251)), [Code::LIMIT_EXPRESSION_DEPTH]);
    // n operands and n - 1 operators
    let chain = |operands: usize| vec!["a"; operands].join(" || ");
    assert!(parse(&chain(5_000), BOUNDS).is_ok());
    assert_eq!(codes(&chain(5_001)), [Code::LIMIT_EXPRESSION_NODES]);
}

#[test]
fn hostile_text_is_answered_with_a_bounded_list() {
    assert_eq!(codes(&")".repeat(100_000)), [Code::UNEXPECTED_TOKEN]);
    assert_eq!(codes(&"+ ) ".repeat(100_000)).len(), 100);
    assert_eq!(codes(&"@ ".repeat(100_000)).len(), 100);
    assert_eq!(codes(&"@".repeat(100_000)), [Code::BAD_CHARACTER]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(source in r#"([a-c.,:?!&|<>=+*/%() \[\]{}'"\\0-9eux-]|has|in|null|.){0,60}"#) {
        match parse(&source, BOUNDS) {
            Ok(ast) => proptest::prop_assert!(!ast.nodes.iter().any(|node| matches!(node.kind, Kind::Broken))),
            Err(errors) => {
                let places: Vec<_> = errors.iter().map(|error| (error.span.start, error.span.end)).collect();
                for (at, (start, end)) in places.iter().enumerate() {
                    // Every place is a place in the text, and has one complaint.
                    proptest::prop_assert!(source.get(*start as usize..*end as usize).is_some());
                    proptest::prop_assert!(!places[..at].contains(&(*start, *end)), "{errors:?}");
                }
            }
        }
    }
}
