//! `fishplate explain-error`: shows the core's explanations. Knows how codes are misspelt; the texts are the core's.

use fishplate::codes::{self, Explanation};
use fishplate::{Error, Place, Status};

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

/// The error of a code that does not exist, with the one whose number is nearest.
fn unknown(text: &str) -> Error {
    let message = format!("there is no error code {text:?}");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let nearest = digits
        .parse::<u32>()
        .ok()
        .and_then(|number| codes::all().into_iter().min_by_key(|known| u32::from(known.code.0).abs_diff(number)));
    let suggestion = match nearest {
        Some(nearest) => format!("did you mean {}? `fishplate explain-error` lists all codes", nearest.code),
        None => "codes are written as F0203; `fishplate explain-error` lists all".to_owned(),
    };
    Error::new(Status::InvalidArgument, codes::BAD_ARGUMENT, message, Place::Name("CODE".into())).suggest(suggestion)
}
