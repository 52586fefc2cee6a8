//! Typed tree → program over numbered slots. It knows types no more, and the machine not yet.
//!
//! One loop over the tree in post order. The jumps of `&&`, `||` and `?:` stand between a node's children, so a first
//! loop notes after which child each one goes.

mod bodies;
pub(crate) mod fold;
mod program;
mod slots;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

pub use program::Program;
pub(crate) use program::{Absence, Instr, Literal, Loop, Reading};
pub use slots::{Path, Slots};

use crate::{
    check::{Absent, Checked, Op, overloads::Function},
    diag::Span,
    estimate::{self, Worst},
    library,
    parse::ast::NodeId,
    value::Value,
};

/// The variable whose fields are features: reading an absent one says so.
pub(crate) const FEATURES: &str = "features";

/// Lays `checked` out over `slots`.
pub fn plan(checked: &Checked, slots: &mut Slots) -> Program {
    planned(checked, slots).0
}

/// The same; the program then knows what an evaluation costs where events are within these bounds ([`Program::cost`]).
pub fn plan_within(checked: &Checked, slots: &mut Slots, worst: &Worst) -> Program {
    let (mut program, known) = planned(checked, slots);
    program.cost = estimate::of(checked, &known, worst);
    program
}

/// The program, and the values of the nodes that are known before any event.
fn planned(checked: &Checked, slots: &mut Slots) -> (Program, Vec<Option<Value>>) {
    let mut planner = Planner::new(checked, slots);
    for id in 0..checked.nodes.len() as NodeId {
        planner.node(id);
    }
    planner.program.locals = checked.locals;
    planner.program.types = checked.types.clone();
    planner.program.host = checked.host.clone();
    planner.program.data = checked.data.clone();
    (planner.program.finish(), planner.constants)
}

/// A jump that goes after a child, on behalf of its parent.
#[derive(Clone, Copy)]
enum After {
    Nothing,
    /// After the left side of `&&`: a false ends it.
    And,
    /// After the left side of `||`: a true ends it.
    Or,
    /// After the condition of `?:`.
    Test,
    /// After the first branch of `?:`.
    Then,
    /// After what a comprehension goes through.
    Range(NodeId),
    /// After the filter of a comprehension.
    Filter(NodeId),
    /// After a value that becomes a local.
    Bound(u32),
    /// After the target of `optMap`.
    Target(u32),
    /// After the target of `or` and `orValue`: what it holds ends it.
    Optional {
        taken: bool,
    },
}

struct Planner<'p> {
    checked: &'p Checked,
    slots: &'p mut Slots,
    program: Program,
    after: Vec<After>,
    /// Where the code of each node's tree begins.
    starts: Vec<usize>,
    /// Where the jump after each node stands, if there is one.
    jumps: Vec<usize>,
    /// The value of each node, where it is known before any event.
    constants: Vec<Option<Value>>,
    folder: fold::Folder,
    values: HashMap<String, u32>,
    /// The number of each comprehension's loop, by its node.
    loops: HashMap<NodeId, u32>,
}

impl<'p> Planner<'p> {
    fn new(checked: &'p Checked, slots: &'p mut Slots) -> Self {
        let count = checked.nodes.len();
        let mut after = vec![After::Nothing; count];
        let (mut readings, mut constants) = (0, 0);
        for (id, node) in checked.nodes.iter().enumerate() {
            match node.op {
                Op::Read { .. } => readings += 1,
                Op::Constant(_) => constants += 1,
                Op::And(left, _) => after[left as usize] = After::And,
                Op::Or(left, _) => after[left as usize] = After::Or,
                Op::Conditional { test, then, .. } => {
                    after[test as usize] = After::Test;
                    after[then as usize] = After::Then;
                }
                Op::Comprehension(of) => {
                    after[of.range as usize] = After::Range(id as NodeId);
                    if let Some(filter) = of.filter {
                        after[filter as usize] = After::Filter(id as NodeId);
                    }
                }
                Op::Bind { local, value, .. } => after[value as usize] = After::Bound(local),
                Op::Block { first, values, .. } => {
                    for (number, value) in values.of(&checked.children).iter().enumerate() {
                        after[*value as usize] = After::Bound(first + number as u32);
                    }
                }
                Op::OptMap { local, target, .. } => after[target as usize] = After::Target(local),
                Op::Call2(function, target, _) => {
                    if let Some(taken) = library::otherwise(function) {
                        after[target as usize] = After::Optional { taken };
                    }
                }
                _ => {}
            }
        }
        let program = Program {
            code: Vec::with_capacity(count),
            spans: Vec::with_capacity(count),
            constants: Vec::with_capacity(constants),
            readings: Vec::with_capacity(readings),
            absences: Vec::with_capacity(readings),
            slots: Vec::with_capacity(readings),
            ..Program::default()
        };
        Self {
            checked,
            slots,
            program,
            after,
            starts: Vec::with_capacity(count),
            jumps: vec![0; count],
            constants: Vec::with_capacity(count),
            folder: fold::Folder::default(),
            values: HashMap::new(),
            loops: HashMap::new(),
        }
    }

    fn node(&mut self, id: NodeId) {
        let checked = self.checked;
        let node = &checked.nodes[id as usize];
        let (start, constant) = self.op(id, &node.op, node.span);
        self.starts.push(start);
        self.constants.push(constant);
        let jump = match self.after[id as usize] {
            After::Nothing => return,
            After::And => Instr::SkipIfFalse(0),
            After::Or => Instr::SkipIfTrue(0),
            After::Test => Instr::Branch { otherwise: 0, end: 0 },
            After::Then => Instr::Jump(0),
            After::Bound(local) => Instr::SetLocal(local),
            After::Target(local) => Instr::Held { local, end: 0 },
            After::Optional { taken } => Instr::SkipIfHeld { taken, end: 0 },
            After::Range(owner) => Instr::Loop(self.open_loop(owner)),
            After::Filter(owner) => Instr::Filter(self.loops.get(&owner).copied().unwrap_or_default()),
        };
        self.jumps[id as usize] = self.program.code.len();
        self.program.push(jump, node.span);
    }

    /// Where the code of the node begins, and its value if that is known.
    fn op(&mut self, id: NodeId, op: &Op, span: Span) -> (usize, Option<Value>) {
        let here = self.program.code.len();
        match op {
            Op::Nothing | Op::Message(_) => (here, None),
            Op::Constant(value) => {
                self.push_constant(value.clone(), span);
                (here, Some(value.clone()))
            }
            Op::Read { path, absent } => {
                self.read(path, absent, span);
                (here, None)
            }
            Op::HasSlot(path) => {
                let slot = self.slot(path);
                self.program.push(Instr::HasSlot(slot), span);
                (here, None)
            }
            Op::Field { operand, field } => {
                let name = self.text(field);
                self.program.push(Instr::Field(name), span);
                (self.starts[*operand as usize], None)
            }
            Op::OptField { operand, field } => {
                let name = self.text(field);
                self.program.push(Instr::OptField(name), span);
                (self.starts[*operand as usize], None)
            }
            Op::HasKey { operand, field } => {
                let name = self.text(field);
                self.program.push(Instr::HasKey(name), span);
                (self.starts[*operand as usize], None)
            }
            Op::And(left, right) => self.logic(Instr::And, *left, *right, span),
            Op::Or(left, right) => self.logic(Instr::Or, *left, *right, span),
            Op::Conditional { test, then, otherwise } => self.conditional(*test, *then, *otherwise),
            Op::Call1(function, a) => self.call(*function, &[*a], span),
            Op::Call2(function, a, b) => self.call(*function, &[*a, *b], span),
            Op::List(items) => {
                let items = items.of(&self.checked.children);
                self.aggregate(Instr::List(items.len() as u32), items, span)
            }
            Op::Map(entries) => {
                let entries = entries.of(&self.checked.children);
                self.aggregate(Instr::Map(entries.len() as u32), entries, span)
            }
            other => self.beyond(id, other, span),
        }
    }

    fn slot(&mut self, path: &Path) -> u32 {
        let slot = self.slots.intern(path);
        self.program.slots.push(slot);
        slot as u32
    }

    fn read(&mut self, path: &Path, absent: &Absent, span: Span) {
        let number = self.reading(path, absent, span);
        self.program.push(Instr::Read(number), span);
    }

    /// The number of a new reading.
    fn reading(&mut self, path: &Path, absent: &Absent, span: Span) -> u32 {
        let slot = self.slot(path);
        let default = match absent {
            Absent::Default(value) => Some(value.clone()),
            // The checker gives the empty message where one is read.
            Absent::Empty | Absent::Error => None,
        };
        let (feature, cost) = (*path.root == *FEATURES, 1 + path.fields.len() as u32);
        let number = self.program.readings.len() as u32;
        self.program.readings.push(Reading { slot, cost });
        self.program.absences.push(Absence { default, feature, span, path: path.clone() });
        number
    }

    fn push_constant(&mut self, value: Value, span: Span) {
        let number = self.program.constants.len() as u32;
        self.program.constants.push(value);
        self.program.push(Instr::Constant(number), span);
    }

    fn text(&mut self, text: &Arc<str>) -> u32 {
        let next = self.program.constants.len() as u32;
        let number = *self.values.entry(text.to_string()).or_insert(next);
        if number == next {
            self.program.constants.push(Value::String(text.clone()));
        }
        number
    }

    fn logic(&mut self, instr: Instr, left: NodeId, right: NodeId, span: Span) -> (usize, Option<Value>) {
        self.program.push(instr, span);
        let end = self.program.code.len() as u32;
        let jump = &mut self.program.code[self.jumps[left as usize]];
        *jump = if matches!(instr, Instr::And) { Instr::SkipIfFalse(end) } else { Instr::SkipIfTrue(end) };
        let known = match (&self.constants[left as usize], &self.constants[right as usize]) {
            (Some(Value::Bool(left)), Some(Value::Bool(right))) => {
                Some(Value::Bool(if matches!(instr, Instr::And) { *left && *right } else { *left || *right }))
            }
            _ => None,
        };
        self.fold(self.starts[left as usize], known, span)
    }

    fn conditional(&mut self, test: NodeId, then: NodeId, otherwise: NodeId) -> (usize, Option<Value>) {
        let end = self.program.code.len() as u32;
        let (branch, jump) = (self.jumps[test as usize], self.jumps[then as usize]);
        self.program.code[branch] = Instr::Branch { otherwise: jump as u32 + 1, end };
        self.program.code[jump] = Instr::Jump(end);
        debug_assert!(self.starts[otherwise as usize] > jump);
        (self.starts[test as usize], None)
    }

    fn call(&mut self, function: Function, args: &[NodeId], span: Span) -> (usize, Option<Value>) {
        let start = self.starts[args[0] as usize];
        let known: Option<Vec<Value>> = args.iter().map(|arg| self.constants[*arg as usize].clone()).collect();
        if let Some(value) = known.and_then(|args| self.folder.call(function, &args)) {
            return self.fold(start, Some(value), span);
        }
        if let (Function::Matches, [_, pattern]) = (function, args)
            && let Some(Value::String(pattern)) = &self.constants[*pattern as usize]
            && let Ok(regex) = crate::run::regex(pattern)
        {
            self.program.truncate(self.starts[args[1] as usize]);
            let number = self.program.tables().regexes.len() as u32;
            self.program.tables_mut().regexes.push(regex);
            self.program.push(Instr::Matches(number), span);
            return (start, None);
        }
        if matches!(function, Function::Library(_) | Function::Host(_)) {
            self.program.push(Instr::CallN(function, args.len() as u32), span);
            let after = self.program.code.len() as u32;
            if library::otherwise(function).is_some()
                && let Instr::SkipIfHeld { end, .. } = &mut self.program.code[self.jumps[args[0] as usize]]
            {
                *end = after;
            }
            return (start, None);
        }
        if let Some(lookup) = self.lookup(function, args, start) {
            self.program.truncate(start);
            self.program.push(lookup, span);
            return (start, None);
        }
        if let (Function::In, [_, list]) = (function, args)
            && let Some(set) = self.constants[*list as usize].as_ref().and_then(fold::set)
        {
            // The list's own code gives way to the set.
            self.program.truncate(self.starts[*list as usize]);
            let number = self.program.tables().sets.len() as u32;
            self.program.tables_mut().sets.push(set);
            self.program.push(Instr::InSet(number), span);
            return (start, None);
        }
        let instr = if args.len() == 1 {
            Instr::Call1(function)
        } else if let Some(compare) = self.comparison(function, start) {
            self.program.truncate(start);
            compare
        } else {
            Instr::Call2(function)
        };
        self.program.push(instr, span);
        (start, None)
    }

    /// One instruction for a comparison whose two operands are a reading and a constant, and nothing else.
    fn comparison(&self, function: Function, start: usize) -> Option<Instr> {
        use Function::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let compares = matches!(function, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual);
        match self.program.code[start..] {
            [Instr::Read(reading), Instr::Constant(constant)] if compares => {
                Some(Instr::Compare { function, reading, constant })
            }
            _ => None,
        }
    }

    /// One instruction for finding a reading in a map that is known, and nothing else.
    fn lookup(&self, function: Function, args: &[NodeId], start: usize) -> Option<Instr> {
        let (of, reading, member) = match (function, args, &self.program.code[start..]) {
            (Function::Index, [of, _], [Instr::Constant(_), Instr::Read(reading)]) => (of, reading, false),
            (Function::In, [_, of], [Instr::Read(reading), Instr::Constant(_)]) => (of, reading, true),
            _ => return None,
        };
        let map = self.program.code[start..].iter().find_map(|instr| match instr {
            Instr::Constant(number) => Some(*number),
            _ => None,
        })?;
        let is_map = matches!(self.constants[*of as usize], Some(Value::Map(_)));
        is_map.then_some(Instr::Lookup { map, reading: *reading, member })
    }

    fn aggregate(&mut self, instr: Instr, items: &[NodeId], span: Span) -> (usize, Option<Value>) {
        let start = items.first().map_or(self.program.code.len(), |first| self.starts[*first as usize]);
        let maybe: Vec<bool> =
            items.iter().map(|item| matches!(self.checked.nodes[*item as usize].op, Op::Maybe(_))).collect();
        if maybe.contains(&true) {
            let number = self.program.tables().maybes.len() as u32;
            self.program.tables_mut().maybes.push(maybe.into());
            let instr =
                if matches!(instr, Instr::List(_)) { Instr::ListMaybe(number) } else { Instr::MapMaybe(number) };
            self.program.push(instr, span);
            return (start, None);
        }
        let known: Option<Vec<Value>> = items.iter().map(|item| self.constants[*item as usize].clone()).collect();
        if let Some(value) = known.and_then(|items| self.folder.aggregate(instr, items)) {
            return self.fold(start, Some(value), span);
        }
        self.program.push(instr, span);
        (start, None)
    }

    /// Replaces the code from `start` on by the value that it would give, if that is known.
    fn fold(&mut self, start: usize, known: Option<Value>, span: Span) -> (usize, Option<Value>) {
        if let Some(value) = &known {
            self.program.truncate(start);
            self.push_constant(value.clone(), span);
        }
        (start, known)
    }
}
