//! The types of CEL, as plain data.

use std::fmt;
use std::sync::Arc;

/// A type. <https://github.com/google/cel-spec/blob/master/doc/langdef.md#values>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `null_type`
    Null,
    /// `bool`
    Bool,
    /// `int`: 64-bit signed
    Int,
    /// `uint`: 64-bit unsigned
    Uint,
    /// `double`: IEEE 754 binary64
    Double,
    /// `string`: Unicode code points
    String,
    /// `bytes`
    Bytes,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `list(T)`
    List(Arc<Type>),
    /// `map(K, V)`
    Map(Arc<Type>, Arc<Type>),
    /// A protobuf wrapper: the type or null.
    Wrapper(Arc<Type>),
    /// A message, by its full name; its fields are in the environment.
    Message(Arc<str>),
    /// `type(T)`: the type of a type value.
    TypeOf(Arc<Type>),
    /// A type of an extension or of the host, by its name: `optional_type(int)`, `net.IP`.
    Abstract(Arc<str>, Arc<[Type]>),
    /// A type parameter, by its number: of a function's declaration, and inside the check whatever has yet to be found
    /// out. Never the type of a checked expression.
    Param(u32),
    /// Known only when the expression runs: the type of entries of `[]` and `{}`, of mixed lists.
    Dyn,
}

/// The name of the type of optionals.
pub(crate) const OPTIONAL: &str = "optional_type";

impl Type {
    /// `list(of)`
    pub fn list(of: Type) -> Self {
        Self::List(Arc::new(of))
    }

    /// `optional_type(of)`
    pub fn optional(of: Type) -> Self {
        Self::Abstract(OPTIONAL.into(), [of].into())
    }

    /// What an optional type holds, if it is one.
    pub(crate) fn held(&self) -> Option<&Type> {
        match self {
            Self::Abstract(name, of) if &**name == OPTIONAL => of.first(),
            _ => None,
        }
    }

    /// `map(key, value)`
    pub fn map(key: Type, value: Type) -> Self {
        Self::Map(Arc::new(key), Arc::new(value))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Wrapper(of) => write!(f, "wrapper({of})"),
            Self::Message(name) => f.write_str(name),
            Self::TypeOf(of) => write!(f, "type({of})"),
            Self::Abstract(name, of) => {
                f.write_str(name)?;
                for (at, ty) in of.iter().enumerate() {
                    write!(f, "{}{ty}", if at == 0 { "(" } else { ", " })?;
                }
                f.write_str(if of.is_empty() { "" } else { ")" })
            }
            Self::Param(_) => f.write_str("any type"),
            Self::Dyn => f.write_str("dyn"),
        }
    }
}
