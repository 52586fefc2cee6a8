//! The loop over a program's code.
//!
//! An error is a value on the stack, so that `&&` and `||` can absorb it; strict calls hand on the leftmost one.
//! Only the cost limit ends a run at once.

use super::{EvalError, Slot, cost, functions};
use crate::{
    check::overloads::Function,
    diag::{Code, Span},
    plan::{Instr, Program, Reading},
    value::{Key, Value},
};

/// What an instruction gives.
type Outcome = Result<Value, Box<EvalError>>;

/// The values of a run; kept between runs it spares their allocation.
#[derive(Debug, Default)]
pub struct Stack {
    values: Vec<Outcome>,
}

/// Code and message of an error that has no place yet.
pub(crate) type Fault = (Code, String);

struct Machine<'r> {
    program: &'r Program,
    slots: &'r [Slot],
    stack: &'r mut Vec<Outcome>,
    /// The instruction at hand.
    at: usize,
    left: u64,
}

pub(super) fn run(program: &Program, stack: &mut Stack, slots: &[Slot], cost: u64) -> Result<Value, EvalError> {
    // A run that the cost limit ended leaves its values behind.
    stack.values.clear();
    let mut machine = Machine { program, slots, stack: &mut stack.values, at: 0, left: cost };
    machine.run().map_err(|error| *error)
}

impl<'r> Machine<'r> {
    fn run(&mut self) -> Outcome {
        while let Some(instr) = self.program.code.get(self.at) {
            let next = self.step(*instr)?;
            self.at = next;
        }
        self.pop()
    }

    /// Does one instruction and says which is next. An error from here ends the run.
    fn step(&mut self, instr: Instr) -> Result<usize, Box<EvalError>> {
        let next = self.at + 1;
        match instr {
            Instr::Constant(number) => self.push(Ok(self.program.constants[number as usize].clone())),
            Instr::Read(number) => {
                let outcome = self.read(number)?.cloned();
                self.push(outcome);
            }
            Instr::Compare { function, reading, constant } => self.compare(function, reading, constant)?,
            Instr::HasSlot(slot) => {
                self.spend(1)?;
                let held = self.slots.get(slot as usize).is_some_and(Slot::is_there);
                self.push(Ok(Value::Bool(held)));
            }
            Instr::Field(name) => self.with_key(name, functions::index)?,
            Instr::HasKey(name) => self.with_key(name, functions::has_key)?,
            Instr::Call1(function) => self.call1(function)?,
            Instr::Call2(function) => self.call2(function)?,
            Instr::InSet(number) => {
                self.spend(1)?;
                let program = self.program;
                let value = self.pop();
                self.push(value.map(|value| {
                    let set = &program.sets[number as usize];
                    Value::Bool(Key::of(&value).is_some_and(|key| set.contains(&key)))
                }));
            }
            Instr::SkipIfFalse(end) => return Ok(if self.top_is(false) { end as usize } else { next }),
            Instr::SkipIfTrue(end) => return Ok(if self.top_is(true) { end as usize } else { next }),
            Instr::And => self.logic(false),
            Instr::Or => self.logic(true),
            Instr::Branch { otherwise, end } => return Ok(self.branch(next, otherwise as usize, end as usize)),
            Instr::Jump(end) => return Ok(end as usize),
            Instr::List(count) => {
                self.spend(cost::LIST)?;
                let items = self.take(count);
                self.push(items.map(|items| Value::List(items.into())));
            }
            Instr::Map(count) => {
                self.spend(cost::MAP)?;
                let items = self.take(count);
                let map = items.and_then(|items| functions::map(items).map_err(|fault| self.error(fault)));
                self.push(map);
            }
        }
        Ok(next)
    }

    fn push(&mut self, outcome: Outcome) {
        self.stack.push(outcome);
    }

    fn pop(&mut self) -> Outcome {
        self.stack.pop().expect("the planner pushes before it pops")
    }

    fn error(&self, fault: Fault) -> Box<EvalError> {
        placed(fault, self.program.spans[self.at])
    }

    fn spend(&mut self, cost: u64) -> Result<(), Box<EvalError>> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.error((Code::LIMIT_COST, "the evaluation cost more than the limit".to_owned()))),
        }
    }

    /// What a slot gives; the outer error ends the run.
    fn read(&mut self, number: u32) -> Result<Result<&'r Value, Box<EvalError>>, Box<EvalError>> {
        let program = self.program;
        let reading = &program.readings[number as usize];
        self.spend(reading.cost)?;
        let slot = self.slots.get(reading.slot as usize);
        if let Some(value) = slot.and_then(Slot::value) {
            return Ok(Ok(value));
        }
        Ok(match (slot, &reading.absent) {
            (Some(Slot::Error(message)), _) => Err(placed((Code::FEATURE_IN_ERROR, message.clone()), reading.span)),
            (_, Some(default)) => Ok(default),
            (_, None) => Err(placed(absent(reading), reading.span)),
        })
    }

    fn compare(&mut self, function: Function, reading: u32, constant: u32) -> Result<(), Box<EvalError>> {
        let outcome = match self.read(reading)? {
            Ok(left) => {
                let right = &self.program.constants[constant as usize];
                self.spend(cost::call2(function, left, right, self.left))?;
                functions::call2(function, left, right).map_err(|fault| self.error(fault))
            }
            Err(error) => Err(error),
        };
        self.push(outcome);
        Ok(())
    }

    fn with_key(&mut self, name: u32, find: fn(&Value, &Value) -> Result<Value, Fault>) -> Result<(), Box<EvalError>> {
        self.spend(1)?;
        let map = self.pop();
        let found =
            map.and_then(|map| find(&map, &self.program.constants[name as usize]).map_err(|fault| self.error(fault)));
        self.push(found);
        Ok(())
    }

    fn call1(&mut self, function: Function) -> Result<(), Box<EvalError>> {
        let outcome = match self.pop() {
            Ok(a) => {
                self.spend(cost::call1(function, &a))?;
                functions::call1(function, &a).map_err(|fault| self.error(fault))
            }
            error => error,
        };
        self.push(outcome);
        Ok(())
    }

    /// The left operand's error wins.
    fn call2(&mut self, function: Function) -> Result<(), Box<EvalError>> {
        let right = self.pop();
        let left = self.pop();
        let outcome = match (left, right) {
            (Ok(a), Ok(b)) => {
                self.spend(cost::call2(function, &a, &b, self.left))?;
                functions::call2(function, &a, &b).map_err(|fault| self.error(fault))
            }
            (left @ Err(_), _) => left,
            (_, right) => right,
        };
        self.push(outcome);
        Ok(())
    }

    fn top_is(&self, wanted: bool) -> bool {
        matches!(self.stack.last(), Some(Ok(Value::Bool(value))) if *value == wanted)
    }

    /// `&&` and `||`, whose absorbing value is `absorbing`: it wins over an error, and an error over the rest; of two
    /// errors the left one is the result.
    fn logic(&mut self, absorbing: bool) {
        let right = self.bool();
        let left = self.bool();
        let outcome = match (left, right) {
            (Ok(a), Ok(b)) => Ok(Value::Bool(if absorbing { a || b } else { a && b })),
            (Ok(a), Err(_)) if a == absorbing => Ok(Value::Bool(a)),
            (Err(_), Ok(b)) if b == absorbing => Ok(Value::Bool(b)),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        self.push(outcome);
    }

    /// The bool on top; anything else there is an error.
    fn bool(&mut self) -> Result<bool, Box<EvalError>> {
        match self.pop()? {
            Value::Bool(value) => Ok(value),
            other => Err(self.error(functions::no_overload("a condition", &[other]))),
        }
    }

    fn branch(&mut self, then: usize, otherwise: usize, end: usize) -> usize {
        match self.bool() {
            Ok(true) => then,
            Ok(false) => otherwise,
            Err(error) => {
                self.push(Err(error));
                end
            }
        }
    }

    /// The `count` values on top, or the leftmost error among them.
    fn take(&mut self, count: u32) -> Result<Vec<Value>, Box<EvalError>> {
        let from = self.stack.len() - count as usize;
        self.stack.drain(from..).collect()
    }
}

fn placed((code, message): Fault, span: Span) -> Box<EvalError> {
    Box::new(EvalError { code, span, message })
}

fn absent(reading: &Reading) -> Fault {
    let path = &reading.path;
    let name = std::iter::once(&path.root).chain(&path.fields).map(String::as_str).collect::<Vec<_>>().join(".");
    if reading.feature {
        (Code::FEATURE_IN_ERROR, format!("{name} has no value"))
    } else {
        (Code::ABSENT_FIELD, format!("{name} is absent"))
    }
}
