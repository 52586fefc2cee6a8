//! The differences that are known: what a smallest case of each looks like, and no other. docs/cel-differential.md says for
//! each who is right and why; [`crate::page`] holds the two together.

use fishplate_cel::Value;

use crate::{
    compare::Kind,
    engines::Outcome,
    peer::{Difference, Peer},
};

/// A known difference.
pub(crate) struct Class {
    /// Its name on the page.
    pub(crate) name: &'static str,
    pub(crate) peer: Peer,
    is: fn(&Difference) -> bool,
}

/// The class of a smallest case.
pub(crate) fn of(difference: &Difference) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.peer == difference.peer && (class.is)(difference))
}

const fn google(name: &'static str, is: fn(&Difference) -> bool) -> Class {
    Class { name, peer: Peer::Google, is }
}

const fn in_rust(name: &'static str, is: fn(&Difference) -> bool) -> Class {
    Class { name, peer: Peer::Crate, is }
}

/// All of them.
pub(crate) const CLASSES: &[Class] = &[
    google("raw-backslash", |d| d.has("\\'") && d.they_refuse("String must end with")),
    google("range-of-parameter", |d| d.they_refuse("expression of type 'dyn' cannot be the range of a comprehension")),
    google("dyn-optional", |d| d.they_refuse("expected type 'optional_type(dyn)' but found 'dyn'")),
    google("flat-map-body", |d| d.has(".optFlatMap(") && d.they_refuse("overload for '_?_:_'")),
    google("mixed-extremes", |d| d.they_refuse("overload for 'math.@m")),
    google("mixed-extremes", |d| d.has("math.") && d.they_refuse("arguments must be numeric")),
    google("mixed-order", |d| ORDERS.iter().any(|of| d.they_refuse(of)) && d.we_accept() && !d.unknown()),
    google("split-nothing", |d| d.has(".split(") && d.we_give(Value::list(Vec::new()))),
    google("uint-index", |d| d.has("[?") && d.they_fail("_[?_](list, uint64)")),
    google("optional-selection", |d| d.we_fail("no overload of []") && d.they_give()),
    google("flat-map-body", |d| (d.has(".optFlatMap(") || d.has(".optMap(")) && d.kind == Kind::Type),
    google("unknown-operands", |d| d.unknown() && d.we_accept() && d.they_refuse("found no matching overload")),
    google("unknown-operands", |d| d.unknown() && d.we_refuse("(duration)`")),
    google("double-negation", |d| d.has("!!") && d.we_fail("no overload of !")),
    google("bool-numbers", |d| d.we_fail("for bool") && d.they_give() && d.has("int(")),
    google("unknown-numbers", |d| d.kind == Kind::Type && (d.has("math.greatest(") || d.has("math.least("))),
    google("lenient-times", |d| d.we_fail("is no timestamp") && d.they_give()),
    google("format-years", |d| {
        d.texts(|ours, theirs| theirs.contains("1-01-") && ours.replace("0001-", "1-") == short(theirs))
    }),
    google("key-types", |d| d.we_give(Value::Bool(false)) && d.they_fail("No matching overloads found : @in")),
    google("absent-keys", |d| d.has("{?") && d.they_give_not() && d.they_fail("Invalid map key type")),
    google("fractions", |d| d.texts(|ours, theirs| short(theirs) == ours)),
    google("infinities", |d| d.texts(|ours, theirs| STRANGE.contains(&(ours, theirs)))),
    google("long-durations", |d| d.durations(|_, _| true) && d.has("315576000000s")),
    google("long-durations", |d| d.has("315576000000s") && d.timestamps_apart()),
    google("long-durations", |d| d.we_give_duration() && d.they_fail("integer overflow")),
    google("equal-keys", |d| d.has("{") && d.we_fail("stands twice") && d.they_give()),
    google("duplicate-keys", |d| d.has("{") && !d.we_fail("") && d.they_fail("duplicate key in map")),
    google("patterns", |d| d.we_fail("backreferences are not supported") && d.they_give()),
    google("patterns", |d| d.we_refuse("F0206 the pattern is no") && d.they_fail("")),
    google("lenient-numbers", |d| d.they_give() && d.we_fail(" is no double") && d.refused_text([" ", "x"])),
    google("lenient-numbers", |d| d.they_give() && d.we_fail(" is no int") && d.refused_text([" ", "+"])),
    google("lenient-numbers", |d| d.they_give() && d.we_fail(" is no uint") && d.refused_text([" ", "+"])),
    google("lenient-numbers", |d| d.they_give_infinity() && d.we_fail(" is no double")),
    google("base64-spaces", |d| d.they_give() && SPACES.iter().any(|space| d.we_fail(space))),
    google("substring-end", |d| d.has(".substring(") && d.they_fail("<end> is greater than <string>.size()")),
    google("map-order", |d| d.lists_of_one_kind()),
    google("map-order", |d| d.has("%s") && d.has("{") && d.texts(|ours, theirs| sorted(ours) == sorted(theirs))),
    google("format-bytes", |d| d.has(".format(") && d.they_fail("Unable to convert function return value")),
    google("format-doubles", |d| d.has("%s") && d.has(".format(") && d.texts(close)),
    google("dyn-selection", |d| d.kind == Kind::Type && d.has("[?") && d.our_type_has("optional_type")),
    google("reverse", |d| d.has(".reverse()") && d.we_refuse("list(any type)")),
    google("reverse", |d| d.has(".reverse()") && d.they_fail("No matching overloads found : (list).reverse()")),
    google("reverse", |d| d.has(".reverse()") && d.kind == Kind::Type && d.our_type_has("DYN")),
    google("decimals", |d| d.sum() && d.kind == Kind::Type && d.our_type_has("DYN")),
    google("decimals", |d| d.sum() && d.we_accept() && d.they_refuse("found no matching overload")),
    google("decimals", |d| d.sum() && d.we_accept() && d.they_refuse("expression of type")),
    google("map-values", |d| d.map_of_two() && d.kind == Kind::Type),
    google("map-values", |d| d.map_of_two() && d.we_accept() && d.they_refuse("found no matching overload")),
    in_rust("long-durations", |d| d.they_fail("range error parsing duration")),
    in_rust("long-durations", |d| d.they_fail("Overflow from binary operator") && d.they_fail("TimeDelta")),
    in_rust("map-order", |d| d.lists_of_one_kind()),
    in_rust("absent-keys", |d| d.has("{?") && d.we_give_some() && d.they_fail("as a key")),
    in_rust("list-and-map", |d| d.has(" + ") && d.we_fail("no overload of + for list and map") && d.they_give()),
    in_rust("milliseconds", |d| d.has("getMilliseconds()") && d.ints(|ours, theirs| theirs % 1_000 == ours)),
    in_rust("double-texts", |d| d.texts(|ours, theirs| ours.contains('e') && ours.parse::<f64>() == theirs.parse())),
    in_rust("infinities", |d| d.texts(|ours, theirs| STRANGE.contains(&(ours, theirs)))),
    in_rust("local-times", |d| d.text_has(["+05:30", "-05:00", "+14:00"]) && d.has("()") && d.ints(|_, _| true)),
    in_rust("lenient-numbers", |d| d.they_give() && d.we_fail(" is no uint") && d.refused_text(["+", "+"])),
    in_rust("lenient-numbers", |d| d.they_give_infinity() && d.we_fail(" is no double")),
    in_rust("lenient-durations", |d| d.we_fail("is no duration") && d.they_give()),
    in_rust("float-durations", |d| d.has("duration(") && d.durations(|ours, theirs| (ours - theirs).abs() < 1_000)),
    in_rust("eager-optionals", |d| (d.has(".orValue(") || d.has(".or(")) && d.they_give_not() && d.we_give_some()),
    in_rust("double-negation", |d| d.has("!!") && d.we_fail("no overload of !")),
    in_rust("far-zones", |d| d.has("('America/New_York')") && d.ints(|ours, theirs| ours - theirs == 1)),
    in_rust("nan", |d| ORDERS.iter().any(|of| d.they_fail(of)) && d.we_give(Value::Bool(false))),
    in_rust("key-types", |d| {
        d.we_give(Value::Bool(false)) && d.they_fail("'@in' applied to") && d.they_fail(", map)'")
    }),
    in_rust("dyn-optional", |d| d.we_fail("no overload of ? for") && d.they_give()),
    in_rust("dyn-optional", |d| d.we_fail("no overload of a function of optionals") && d.they_give()),
    in_rust("optional-selection", |d| d.we_fail("no overload of []") && d.they_give()),
    in_rust("optional-selection", |d| (d.has(".?k") || d.has("[?")) && d.we_fail("no overload of") && d.they_give()),
];

/// What is no finite number, as text: ours, and what others make of it.
const STRANGE: &[(&str, &str)] = &[("NaN", "nan"), ("+Inf", "inf"), ("-Inf", "-inf"), ("NaN", "-nan")];

/// What our decoder says of a space and of an end of line.
const SPACES: &[&str] = &["no Base64: Invalid symbol 32,", "no Base64: Invalid symbol 10,"];

/// How the crate says that it cannot order two doubles.
const ORDERS: &[&str] = &["overload for '_<_'", "overload for '_<=_'", "overload for '_>_'", "overload for '_>=_'"];

impl Difference {
    fn has(&self, text: &str) -> bool {
        self.source.contains(text)
    }

    /// Whether a literal or a string that is bound has one of these.
    fn text_has<const N: usize>(&self, texts: [&str; N]) -> bool {
        let bound = self.bindings.iter().any(|(_, value)| match value {
            Value::String(value) => texts.iter().any(|text| value.contains(text)),
            _ => false,
        });
        let source = unescaped(&self.source);
        bound || texts.iter().any(|text| source.contains(text))
    }

    /// Whether the text that we say is no number has one of these.
    fn refused_text(&self, of: [&str; 2]) -> bool {
        let Outcome::Failed(why) = &self.ours.outcome else { return false };
        let text = why.split('"').nth(1).unwrap_or_default();
        of.iter().any(|letter| text.contains(letter))
    }

    /// Whether both give a list of the same entries in another order.
    fn lists_of_one_kind(&self) -> bool {
        let (Outcome::Value(Value::List(a)), Outcome::Value(Value::List(b))) =
            (&self.ours.outcome, &self.theirs.outcome)
        else {
            return false;
        };
        let has = |all: &[Value], one: &Value| all.iter().filter(|other| *other == one).count();
        a.len() == b.len() && a.iter().all(|one| has(a, one) == has(b, one))
    }

    fn timestamps_apart(&self) -> bool {
        self.we_fail("outside the years") && matches!(self.theirs.outcome, Outcome::Value(Value::Timestamp(_)))
    }

    fn we_accept(&self) -> bool {
        !matches!(self.ours.outcome, Outcome::Refused(_))
    }

    fn we_refuse(&self, why: &str) -> bool {
        matches!(&self.ours.outcome, Outcome::Refused(text) if text.contains(why))
    }

    fn we_fail(&self, why: &str) -> bool {
        matches!(&self.ours.outcome, Outcome::Failed(text) if text.contains(why))
    }

    fn we_give(&self, value: Value) -> bool {
        matches!(&self.ours.outcome, Outcome::Value(ours) if *ours == value)
    }

    fn they_refuse(&self, why: &str) -> bool {
        matches!(&self.theirs.outcome, Outcome::Refused(text) if text.contains(why))
    }

    fn they_fail(&self, why: &str) -> bool {
        matches!(&self.theirs.outcome, Outcome::Failed(text) if text.contains(why))
    }

    fn they_give(&self) -> bool {
        matches!(self.theirs.outcome, Outcome::Value(_))
    }

    fn they_give_infinity(&self) -> bool {
        matches!(self.theirs.outcome, Outcome::Value(Value::Double(value)) if value.is_infinite())
    }

    fn they_give_not(&self) -> bool {
        !self.they_give()
    }

    fn we_give_some(&self) -> bool {
        matches!(self.ours.outcome, Outcome::Value(_))
    }

    fn we_give_duration(&self) -> bool {
        matches!(self.ours.outcome, Outcome::Value(Value::Duration(_)))
    }

    /// Whether something in it is an entry of an empty list or map, which may be of any type.
    fn unknown(&self) -> bool {
        ["[][", "{}[", "{}.", "[].", "optional.none()"].iter().any(|of| self.has(of))
    }

    fn our_type_has(&self, name: &str) -> bool {
        self.ours.ty.as_ref().is_some_and(|ty| ty.contains(name))
    }

    /// Whether something is added, subtracted, multiplied, divided.
    fn sum(&self) -> bool {
        [" + ", " - ", " * ", " / ", " % "].iter().any(|op| self.has(op))
    }

    /// Whether a map of several entries is made.
    fn map_of_two(&self) -> bool {
        self.has("{") && self.source.matches(": ").count() > 1
    }

    /// Whether both give texts that differ thus.
    fn texts(&self, how: impl Fn(&str, &str) -> bool) -> bool {
        self.leaves(
            &|ours, theirs| matches!((ours, theirs), (Value::String(a), Value::String(b)) if a == b || how(a, b)),
        )
    }

    fn ints(&self, how: impl Fn(i64, i64) -> bool) -> bool {
        self.leaves(&|ours, theirs| matches!((ours, theirs), (Value::Int(a), Value::Int(b)) if a == b || how(*a, *b)))
    }

    fn durations(&self, how: impl Fn(i128, i128) -> bool) -> bool {
        self.leaves(&|ours, theirs| {
            matches!((ours, theirs), (Value::Duration(a), Value::Duration(b)) if how(a.as_nanos(), b.as_nanos()))
        })
    }

    fn leaves(&self, how: &dyn Fn(&Value, &Value) -> bool) -> bool {
        match (&self.ours.outcome, &self.theirs.outcome) {
            (Outcome::Value(ours), Outcome::Value(theirs)) if self.kind == Kind::Outcome => leaves(ours, theirs, how),
            _ => false,
        }
    }
}

/// Whether two values are of one shape, and their leaves thus.
fn leaves(a: &Value, b: &Value, how: &dyn Fn(&Value, &Value) -> bool) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| leaves(a, b, how))
        }
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => leaves(a, b, how),
        _ => how(a, b),
    }
}

/// A text without the zeros that end a time's fraction: `1.500s` as `1.5s`.
fn short(text: &str) -> String {
    let mut out = String::new();
    let mut fraction = false;
    for letter in text.chars() {
        if fraction && matches!(letter, 's' | 'Z') {
            out.truncate(out.trim_end_matches('0').len());
        }
        fraction = letter == '.' || fraction && letter.is_ascii_digit();
        out.push(letter);
    }
    out
}

/// An expression with the letters that its escapes of four digits stand for.
fn unescaped(source: &str) -> String {
    let mut parts = source.split("\\u");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match letter {
            Some(letter) => out.extend(std::iter::once(letter).chain(part[4..].chars())),
            None => out.extend(["\\u", part]),
        }
    }
    out
}

/// The letters of a text, in order.
fn sorted(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters
}

/// Whether two texts are the same but for numbers with fewer digits.
fn close(ours: &str, theirs: &str) -> bool {
    let near = |(a, b): (&str, &str)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= a.abs() * 1e-5,
        _ => a == b,
    };
    let words =
        |text: &str| -> Vec<String> { text.split(['|', '[', ']', '{', '}', ',', ' ']).map(str::to_owned).collect() };
    let (ours, theirs) = (words(ours), words(theirs));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| near((a, b)))
}
