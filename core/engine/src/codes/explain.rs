//! What an error code means, with a small wrong example and the way out: the text that every language shows.
//! Knows the tables of this folder; knows nothing of the place where an error happened.

use std::fmt;

use fishplate_cel::Code;

use super::{OWN, document, event, expression, library, limit, session, snapshot, state};

/// The width at which [`Explanation`]'s text is wrapped, in code points.
const WIDTH: usize = 80;

/// What one code means. Its `Display` is the whole, ready to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// What is wrong, in a few words, without a full stop.
    pub title: &'static str,
    /// What it means and when it happens: one paragraph, not wrapped.
    pub text: &'static str,
    /// A small example of the mistake; empty where no input of the user's causes it.
    pub wrong: &'static str,
    /// The same put right, or what to do.
    pub right: &'static str,
}

/// The explanations of the engine's own codes: code, meaning, wrong example, the way out.
const TABLES: [&[(Code, &str, &str, &str)]; 7] = [
    document::EXPLAINED,
    event::EXPLAINED,
    limit::EXPLAINED,
    library::EXPLAINED,
    session::EXPLAINED,
    snapshot::EXPLAINED,
    state::EXPLAINED,
];

/// The explanation of `code`; `None` if there is no such code.
pub fn explain(code: Code) -> Option<Explanation> {
    let of_expression = expression::EXPLAINED.iter().find(|entry| entry.0 == code);
    if let Some(&(code, title, text, wrong, right)) = of_expression {
        return Some(Explanation { code, title, text, wrong, right });
    }
    let (_, title) = OWN.iter().find(|(own, _)| *own == code)?;
    let &(_, text, wrong, right) = TABLES.into_iter().flatten().find(|entry| entry.0 == code)?;
    Some(Explanation { code, title, text, wrong, right })
}

/// Every explanation, by number.
pub fn all() -> Vec<Explanation> {
    let codes = Code::ALL.iter().copied().chain(OWN.iter().map(|(code, _)| *code));
    let mut explanations: Vec<Explanation> = codes.filter_map(explain).collect();
    explanations.sort_by_key(|explanation| explanation.code);
    explanations
}

/// The code written as `F0203`, in either case; `None` if it is none, or one that does not exist.
pub fn parse(text: &str) -> Option<Code> {
    let digits = text.strip_prefix(['F', 'f'])?;
    let well_formed = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let code = Code(well_formed.then(|| digits.parse().ok())??);
    explain(code).map(|_| code)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n\n", self.code, self.title)?;
        write_wrapped(self.text, f)?;
        if !self.wrong.is_empty() {
            f.write_str("\n\nWrong:\n")?;
            write_indented(self.wrong, f)?;
        }
        let label = if self.wrong.is_empty() { "What to do" } else { "Right" };
        write!(f, "\n\n{label}:\n")?;
        write_indented(self.right, f)
    }
}

/// Writes `text` with line ends instead of some spaces, so that no line is longer than [`WIDTH`] where words allow it.
fn write_wrapped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 {
            let fits = used + 1 + length <= WIDTH;
            f.write_str(if fits { " " } else { "\n" })?;
            used = if fits { used + 1 } else { 0 };
        }
        f.write_str(word)?;
        used += length;
    }
    Ok(())
}

/// Writes each line of `text` four columns to the right.
fn write_indented(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, line) in text.lines().enumerate() {
        let end = if at == 0 { "" } else { "\n" };
        let indent = if line.is_empty() { "" } else { "    " };
        write!(f, "{end}{indent}{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn every_code() -> Vec<Code> {
        Code::ALL.iter().copied().chain(OWN.iter().map(|(code, _)| *code)).collect()
    }

    #[test]
    fn no_number_means_two_things() {
        let codes = every_code();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }

    #[test]
    fn every_code_is_explained_once() {
        let codes: BTreeSet<Code> = every_code().into_iter().collect();
        let explained = expression::EXPLAINED.iter().map(|entry| entry.0);
        let explained: Vec<Code> = explained.chain(TABLES.into_iter().flatten().map(|entry| entry.0)).collect();
        assert_eq!(explained.len(), codes.len());
        assert_eq!(explained.into_iter().collect::<BTreeSet<_>>(), codes);
    }

    #[test]
    fn every_explanation_says_what_it_means_and_what_to_do() {
        for explanation in all() {
            let Explanation { code, title, text, wrong, right } = explanation;
            assert!(!title.is_empty() && !title.ends_with('.'), "{code}");
            assert!(text.ends_with('.') && !text.contains('\n') && !text.contains("  "), "{code}");
            assert!(!right.is_empty(), "{code}");
            assert!(!wrong.is_empty() || (900..1000).contains(&code.0), "{code}: only our own errors have no example");
            assert_ne!(wrong, right, "{code}");
        }
    }

    #[test]
    fn a_code_is_read_back_from_its_own_form() {
        for code in every_code() {
            assert_eq!(parse(&code.to_string()), Some(code));
            assert_eq!(parse(&code.to_string().to_lowercase()), Some(code));
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", "F", "F9999", "F203", "0203", "F+203", "F00203", "E0203", "F020³"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_line_of_an_explanation_is_too_long_for_a_terminal() {
        for explanation in all() {
            for line in explanation.to_string().lines() {
                assert!(line.chars().count() <= 100, "{}: {line}", explanation.code);
            }
        }
    }

    #[test]
    fn the_text_shows_title_meaning_wrong_and_right() {
        let text = explain(Code::DIVISION_BY_ZERO).map(|explanation| explanation.to_string()).unwrap_or_default();
        assert!(text.starts_with("F0301: division by zero\n\n"), "{text}");
        assert!(text.contains("\n\nWrong:\n    event.") && text.contains("\n\nRight:\n    event."), "{text}");
    }
}
