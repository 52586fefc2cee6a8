//! Random conditions and events of the shapes that rules have: comparisons of one field, a little of everything else.

use crate::{Map, Path, Slot, Timestamp, Value};

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const ORDER: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];
const INTS: [&str; 9] =
    ["0", "1", "-1", "2", "7", "9007199254740991", "9007199254740993", "-9223372036854775808", "9223372036854775807"];
const UINTS: [&str; 5] = ["0u", "1u", "7u", "9007199254740993u", "18446744073709551615u"];
const DOUBLES: [&str; 9] =
    ["0.0", "-0.0", "1.0", "0.5", "-1.5", "7.0", "9007199254740992.0", "1e300", "9223372036854775808.0"];
const TEXTS: [&str; 8] = ["''", "'a'", "'b'", "'ab'", "'abc'", "'é'", "'a long text of more than thirty bytes'", "'z'"];

/// A condition; `depth` bounds its nesting.
pub(super) fn condition(random: &mut Random, depth: usize) -> String {
    let deeper = |random: &mut Random| condition(random, depth - 1);
    match random.below(if depth == 0 { 4 } else { 12 }) {
        0..4 => atom(random),
        4..8 => format!("({}) && ({})", deeper(random), deeper(random)),
        8 | 9 => format!("({}) || ({})", deeper(random), deeper(random)),
        10 => format!("!({})", deeper(random)),
        _ => format!("({}) ? ({}) : ({})", deeper(random), deeper(random), deeper(random)),
    }
}

fn atom(random: &mut Random) -> String {
    let order = random.pick(&ORDER);
    match random.below(26) {
        0..3 => numeric(random, "event.int", order),
        3 => numeric(random, "event.uint", order),
        4..7 => numeric(random, "event.double", order),
        7 => numeric(random, "event.zero", order),
        8 => numeric(random, "features.sum", order),
        9 => format!("event.maybe {} {}", random.pick(&["==", "!="]), random.pick(&["null", "1", "7"])),
        10..13 => textual(random, order),
        13 => random.pick(&["event.flag", "!event.flag", "event.flag == true", "event.flag != true"]).to_owned(),
        14 => {
            format!("has({})", random.pick(&["event.int", "event.text", "event.zero", "features.sum", "event.maybe"]))
        }
        15 => format!("event.any {} {}", order, random.pick(&["1", "'a'", "0.5", "true"])),
        16 => {
            format!("event.any in [{}]", random.pick(&["1, 2, 3, 4, 5", "'a', 'b'", "1, 'a'", "0.5, 9007199254740993"]))
        }
        17 => format!("event.time {order} timestamp({})", random.below(3)),
        18 => random.pick(&["true", "false", "1 / 0 == 1", "1 + 1 == 2"]).to_owned(),
        19 => format!("event.int + event.zero {order} {}", random.pick(&INTS)),
        20 => {
            let any = random.pick(&["event.any", "event.any ? event.flag : event.any", "dyn(1)", "event.ints == [1]"]);
            format!("({any}) && {}", random.pick(&["true", "event.flag"]))
        }
        21 => format!("{} in event.ints", random.pick(&["1", "7"])),
        22 => format!("10 / event.int {order} 1"),
        23 => random
            .pick(&[
                "event.ints.exists(i, i > 1)",
                "event.ints.all(i, 6 / i > 1)",
                "event.text in ['a'].map(t, t + 'b')",
            ])
            .to_owned(),
        24 => format!("event.text.{}", random.pick(&["matches('a.*')", "size() > 2", "matches(event.other)"])),
        _ => format!("event.text {order} event.other"),
    }
}

fn numeric(random: &mut Random, field: &str, order: &str) -> String {
    let own: &[&str] = match field {
        "event.uint" => &UINTS,
        "event.double" | "features.sum" => &DOUBLES,
        _ => &INTS,
    };
    if random.below(4) == 0 {
        let count = 1 + random.below(6);
        let items: Vec<&str> = (0..count).map(|_| random.pick(own)).collect();
        return format!("{field} in [{}]", items.join(", "));
    }
    let equal = matches!(order, "==" | "!=");
    let constants = if equal { own } else { random.pick(&[&INTS[..], &UINTS, &DOUBLES]) };
    let constant = random.pick(constants);
    // The other way round, which is another tree.
    if random.below(5) == 0 { format!("{constant} {order} {field}") } else { format!("{field} {order} {constant}") }
}

fn textual(random: &mut Random, order: &str) -> String {
    let field = random.pick(&["event.text", "event.text", "event.other", "event.empty", "features.last"]);
    let text = random.pick(&TEXTS);
    match random.below(8) {
        0..3 => format!("{field} {} {text}", random.pick(&["==", "!="])),
        3 => format!("{field} {order} {text}"),
        4 => format!("{field}.{}({text})", random.pick(&["startsWith", "endsWith", "contains"])),
        5 => format!("{text}.contains({field})"),
        _ => {
            let items: Vec<&str> = (0..1 + random.below(6)).map(|_| random.pick(&TEXTS)).collect();
            format!("{field} in [{}]", items.join(", "))
        }
    }
}

/// What a slot holds: now and then nothing or, of a feature, an error.
pub(super) fn slot(random: &mut Random, path: &Path) -> Slot {
    match random.below(8) {
        0 => return Slot::Absent,
        1 if *path.root == *"features" => return Slot::Error("the window is empty".to_owned()),
        _ => {}
    }
    let value = match &*path.fields[0] {
        "uint" => Value::Uint(random.pick(&[0, 1, 2, 7, (1 << 53) + 1, u64::MAX])),
        "double" | "sum" => double(random),
        "text" | "other" | "empty" | "last" => text(random),
        "flag" => Value::Bool(random.below(2) == 0),
        "time" => Timestamp::new(random.below(4) as i64, 0).map_or(Value::Null, Value::Timestamp),
        "ints" => Value::List((0..random.below(4)).map(|_| int(random)).collect()),
        "any" => match random.below(8) {
            0 => Value::Null,
            1 => Value::Bool(random.below(2) == 0),
            2 => int(random),
            3 => Value::Uint(1),
            4 => double(random),
            5 => text(random),
            6 => Value::List([int(random)].into()),
            _ => Value::Map(Map::from_entries([(int(random), text(random))]).into()),
        },
        _ => int(random),
    };
    match value {
        // Half of the texts in memory of their own, as decoders leave them, some of it empty.
        Value::String(text) if random.below(2) == 0 => {
            let mut slot = Slot::default();
            slot.put_text(&text);
            if random.below(8) == 0 {
                slot.clear();
            }
            slot
        }
        value => Slot::Value(value),
    }
}

fn int(random: &mut Random) -> Value {
    let far = [i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1];
    Value::Int(if random.below(4) == 0 { random.pick(&far) } else { random.below(10) as i64 - 2 })
}

fn double(random: &mut Random) -> Value {
    let far = [f64::NAN, -0.0, f64::INFINITY, f64::NEG_INFINITY, 9_007_199_254_740_992.0, 1e300];
    Value::Double(if random.below(3) == 0 { random.pick(&far) } else { random.below(20) as f64 / 2.0 - 2.0 })
}

fn text(random: &mut Random) -> Value {
    let known = random.pick(&TEXTS);
    Value::from(match random.below(4) {
        0 => "a text that no rule names, of sixty-four bytes, as long as it is",
        1 => "abcz",
        _ => &known[1..known.len() - 1],
    })
}
