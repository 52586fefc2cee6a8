//! F01xx to F03xx: an expression that does not parse, has no type, or ends in an error when it runs.
//! The examples stand in a rule's `when` and read an event of a payment; a test runs each of them.

use fishplate_cel::Code;

/// Code, title, meaning, wrong example, the same put right.
pub(super) const EXPLAINED: &[(Code, &str, &str, &str, &str)] = &[
    (
        Code::UNEXPECTED_TOKEN,
        "something else was expected here",
        "The expression is well formed up to the caret, and what stands there cannot follow. The usual reasons are a \
         missing operator or bracket, a single `=` for `==`, or the words `and`, `or` and `not`, which are written \
         `&&`, `||` and `!`.",
        "event.amount > 100.0 and event.country == \"US\"",
        "event.amount > 100.0 && event.country == \"US\"",
    ),
    (
        Code::UNTERMINATED_STRING,
        "a string that never ends",
        "A string or bytes literal has no closing quote. A literal in single or double quotes ends on its own line; \
         one that runs over several lines stands between three quotes.",
        "event.country == \"US",
        "event.country == \"US\"",
    ),
    (
        Code::BAD_ESCAPE,
        "an escape that the language does not have",
        "After a backslash in a string stand one of a b f n r t v, a quote, a question mark, another backslash, \
         three octal digits, x and two hexadecimal digits, u and four, or U and eight. In a pattern or a path, \
         double the backslash, or write r before the quote: then nothing is an escape.",
        "event.country == \"a\\d\"",
        "event.country == r\"a\\d\"",
    ),
    (
        Code::BAD_NUMBER,
        "a number that its type cannot hold, or that is malformed",
        "A whole number without a suffix is an int (64 bits with a sign), with the suffix u a uint (64 bits \
         without). Numbers are written in decimal, or in hexadecimal after 0x; a number with a point or an exponent \
         is a double.",
        "event.count < 9223372036854775808",
        "event.count < 9223372036854775807",
    ),
    (
        Code::BAD_CHARACTER,
        "a character that begins nothing",
        "No token of the language begins with this character. Quotes that a word processor made round, a dash that \
         is no minus sign, and `&` or `|` alone are the usual ones.",
        "event.country == \u{201c}US\u{201d}",
        "event.country == \"US\"",
    ),
    (
        Code::UNEXPECTED_END,
        "the expression ends too early",
        "The text ends where an operand or a closing bracket must follow.",
        "(event.amount > 100.0",
        "(event.amount > 100.0)",
    ),
    (
        Code::RESERVED_WORD,
        "a reserved word used as a name",
        "The language keeps some words of other languages for itself: as, break, const, continue, else, for, \
         function, if, import, let, loop, package, namespace, return, var, void, while. They cannot be names of \
         variables. A choice is written with `? :`.",
        "if event.amount > 100.0",
        "event.amount > 100.0 ? true : false",
    ),
    (
        Code::UNSUPPORTED_SYNTAX,
        "syntax that the language does not have here",
        "The expression uses a part of CEL where it does not stand: only a field's name may be written in backticks, for \
         names that are no words, as in event.labels.`first-seen`.",
        "`event`.amount > 100.0",
        "event.amount > 100.0",
    ),
    (
        Code::UNKNOWN_NAME,
        "a name that nothing declares",
        "An expression reads the event as `event.field`, windows as `features.name`, and the constants of the \
         schema's enums. Any other name is unknown. Mostly `event.` is missing in front, or text is missing its \
         quotes.",
        "amount > 100.0",
        "event.amount > 100.0",
    ),
    (
        Code::UNKNOWN_FIELD,
        "a field that its message does not have",
        "The schema of the event has no field of this name at this place. Names are those of the .proto file \
         (snake_case, exactly as written there) or of the document's inline fields.",
        "event.amout > 100.0",
        "event.amount > 100.0",
    ),
    (
        Code::CANNOT_COMPARE,
        "two types that do not compare",
        "`==` and `!=` need two values of one type; `<`, `<=`, `>` and `>=` need two numbers, two strings, two \
         bytes, two bools, two timestamps or two durations. Text is never read as a number and a number never as a \
         truth value.",
        "event.amount > \"500\"",
        "event.amount > 500.0",
    ),
    (
        Code::NO_OPERATOR,
        "an operator that these types do not have",
        "Arithmetic takes two numbers of one type: int with int, uint with uint, double with double; nothing is \
         converted silently. `+` also joins two strings, bytes or lists, and adds durations. `&&`, `||` and `!` take \
         bools. Write the literal in the other type, or convert with int(), uint(), double() or string().",
        "event.amount * 2 > 100.0",
        "event.amount * 2.0 > 100.0",
    ),
    (
        Code::UNKNOWN_FUNCTION,
        "a function that does not exist",
        "No function of this name is known. Functions of strings are called on their value: \
         `event.country.startsWith(\"U\")`.",
        "event.country.beginsWith(\"U\")",
        "event.country.startsWith(\"U\")",
    ),
    (
        Code::WRONG_ARGUMENTS,
        "arguments that the function does not take",
        "The function exists, but not for this number of arguments or for these types.",
        "event.country.startsWith(1)",
        "event.country.startsWith(\"1\")",
    ),
    (
        Code::WRONG_TYPE,
        "another type is needed here",
        "Each place of a rule document needs an expression of one type: `when` and `where` a bool, an output its \
         declared type. This one has another type.",
        "event.amount",
        "event.amount > 0.0",
    ),
    (
        Code::MIXED_TYPES,
        "branches of different types",
        "Both branches of `? :` have one type, so that the whole has one; nothing is converted silently. Write the \
         literal in the other type, or convert with int(), uint(), double() or string().",
        "(event.country == \"US\" ? 1.5 : 2) * event.amount > 100.0",
        "(event.country == \"US\" ? 1.5 : 2.0) * event.amount > 100.0",
    ),
    (
        Code::BAD_HAS,
        "has() takes a field selection",
        "`has(event.field)` asks whether a field, a feature or a key of a map is there. Anything that does not end \
         in `.name` cannot be asked about.",
        "has(event)",
        "has(event.country)",
    ),
    (
        Code::MESSAGE_AS_VALUE,
        "a message where only its fields can be used",
        "Rules read single fields of an event; a whole message is never loaded, so it cannot be compared, put into a \
         list or given out. Name the fields that matter.",
        "event.device == event.device",
        "event.device.os == \"android\"",
    ),
    (
        Code::DIVISION_BY_ZERO,
        "division by zero",
        "An int or uint was divided by zero. The rule does not match and the error stands in the decision. Doubles \
         do not end in this error: they give an infinity or NaN. Ask first: `&&` does not evaluate its right side \
         when the left is false.",
        "event.count / event.refunds > 10",
        "event.refunds != 0 && event.count / event.refunds > 10",
    ),
    (
        Code::MODULUS_BY_ZERO,
        "modulus by zero",
        "The right side of `%` was zero. The rule does not match and the error stands in the decision.",
        "event.count % event.refunds == 1",
        "event.refunds != 0 && event.count % event.refunds == 1",
    ),
    (
        Code::INTEGER_OVERFLOW,
        "an integer result outside 64 bits",
        "The result of an int or uint operation does not fit; it never wraps round. Nor may a uint become negative. \
         Compute in doubles where exactness does not matter, or turn the comparison round.",
        "event.count * 9223372036854775807 > 0",
        "double(event.count) * 9223372036854775807.0 > 0.0",
    ),
    (
        Code::NO_SUCH_KEY,
        "the map does not have the key",
        "A map was asked for a key that it does not have. Ask with `in` or `has()` first.",
        "event.labels[\"campaign\"] == \"spring\"",
        "\"campaign\" in event.labels && event.labels[\"campaign\"] == \"spring\"",
    ),
    (
        Code::INDEX_OUT_OF_RANGE,
        "the list does not have the index",
        "Entries count from 0; the last one is at size() - 1. Ask for the size first.",
        "event.tags[5] == \"vip\"",
        "event.tags.size() > 5 && event.tags[5] == \"vip\"",
    ),
    (
        Code::ABSENT_FIELD,
        "the field is absent",
        "The event does not carry the field and its schema gives it no default: inline fields have none. A field of \
         a .proto schema reads as its proto3 default instead. Ask with has() first.",
        "event.email != \"\"",
        "has(event.email) && event.email != \"\"",
    ),
    (
        Code::BAD_CONVERSION,
        "a value that cannot be converted",
        "int(), uint(), double(), bool(), timestamp() or duration() met a value that the type cannot hold, or text \
         that is not written as one.",
        "int(event.country) > 0",
        "event.country in [\"1\", \"2\", \"3\"] && int(event.country) > 0",
    ),
    (
        Code::TIME_OUT_OF_RANGE,
        "a time outside its range",
        "Timestamps reach from the year 1 to the year 9999, durations some 10,000 years either way. The result of \
         this operation is outside.",
        "event.at + duration(\"80000000h\") > event.at",
        "event.at + duration(\"24h\") > event.at",
    ),
    (
        Code::FEATURE_IN_ERROR,
        "the feature has no value for this event",
        "The feature's key, value or `where` ended in an error for this event, so the event is not in its window, \
         and reading the feature is an error too. Guard the fields that the feature reads in its `where`.",
        "features.per_email > 3",
        "has(event.email) && features.per_email > 3",
    ),
    (
        Code::NO_SUCH_OVERLOAD,
        "no operation for the values met at run time",
        "An operation on a value whose type is known only at run time met a type that it does not take. Schemas of \
         this version know every type beforehand, so this can only follow from a value inside a list or map of mixed \
         types.",
        "dyn(event.country) > 5",
        "event.country == \"5\"",
    ),
    (
        Code::REPEATED_KEY,
        "a map with one key twice",
        "A map literal gives a value to the same key twice when it runs. The keys are compared by value, so two \
         different expressions can be one key.",
        "{event.country: 1, \"US\": 2}[\"US\"] == 1",
        "{\"US\": 2}[\"US\"] == 2",
    ),
    (
        Code::BAD_ARGUMENT,
        "an argument outside what the function takes",
        "A function met a value of the right type that it can do nothing with: a position outside a text, text that is \
         no Base64, a pattern that is no regular expression. The rule does not match and the error stands in the \
         decision.",
        "base64.decode(event.id) == b\"\"",
        "base64.encode(bytes(event.id)) == \"cC0x\"",
    ),
    (
        Code::DECIMAL_TOO_LONG,
        "a decimal of too many digits",
        "A decimal has at most 34 digits, as IEEE 754's decimal128. The exact result of this operation needs more. Round what goes \
         into it to the digits that count.",
        "decimal(\"1e33\") * decimal(\"1.000000001\") > 0",
        "(decimal(\"1e33\") * decimal(\"1.000000001\").round(1, \"half_even\")) > 0",
    ),
    (
        Code::DECIMAL_INEXACT,
        "a quotient of decimals without an end",
        "Arithmetic on decimals is exact. This quotient would need more than 34 digits, or never ends. Say with div() how many digits \
         it has behind the point, and how it is rounded.",
        "decimal(\"10\") / event.count > 3",
        "event.count > 0 && decimal(\"10\").div(event.count, 2, \"half_even\") > 3",
    ),
    (
        Code::LIMIT_EXPRESSION_DEPTH,
        "the expression nests too deep",
        "Brackets, operators and calls may stand in each other up to the limit expression_depth (250 by default). It \
         keeps the stack of the host program safe. Long lists of alternatives belong in a list, not in nested \
         brackets.",
        "event.country == \"A\" ? 1 : (event.country == \"B\" ? 2 : (… 300 deep …))",
        "{\"A\": 1, \"B\": 2}[event.country]",
    ),
    (
        Code::LIMIT_EXPRESSION_NODES,
        "the expression is too long",
        "An expression may have as many names, literals and operators as the limit expression_nodes allows (10,000 \
         by default). Divide it into several rules: their outputs merge.",
        "event.country == \"A\" || event.country == \"B\" || … 4,000 of them",
        "event.country in [\"A\", \"B\", …]",
    ),
    (
        Code::LIMIT_COST,
        "the evaluation cost too much",
        "One evaluation of one expression may cost as many units as the limit cost allows (1,000,000 by default): \
         roughly one a step, and one for each entry or ten bytes that a step goes through. The rule does not match \
         and the error stands in the decision.",
        "event.comment.contains(event.email)      with texts of 200 KiB",
        "event.comment.size() < 1000 && event.comment.contains(event.email)",
    ),
];
