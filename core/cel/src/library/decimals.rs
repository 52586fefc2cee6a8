//! Decimal numbers in the language: an extension of ours, for money. Arithmetic is exact or an error; what rounds says how.
//! What a decimal is stands in [`crate::decimal`].

pub(crate) mod messages;

use std::sync::Arc;

use super::{Cost, Entry, entry, strings::text};
use crate::{
    check::overloads::{Function, Style},
    decimal::{Decimal, Fault as Wrong, Rounding},
    diag::Code,
    run::{
        Fault,
        functions::{Given, name, no_overload},
    },
    value::{Opaque, Value},
};

pub(super) const TABLE: &[Entry] = &[
    entry(
        "decimal",
        Style::Global,
        &[
            "decimal -> decimal",
            "string -> decimal",
            "int -> decimal",
            "uint -> decimal",
            "google.type.Money -> decimal",
            "google.type.Decimal -> decimal",
        ],
        Cost::Text,
        |args| match args {
            [Value::String(text)] => of_text(text),
            [Value::Message(message)] => messages::of_message(message),
            _ => Ok(value(number(args, 0, "decimal")?)),
        },
    ),
    entry("abs", Style::Member, &["decimal -> decimal"], Cost::One, |args| Ok(value(number(args, 0, "abs")?.abs()))),
    entry("scale", Style::Member, &["decimal -> int"], Cost::One, |args| {
        Ok(Value::Int(number(args, 0, "scale")?.scale().into()))
    }),
    entry("round", Style::Member, &["decimal, int, string -> decimal"], Cost::One, |args| {
        let (digits, rounding) = (digits(args, 1, "round")?, rounding(args, 2, "round")?);
        given("round", number(args, 0, "round")?.round(digits, rounding))
    }),
    entry("div", Style::Member, &["decimal, A, int, string -> decimal"], Cost::One, |args| {
        let (digits, rounding) = (digits(args, 2, "div")?, rounding(args, 3, "div")?);
        given("div", number(args, 0, "div")?.div_round(number(args, 1, "div")?, digits, rounding))
    }),
    messages::MONEY,
    messages::DECIMAL,
];

fn of_text(text: &str) -> Given {
    let wrong = |_| (Code::BAD_CONVERSION, format!("{text:?} is no decimal of at most 34 digits"));
    text.parse().map(value).map_err(wrong)
}

/// The decimal as a value.
pub(crate) fn value(decimal: Decimal) -> Value {
    Value::Opaque(Arc::new(Opaque::Decimal(decimal)))
}

/// The decimal that a value is, or that an int is equal to.
pub(crate) fn of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(value) => Some((*value).into()),
        Value::Uint(value) => Some((*value).into()),
        Value::Opaque(of) => match **of {
            Opaque::Decimal(decimal) => Some(decimal),
            _ => None,
        },
        _ => None,
    }
}

/// Whether it is a decimal itself.
pub(crate) fn is(value: &Value) -> bool {
    matches!(value, Value::Opaque(of) if matches!(**of, Opaque::Decimal(_)))
}

/// Two numbers of which one at least is a decimal.
pub(crate) fn pair(a: &Value, b: &Value) -> Option<(Decimal, Decimal)> {
    (is(a) || is(b)).then(|| of(a).zip(of(b))).flatten()
}

/// `+ - * / %` where one side is a decimal.
pub(crate) fn arithmetic(function: Function, a: Decimal, b: Decimal) -> Given {
    let result = match function {
        Function::Add => a.try_add(b),
        Function::Subtract => a.try_sub(b),
        Function::Multiply => a.try_mul(b),
        Function::Divide => a.try_div(b),
        Function::Modulo => a.try_rem(b),
        _ => return Err(no_overload(name(function), &[value(a), value(b)])),
    };
    match result {
        Err(Wrong::DivisionByZero) if function == Function::Modulo => {
            Err((Code::MODULUS_BY_ZERO, format!("{a} % {b}")))
        }
        result => given(name(function), result),
    }
}

fn given(of: &str, result: Result<Decimal, Wrong>) -> Given {
    result.map(value).map_err(|wrong| match wrong {
        Wrong::TooManyDigits => (Code::DECIMAL_TOO_LONG, format!("what `{of}` gives has more than 34 digits")),
        Wrong::Inexact => (Code::DECIMAL_INEXACT, format!("what `{of}` gives is not exact within 34 digits")),
        Wrong::DivisionByZero => (Code::DIVISION_BY_ZERO, format!("`{of}` by zero")),
    })
}

fn number(args: &[Value], at: usize, called: &str) -> Result<Decimal, Fault> {
    args.get(at).and_then(of).ok_or_else(|| no_overload(called, args))
}

fn digits(args: &[Value], at: usize, called: &str) -> Result<u32, Fault> {
    let Some(Value::Int(digits)) = args.get(at) else { return Err(no_overload(called, args)) };
    u32::try_from(*digits).map_err(|_| (Code::BAD_ARGUMENT, format!("`{called}` has no {digits} digits")))
}

fn rounding(args: &[Value], at: usize, called: &str) -> Result<Rounding, Fault> {
    let name = text(args, at, called)?;
    Rounding::named(name).ok_or_else(|| {
        let names: Vec<&str> = Rounding::NAMES.iter().map(|(name, _)| *name).collect();
        (Code::BAD_ARGUMENT, format!("{name:?} is no rounding: one of {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use crate::{Bounds, Env, Slots, Type, Value, check, parse, plan};

    fn run(source: &str) -> Result<Value, String> {
        let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).map_err(|faults| faults[0].code.to_string())?;
        let checked = check(source, &ast, &Env::default(), None).map_err(|faults| faults[0].code.to_string())?;
        let program = plan(&checked, &mut Slots::default());
        program.run(&[], 10_000).map_err(|error| error.code.to_string())
    }

    fn holds(source: &str) {
        assert_eq!(run(source), Ok(Value::Bool(true)), "{source}");
    }

    #[test]
    fn money_adds_up() {
        holds("decimal('0.10') + decimal('0.20') == decimal('0.3')");
        holds("string(decimal('12.30') * 3) == '36.90'");
        holds("2 * decimal('1.5') - 1 == decimal('2')");
        holds("-decimal('1.5') < 0 && decimal('1.5') > 1u && 2 >= decimal('2.00')");
        holds("decimal('10') / 4 == decimal('2.5') && decimal('7.5') % 2 == decimal('1.5')");
        holds("double(decimal('0.1')) == 0.1 && int(decimal('-7.9')) == -7 && decimal(7) == 7");
        holds("decimal('12.345').round(2, 'half_even') == decimal('12.34')");
        holds("string(decimal('10').div(3, 4, 'half_up')) == '3.3333'");
        holds("decimal('-1.50').abs().scale() == 2");
        holds("decimal('1.0') in [decimal('2'), decimal('1')] && type(decimal('1')) == type(decimal(2))");
    }

    #[test]
    fn what_is_not_exact_is_an_error_with_a_code() {
        for (source, code) in [
            ("decimal('1') / 3 == 0", "F0314"),
            ("decimal('9999999999999999999999999999999999') + 1 > 0", "F0313"),
            ("decimal('1') / 0 == 0", "F0301"),
            ("decimal('1') % 0 == 0", "F0302"),
            ("decimal('1,5') > 0", "F0307"),
            ("decimal('1').round(1, 'near') > 0", "F0312"),
        ] {
            assert_eq!(run(source), Err(code.to_owned()), "{source}");
        }
    }

    #[test]
    fn doubles_stay_apart() {
        for source in ["decimal(1.5)", "decimal('1') + 1.5", "decimal('1') < 1.5", "decimal('1') == 1.5"] {
            assert!(run(source).is_err_and(|code| code.starts_with("F02")), "{source}: {:?}", run(source));
        }
    }

    #[test]
    fn its_type_has_a_name() {
        let source = "decimal('1')";
        let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect("well formed");
        let checked = check(source, &ast, &Env::default(), None).expect("well typed");
        assert_eq!(checked.ty(), &Type::Abstract("decimal".into(), [].into()));
    }
}
