//! The field numbers of `proto/fishplate/v1/value.proto`, for what is read and written without messages in memory. A test
//! holds them to the contract.

macro_rules! tags {
    ($($name:ident = $number:literal, $message:literal, $field:literal;)*) => {
        $(pub(crate) const $name: u32 = $number;)*
        /// Number, message and field of each.
        #[cfg(test)]
        pub(crate) const ALL: &[(u32, &str, &str)] = &[$(($number, $message, $field)),*];
    };
}

tags! {
    NULL = 1, "fishplate.v1.Value", "null";
    BOOL = 2, "fishplate.v1.Value", "bool";
    INT = 3, "fishplate.v1.Value", "int";
    UINT = 4, "fishplate.v1.Value", "uint";
    DOUBLE = 5, "fishplate.v1.Value", "double";
    STRING = 6, "fishplate.v1.Value", "string";
    BYTES = 7, "fishplate.v1.Value", "bytes";
    TIMESTAMP = 8, "fishplate.v1.Value", "timestamp";
    DURATION = 9, "fishplate.v1.Value", "duration";
    LIST = 10, "fishplate.v1.Value", "list";
    MAP = 11, "fishplate.v1.Value", "map";
    UNSUPPORTED = 12, "fishplate.v1.Value", "unsupported";
    LIST_VALUES = 1, "fishplate.v1.List", "values";
    MAP_ENTRIES = 1, "fishplate.v1.Map", "entries";
    ENTRY_KEY = 1, "fishplate.v1.Entry", "key";
    ENTRY_VALUE = 2, "fishplate.v1.Entry", "value";
    SECONDS = 1, "google.protobuf.Timestamp", "seconds";
    NANOS = 2, "google.protobuf.Timestamp", "nanos";
}
