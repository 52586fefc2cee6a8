//! Sets that the index cannot help: it may cost at most a tenth of what the programs cost without it. What regular expressions
//! and comprehensions cost stands beside closures and the `cel` crate, too.

use super::bound::Bound;
use super::peers::{NAMES, peer};
use super::sets::Shape;
use super::{Line, Target, case, paced};
use crate::measure::Scale;

pub(super) fn lines(scale: Scale) -> Vec<Line> {
    let rules = scale.pick(1_000, 100);
    let sets = [
        (Shape::Arithmetic, "arithmetic over two fields", "Nothing in these rules is a field beside a constant."),
        (
            Shape::Missing,
            "missing fields",
            "Rules b of an event that has its amount and nothing else: most end in errors.",
        ),
        (Shape::Regex, "regular expressions", "Every rule matches a text against an expression of its own."),
        (Shape::Lists, "comprehensions", "Every rule goes through ten numbers until one is in its range."),
        (Shape::Errors, "errors", "Every rule divides by zero, and then looks at a field."),
    ];
    let line = |(shape, name, about): (Shape, &str, &str)| {
        let (mut bound, mut plain) = (Bound::new(shape, rules, 1e6), Bound::new(shape, rules, 1e6));
        assert_eq!(bound.matches(), plain.matches_by_programs(), "the index changes no answer");
        Line {
            case: case(
                format!("{rules} rules, {name}"),
                "the programs without the index",
                Some(Target::AtMost(1.1)),
                about,
            ),
            value: paced(scale, move || bound.matches()),
            limit: paced(scale, move || plain.matches_by_programs()),
        }
    };
    sets.into_iter().map(line).chain(beside(scale, rules)).collect()
}

/// The same rules beside native closures and the `cel` crate.
fn beside(scale: Scale, rules: usize) -> Vec<Line> {
    let sets = [(Shape::Regex, "regular expressions"), (Shape::Lists, "comprehensions")];
    let line = |(shape, name): (Shape, &str), of: &'static str| {
        let (mut bound, mut peer) = (Bound::new(shape, rules, 1e6), peer(of, shape, rules, 1e6));
        assert_eq!(bound.matches(), peer.matches(), "{of} agrees");
        let about = "The event is bound already; the index has nothing to say of these rules.";
        Line {
            case: case(format!("{rules} rules, {name}, beside {of}"), of, None, about),
            value: paced(scale, move || bound.matches()),
            limit: paced(scale, move || peer.matches()),
        }
    };
    sets.into_iter().flat_map(|set| NAMES[..2].iter().map(move |of| line(set, of))).collect()
}
