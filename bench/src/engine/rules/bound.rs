//! Conditions alone, the event being bound already: values in slots here, a struct there.

use std::hint::black_box;

use fishplate_cel::index::{Builder, Scratch, Worst};
use fishplate_cel::{Bounds, Cost, Env, Index, Path, Program, Slot, Slots, Stack, Type, Value, check, parse, plan};

use super::sets::{Native, Shape, cel};

/// The limits of an engine, as it has them by default.
pub(super) const WORST: Worst = Worst { cost: 1_000_000, text: 256 << 10, entries: 10_000 };

/// A set of conditions with its index, and an event in slots.
pub(super) struct Bound {
    programs: Vec<Program>,
    pub(super) index: Index,
    slots: Vec<Slot>,
    scratch: Scratch,
    stack: Stack,
}

impl Bound {
    pub(super) fn new(shape: Shape, rules: usize, amount: f64) -> Self {
        let env = env();
        let (mut table, mut builder) = (Slots::default(), Builder::new(WORST));
        let program = |at: usize| {
            let source = cel(shape, at, "");
            let ast = parse(&source, Bounds { depth: 250, nodes: 10_000 }).expect("a good rule");
            let checked = check(&source, &ast, &env, Some(&Type::Bool)).expect("a good rule");
            let program = plan(&checked, &mut table);
            builder.add(Some(&checked), Cost::default(), &mut table);
            program
        };
        let programs = (0..rules).map(program).collect();
        let slots = table.paths().iter().map(|path| slot(shape, &Native::new(amount), path)).collect();
        Self { programs, index: builder.finish(), slots, scratch: Scratch::default(), stack: Stack::default() }
    }

    /// How many rules hold, by index, checks and programs.
    pub(super) fn matches(&mut self) -> usize {
        let mut count = 0;
        let Self { programs, index, slots, scratch, stack } = self;
        index.candidates(slots, scratch).each(|rule, certainty| {
            let holds = match index.tells(rule, certainty, slots) {
                Some(holds) => holds,
                None => run(&programs[rule], stack, slots),
            };
            count += usize::from(holds);
        });
        count
    }

    /// How many rules hold, by programs alone.
    pub(super) fn matches_by_programs(&mut self) -> usize {
        let stack = &mut self.stack;
        self.programs.iter().filter(|program| run(program, stack, &self.slots)).count()
    }

    /// The first rule, by its checks.
    pub(super) fn first(&self) -> Option<bool> {
        black_box(&self.index).holds(0, black_box(&self.slots))
    }
}

fn run(program: &Program, stack: &mut Stack, slots: &[Slot]) -> bool {
    program.run_on(stack, slots, WORST.cost) == Ok(Value::Bool(true))
}

fn env() -> Env {
    let mut env = Env::default();
    let fields = [
        ("amount", Type::Double),
        ("country", Type::String),
        ("channel", Type::String),
        ("email", Type::String),
        ("card_age_days", Type::Int),
        ("counts", Type::list(Type::Int)),
    ];
    fields.into_iter().for_each(|(name, ty)| env.variable(name, ty));
    env
}

fn slot(shape: Shape, event: &Native, path: &Path) -> Slot {
    let mut slot = Slot::default();
    match &*path.root {
        "amount" => slot = Slot::Value(Value::Double(event.amount)),
        _ if shape == Shape::Missing => {}
        "card_age_days" => {
            slot = Slot::Value(Value::Int(if shape == Shape::Errors { 0 } else { event.card_age_days.into() }));
        }
        "counts" => slot = Slot::Value(Value::list(event.counts.iter().copied().map(Value::Int).collect())),
        "country" => slot.put_text(&event.country),
        "channel" => slot.put_text(&event.channel),
        _ => slot.put_text(&event.email),
    }
    slot
}
