//! The ten aggregates: their names in documents, what they take and what they give. Knows types; knows no windows.

use fishplate_cel::{Type, Value};

/// What a feature makes of the events in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    /// How many.
    Count,
    /// How many a second of the window's size.
    Rate,
    Sum(Number),
    Avg(Number),
    Stddev(Number),
    Min(Ordered),
    Max(Ordered),
    /// The value of the earliest event.
    First(Plain),
    /// The value of the latest event.
    Last(Plain),
    /// How many different values.
    Distinct(Plain),
}

macro_rules! kinds {
    ($(#[$doc:meta] $name:ident: $($kind:ident)*;)*) => {
        $(
            #[$doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub(crate) enum $name {
                $($kind),*
            }

            impl $name {
                #[cfg(test)]
                pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

                /// `None` for a type that is none of these.
                pub(crate) fn of(ty: &Type) -> Option<Self> {
                    match ty {
                        $(Type::$kind => Some(Self::$kind),)*
                        _ => None,
                    }
                }

                pub(crate) fn ty(self) -> Type {
                    match self {
                        $(Self::$kind => Type::$kind),*
                    }
                }

                /// The types for a message: `int, uint or double`.
                pub(crate) fn words() -> String {
                    let names = [$(Type::$kind.to_string()),*];
                    let (last, others) = names.split_last().expect("each of these has two types at least");
                    format!("{} or {last}", others.join(", "))
                }
            }
        )*
    };
}

kinds! {
    /// Types that are added up.
    Number: Int Uint Double;
    /// Types of which there is a least and a greatest.
    Ordered: Int Uint Double Timestamp Duration;
    /// Types whose values are kept as they are.
    Plain: Bool Int Uint Double String Bytes Timestamp Duration;
}

impl Plain {
    /// Whether `value` is one of this type.
    pub(crate) fn has(self, value: &Value) -> bool {
        match self {
            Self::Bool => matches!(value, Value::Bool(_)),
            Self::Int => matches!(value, Value::Int(_)),
            Self::Uint => matches!(value, Value::Uint(_)),
            Self::Double => matches!(value, Value::Double(_)),
            Self::String => matches!(value, Value::String(_)),
            Self::Bytes => matches!(value, Value::Bytes(_)),
            Self::Timestamp => matches!(value, Value::Timestamp(_)),
            Self::Duration => matches!(value, Value::Duration(_)),
        }
    }
}

impl Aggregate {
    /// Its key in a document.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Rate => "rate",
            Self::Sum(_) => "sum",
            Self::Avg(_) => "avg",
            Self::Stddev(_) => "stddev",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::First(_) => "first",
            Self::Last(_) => "last",
            Self::Distinct(_) => "distinct",
        }
    }

    /// The type of what it reads from each event; `None` where the event alone counts.
    pub(crate) fn takes(self) -> Option<Type> {
        match self {
            Self::Count | Self::Rate => None,
            Self::Sum(of) | Self::Avg(of) | Self::Stddev(of) => Some(of.ty()),
            Self::Min(of) | Self::Max(of) => Some(of.ty()),
            Self::First(of) | Self::Last(of) | Self::Distinct(of) => Some(of.ty()),
        }
    }

    /// The type of what rules read.
    pub(crate) fn gives(self) -> Type {
        match self {
            Self::Count | Self::Distinct(_) => Type::Int,
            Self::Rate | Self::Avg(_) | Self::Stddev(_) => Type::Double,
            Self::Sum(of) => of.ty(),
            Self::Min(of) | Self::Max(of) => of.ty(),
            Self::First(of) | Self::Last(of) => of.ty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_in_words() {
        assert_eq!(Number::words(), "int, uint or double");
        assert_eq!(Ordered::words(), "int, uint, double, timestamp or duration");
    }

    #[test]
    fn a_double_is_averaged_and_a_list_is_not() {
        assert_eq!(Number::of(&Type::Double), Some(Number::Double));
        assert_eq!(Number::of(&Type::list(Type::Double)), None);
        assert!(Plain::Double.has(&Value::Double(1.0)) && !Plain::Double.has(&Value::Int(1)));
    }
}
