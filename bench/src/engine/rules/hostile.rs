//! Sets that the index cannot help: it may cost at most a tenth of what the programs cost without it.

use super::bound::Bound;
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
    sets.into_iter().map(line).collect()
}
