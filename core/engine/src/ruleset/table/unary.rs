//! The tests in a table's cells → CEL. A cell holds tests with commas between them, of which one must hold; a test is
//! a value, a comparison that lacks its left side, a range, or `not(…)` around tests. The forms are those of unary tests
//! in DMN 1.5, section 7.3.3 (<https://www.omg.org/spec/DMN/1.5>), their values are CEL expressions.

/// What a cell asks of its column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// Nothing: any value will do.
    Any,
    /// This CEL expression holds.
    Holds(String),
}

/// A cell that is no test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadTest(pub(crate) &'static str);

const COMPARISONS: [&str; 6] = ["<=", ">=", "==", "!=", "<", ">"];

/// The test that `cell` is, of the value of the CEL expression `column`.
///
/// # Errors
/// Brackets or quotes that do not close, and tests without a value.
pub(crate) fn test(column: &str, cell: &str) -> Result<Test, BadTest> {
    if super::is_blank(cell) { Ok(Test::Any) } else { tests(column, cell).map(Test::Holds) }
}

/// Tests with commas between them.
fn tests(column: &str, text: &str) -> Result<String, BadTest> {
    let parts = split(text)?;
    if parts.len() > 1 && parts.iter().all(|part| is_value(part)) {
        return Ok(format!("({column}) in [{}]", parts.join(", ")));
    }
    let each = parts.iter().map(|part| one(column, part)).collect::<Result<Vec<_>, _>>()?;
    Ok(if each.len() == 1 { each.concat() } else { format!("({})", each.join(" || ")) })
}

fn one(column: &str, text: &str) -> Result<String, BadTest> {
    if let Some(inside) = negated(text) {
        return Ok(format!("!({})", tests(column, inside)?));
    }
    if let Some((comparison, value)) = compared(text) {
        return Ok(format!("({column}) {comparison} ({})", filled(value)?));
    }
    if let Some((low, high)) = range(text) {
        let (above, below) =
            (if text.starts_with('[') { ">=" } else { ">" }, if text.ends_with(']') { "<=" } else { "<" });
        return Ok(format!("(({column}) {above} ({}) && ({column}) {below} ({}))", filled(low)?, filled(high)?));
    }
    Ok(format!("({column}) == ({text})"))
}

fn filled(value: &str) -> Result<&str, BadTest> {
    let value = value.trim();
    if value.is_empty() { Err(BadTest("a value is missing")) } else { Ok(value) }
}

fn is_value(text: &str) -> bool {
    negated(text).is_none() && compared(text).is_none() && range(text).is_none()
}

fn negated(text: &str) -> Option<&str> {
    text.strip_prefix("not(")?.strip_suffix(')')
}

fn compared(text: &str) -> Option<(&'static str, &str)> {
    COMPARISONS.into_iter().find_map(|comparison| Some((comparison, text.strip_prefix(comparison)?)))
}

/// The two ends of `[low..high]`, `(low..high]` and so on.
fn range(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(['[', '('])?.strip_suffix([']', ')'])?;
    let at = outside(inside, '.').ok()?.into_iter().find(|at| inside[*at..].starts_with(".."))?;
    Some((&inside[..at], &inside[at + 2..]))
}

/// The parts of `text` between its outer commas.
fn split(text: &str) -> Result<Vec<&str>, BadTest> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for at in outside(text, ',')? {
        parts.push(filled(&text[from..at])?);
        from = at + 1;
    }
    parts.push(filled(&text[from..])?);
    Ok(parts)
}

/// The places in `text` at which `wanted` stands, inside no brackets and no quotes.
fn outside(text: &str, wanted: char) -> Result<Vec<usize>, BadTest> {
    let (mut places, mut depth, mut raw) = (Vec::new(), 0_usize, false);
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' | '\'' => pass_quoted(&mut chars, char, raw)?,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1).ok_or(BadTest("a bracket closes that nothing opened"))?,
            _ if depth == 0 && char == wanted => places.push(at),
            _ => {}
        }
        raw = matches!(char, 'r' | 'R');
    }
    if depth > 0 { Err(BadTest("a bracket is not closed")) } else { Ok(places) }
}

/// Passes over a string behind its opening quote.
fn pass_quoted(chars: &mut std::str::CharIndices<'_>, quote: char, raw: bool) -> Result<(), BadTest> {
    while let Some((_, char)) = chars.next() {
        match char {
            '\\' if !raw => drop(chars.next()),
            char if char == quote => return Ok(()),
            _ => {}
        }
    }
    Err(BadTest("a quote is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(cell: &str) -> String {
        match test("c", cell) {
            Ok(Test::Holds(text)) => text,
            other => panic!("{cell}: {other:?}"),
        }
    }

    #[test]
    fn blanks_and_dashes_ask_nothing() {
        for cell in ["", "  ", "-", " - "] {
            assert_eq!(test("c", cell), Ok(Test::Any));
        }
    }

    #[test]
    fn a_value_is_equal_and_several_are_a_set() {
        assert_eq!(holds("\"NG\""), "(c) == (\"NG\")");
        assert_eq!(holds("-1"), "(c) == (-1)");
        assert_eq!(holds("\"N,G\", 'R\\'U' , f(1, 2)"), "(c) in [\"N,G\", 'R\\'U', f(1, 2)]");
    }

    #[test]
    fn a_comparison_lacks_its_left_side() {
        assert_eq!(holds("> 500"), "(c) > (500)");
        assert_eq!(holds(">=event.limit * 2"), "(c) >= (event.limit * 2)");
        assert_eq!(holds("!= null"), "(c) != (null)");
    }

    #[test]
    fn one_of_several_tests_holds() {
        assert_eq!(holds("< 5, 7, > 9"), "((c) < (5) || (c) == (7) || (c) > (9))");
    }

    #[test]
    fn a_range_has_ends_that_are_in_it_or_not() {
        assert_eq!(holds("[1..5]"), "((c) >= (1) && (c) <= (5))");
        assert_eq!(holds("(1.5..event.max)"), "((c) > (1.5) && (c) < (event.max))");
        assert_eq!(holds("[\"a..b\"..\"c\")"), "((c) >= (\"a..b\") && (c) < (\"c\"))");
        assert_eq!(holds("[1, 2]"), "(c) == ([1, 2])", "a list");
    }

    #[test]
    fn not_is_around_tests() {
        assert_eq!(holds("not(\"NG\", \"RU\")"), "!((c) in [\"NG\", \"RU\"])");
        assert_eq!(holds("not([1..5])"), "!(((c) >= (1) && (c) <= (5)))");
    }

    #[test]
    fn a_cell_that_is_no_test_says_why() {
        for cell in ["1,", ">", "[1..]", "f(1", "1)", "\"a", "not()"] {
            assert!(test("c", cell).is_err(), "{cell}");
        }
    }
}
