//! Regular expressions: RE2's syntax, which CEL has, for an engine that is stricter with braces.

use std::borrow::Cow;

use super::Fault;
use crate::diag::Code;

/// The regular expression of a pattern; matching takes time linear in the text.
pub(crate) fn regex(pattern: &str) -> Result<regex::Regex, Fault> {
    // A pattern such as `(a{1000}){1000}` would take gigabytes.
    const LARGEST: usize = 1 << 20;
    regex::RegexBuilder::new(&braced(pattern)).size_limit(LARGEST).build().map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        (Code::BAD_ARGUMENT, format!("the pattern is no regular expression: {why}"))
    })
}

/// The pattern with a backslash before each brace that repeats nothing: `{"a": 1}` and `x{y}` mean their letters.
fn braced(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains('{') {
        return pattern.into();
    }
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut class = false;
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let taken = match letter {
            '\\' => escape(rest),
            '{' if !class => {
                let length = repetition(rest);
                out.push_str(if length == 0 { "\\" } else { "" });
                length.max(1)
            }
            _ => {
                // Within a class a further `[` is a letter, or begins a named one, whose `]` ends no more than that.
                class = if class { letter != ']' } else { letter == '[' };
                letter.len_utf8()
            }
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out.into()
}

/// The length of the escape at the start: `\\d`, `\\x{1F600}`, `\\p{Greek}`.
fn escape(text: &str) -> usize {
    let length = 1 + text[1..].chars().next().map_or(0, char::len_utf8);
    let braces = matches!(text.as_bytes().get(1), Some(b'p' | b'P' | b'x')) && text[length..].starts_with('{');
    if braces { text.find('}').map_or(text.len(), |end| end + 1) } else { length }
}

/// The length of the `{2}`, `{2,}` or `{2,3}` at the start; zero where it is none.
fn repetition(text: &str) -> usize {
    let Some(end) = text.find('}') else { return 0 };
    let (least, most) = text[1..end].split_once(',').unwrap_or((&text[1..end], ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !least.is_empty() && digits(least) && digits(most) { end + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brace_that_repeats_nothing_is_a_letter() {
        for (pattern, text, matches) in [
            (r#"^{"a": \d+}$"#, r#"{"a": 12}"#, true),
            ("a{", "a{", true),
            ("a{,2}", "a{,2}", true),
            ("^a{2}$", "aa", true),
            ("^a{2,}$", "a", false),
            ("^[{]{2}$", "{{", true),
            ("^[]{]$", "{", true),
            (r"^\{\x{41}\p{Greek}$", "{Aα", true),
        ] {
            let regex = regex(pattern).unwrap_or_else(|fault| panic!("{pattern}: {fault:?}"));
            assert_eq!(regex.is_match(text), matches, "{pattern} in {text}");
        }
        for pattern in ["{2}", r"\p{", r"\"] {
            assert_eq!(regex(pattern).expect_err(pattern).0, Code::BAD_ARGUMENT, "{pattern}");
        }
    }
}
