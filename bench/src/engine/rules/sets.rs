//! The rules that are measured, in every language in which they are, and the event that they are asked about.
//!
//! Rule `a` is `amount > 1000.0 && country != "US"`, rule `b` is `amount > 500.0 && (country in ["NG", "RU", "BR"] ||
//! card_age_days < 30) && channel == "web" && !email.endsWith("@corp.example")`; the rules of a set differ in their
//! constants.

use fishplate::RuleSet;

use crate::events::load_bench;

/// A shape of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    A,
    B,
    /// Arithmetic over two fields and texts put together: nothing that an index could hold.
    Arithmetic,
    /// Rule `b`, of events without the fields that it reads.
    Missing,
    /// Every rule divides by a field that is zero.
    Errors,
    /// A regular expression each.
    Regex,
    /// A comprehension each, over a list of ten numbers.
    Lists,
}

/// The constants of the rule of this number.
pub(super) struct Constants {
    pub(super) amount: f64,
    pub(super) countries: [&'static str; 3],
    pub(super) days: i32,
    pub(super) channel: &'static str,
}

const COUNTRIES: [&str; 10] = ["NG", "RU", "BR", "DE", "US", "FR", "IN", "CN", "GB", "IT"];
const CHANNELS: [&str; 4] = ["web", "app", "pos", "atm"];

pub(super) fn constants(shape: Shape, at: usize) -> Constants {
    let country = |step: usize| COUNTRIES[(at + step) % COUNTRIES.len()];
    Constants {
        amount: if shape == Shape::A { 1000.0 } else { 500.0 } + at as f64 + 0.5,
        countries: [country(if shape == Shape::A { 4 } else { 0 }), country(3), country(7)],
        days: 30 + (at % 60) as i32,
        channel: CHANNELS[at % CHANNELS.len()],
    }
}

/// The condition in CEL, over fields of `of`.
pub(super) fn cel(shape: Shape, at: usize, of: &str) -> String {
    let Constants { amount, countries: [a, b, c], days, channel } = constants(shape, at);
    match shape {
        Shape::A => format!("{of}amount > {amount:?} && {of}country != '{a}'"),
        Shape::B | Shape::Missing => format!(
            "{of}amount > {amount:?} && ({of}country in ['{a}', '{b}', '{c}'] || {of}card_age_days < {days}) && \
             {of}channel == '{channel}' && !{of}email.endsWith('@corp.example')"
        ),
        Shape::Arithmetic => {
            format!(
                "{of}amount * {}.5 > {of}amount + {amount:?} && {of}country + {of}channel == '{a}{channel}'",
                at % 7
            )
        }
        Shape::Regex => format!("{of}email.matches('{}')", pattern(at)),
        Shape::Lists => format!("{of}counts.exists(n, n > {at} && n < {})", at as i32 + days),
        Shape::Errors => format!("{at} / {of}card_age_days > {days} && {of}amount > {amount:?}"),
    }
}

/// The regular expression of the rule of this number; two of three match.
pub(super) fn pattern(at: usize) -> String {
    format!("^[a-z][0-9]{{{},}}@m.*(e|{at})$", at % 12)
}

/// The event as native code has it.
#[derive(Clone, Debug)]
pub(super) struct Native {
    pub(super) amount: f64,
    pub(super) country: String,
    pub(super) channel: String,
    pub(super) email: String,
    pub(super) card_age_days: i32,
    pub(super) counts: Vec<i64>,
}

impl Native {
    pub(super) fn new(amount: f64) -> Self {
        Self {
            amount,
            country: "NG".into(),
            channel: "web".into(),
            email: "u12345678@mail.example".into(),
            card_age_days: 100,
            counts: vec![5, 17, 100, 230, 400, 512, 777, 900, 4_000, 9_999],
        }
    }
}

/// A rule as somebody would write it by hand, with its constants.
pub(super) type Closure = Box<dyn Fn(&Native) -> bool>;

pub(super) fn native(shape: Shape, at: usize) -> Closure {
    let Constants { amount, countries, days, channel } = constants(shape, at);
    if shape == Shape::A {
        return Box::new(move |event| event.amount > amount && event.country != countries[0]);
    }
    if shape == Shape::Regex {
        let regex = regex::Regex::new(&pattern(at)).expect("a good pattern");
        return Box::new(move |event| regex.is_match(&event.email));
    }
    if shape == Shape::Lists {
        let (least, most) = (at as i64, at as i64 + i64::from(days));
        return Box::new(move |event| event.counts.iter().any(|count| *count > least && *count < most));
    }
    Box::new(move |event| {
        event.amount > amount
            && (countries.iter().any(|country| event.country == *country) || event.card_age_days < days)
            && event.channel == channel
            && !event.email.ends_with("@corp.example")
    })
}

/// An amount that so many of the rules match.
pub(super) fn amount_for(shape: Shape, rules: usize, matches: usize) -> f64 {
    let rules: Vec<Closure> = (0..rules).map(|at| native(shape, at)).collect();
    let mut event = Native::new(0.0);
    while rules.iter().filter(|rule| rule(&event)).count() < matches {
        event.amount += 1.0;
        assert!(event.amount < 1e6, "so many rules can match");
    }
    event.amount
}

/// The same event in protobuf: 80 to 90 bytes, eight fields, of which rules read at most five.
pub(super) fn protobuf(shape: Shape, amount: f64) -> Vec<u8> {
    let native = Native::new(amount);
    let mut bytes = Vec::new();
    let text = |bytes: &mut Vec<u8>, field: u8, text: &str| {
        bytes.extend([field << 3 | 2, text.len() as u8]);
        bytes.extend(text.as_bytes());
    };
    text(&mut bytes, 1, "k0000000");
    bytes.extend([0x12, 6, 0x08, 0x80, 0x90, 0xa0, 0xb0, 0x06]);
    bytes.push(0x19);
    bytes.extend(native.amount.to_le_bytes());
    if shape != Shape::Missing {
        text(&mut bytes, 4, &native.country);
        text(&mut bytes, 5, &native.channel);
        text(&mut bytes, 6, &native.email);
    }
    if !matches!(shape, Shape::Missing | Shape::Errors) {
        bytes.extend([0x38, native.card_age_days as u8]);
    }
    text(&mut bytes, 8, "merchant-000042");
    bytes
}

/// The document of a set: two outputs that merge.
pub(super) fn document(shape: Shape, rules: usize) -> String {
    let mut text = "fishplate: 1\nname: bench\nschema: bench.proto#bench.v1.Event\noutputs:\n  \
                    score: {type: int, merge: sum, default: 0}\n  \
                    level: {enum: [ALLOW, REVIEW, DECLINE], merge: max, default: ALLOW}\nrules:\n"
        .to_owned();
    for at in 0..rules {
        let level = ["ALLOW", "REVIEW", "DECLINE"][at % 3];
        let when = cel(shape, at, "event.");
        text += &format!("  - {{id: R{at}, when: \"{when}\", output: {{score: {}, level: {level}}}}}\n", at % 9);
    }
    text
}

pub(super) fn rule_set(shape: Shape, rules: usize) -> RuleSet {
    load_bench(&document(shape, rules))
}
