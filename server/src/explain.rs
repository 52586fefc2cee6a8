//! `fishplate explain-error`: shows the core's explanations. Knows how codes are misspelt; the texts are the core's.

use fishplate::codes::{self, Explanation};
use fishplate::{Code, Error, Place, Status};

use crate::cli::ExplainArgs;
use crate::console::{Console, Exit};
use crate::json;

/// Carries the command out.
pub(crate) fn explain(args: &ExplainArgs, console: &Console) -> Exit {
    let shown: Vec<Explanation> = match &args.code {
        None => codes::all(),
        Some(text) => match codes::parse(text).and_then(codes::explain) {
            Some(explanation) => vec![explanation],
            None => return console.refuse(&unknown(text)),
        },
    };
    let only_titles = args.code.is_none() && !args.all;
    let texts = shown.iter().map(|explanation| {
        if console.json() {
            json_object(explanation)
        } else if only_titles {
            format!("{}  {}", explanation.code, explanation.title)
        } else {
            explanation.to_string()
        }
    });
    let between = if console.json() || only_titles { "\n" } else { "\n\n\n" };
    let mut out = texts.collect::<Vec<_>>().join(between);
    out.push('\n');
    console.print(out.as_bytes());
    Exit::Done
}

fn json_object(explanation: &Explanation) -> String {
    let Explanation { code, title, text, wrong, right } = explanation;
    let mut out = format!("{{\"code\":\"{code}\"").into_bytes();
    for (name, value) in [("title", title), ("text", text), ("wrong", wrong), ("right", right)] {
        out.extend(format!(",\"{name}\":").as_bytes());
        json::write_string(value, &mut out);
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}

/// The error of a code that does not exist, with the one that is nearest.
fn unknown(text: &str) -> Error {
    let message = format!("there is no error code {text:?}");
    let suggestion = match nearest(text) {
        Some(code) => format!("did you mean {code}? `fishplate explain-error` lists all codes"),
        None => "codes are written as F0203; `fishplate explain-error` lists all".to_owned(),
    };
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("CODE".into())).suggest(suggestion)
}

/// The code whose number is nearest to the digits in `text`, of the same block of a hundred if there is one.
fn nearest(text: &str) -> Option<Code> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number: u16 = digits.parse().ok()?;
    let known = codes::all().into_iter().map(|explanation| explanation.code);
    known.min_by_key(|code| ((code.0 / 100).abs_diff(number / 100), code.0.abs_diff(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_is_recognised() {
        assert_eq!(nearest("203"), Some(Code(203)));
        assert_eq!(nearest("E0203"), Some(Code(203)));
        assert_eq!(nearest("F0299"), Some(Code(210)));
        assert_eq!(nearest("F0999"), Some(Code(902)));
        assert_eq!(nearest("FISH"), None);
        assert_eq!(nearest("F99999999"), None);
    }
}
