//! Outputs: what values they take, and how the values of several rules become one.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use fishplate_cel::{Code, Duration, Type, Value};

use crate::codes;

/// What values an output takes.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// Values of one CEL type.
    Typed(Type),
    /// Names, least first.
    Enum(Vec<Arc<str>>),
}

/// How the values of several rules become one (contract, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    Sum,
    Max,
    Min,
    First,
    Any,
    List,
    /// Lists, one behind the other. No document can name it: policies are made of it.
    Concat,
}

impl Merge {
    pub(crate) const WORDS: [(&'static str, Merge); 6] = [
        ("sum", Merge::Sum),
        ("max", Merge::Max),
        ("min", Merge::Min),
        ("first", Merge::First),
        ("any", Merge::Any),
        ("list", Merge::List),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, merge)| *merge == self).map_or("", |(word, _)| word)
    }

    pub(crate) fn fits(self, values: &Values) -> bool {
        use Type::{Double, Duration, Int, String, Timestamp, Uint};
        let summed = matches!(values, Values::Typed(Int | Uint | Double | Duration));
        let ordered = summed || matches!(values, Values::Typed(String | Timestamp) | Values::Enum(_));
        match self {
            Merge::Sum => summed,
            Merge::Max | Merge::Min => ordered,
            Merge::First | Merge::Any | Merge::List | Merge::Concat => true,
        }
    }

    /// The merges that `values` has.
    pub(crate) fn fitting(values: &Values) -> String {
        let fitting = Self::WORDS.iter().filter(|(_, merge)| merge.fits(values));
        fitting.map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }

    /// Adds `next` to what earlier rules gave. After an error, that is worth nothing.
    pub(crate) fn add(self, so_far: &mut Value, next: &Value, values: &Values) -> Result<(), Code> {
        match self {
            Merge::First => {}
            Merge::Sum => *so_far = add(so_far, next).ok_or(codes::MERGE_OVERFLOW)?,
            Merge::Max if picks(so_far, next, values, Ordering::Greater) => so_far.clone_from(next),
            Merge::Min if picks(so_far, next, values, Ordering::Less) => so_far.clone_from(next),
            Merge::Max | Merge::Min => {}
            Merge::Any if same(so_far, next) => {}
            Merge::Any => return Err(codes::MERGE_NOT_EQUAL),
            Merge::Concat => {
                let (Value::List(list), Value::List(more)) = (&*so_far, next) else { return Err(codes::INTERNAL) };
                *so_far = Value::List(list.iter().chain(more.iter()).cloned().collect());
            }
            Merge::List => {
                let Value::List(list) = &*so_far else { return Err(codes::INTERNAL) };
                *so_far = Value::List(list.iter().chain([next]).cloned().collect());
            }
        }
        Ok(())
    }

    /// What the first rule gives.
    pub(crate) fn first(self, value: &Value) -> Value {
        if self == Merge::List { Value::List([value.clone()].into()) } else { value.clone() }
    }
}

/// `any` means one value: NaN agrees with NaN, 0.0 with -0.0, as in the canonical form.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => return a == b,
        (Value::Int(a), Value::Int(b)) => return a == b,
        (Value::Uint(a), Value::Uint(b)) => return a == b,
        (Value::String(a), Value::String(b)) => return a == b,
        _ => {}
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    crate::canonical::write_value(a, &mut left);
    crate::canonical::write_value(b, &mut right);
    left == right
}

fn add(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => a.checked_add(*b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => Some(Value::Double(a + b)),
        (Value::Duration(a), Value::Duration(b)) => {
            Duration::from_nanos(a.as_nanos() + b.as_nanos()).map(Value::Duration)
        }
        _ => None,
    }
}

/// Whether `next` takes the place of what was kept: if it is `wanted` against it, or NaN, which wins.
fn picks(kept: &Value, next: &Value, values: &Values, wanted: Ordering) -> bool {
    match (kept, next) {
        (Value::Double(kept), _) if kept.is_nan() => false,
        (_, Value::Double(next)) if next.is_nan() => true,
        _ => order(next, kept, values) == wanted,
    }
}

fn order(a: &Value, b: &Value, values: &Values) -> Ordering {
    match (a, b, values) {
        (Value::String(a), Value::String(b), Values::Enum(names)) => {
            // Constants of rules share their text with the declaration.
            let rank = |name: &Arc<str>| names.iter().position(|known| Arc::ptr_eq(known, name) || known == name);
            rank(a).cmp(&rank(b))
        }
        (Value::String(a), Value::String(b), _) => a.cmp(b),
        (Value::Int(a), Value::Int(b), _) => a.cmp(b),
        (Value::Uint(a), Value::Uint(b), _) => a.cmp(b),
        (Value::Double(a), Value::Double(b), _) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::Duration(a), Value::Duration(b), _) => a.as_nanos().cmp(&b.as_nanos()),
        (Value::Timestamp(a), Value::Timestamp(b), _) => a.as_nanos().cmp(&b.as_nanos()),
        _ => Ordering::Equal,
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Values::Typed(ty) => ty.fmt(f),
            Values::Enum(_) => f.write_str("an enum"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(merge: Merge, values: &Values, inputs: &[Value]) -> Result<Value, Code> {
        let mut so_far = merge.first(&inputs[0]);
        for input in &inputs[1..] {
            merge.add(&mut so_far, input, values)?;
        }
        Ok(so_far)
    }

    #[test]
    fn nan_wins_over_any_number() {
        let doubles = Values::Typed(Type::Double);
        for merge in [Merge::Max, Merge::Min] {
            for inputs in [[1.0, f64::NAN], [f64::NAN, 1.0]] {
                let result = merged(merge, &doubles, &inputs.map(Value::Double));
                assert!(matches!(result, Ok(Value::Double(value)) if value.is_nan()));
            }
        }
    }

    #[test]
    fn an_enum_is_ordered_as_it_is_declared() {
        let names = Values::Enum(["ALLOW", "REVIEW", "DECLINE"].map(Arc::from).to_vec());
        let inputs = ["REVIEW", "DECLINE", "ALLOW"].map(Value::from);
        assert_eq!(merged(Merge::Max, &names, &inputs), Ok(Value::from("DECLINE")));
        assert_eq!(merged(Merge::Min, &names, &inputs), Ok(Value::from("ALLOW")));
    }

    #[test]
    fn a_sum_that_leaves_its_range_is_an_error() {
        let ints = Values::Typed(Type::Int);
        assert_eq!(merged(Merge::Sum, &ints, &[Value::Int(i64::MAX), Value::Int(1)]), Err(codes::MERGE_OVERFLOW));
    }

    #[test]
    fn any_needs_one_value() {
        let doubles = Values::Typed(Type::Double);
        let ok = merged(Merge::Any, &doubles, &[Value::Double(0.0), Value::Double(-0.0)]);
        assert_eq!(ok, Ok(Value::Double(0.0)));
        let differ = merged(Merge::Any, &doubles, &[Value::Double(0.0), Value::Double(1.0)]);
        assert_eq!(differ, Err(codes::MERGE_NOT_EQUAL));
    }
}
