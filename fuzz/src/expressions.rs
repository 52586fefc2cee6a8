//! Expressions of CEL: parsed, checked, planned, run.

use std::sync::Arc;

use fishplate_cel::{
    Absent, Bounds, Env, FieldType, Slot, Slots, Stack, Type, Value, check, check_leniently, parse,
    parse_without_macros, plan,
};

const BOUNDS: Bounds = Bounds { depth: 60, nodes: 2_000 };
const COST: u64 = 20_000;

const EXPRESSIONS: &[&str] = &[
    "event.a > 1 && event.s.startsWith('x') || !event.b",
    "[1, 2, 3].map(x, x * event.a).filter(x, x > 2).exists(x, x == event.a)",
    "{'a': 1, 'b': 2u}.?a.orValue(3) + size(event.l)",
    "event.t + duration('1h30m') < timestamp('2024-02-29T12:00:00.5Z')",
    "event.any[0].k ? b'\\x00abc' : bytes(event.s)",
    "'%s %d %.2f'.format([event.s, event.a, event.d]).matches('^[a-z]{2,}(\\\\d|é)+$')",
    "cel.bind(x, event.a, x / 0 == 1 || true)",
    "event.m.m.a in [1, 2, 3] && has(event.m.m)",
    "math.greatest(event.a, 3) % 2 == lists.range(3).sum()",
    "[[1, 2], [3]].flatten().sortBy(e, -e).distinct().slice(0, 2)",
    "{'k': event.d}.transformMap(k, v, v * 2.0)",
    "ip('10.0.0.1') in [ip('::1')] || cidr('10.0.0.0/8').containsIP('10.1.2.3')",
    "decimal('1.10') + 2 == decimal(event.s)",
    "optional.of(event.a).optMap(v, v + 1).or(optional.none()).hasValue()",
    "type(event.any) == int || string(event.t) == r'\\d' || \"\"\"a\nb\"\"\" == '\\u00e9'",
    "event.t.getHours('Europe/Oslo') + int('0x1F') - -9223372036854775808",
    "M{a: 1, l: [1, 2]}.l[?event.a].value()",
    "event.s.split(',').join('-').replace('a', 'b', 2).substring(1).upperAscii()",
];

pub(crate) const WORDS: &[&str] = &[
    "event",
    ".a",
    ".s",
    ".any",
    ".?k",
    "[?",
    "has(",
    "size(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "&&",
    "||",
    "==",
    "!=",
    "<=",
    " in ",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "1",
    "-1",
    "1u",
    "1.5",
    "1e308",
    "9223372036854775807",
    "'a'",
    "b'x'",
    "r'",
    "null",
    "true",
    "dyn(",
    "type(",
    "int(",
    "uint(",
    "double(",
    "string(",
    "bytes(",
    "timestamp(",
    "duration('1s')",
    ".all(x, ",
    ".exists(x, ",
    ".exists_one(x, ",
    ".map(x, ",
    ".filter(x, ",
    "x",
    "cel.bind(x, ",
    "cel.block([",
    "cel.index(0)",
    "optional.of(",
    "optional.none()",
    ".orValue(",
    ".or(",
    ".value()",
    ".optMap(x, ",
    ".matches('",
    ".format([",
    ".split('",
    ".substring(",
    ".sortBy(x, ",
    ".flatten()",
    ".distinct()",
    "lists.range(",
    "math.least(",
    "math.bitShiftLeft(",
    "ip('",
    "cidr('",
    "decimal('",
    "base64.decode('",
    "\\",
    "\"\"\"",
    "`",
    "//",
    "\n",
    "M{",
    ".transformList(i, x, ",
    ".getHours('",
    "{2,3}",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    EXPRESSIONS.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn parser(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    for parse in [parse, parse_without_macros] {
        if let Err(faults) = parse(&source, BOUNDS) {
            assert!(!faults.is_empty(), "refused without a reason");
            for fault in faults {
                let (start, end) = (fault.span.start as usize, fault.span.end as usize);
                assert!(start <= end && end <= source.len(), "{:?} is not in the text", fault.span);
                assert!(
                    source.is_char_boundary(start) && source.is_char_boundary(end),
                    "{:?} cuts a letter",
                    fault.span
                );
            }
        }
    }
}

pub(crate) fn checker(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let Ok(ast) = parse(&source, BOUNDS) else { return };
    let env = env();
    for wanted in [None, Some(&Type::Bool)] {
        match check(&source, &ast, &env, wanted) {
            Ok(checked) => drop(plan(&checked, &mut Slots::default())),
            Err(faults) => assert!(!faults.is_empty(), "refused without a reason"),
        }
    }
}

/// A value is of the type that was deduced, a run is as the one before it, and one that explains itself is as one that does
/// not.
pub(crate) fn evaluator(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let Ok(ast) = parse(&source, BOUNDS) else { return };
    let env = env();
    let mut slots = Slots::default();
    if let Ok(checked) = check(&source, &ast, &env, None) {
        let ty = checked.ty().clone();
        let program = plan(&checked, &mut slots);
        let table: Vec<Slot> = slots.paths().iter().map(|path| slot(&path.fields)).collect();
        let mut stack = Stack::default();
        let first = program.run_on(&mut stack, &table, COST);
        assert_eq!(told(&first), told(&program.run_on(&mut stack, &table, COST)), "two runs");
        assert_eq!(told(&first), told(&program.explain(&mut stack, &table, COST, &mut |_, _| {})), "explained");
        if let Ok(value) = &first {
            assert!(is_of(value, &ty, 0), "{value:?} is no {ty}");
        }
        let _ = program.run(&[], COST);
    }
    let program = plan(&check_leniently(&source, &ast, &env), &mut slots);
    let _ = program.run(&[], COST);
}

/// Comparable, although NaN differs from itself.
fn told(outcome: &Result<Value, fishplate_cel::EvalError>) -> String {
    format!("{outcome:?}")
}

fn env() -> Env {
    let mut env = Env::default();
    let field = |name: &str, ty: Type| (name.to_owned(), FieldType { ty, absent: Absent::Error });
    let message = || Type::Message("M".into());
    env.message(
        "M",
        [
            field("a", Type::Int),
            field("b", Type::Bool),
            field("d", Type::Double),
            field("s", Type::String),
            field("t", Type::Timestamp),
            field("l", Type::list(Type::Int)),
            field("any", Type::Dyn),
            field("m", message()),
            field("gone", Type::Int),
        ],
    );
    env.variable("event", message());
    env
}

fn slot(fields: &[Arc<str>]) -> Slot {
    let value = match fields.last().map(|field| &**field) {
        Some("a") => Value::Int(3),
        Some("b") => Value::Bool(true),
        Some("d") => Value::Double(2.5),
        Some("s") => "x,yé".into(),
        Some("t") => match fishplate_cel::Timestamp::new(1_709_208_000, 500_000_000) {
            Some(time) => Value::Timestamp(time),
            None => return Slot::Absent,
        },
        Some("l" | "any") => Value::list(vec![Value::Int(1), Value::Int(2)]),
        _ => return Slot::Absent,
    };
    Slot::Value(value)
}

/// Whether a value may be of a type, as far as one can see.
fn is_of(value: &Value, ty: &Type, depth: usize) -> bool {
    match (ty, value) {
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Uint, Value::Uint(_))
        | (Type::Double, Value::Double(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::TypeOf(_), Value::Type(_)) => true,
        (Type::List(of), Value::List(items)) => depth > 8 || items.iter().all(|item| is_of(item, of, depth + 1)),
        (Type::Map(key, of), Value::Map(map)) => {
            let entry = |(k, v): &(Value, Value)| is_of(k, key, depth + 1) && is_of(v, of, depth + 1);
            depth > 8 || map.entries().iter().all(entry)
        }
        (Type::Abstract(_, of), Value::Optional(held)) => match (held, of.first()) {
            (Some(held), Some(of)) => depth > 8 || is_of(held, of, depth + 1),
            _ => true,
        },
        (Type::Bool | Type::Int | Type::Uint | Type::Double | Type::String | Type::Bytes, _) => false,
        (Type::List(_) | Type::Map(..), value) => matches!(value, Value::Null),
        // A message or a time may be null; of the others nothing can be said.
        _ => true,
    }
}
