//! Every bound, its default and its reason. Checked while decoding, before memory is taken.

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $default:expr, $what:literal;)*) => {
        /// The bounds on what comes in. A field set to 0 means its default, so that a zeroed struct is a usable one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Limits {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Limits {
            /// Name, default and meaning of each, in the order of the fields: the source for every binding.
            pub const TABLE: &'static [(&'static str, u64, &'static str)] = &[$((stringify!($name), $default, $what)),*];

            /// The bounds in the order of [`Self::TABLE`]; a missing one or 0 means its default.
            pub fn from_values(values: &[u64]) -> Self {
                let mut values = values.iter().copied().chain(std::iter::repeat(0));
                let mut next = |default: u64| match values.next() { Some(0) | None => default, Some(set) => set };
                Self { $($name: next($default)),* }
            }

            /// The bounds in the order of [`Self::TABLE`].
            pub fn values(&self) -> impl Iterator<Item = u64> + use<> {
                [$(self.$name),*].into_iter()
            }

            /// Sets one by name; `false` if there is none of that name.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name {
                    $(stringify!($name) => self.$name = if value == 0 { $default } else { value },)*
                    _ => return false,
                }
                true
            }
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }
    };
}

limits! {
    /// Messages in one another, the event itself being the first. Real event schemas stay under 8; a hostile one would
    /// exhaust a host's small stack, so more than 100 acts as 100.
    message_depth: 16, "messages in one another, the event itself being the first";
    /// Fields in one message, unknown ones included: bounds the time that skipping can take.
    message_fields: 1_024, "fields of one message of an event";
    /// Bytes of one event: the unit in which queues and credit are bounded.
    event_bytes: 1 << 20, "bytes of one event";
    /// Entries of one list or map.
    list_entries: 10_000, "entries of one list or map of an event";
    /// UTF-8 bytes of one string, or bytes of one bytes field.
    string_bytes: 256 << 10, "bytes of one string or bytes field of an event";
    /// Bytes of a rule document: 100,000 rules of 300 bytes fit.
    document_bytes: 32 << 20, "bytes of a rule document";
    /// Rules of one document.
    rules: 100_000, "rules of one document";
    /// Nesting of one expression: people stay under 20; 250 leaves room for generated ones.
    expression_depth: 250, "nesting of one expression";
    /// Nodes of one expression.
    expression_nodes: 10_000, "nodes of one expression";
    /// Units of cel-go's cost model that one expression may spend on one event.
    cost: 1_000_000, "cost of one evaluation of one expression";
    /// Rows of a document's lookup tables: with a few columns each, they stay under 100 MB.
    table_rows: 100_000, "rows of all lookup tables of one document";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_missing_mean_the_default() {
        assert_eq!(Limits::from_values(&[]), Limits::default());
        assert_eq!(Limits::from_values(&[0, 7]).message_fields, 7);
        assert_eq!(Limits::from_values(&[0, 7]).message_depth, 16);
        assert_eq!(Limits::from_values(&[0, 7]).values().take(2).collect::<Vec<_>>(), [16, 7]);
    }

    #[test]
    fn a_limit_is_set_by_its_name() {
        let mut limits = Limits::default();
        assert!(limits.set("string_bytes", 8));
        assert_eq!(limits.string_bytes, 8);
        assert!(!limits.set("strings", 8));
    }
}
