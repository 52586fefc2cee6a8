//! A run that tells what each part of the expression gave, and which parts decide its way. The answer is that of a run
//! that tells nothing.

use super::{
    EvalError, Slot,
    machine::{Machine, Outcome, Stack},
};
use crate::{
    diag::Span,
    plan::{Instr, Program},
    value::Value,
};

/// What a part of the expression gave, at its place in the source.
pub type Tell<'t> = dyn FnMut(Span, Result<&Value, &EvalError>) + 't;

impl Program {
    /// Evaluates as [`Program::run_on`] does, and tells each part that was evaluated, in the order of evaluation: an operand before its
    /// operator, what stands in a comprehension once for each entry. Constants are not told, nor what was not reached.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn explain(
        &self,
        stack: &mut Stack,
        slots: &[Slot],
        cost: u64,
        tell: &mut Tell<'_>,
    ) -> Result<Value, EvalError> {
        let mut machine = Machine::begun(self, stack, slots, cost);
        while let Some(instr) = self.code.get(machine.at) {
            let at = machine.at;
            let next = machine.step(*instr).map_err(|error| *error)?;
            if let Instr::Compare { reading, .. } | Instr::Lookup { reading, .. } = *instr {
                let absence = &self.absences[reading as usize];
                let held = slots.get(self.readings[reading as usize].slot as usize).and_then(Slot::value);
                held.or(absence.default.as_ref()).into_iter().for_each(|value| tell(absence.span, Ok(value)));
            }
            if let (Some(span), Some(top)) = (self.gives(at, next), machine.top()) {
                tell(span, top.as_ref().map_err(|error| &**error));
            }
            machine.at = next;
        }
        machine.pop().map_err(|error| *error)
    }

    /// The conditions on which the expression's way depends: the sides of `&&` and `||` and the tests of `?:`, and the whole. Each
    /// should be true somewhere and false somewhere before one can say that the expression was tested.
    pub fn conditions(&self) -> Vec<Span> {
        let of = |(at, instr): (usize, &Instr)| match instr {
            Instr::SkipIfFalse(_) | Instr::SkipIfTrue(_) | Instr::Branch { .. } => Some(self.spans[at]),
            // The right side ends just before.
            Instr::And | Instr::Or => Some(self.spans[at.checked_sub(1)?]),
            _ => None,
        };
        let mut spans: Vec<Span> = self.code.iter().enumerate().filter_map(of).collect();
        spans.extend(self.spans.last());
        spans.sort_unstable_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        spans.dedup();
        spans
    }

    /// The part whose value is on top once the instruction at `at` is done and `next` comes, if there is one to tell.
    fn gives(&self, at: usize, next: usize) -> Option<Span> {
        let ended = |end: u32| next == end as usize;
        match self.code[at] {
            Instr::Constant(_) | Instr::SetLocal(_) | Instr::Branch { .. } | Instr::Jump(_) => None,
            // The operator itself is jumped over: what is on top is its value.
            Instr::SkipIfFalse(end) | Instr::SkipIfTrue(end) | Instr::SkipIfHeld { end, .. } => {
                ended(end).then(|| self.spans[next - 1])
            }
            Instr::Loop(number) | Instr::Filter(number) | Instr::Collect(number) => {
                ended(self.tables().loops[number as usize].end).then(|| self.spans[at])
            }
            Instr::Held { end, .. } => ended(end).then(|| self.spans[at]),
            _ => Some(self.spans[at]),
        }
    }
}

impl Machine<'_> {
    fn top(&self) -> Option<&Outcome> {
        self.stack.last()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Absent, Bounds, Env, FieldType, Program, Slot, Slots, Stack, Type, Value, check, parse, plan};

    fn planned(source: &str) -> Program {
        let mut env = Env::default();
        let field = |ty: Type| FieldType { ty, absent: Absent::Error };
        let fields = [("a", Type::Int), ("b", Type::Int), ("l", Type::list(Type::Int))];
        env.message("E", fields.map(|(name, ty)| (name.to_owned(), field(ty))));
        env.variable("e", Type::Message("E".into()));
        let ast = parse(source, Bounds { depth: 250, nodes: 10_000 }).expect("well formed");
        let mut slots = Slots::default();
        for name in ["a", "b", "l"] {
            slots.intern(&crate::Path::new("e", [name]));
        }
        plan(&check(source, &ast, &env, None).expect("well typed"), &mut slots)
    }

    /// Each part as `text=value`.
    fn told(source: &str, slots: &[Slot]) -> Vec<String> {
        let mut told = Vec::new();
        let program = planned(source);
        let mut tell = |span: crate::Span, given: Result<&Value, &crate::EvalError>| {
            let given = given.map_or_else(|error| error.code.to_string(), |value| format!("{value:?}"));
            told.push(format!("{}={given}", &source[span.start as usize..span.end as usize]));
        };
        let explained = program.explain(&mut Stack::default(), slots, 1_000, &mut tell);
        assert_eq!(explained, program.run(slots, 1_000), "telling changes nothing");
        told
    }

    fn int(value: i64) -> Slot {
        Slot::Value(Value::Int(value))
    }

    #[test]
    fn each_part_that_was_evaluated_is_told_once() {
        assert_eq!(
            told("e.a + 1 > e.b && e.b == 3", &[int(2), int(3)]),
            [
                "e.a=Int(2)",
                "e.a + 1=Int(3)",
                "e.b=Int(3)",
                "e.a + 1 > e.b=Bool(false)",
                "e.a + 1 > e.b && e.b == 3=Bool(false)"
            ]
        );
        assert_eq!(
            told("e.a > 1 || e.b == 3", &[int(2), int(3)]),
            ["e.a=Int(2)", "e.a > 1=Bool(true)", "e.a > 1 || e.b == 3=Bool(true)"]
        );
    }

    #[test]
    fn an_error_is_told_where_it_arises_and_where_it_is_absorbed() {
        assert_eq!(
            told("e.a > 1 && e.b == 3", &[Slot::Absent, int(4)]),
            ["e.a > 1=F0306", "e.b=Int(4)", "e.b == 3=Bool(false)", "e.a > 1 && e.b == 3=Bool(false)"]
        );
    }

    #[test]
    fn what_stands_in_a_comprehension_is_told_for_each_entry() {
        let list = Slot::Value(Value::List([Value::Int(1), Value::Int(2)].into()));
        let told = told("e.l.exists(x, x > 1)", &[int(0), int(0), list]);
        let conditions: Vec<&str> = told.iter().map(String::as_str).filter(|part| part.starts_with("x > 1")).collect();
        assert_eq!(conditions, ["x > 1=Bool(false)", "x > 1=Bool(true)"]);
        assert_eq!(told.last().map(String::as_str), Some("e.l.exists(x, x > 1)=Bool(true)"));
    }

    #[test]
    fn the_conditions_are_the_sides_and_tests_and_the_whole() {
        let of = |source: &str| {
            let spans = planned(source).conditions();
            spans.iter().map(|span| source[span.start as usize..span.end as usize].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of("e.a > 1"), ["e.a > 1"]);
        assert_eq!(
            of("e.a > 1 && (e.b > 2 || e.b < 0)"),
            ["e.a > 1 && (e.b > 2 || e.b < 0)", "e.a > 1", "(e.b > 2 || e.b < 0)", "e.b > 2", "e.b < 0"]
        );
        assert_eq!(of("e.a > 1 ? e.b : 7").first().map(String::as_str), Some("e.a > 1"));
    }
}
