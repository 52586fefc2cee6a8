//! Decimal numbers against examples of the specification's text and against whole numbers.

use proptest::prelude::*;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|_| panic!("{text} is a decimal"))
}

fn shown(result: Result<Decimal, Fault>) -> String {
    result.map_or_else(|fault| format!("{fault:?}"), |decimal| decimal.to_string())
}

#[test]
fn digits_are_kept_as_they_are_written() {
    for text in ["0", "12.30", "-0.005", "99999999999999999999.99999999999999", "0.00"] {
        assert_eq!(d(text).to_string(), text);
    }
    for (text, same) in
        [("+5", "5"), (".5", "0.5"), ("5.", "5"), ("1.5e3", "1500"), ("15E-3", "0.015"), ("-0", "0"), ("0e99", "0")]
    {
        assert_eq!(d(text).to_string(), same);
    }
}

#[test]
fn what_is_no_number_is_told_apart() {
    let long = "1".repeat(35);
    for text in ["", ".", "-", "1 ", "0x1", "1,5", "NaN", "inf", "1e", "1e40", "1.2.3", "--1", "１", &long, "1e-35"] {
        assert_eq!(text.parse::<Decimal>(), Err(text::NotDecimal), "{text}");
    }
    assert_eq!(d(&format!("{}0.0", "1".repeat(33))).to_string(), format!("{}0", "1".repeat(33)), "zeros may go");
}

#[test]
fn sums_and_products_are_exact() {
    assert_eq!(shown(d("0.1").try_add(d("0.20"))), "0.30");
    assert_eq!(shown(d("12").try_sub(d("7.00"))), "5.00");
    assert_eq!(shown(d("1.3").try_sub(d("2.07"))), "-0.77");
    assert_eq!(shown(d("1.20").try_mul(d("3"))), "3.60");
    assert_eq!(shown(d("0.9").try_mul(d("-0.8"))), "-0.72");
    let most = d(&"9".repeat(34));
    assert_eq!(shown(most.try_add(d("1"))), "TooManyDigits");
    assert_eq!(shown(most.try_mul(d("1.0"))), "9".repeat(34), "the zero has no room");
    assert_eq!(shown(most.try_mul(d("1.1"))), "TooManyDigits");
    assert_eq!(shown(d("1e33").try_add(d("0.1"))), "TooManyDigits", "thirty-five digits");
}

#[test]
fn a_quotient_is_exact_or_an_error_unless_digits_are_named() {
    assert_eq!(shown(d("1").try_div(d("8"))), "0.125");
    assert_eq!(shown(d("2.400").try_div(d("2.0"))), "1.20");
    assert_eq!(shown(d("1000").try_div(d("100"))), "10");
    assert_eq!(shown(d("1").try_div(d("3"))), "Inexact");
    assert_eq!(shown(d("1").try_div(d("0.00"))), "DivisionByZero");
    assert_eq!(shown(d("1").div_round(d("3"), 4, Rounding::HalfEven)), "0.3333");
    assert_eq!(shown(d("-2").div_round(d("3"), 2, Rounding::HalfUp)), "-0.67");
    assert_eq!(shown(d("1").div_round(d("-1000"), 2, Rounding::Floor)), "-0.01");
    assert_eq!(shown(d("7.125").div_round(d("1"), 2, Rounding::HalfEven)), "7.12");
    assert_eq!(shown(d("7.1250000001").div_round(d("1"), 2, Rounding::HalfEven)), "7.13");
    assert_eq!(shown(d("0.25").div_round(d("3"), 1, Rounding::HalfDown)), "0.1");
    assert_eq!(shown(d("1").div_round(d("7"), 34, Rounding::Down)), "0.1428571428571428571428571428571428");
}

#[test]
fn rounding_goes_where_its_name_says() {
    // The table of rounding modes in Java's RoundingMode, which has the same names.
    let inputs = ["5.5", "2.5", "1.6", "1.1", "1.0", "-1.0", "-1.1", "-1.6", "-2.5", "-5.5"];
    let table: [(&str, [i64; 10]); 7] = [
        ("up", [6, 3, 2, 2, 1, -1, -2, -2, -3, -6]),
        ("down", [5, 2, 1, 1, 1, -1, -1, -1, -2, -5]),
        ("ceiling", [6, 3, 2, 2, 1, -1, -1, -1, -2, -5]),
        ("floor", [5, 2, 1, 1, 1, -1, -2, -2, -3, -6]),
        ("half_up", [6, 3, 2, 1, 1, -1, -1, -2, -3, -6]),
        ("half_down", [5, 2, 2, 1, 1, -1, -1, -2, -2, -5]),
        ("half_even", [6, 2, 2, 1, 1, -1, -1, -2, -2, -6]),
    ];
    for (name, expected) in table {
        let rounding = Rounding::named(name).expect("a way of that name");
        for (input, expected) in inputs.iter().zip(expected) {
            assert_eq!(d(input).round(0, rounding), Ok(Decimal::from(expected)), "{input} {name}");
        }
    }
    assert_eq!(shown(d("-0.4").round(0, Rounding::Floor)), "-1");
    assert_eq!(shown(d("0.4").round(0, Rounding::Up)), "1");
    assert_eq!(shown(d("1.5").round(3, Rounding::Down)), "1.500");
    assert_eq!(shown(d("1e33").round(1, Rounding::Down)), "TooManyDigits");
    assert_eq!(Rounding::named("half"), None);
}

#[test]
fn order_and_equality_go_by_value() {
    assert_eq!(d("12.30"), d("12.3"));
    assert!(d("-0.1") < d("0") && d("-1.1") < d("-1.05") && d("9999999999999999999999999999999999") > d("0.1"));
    assert_eq!(d("0.00"), d("0"));
    assert_eq!((d("12.30").trunc(), d("-12.99").trunc()), (12, -12));
    assert_eq!(d("-0.1").to_f64().to_bits(), (-0.1_f64).to_bits());
}

/// A number of four digits behind the point, as ten-thousandths.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![-100_000_i64..100_000, any::<i32>().prop_map(i64::from)]
}

proptest! {
    #[test]
    fn arithmetic_is_that_of_whole_numbers(a in number(), b in number()) {
        let of = |units: i64| Decimal::new(units.into(), 4).expect("few digits");
        let (x, y) = (i128::from(a), i128::from(b));
        prop_assert_eq!(of(a).try_add(of(b)), Ok(Decimal::new(x + y, 4).expect("few digits")));
        prop_assert_eq!(of(a).try_sub(of(b)), Ok(Decimal::new(x - y, 4).expect("few digits")));
        prop_assert_eq!(of(a).try_mul(of(b)), Ok(Decimal::new(x * y, 8).expect("few digits")));
        prop_assert_eq!(of(a).cmp(&of(b)), a.cmp(&b));
        if b != 0 {
            prop_assert_eq!(of(a).try_rem(of(b)), Ok(Decimal::new(x % y, 4).expect("few digits")));
            // Floor and ceiling of a quotient with six digits, by whole numbers alone.
            let (floor, exact) = ((x * 1_000_000).div_euclid(y.abs()), (x * 1_000_000).rem_euclid(y.abs()) == 0);
            let (floor, ceiling) = (floor, if exact { floor } else { floor + 1 });
            let (low, high) = if y < 0 { (-ceiling, -floor) } else { (floor, ceiling) };
            prop_assert_eq!(of(a).div_round(of(b), 6, Rounding::Floor), Ok(Decimal::new(low, 6).expect("few digits")));
            prop_assert_eq!(of(a).div_round(of(b), 6, Rounding::Ceiling), Ok(Decimal::new(high, 6).expect("few digits")));
            if let Ok(quotient) = of(a).try_div(of(b)) {
                prop_assert_eq!(quotient.try_mul(of(b)), Ok(of(a)));
            }
        }
        prop_assert_eq!(of(a).to_string().parse::<Decimal>(), Ok(of(a)));
    }
}
