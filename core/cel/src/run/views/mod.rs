//! A run over views: values stay where they lie, in slots and constants, and nothing is copied or counted by reference.
//!
//! It takes the way that almost every run takes, and says nothing (`None`) where it would have to leave it: when the cost
//! limit is reached, or when a value is not of a type that the checker lets it expect. Then the machine runs from the
//! beginning, and its answer is the answer; programs have no effects. What the two say must be the same, errors and all:
//! debug builds hold each run against the other.

mod calls;
mod errors;
mod loops;
mod memory;
mod select;
#[cfg(test)]
mod tests;
mod texts;
mod view;

pub(crate) use memory::Memory;

use self::view::{Kind, View};
use super::{
    EvalError, Slot, cost,
    functions::{self, Given},
};
use crate::{
    check::overloads::Function,
    parse::ast::Fold,
    plan::{Instr, Program, Reading},
    value::Value,
};

/// Whether a program has nothing but what is done here. Functions of the host are not: they may count their calls, and a
/// run may begin twice. A single instruction the machine does at once.
pub(crate) fn can_run(program: &Program) -> bool {
    program.code.len() > 1 && program.code.iter().all(|instr| knows(program, *instr))
}

fn knows(program: &Program, instr: Instr) -> bool {
    match instr {
        Instr::Call1(function) | Instr::Call2(function) | Instr::CallN(function, _) => {
            !matches!(function, Function::Host(_))
        }
        Instr::Loop(number) | Instr::Collect(number) | Instr::Filter(number) => {
            !matches!(program.tables().loops[number as usize].fold, Fold::Map | Fold::Entries | Fold::Sort)
        }
        Instr::ListMaybe(_)
        | Instr::MapMaybe(_)
        | Instr::OptField(_)
        | Instr::Held { .. }
        | Instr::SkipIfHeld { .. }
        | Instr::Some
        | Instr::Struct(_)
        | Instr::Fault { .. } => false,
        _ => true,
    }
}

/// A run that is under way.
struct Run<'r, 'm> {
    program: &'r Program,
    slots: &'r [Slot],
    memory: &'m mut Memory,
    /// That of the memory, for as long as the run lasts.
    stack: Vec<View>,
    /// The instruction at hand.
    at: usize,
    left: u64,
}

/// What `program` gives, if views alone can tell.
pub(super) fn run(
    program: &Program,
    memory: &mut Memory,
    slots: &[Slot],
    cost: u64,
) -> Option<Result<Value, EvalError>> {
    memory.clear(program.locals);
    let stack = std::mem::take(&mut memory.stack);
    let mut run = Run { program, slots, memory, stack, at: 0, left: cost };
    let view = run.run();
    run.memory.stack = std::mem::take(&mut run.stack);
    let view = view?;
    if view.is_wrong() {
        return run.error(view).map(Err);
    }
    Some(Ok(run.own(view)))
}

impl<'r> Run<'r, '_> {
    fn run(&mut self) -> Option<View> {
        let program = self.program;
        while let Some(instr) = program.code.get(self.at) {
            self.at = self.step(instr)?;
        }
        self.pop()
    }

    /// Does one instruction and says which is next.
    #[inline]
    fn step(&mut self, instr: &'r Instr) -> Option<usize> {
        let next = self.at + 1;
        match *instr {
            Instr::Compare { function, reading, constant } => {
                let value = self.read(reading)?;
                let constant = self.constant(constant)?;
                self.call2(function, value, constant)?;
            }
            Instr::SkipIfFalse(end) => return Some(if self.top_is(false) { end as usize } else { next }),
            Instr::SkipIfTrue(end) => return Some(if self.top_is(true) { end as usize } else { next }),
            Instr::And => self.logic(false)?,
            Instr::Or => self.logic(true)?,
            Instr::Constant(number) => {
                let constant = self.constant(number)?;
                self.push(constant);
            }
            Instr::Read(number) => {
                let value = self.read(number)?;
                self.push(value);
            }
            Instr::Local(number) => {
                self.spend(1)?;
                let local = *self.memory.locals.get(number as usize)?;
                // The body of most comprehensions: the entry beside a constant.
                if let Some([Instr::Constant(constant), Instr::Call2(function)]) = self.program.code.get(next..next + 2)
                {
                    self.at = next + 1;
                    let constant = self.constant(*constant)?;
                    self.call2(*function, local, constant)?;
                    return Some(next + 2);
                }
                self.push(local);
            }
            Instr::Call2(function) => {
                let (b, a) = (self.pop()?, self.pop()?);
                self.call2(function, a, b)?;
            }
            Instr::Collect(number) => return self.collect(number),
            Instr::Loop(number) => return self.begin(number),
            Instr::Filter(number) => return self.filter(number),
            Instr::Branch { otherwise, end } => return self.branch(next, otherwise as usize, end as usize),
            Instr::Jump(end) => return Some(end as usize),
            Instr::HasSlot(slot) => {
                self.spend(1)?;
                let held = self.slots.get(slot as usize).is_some_and(Slot::is_there);
                self.push(View::bool(held));
            }
            _ => self.beyond(instr)?,
        }
        Some(next)
    }

    /// The instructions that are rarer.
    #[inline(never)]
    fn beyond(&mut self, instr: &'r Instr) -> Option<()> {
        match *instr {
            Instr::SetLocal(number) => {
                let value = self.pop()?;
                *self.memory.locals.get_mut(number as usize)? = value;
                Some(())
            }
            Instr::Call1(function) => self.call1(function),
            Instr::CallN(function, count) => self.call_any(function, count),
            Instr::Parts(number) => self.call_with_parts(number),
            Instr::InSet(number) => self.in_set(number),
            Instr::Lookup { map, reading, member } => self.lookup(map, reading, member),
            Instr::Matches(number) => self.matches(number),
            Instr::Field(name) => self.field(name),
            Instr::HasKey(name) => self.has_key(name),
            Instr::List(count) => {
                self.spend(cost::LIST)?;
                self.aggregate(count, |items| Ok(Value::List(items.into())))
            }
            Instr::Map(count) => {
                self.spend(cost::MAP)?;
                self.aggregate(count, |items| functions::map(items.to_vec()))
            }
            _ => None,
        }
    }

    #[inline]
    fn spend(&mut self, cost: u64) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }

    #[inline]
    fn push(&mut self, view: View) {
        self.stack.push(view);
    }

    #[inline]
    fn pop(&mut self) -> Option<View> {
        self.stack.pop()
    }

    #[inline]
    fn top_is(&self, wanted: bool) -> bool {
        self.stack.last().is_some_and(|top| top.is(wanted))
    }

    #[inline]
    fn constant(&self, number: u32) -> Option<View> {
        self.program.constants.get(number as usize).map(|value| View::of(value, Kind::Constant, number.into()))
    }

    /// What a slot gives.
    #[inline]
    fn read(&mut self, number: u32) -> Option<View> {
        let Reading { slot, cost } = *self.program.readings.get(number as usize)?;
        self.spend(cost.into())?;
        Some(match self.slots.get(slot as usize) {
            Some(Slot::Value(value)) => View::of(value, Kind::Slot, slot.into()),
            Some(Slot::Text(text)) if text.is_there() => View::new(Kind::Slot, slot.into()),
            Some(Slot::Error(_)) => self.wrong(),
            _ => match &self.program.absences.get(number as usize)?.default {
                Some(default) => View::of(default, Kind::Default, number.into()),
                None => self.wrong(),
            },
        })
    }

    /// `&&` and `||`, whose absorbing value is `absorbing`: it wins over an error, and an error over the rest; of two
    /// errors the left one is the result.
    #[inline]
    fn logic(&mut self, absorbing: bool) -> Option<()> {
        let (right, left) = (self.pop()?, self.pop()?);
        let outcome = match (left.kind, right.kind) {
            (Kind::Bool, Kind::Bool) if absorbing => View::new(Kind::Bool, left.bits | right.bits),
            (Kind::Bool, Kind::Bool) => View::new(Kind::Bool, left.bits & right.bits),
            (Kind::Bool, Kind::Wrong) if left.is(absorbing) => left,
            (Kind::Bool, Kind::Wrong) => right,
            (Kind::Wrong, Kind::Bool) if right.is(absorbing) => right,
            (Kind::Wrong, Kind::Bool | Kind::Wrong) => left,
            // No condition: the machine has words for it.
            _ => return None,
        };
        self.push(outcome);
        Some(())
    }

    fn branch(&mut self, then: usize, otherwise: usize, end: usize) -> Option<usize> {
        let test = self.pop()?;
        match test.kind {
            Kind::Bool => Some(if test.bits != 0 { then } else { otherwise }),
            Kind::Wrong => {
                self.push(test);
                Some(end)
            }
            _ => None,
        }
    }

    /// Takes the `count` values on top and gives what `make` makes of them.
    fn aggregate(&mut self, count: u32, make: impl FnOnce(&[Value]) -> Given) -> Option<()> {
        let from = self.stack.len().checked_sub(count as usize)?;
        let wrong = self.stack[from..].iter().find(|view| view.is_wrong()).copied();
        let outcome = match wrong {
            Some(wrong) => wrong,
            None => {
                let mut args = std::mem::take(&mut self.memory.args);
                args.clear();
                args.extend(self.stack[from..].iter().map(|view| self.own(*view)));
                let given = make(&args);
                args.clear();
                self.memory.args = args;
                self.given(given)
            }
        };
        self.stack.truncate(from);
        self.push(outcome);
        Some(())
    }
}
