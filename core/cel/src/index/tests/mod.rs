//! What the index says, and what it leaves to be said.

mod examples;
mod random;
mod rules;

use super::{Builder, Certainty, Index, Scratch, Worst};
use crate::{Absent, Bounds, Env, FieldType, Path, Program, Slot, Slots, Type, Value, check, parse, plan_within};

const WORST: Worst = Worst { cost: 1_000_000, text: 256 << 10, entries: 10_000 };

/// Conditions over one event, each with its program.
struct Set {
    sources: Vec<String>,
    programs: Vec<Program>,
    slots: Slots,
    index: Index,
    worst: Worst,
}

impl Set {
    fn new(sources: Vec<String>, worst: Worst) -> Self {
        let (env, mut slots, mut builder) = (env(), Slots::default(), Builder::new(worst));
        let mut program = |source: &String| {
            let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect(source);
            let checked =
                check(source, &ast, &env, Some(&Type::Bool)).unwrap_or_else(|why| panic!("{source}: {why:?}"));
            let program = plan_within(&checked, &mut slots, &worst);
            builder.add(Some(&checked), program.cost(), &mut slots);
            program
        };
        let programs = sources.iter().map(&mut program).collect();
        Self { sources, programs, slots, index: builder.finish(), worst }
    }

    /// The slots of an event, from the values of its fields.
    fn event(&self, mut field: impl FnMut(&Path) -> Slot) -> Vec<Slot> {
        self.slots.paths().iter().map(&mut field).collect()
    }

    /// Holds what the index says against every program; gives how many rules it decided by itself, and how many by
    /// checks.
    fn hold_to_the_programs(&self, event: &[Slot], scratch: &mut Scratch) -> (usize, usize) {
        let mut said = vec![Some(false); self.programs.len()];
        let mut blind = vec![false; self.programs.len()];
        self.index.candidates(event, scratch).each(|rule, certainty| {
            said[rule] = (certainty == Certainty::Holds).then_some(true);
            blind[rule] = certainty == Certainty::Blind;
        });
        let (mut by_index, mut by_checks) = (0, 0);
        for (rule, program) in self.programs.iter().enumerate() {
            let judged = program.run(event, self.worst.cost);
            let source = &self.sources[rule];
            if let Some(holds) = said[rule] {
                by_index += 1;
                let is = judged.as_ref().map(|value| *value == Value::Bool(true));
                assert_eq!(is, Ok(holds), "the index: {source}, which is {judged:?} for {event:?}");
            }
            if let Some(holds) = self.index.holds(rule, event) {
                by_checks += 1;
                assert!(
                    !(blind[rule] && holds),
                    "a check without its field says that this holds: {source} for {event:?}"
                );
                assert_eq!(judged, Ok(Value::Bool(holds)), "the checks: {source} for {event:?}");
            }
        }
        (by_index, by_checks)
    }
}

fn env() -> Env {
    let field = |name: &str, ty: Type, absent: Absent| (name.to_owned(), FieldType { ty, absent });
    let none = |name: &str, ty: Type| field(name, ty, Absent::Error);
    let mut env = Env::default();
    env.message(
        "Event",
        [
            none("int", Type::Int),
            none("uint", Type::Uint),
            none("double", Type::Double),
            none("text", Type::String),
            none("other", Type::String),
            none("flag", Type::Bool),
            none("time", Type::Timestamp),
            none("ints", Type::list(Type::Int)),
            none("any", Type::Dyn),
            field("zero", Type::Int, Absent::Default(Value::Int(0))),
            field("empty", Type::String, Absent::Default("".into())),
            field("maybe", Type::Wrapper(Type::Int.into()), Absent::Default(Value::Null)),
        ],
    );
    env.message("Features", [none("sum", Type::Double), none("last", Type::String)]);
    env.variable("event", Type::Message("Event".into()));
    env.variable("features", Type::Message("Features".into()));
    env
}
