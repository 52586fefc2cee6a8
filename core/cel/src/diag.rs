//! What is wrong with an expression, and where: plain data, rendered by whoever knows the file around it.

use std::fmt;

/// Bytes `start..end` of the expression's own source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A stable error code, shown as `F0203`. A number is never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{:04}", self.0)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Code = Code($number);)*
            /// Every code that this crate can give, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    // F01xx: the text is not an expression.
    /// Something else was expected here.
    UNEXPECTED_TOKEN = 101;
    /// A string or bytes literal that never ends.
    UNTERMINATED_STRING = 102;
    /// An escape that the language does not have.
    BAD_ESCAPE = 103;
    /// A number literal outside its type's range, or malformed.
    BAD_NUMBER = 104;
    /// A character that begins no token.
    BAD_CHARACTER = 105;
    /// The expression ends too early.
    UNEXPECTED_END = 106;
    /// A reserved word used as a name.
    RESERVED_WORD = 107;
    /// Syntax that the language has elsewhere, and not here.
    UNSUPPORTED_SYNTAX = 108;

    // F02xx: the expression has no type.
    /// A name that nothing declares.
    UNKNOWN_NAME = 201;
    /// A field that its message does not have.
    UNKNOWN_FIELD = 202;
    /// The two sides of a comparison have types that do not compare.
    CANNOT_COMPARE = 203;
    /// An operator that these operand types do not have.
    NO_OPERATOR = 204;
    /// A function that does not exist.
    UNKNOWN_FUNCTION = 205;
    /// A function called with arguments that it does not take.
    WRONG_ARGUMENTS = 206;
    /// The expression's type is not the one that its place needs.
    WRONG_TYPE = 207;
    /// The branches of `?:`, or the entries of a list or map, have different types.
    MIXED_TYPES = 208;
    /// `has()` takes a field selection.
    BAD_HAS = 209;
    /// A message where only its fields can be used.
    MESSAGE_AS_VALUE = 210;

    // F03xx: the expression ends in an error when it runs.
    /// Division by zero.
    DIVISION_BY_ZERO = 301;
    /// Modulus by zero.
    MODULUS_BY_ZERO = 302;
    /// An integer result outside 64 bits.
    INTEGER_OVERFLOW = 303;
    /// A map does not have the key.
    NO_SUCH_KEY = 304;
    /// A list does not have the index.
    INDEX_OUT_OF_RANGE = 305;
    /// The field is absent and its schema gives it no default.
    ABSENT_FIELD = 306;
    /// A value that the conversion cannot represent.
    BAD_CONVERSION = 307;
    /// A timestamp or duration outside its range.
    TIME_OUT_OF_RANGE = 308;
    /// A feature has no value for this event.
    FEATURE_IN_ERROR = 309;
    /// No overload for the values met at run time.
    NO_SUCH_OVERLOAD = 310;
    /// A map literal with one key twice.
    REPEATED_KEY = 311;
    /// An argument outside what the function takes: a position outside a text, a pattern that is none.
    BAD_ARGUMENT = 312;
    /// A decimal result of more than 34 digits.
    DECIMAL_TOO_LONG = 313;
    /// A quotient of decimals that has no end.
    DECIMAL_INEXACT = 314;

    // F07xx: a limit (shared with the engine, which owns the rest of this block).
    /// The expression nests deeper than the limit.
    LIMIT_EXPRESSION_DEPTH = 708;
    /// The expression has more nodes than the limit.
    LIMIT_EXPRESSION_NODES = 709;
    /// The evaluation cost more than the limit.
    LIMIT_COST = 710;
}

/// One mistake in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// Where it is.
    pub span: Span,
    /// What is wrong, without a full stop: `cannot compare double with string`.
    pub message: String,
    /// What was expected, to stand beside the caret: `expected double`. May be empty.
    pub expected: String,
    /// A suggestion, where there is one: `remove the quotes`, `did you mean "amount"?`.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// A mistake with nothing but its message.
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), expected: String::new(), suggestion: None }
    }

    /// With what was expected.
    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// With a suggestion.
    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// With a suggestion, if there is one.
    pub(crate) fn maybe_suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}
