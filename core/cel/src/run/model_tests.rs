//! Random expressions against a plain recursive evaluator: short circuits, absorbed errors, comparisons, arithmetic.

use proptest::prelude::*;

use crate::{Absent, Bounds, Code, Env, FieldType, Slot, Slots, Type, Value, check, parse, plan};

/// An expression of type bool.
#[derive(Clone, Debug)]
enum Bool {
    Literal(bool),
    /// `event.t`, `event.f`, or `event.gone`, which is absent.
    Field(&'static str),
    Not(Box<Bool>),
    And(Box<Bool>, Box<Bool>),
    Or(Box<Bool>, Box<Bool>),
    If(Box<Bool>, Box<Bool>, Box<Bool>),
    Compare(&'static str, Int, Int),
}

/// An expression of type int.
#[derive(Clone, Debug)]
enum Int {
    Literal(i64),
    /// `event.one`, or `features.spend`, which has no value.
    Field(&'static str),
    Arithmetic(&'static str, Box<Int>, Box<Int>),
}

impl Bool {
    fn text(&self) -> String {
        match self {
            Self::Literal(value) => value.to_string(),
            Self::Field(name) => (*name).to_owned(),
            Self::Not(a) => format!("!({})", a.text()),
            Self::And(a, b) => format!("({}) && ({})", a.text(), b.text()),
            Self::Or(a, b) => format!("({}) || ({})", a.text(), b.text()),
            Self::If(a, b, c) => format!("({}) ? ({}) : ({})", a.text(), b.text(), c.text()),
            Self::Compare(op, a, b) => format!("({}) {op} ({})", a.text(), b.text()),
        }
    }

    /// What the specification says it is.
    fn value(&self) -> Result<bool, Code> {
        match self {
            Self::Literal(value) => Ok(*value),
            Self::Field("event.t") => Ok(true),
            Self::Field("event.f") => Ok(false),
            Self::Field(_) => Err(Code::ABSENT_FIELD),
            Self::Not(a) => a.value().map(|a| !a),
            Self::And(a, b) => match (a.value(), b.value()) {
                (Ok(false), _) | (_, Ok(false)) => Ok(false),
                (Err(code), _) | (_, Err(code)) => Err(code),
                _ => Ok(true),
            },
            Self::Or(a, b) => match (a.value(), b.value()) {
                (Ok(true), _) | (_, Ok(true)) => Ok(true),
                (Err(code), _) | (_, Err(code)) => Err(code),
                _ => Ok(false),
            },
            Self::If(a, b, c) => {
                if a.value()? {
                    b.value()
                } else {
                    c.value()
                }
            }
            Self::Compare(op, a, b) => {
                let (a, b) = (a.value()?, b.value()?);
                Ok(match *op {
                    "<" => a < b,
                    "<=" => a <= b,
                    ">" => a > b,
                    ">=" => a >= b,
                    "==" => a == b,
                    _ => a != b,
                })
            }
        }
    }
}

impl Int {
    fn text(&self) -> String {
        match self {
            Self::Literal(value) => value.to_string(),
            Self::Field(name) => (*name).to_owned(),
            Self::Arithmetic(op, a, b) => format!("({}) {op} ({})", a.text(), b.text()),
        }
    }

    fn value(&self) -> Result<i64, Code> {
        match self {
            Self::Literal(value) => Ok(*value),
            Self::Field("event.one") => Ok(1),
            Self::Field(_) => Err(Code::FEATURE_IN_ERROR),
            Self::Arithmetic(op, a, b) => {
                let (a, b) = (i128::from(a.value()?), i128::from(b.value()?));
                let exact = match (*op, b) {
                    ("/", 0) => return Err(Code::DIVISION_BY_ZERO),
                    ("%", 0) => return Err(Code::MODULUS_BY_ZERO),
                    ("+", _) => a + b,
                    ("-", _) => a - b,
                    ("*", _) => a * b,
                    ("/", _) => a / b,
                    // The specification has the one remainder whose quotient overflows as an error.
                    (_, -1) if a == i128::from(i64::MIN) => return Err(Code::INTEGER_OVERFLOW),
                    _ => a % b,
                };
                i64::try_from(exact).map_err(|_| Code::INTEGER_OVERFLOW)
            }
        }
    }
}

fn ints() -> impl Strategy<Value = Int> {
    let leaf = prop_oneof![
        (-3i64..4).prop_map(Int::Literal),
        prop::sample::select(vec![i64::MIN, i64::MAX]).prop_map(Int::Literal),
        prop::sample::select(vec!["event.one", "features.spend"]).prop_map(Int::Field),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        (prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner.clone(), inner)
            .prop_map(|(op, a, b)| Int::Arithmetic(op, Box::new(a), Box::new(b)))
    })
}

fn bools() -> impl Strategy<Value = Bool> {
    let compared = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Bool::Literal),
        prop::sample::select(vec!["event.t", "event.f", "event.gone"]).prop_map(Bool::Field),
        (compared, ints(), ints()).prop_map(|(op, a, b)| Bool::Compare(op, a, b)),
    ];
    leaf.prop_recursive(6, 40, 3, |inner| {
        let two = (inner.clone(), inner.clone()).prop_map(|(a, b)| (Box::new(a), Box::new(b)));
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(|a| Bool::Not(Box::new(a))),
            two.clone().prop_map(|(a, b)| Bool::And(a, b)),
            two.prop_map(|(a, b)| Bool::Or(a, b)),
            three.prop_map(|(a, b, c)| Bool::If(Box::new(a), Box::new(b), Box::new(c))),
        ]
    })
}

fn decided(source: &str) -> Result<Value, Code> {
    let field = |name: &str, ty: Type| (name.to_owned(), FieldType { ty, absent: Absent::Error });
    let mut env = Env::default();
    let fields = [("t", Type::Bool), ("f", Type::Bool), ("gone", Type::Bool), ("one", Type::Int)];
    env.message("Event", fields.map(|(name, ty)| field(name, ty)));
    env.message("Features", [field("spend", Type::Int)]);
    env.variable("event", Type::Message("Event".into()));
    env.variable("features", Type::Message("Features".into()));
    let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect(source);
    let checked = check(source, &ast, &env, Some(&Type::Bool)).expect(source);
    let mut slots = Slots::default();
    let program = plan(&checked, &mut slots);
    let given = |path: &crate::Path| match &*path.fields[0] {
        "t" => Slot::Value(Value::Bool(true)),
        "f" => Slot::Value(Value::Bool(false)),
        "one" => Slot::Value(Value::Int(1)),
        _ => Slot::Absent,
    };
    let table: Vec<Slot> = slots.paths().iter().map(given).collect();
    program.run(&table, u64::MAX).map_err(|error| error.code)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_machine_agrees_with_the_model(expression in bools()) {
        let source = expression.text();
        prop_assert_eq!(decided(&source), expression.value().map(Value::Bool), "{}", source);
    }

    #[test]
    fn a_comprehension_is_its_conditions_one_after_the_other(all in prop::collection::vec(bools(), 1..5)) {
        // `c ? a : b` gives each entry its own condition; `&&` and `||` of all of them say what should come of it.
        let numbers: Vec<String> = (0..all.len()).map(|number| number.to_string()).collect();
        let mut body = "true".to_owned();
        for (number, condition) in all.iter().enumerate().rev() {
            body = format!("i == {number} ? ({}) : ({body})", condition.text());
        }
        let over = |fold: &str| format!("[{}].{fold}(i, {body})", numbers.join(", "));
        let chain = |first: &Bool, join: fn(Box<Bool>, Box<Bool>) -> Bool| {
            all[1..].iter().fold(first.clone(), |so_far, next| join(Box::new(so_far), Box::new(next.clone()))).value()
        };
        prop_assert_eq!(decided(&over("exists")), chain(&all[0], Bool::Or).map(Value::Bool));
        prop_assert_eq!(decided(&over("all")), chain(&all[0], Bool::And).map(Value::Bool));
        let counted: Result<Vec<bool>, Code> = all.iter().map(Bool::value).collect();
        let one = counted.map(|values| Value::Bool(values.into_iter().filter(|value| *value).count() == 1));
        prop_assert_eq!(decided(&over("exists_one")), one);
    }

    #[test]
    fn no_text_makes_any_room_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "event", ".", "t", "one", "(", ")", "[", "]", "{", "}", ",", ":", "?", "&&", "||", "==", "<", "in", "+",
            "-", "/", "!", "1", "2.5", "3u", "'a'", "b'x'", "null", "true", "has(", "size(", "int(", "timestamp(",
            "string(", "getHours(", "features", "spend", "dyn(", ".map(", ".all(", ".exists(x,", "x", "cel.bind(", "cel.block(",
            "cel.index(", ".?", "[?", "optional.of(", ".optMap(x,", ".orValue(", "type(", ".matches(", "`", "M{", "m:",
            ".transformMap(", ".sortBy(x,", ".flatten(", "lists.range(", ".format(", "math.greatest(", "ip(",
        ]), 0..30)
    ) {
        let source = words.concat();
        if let Ok(ast) = parse(&source, Bounds { depth: 50, nodes: 100 }) {
            let mut env = Env::default();
            env.variable("event", Type::Dyn);
            env.variable("t", Type::Bool);
            env.variable("one", Type::Int);
            env.message("M", [("m".to_owned(), FieldType { ty: Type::Message("M".into()), absent: Absent::Error })]);
            env.whole_messages();
            let unchecked = plan(&crate::check_leniently(&source, &ast, &env), &mut Slots::default());
            let _ = unchecked.run(&[], 10_000);
            if let Ok(checked) = check(&source, &ast, &env, None) {
                let program = plan(&checked, &mut Slots::default());
                let _ = program.run(&[], 10_000);
            }
        }
    }
}
