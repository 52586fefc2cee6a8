//! The loop over a program's code.
//!
//! An error is a value on the stack, so that `&&` and `||` can absorb it; strict calls hand on the leftmost one.
//! Only the cost limit ends a run at once.

use super::{EvalError, Slot, construct, cost, functions, loops::Turn, select, views::Memory};
use crate::{
    check::overloads::Function,
    diag::{Code, Span},
    library,
    plan::{Absence, Instr, Program},
    value::{Key, Value},
};

/// What an instruction gives.
pub(super) type Outcome = Result<Value, Box<EvalError>>;

/// The values of a run; kept between runs it spares their allocation.
#[derive(Debug, Default)]
pub struct Stack {
    values: Vec<Outcome>,
    locals: Vec<Outcome>,
    turns: Vec<Turn>,
    args: Vec<Value>,
    pub(super) memory: Memory,
}

/// Code and message of an error that has no place yet.
pub(crate) type Fault = (Code, String);

pub(crate) struct Machine<'r> {
    pub(super) program: &'r Program,
    pub(super) slots: &'r [Slot],
    pub(super) stack: &'r mut Vec<Outcome>,
    /// The variables of comprehensions and bindings.
    pub(super) locals: &'r mut Vec<Outcome>,
    /// The comprehensions that are under way, the innermost last.
    pub(super) turns: &'r mut Vec<Turn>,
    /// The arguments of the call at hand.
    pub(super) args: &'r mut Vec<Value>,
    /// The instruction at hand.
    pub(super) at: usize,
    pub(super) left: u64,
}

pub(super) fn run(program: &Program, stack: &mut Stack, slots: &[Slot], cost: u64) -> Result<Value, EvalError> {
    Machine::begun(program, stack, slots, cost).run().map_err(|error| *error)
}

impl<'r> Machine<'r> {
    /// Before the first instruction of `program`.
    pub(super) fn begun(program: &'r Program, stack: &'r mut Stack, slots: &'r [Slot], cost: u64) -> Self {
        // A run that the cost limit ended leaves its values behind.
        stack.values.clear();
        stack.turns.clear();
        if program.locals > 0 {
            stack.locals.clear();
            stack.locals.resize(program.locals as usize, Ok(Value::Null));
        }
        let Stack { values, locals, turns, args, .. } = stack;
        Self { program, slots, stack: values, locals, turns, args, at: 0, left: cost }
    }

    /// What a run without a limit costs.
    #[cfg(test)]
    pub(crate) fn measured(program: &Program, slots: &[Slot]) -> u64 {
        let mut stack = Stack::default();
        let mut machine = Machine::begun(program, &mut stack, slots, u64::MAX);
        drop(machine.run());
        u64::MAX - machine.left
    }

    fn run(&mut self) -> Outcome {
        while let Some(instr) = self.program.code.get(self.at) {
            let next = self.step(*instr)?;
            self.at = next;
        }
        self.pop()
    }

    /// Does one instruction and says which is next. An error from here ends the run.
    pub(super) fn step(&mut self, instr: Instr) -> Result<usize, Box<EvalError>> {
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
            Instr::Field(name) => self.with_key(name, select::field)?,
            Instr::HasKey(name) => self.with_key(name, select::has)?,
            Instr::Call1(function) => self.call1(function)?,
            Instr::Call2(function) => self.call2(function)?,
            Instr::InSet(number) => {
                self.spend(1)?;
                let program = self.program;
                let value = self.pop();
                self.push(value.map(|value| {
                    let set = &program.tables().sets[number as usize];
                    Value::Bool(Key::of(&value).is_some_and(|key| set.has(&key)))
                }));
            }
            Instr::Lookup { map, reading, member } => self.lookup(map, reading, member)?,
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
            other => return self.beyond(other),
        }
        Ok(next)
    }

    /// The instructions that bind names, make messages and optionals, and call the library.
    fn beyond(&mut self, instr: Instr) -> Result<usize, Box<EvalError>> {
        match instr {
            Instr::OptField(name) => self.with_key(name, select::optional)?,
            Instr::CallN(function, count) => self.call_any(function, count)?,
            Instr::Parts(number) => self.call_with_parts(number)?,
            Instr::Matches(number) => self.matches(number)?,
            Instr::Local(number) => {
                self.spend(1)?;
                let outcome = self.locals[number as usize].clone();
                self.push(outcome);
            }
            Instr::SetLocal(number) => self.locals[number as usize] = self.pop(),
            Instr::Loop(number) => return self.begin(number),
            Instr::Filter(number) => return self.filter(number),
            Instr::Collect(number) => return self.collect(number),
            Instr::Held { local, end } => return Ok(self.held(local, end as usize)),
            Instr::SkipIfHeld { taken, end } => {
                return Ok(if self.otherwise(taken) { end as usize } else { self.at + 1 });
            }
            Instr::Some => {
                let value = self.pop();
                self.push(value.map(Value::some));
            }
            Instr::Struct(number) => self.construct(number)?,
            Instr::ListMaybe(number) => {
                self.spend(cost::LIST)?;
                let flags = &self.program.tables().maybes[number as usize];
                let items = self.take(flags.len() as u32);
                let list = items.and_then(|items| self.placed(select::present_items(items, flags)));
                self.push(list.map(Value::list));
            }
            Instr::MapMaybe(number) => {
                self.spend(cost::MAP)?;
                let flags = &self.program.tables().maybes[number as usize];
                let items = self.take(flags.len() as u32);
                let map = items.and_then(|items| self.placed(select::present_entries(items, flags)));
                let map = map.and_then(|items| self.placed(functions::map(items)));
                self.push(map);
            }
            Instr::Fault { fault, operands } => {
                let (code, message) = &self.program.tables().faults[fault as usize];
                let operands = self.take(operands);
                let error = operands.err().unwrap_or_else(|| self.error((*code, message.to_string())));
                self.push(Err(error));
            }
            // Whoever calls this has done all others.
            _ => {}
        }
        Ok(self.at + 1)
    }

    pub(super) fn push(&mut self, outcome: Outcome) {
        self.stack.push(outcome);
    }

    pub(super) fn pop(&mut self) -> Outcome {
        self.stack.pop().expect("the planner pushes before it pops")
    }

    pub(super) fn error(&self, fault: Fault) -> Box<EvalError> {
        placed(fault, self.program.spans[self.at])
    }

    pub(super) fn spend(&mut self, cost: u64) -> Result<(), Box<EvalError>> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.error((Code::LIMIT_COST, "the evaluation cost more than the limit".to_owned()))),
        }
    }

    /// What a slot gives; the outer error ends the run.
    pub(super) fn read(&mut self, number: u32) -> Result<Result<&'r Value, Box<EvalError>>, Box<EvalError>> {
        let program = self.program;
        let reading = program.readings[number as usize];
        self.spend(reading.cost.into())?;
        Ok(held_by(self.slots, program, number))
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

    fn with_key(&mut self, name: u32, find: select::Find) -> Result<(), Box<EvalError>> {
        self.spend(1)?;
        let of = self.pop();
        let (program, name) = (self.program, &self.program.constants[name as usize]);
        let found = of.and_then(|of| self.placed(find(&of, name, &program.types)));
        self.push(found);
        Ok(())
    }

    /// A fault gets the place of the instruction at hand.
    pub(super) fn placed<T>(&self, given: Result<T, Fault>) -> Result<T, Box<EvalError>> {
        given.map_err(|fault| self.error(fault))
    }

    /// A call of a function of the library or the host.
    fn call_any(&mut self, function: Function, count: u32) -> Result<(), Box<EvalError>> {
        let from = self.stack.len() - count as usize;
        self.args.clear();
        let mut wrong = None;
        for outcome in self.stack.drain(from..) {
            match outcome {
                Ok(value) => self.args.push(value),
                Err(error) => {
                    wrong.get_or_insert(error);
                }
            }
        }
        let outcome = match (wrong, function) {
            (Some(error), _) => Err(error),
            (None, Function::Library(number)) => {
                let entry = library::row(number);
                self.spend(entry.cost_of(self.args, self.left))?;
                self.placed((entry.evaluate)(self.args))
            }
            (None, Function::Host(number)) => {
                self.spend(1)?;
                self.placed(self.host(number))
            }
            (None, other) => {
                self.placed(Err(functions::no_overload(crate::check::overloads::name_of(other), self.args)))
            }
        };
        self.args.clear();
        self.push(outcome);
        Ok(())
    }

    fn host(&self, number: u16) -> Result<Value, Fault> {
        let function = &self.program.host[number as usize];
        let Some(evaluate) = &function.evaluate else {
            return Err((Code::BAD_ARGUMENT, format!("`{}` is declared, and nobody does it", function.name)));
        };
        evaluate(self.args).map_err(|why| (Code::BAD_ARGUMENT, format!("`{}`: {why}", function.name)))
    }

    fn matches(&mut self, number: u32) -> Result<(), Box<EvalError>> {
        let regex = &self.program.tables().regexes[number as usize];
        let outcome = match self.pop() {
            Ok(Value::String(text)) => {
                self.spend(cost::regex(text.len(), regex.as_str().len()))?;
                Ok(Value::Bool(regex.is_match(&text)))
            }
            Ok(other) => Err(self.error(functions::no_overload("matches", &[other, Value::from("")]))),
            error => error,
        };
        self.push(outcome);
        Ok(())
    }

    fn construct(&mut self, number: u32) -> Result<(), Box<EvalError>> {
        self.spend(cost::STRUCT)?;
        let literal = &self.program.tables().structs[number as usize];
        let values = self.take(literal.fields.len() as u32);
        let message = values.and_then(|values| self.placed(construct::message(literal, values, &self.program.types)));
        self.push(message);
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
    pub(super) fn bool(&mut self) -> Result<bool, Box<EvalError>> {
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

/// What a slot holds, or gives where it holds nothing.
pub(super) fn held_by<'r>(slots: &'r [Slot], program: &'r Program, reading: u32) -> Result<&'r Value, Box<EvalError>> {
    let slot = slots.get(program.readings[reading as usize].slot as usize);
    if let Some(value) = slot.and_then(Slot::value) {
        return Ok(value);
    }
    let absence = &program.absences[reading as usize];
    match (slot, &absence.default) {
        (Some(Slot::Error(_)), _) | (_, None) => Err(Box::new(missing(slot, absence))),
        (_, Some(default)) => Ok(default),
    }
}

/// The error of reading a slot that has no value.
#[cold]
pub(super) fn missing(slot: Option<&Slot>, absence: &Absence) -> EvalError {
    let span = absence.span;
    if let Some(Slot::Error(message)) = slot {
        return EvalError { code: Code::FEATURE_IN_ERROR, span, message: message.clone() };
    }
    let path = &absence.path;
    let (code, end) =
        if absence.feature { (Code::FEATURE_IN_ERROR, " has no value") } else { (Code::ABSENT_FIELD, " is absent") };
    // Events without a field are many: one allocation.
    let letters = path.root.len() + path.fields.iter().map(|field| field.len() + 1).sum::<usize>() + end.len();
    let mut message = String::with_capacity(letters);
    message.push_str(&path.root);
    for field in path.fields.iter() {
        message.push('.');
        message.push_str(field);
    }
    message.push_str(end);
    EvalError { code, span, message }
}

fn placed((code, message): Fault, span: Span) -> Box<EvalError> {
    Box::new(EvalError { code, span, message })
}
