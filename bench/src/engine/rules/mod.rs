//! Many rules: what an event costs by how many there are, beside closures written by hand and other engines; reading
//! events; compiling rules; sets that the index cannot help.

mod bound;
mod decode;
mod hostile;
pub(crate) mod load;
mod peers;
mod sets;
mod whole;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bound::Bound;
use peers::{NAMES, peer};
use sets::{Shape, amount_for};

use crate::measure::{Case, Curve, Family, Reading, Scale, Target, nanos};

/// Measures once: nanoseconds of a call, or whatever the case's unit is.
type Measure = Box<dyn FnMut() -> f64>;

/// A case, and how its value and its limit are measured.
struct Line {
    case: Case,
    value: Measure,
    limit: Measure,
}

/// Cases that are measured in turn.
pub(crate) struct Lines {
    scale: Scale,
    lines: Vec<Line>,
}

impl Lines {
    /// Conditions alone.
    pub(crate) fn bound(scale: Scale) -> Self {
        let mut lines = single(scale);
        lines.extend(thousand(scale));
        lines.extend(by_count(scale));
        lines.extend(hostile::lines(scale));
        Self { scale, lines }
    }

    /// From bytes on, and from documents on.
    pub(crate) fn whole(scale: Scale) -> Self {
        let mut lines = decode::lines(scale);
        lines.extend(whole::lines(scale));
        Self { scale, lines }
    }
}

impl Family for Lines {
    fn cases(&self) -> Vec<Case> {
        self.lines.iter().map(|line| line.case.clone()).collect()
    }

    fn rounds(&self) -> usize {
        self.scale.pick(15, 2)
    }

    fn read(&mut self, case: usize) -> Reading {
        let line = &mut self.lines[case];
        let before = (line.limit)();
        let value = (line.value)();
        Reading { value, limits: [before, (line.limit)()] }
    }
}

fn case(name: impl Into<String>, reference: &str, target: Option<Target>, about: &str) -> Case {
    let (unit, reference, about) = ("ns".into(), reference.into(), about.into());
    Case { name: name.into(), unit, reference, target, about, curve: None }
}

/// What no peer is held against.
const AIM: &str = "the time that was aimed at";

/// A case in another unit.
fn of_unit(unit: &str, case: Case) -> Case {
    Case { unit: unit.into(), ..case }
}

/// Calls `work` for some milliseconds; nanoseconds of each call.
fn paced<T>(scale: Scale, mut work: impl FnMut() -> T + 'static) -> Measure {
    let wanted = scale.pick(Duration::from_millis(4), Duration::from_micros(200));
    let (mut times, mut spent) = (1, Duration::ZERO);
    while spent < wanted {
        times *= 2;
        let start = Instant::now();
        (0..times).for_each(|_| drop(black_box(work())));
        spent = start.elapsed();
    }
    Box::new(move || nanos(times, &mut work))
}

/// A limit that nobody measures: what the targets ask for.
fn fixed(value: f64) -> Measure {
    Box::new(move || value)
}

fn closures(scale: Scale, shape: Shape, rules: usize, amount: f64) -> Measure {
    let mut peer = peer(NAMES[0], shape, rules, amount);
    paced(scale, move || peer.matches())
}

/// One rule.
fn single(scale: Scale) -> Vec<Line> {
    let mut lines = Vec::new();
    for (shape, name) in [(Shape::A, "a"), (Shape::B, "b")] {
        let amount = amount_for(shape, 1, 1);
        for of in NAMES {
            let target = (of == NAMES[0]).then_some(Target::AtMost(2.0));
            let about =
                "One rule that holds, its event bound already: values in slots, a struct, or what the peer takes.";
            let bound = Bound::new(shape, 1, amount);
            assert_eq!(bound.first(), Some(true), "the rule holds");
            let mut peer = peer(of, shape, 1, amount);
            assert_eq!(peer.matches(), 1, "{of} agrees");
            lines.push(Line {
                case: case(format!("rule {name}, bound, beside {of}"), of, target, about),
                value: paced(scale, move || bound.first()),
                limit: paced(scale, move || peer.matches()),
            });
        }
    }
    lines
}

/// A thousand rules.
fn thousand(scale: Scale) -> Vec<Line> {
    let rules = scale.pick(1_000, 100);
    let mut lines = Vec::new();
    for (shape, name) in [(Shape::A, "a"), (Shape::B, "b")] {
        // Where one rule holds, most fail at their first check, which is what closures like best.
        let some = scale.pick(40, 4);
        for (of, matches) in NAMES.into_iter().map(|of| (of, 1)).chain([(NAMES[0], some)]) {
            let amount = amount_for(shape, rules, matches);
            let about = "Rules that differ in their constants, so many of which hold; the event is bound already.";
            let mut bound = Bound::new(shape, rules, amount);
            let mut peer = peer(of, shape, rules, amount);
            let name = format!("{rules} rules {name}, bound, {matches} of them hold, beside {of}");
            let found = bound.matches();
            assert_eq!(peer.matches(), found, "{of} agrees");
            assert!(found >= matches, "the event is chosen so");
            lines.push(Line {
                case: case(name, of, Some(Target::AtMost(0.1)), about),
                value: paced(scale, move || bound.matches()),
                limit: paced(scale, move || peer.matches()),
            });
        }
    }
    let (many, amount) = (10 * rules, amount_for(Shape::B, 10 * rules, 1));
    let (mut ten, mut one) = (Bound::new(Shape::B, many, amount), Bound::new(Shape::B, rules, amount));
    let about = "Ten times the rules for less than ten times the time.";
    lines.push(Line {
        case: case(format!("{many} rules b, bound"), &format!("{rules} rules b"), Some(Target::AtMost(5.0)), about),
        value: paced(scale, move || ten.matches()),
        limit: paced(scale, move || one.matches()),
    });
    lines
}

/// Cost against rules.
fn by_count(scale: Scale) -> Vec<Line> {
    let mut lines = Vec::new();
    for (shape, name) in [(Shape::A, "a"), (Shape::B, "b")] {
        for rules in
            [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000].into_iter().filter(|rules| *rules <= scale.pick(10_000, 100))
        {
            let amount = amount_for(shape, rules, 1);
            let mut bound = Bound::new(shape, rules, amount);
            let about = "One point of the curve of cost against rules.";
            let mut case = case(format!("{rules} rules {name}, bound"), NAMES[0], None, about);
            case.name += ", curve";
            case.curve = Some(Curve {
                plot: format!("Rules {name}, bound: nanoseconds an event against rules"),
                x: rules as f64,
            });
            lines.push(Line {
                case,
                value: paced(scale, move || bound.matches()),
                limit: closures(scale, shape, rules, amount),
            });
        }
    }
    lines
}
