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
    /// Known only when the expression runs: the type of entries of `[]` and `{}`, of mixed lists.
    Dyn,
}

impl Type {
    /// `list(of)`
    pub fn list(of: Type) -> Self {
        Self::List(Arc::new(of))
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
            // Inside the check, the type of the entries of `[]`.
            Self::Wrapper(of) if **of == Self::Dyn => f.write_str("dyn"),
            Self::Wrapper(of) => write!(f, "wrapper({of})"),
            Self::Message(name) => f.write_str(name),
            Self::Dyn => f.write_str("dyn"),
        }
    }
}
