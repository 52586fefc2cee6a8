//! The code of what binds names, of literals of messages, and of calls of any number of arguments.

use std::sync::Arc;

use super::{Instr, Literal, Loop, Planner};
use crate::{
    check::{Comprehension, Op, overloads::Function},
    diag::Span,
    message::MessageType,
    parse::ast::NodeId,
    value::Value,
};

impl Planner<'_> {
    /// Where the code of a node of these kinds begins, and its value if that is known.
    pub(super) fn beyond(&mut self, id: NodeId, op: &Op, span: Span) -> (usize, Option<Value>) {
        let here = self.program.code.len();
        match op {
            Op::CallN(function, args) => self.call_any(*function, args.of(&self.checked.children), span),
            Op::Local(number) => {
                self.program.push(Instr::Local(*number), span);
                (here, None)
            }
            Op::Comprehension(of) => self.close_loop(id, of, span),
            Op::Bind { value, body, .. } => {
                debug_assert!(self.starts[*body as usize] > self.starts[*value as usize], "the body reads the value");
                (self.starts[*value as usize], None)
            }
            Op::Block { values, body, .. } => {
                let first = values.of(&self.checked.children).first().unwrap_or(body);
                (self.starts[*first as usize], None)
            }
            Op::OptMap { flat, target, body, .. } => {
                debug_assert!(self.starts[*body as usize] > self.starts[*target as usize], "the body reads the target");
                self.opt_map(*flat, *target, span)
            }
            Op::Parts(function, parts) => {
                let readings: Arc<[u32]> =
                    parts.iter().map(|(path, absent)| self.reading(path, absent, span)).collect();
                let number = self.program.tables().parts.len() as u32;
                self.program.tables_mut().parts.push((*function, readings));
                self.program.push(Instr::Parts(number), span);
                (here, None)
            }
            Op::Struct(ty, fields) => self.message(ty, fields.of(&self.checked.children), span),
            Op::Init { value, .. } | Op::Maybe(value) => (self.starts[*value as usize], None),
            Op::Fault { code, message, operands } => {
                let operands = operands.of(&self.checked.children);
                let start = operands.first().map_or(here, |first| self.starts[*first as usize]);
                let fault = self.program.tables().faults.len() as u32;
                self.program.tables_mut().faults.push((*code, message.clone()));
                self.program.push(Instr::Fault { fault, operands: operands.len() as u32 }, span);
                (start, None)
            }
            // Whoever calls this has done all others.
            _ => (here, None),
        }
    }

    /// A call of any number of arguments but one and two.
    fn call_any(&mut self, function: Function, args: &[NodeId], span: Span) -> (usize, Option<Value>) {
        let start = args.first().map_or(self.program.code.len(), |first| self.starts[*first as usize]);
        let known: Option<Vec<Value>> = args.iter().map(|arg| self.constants[*arg as usize].clone()).collect();
        if let Some(value) = known.and_then(|args| self.folder.call(function, &args)) {
            return self.fold(start, Some(value), span);
        }
        self.program.push(Instr::CallN(function, args.len() as u32), span);
        (start, None)
    }

    pub(super) fn open_loop(&mut self, owner: NodeId) -> u32 {
        let Op::Comprehension(of) = &self.checked.nodes[owner as usize].op else { return 0 };
        let number = self.program.tables().loops.len() as u32;
        // The instruction that begins it is about to be pushed.
        let body = self.program.code.len() as u32 + 1;
        self.program.tables_mut().loops.push(Loop { fold: of.fold, first: of.first, second: of.second, body, end: 0 });
        self.loops.insert(owner, number);
        number
    }

    fn close_loop(&mut self, id: NodeId, of: &Comprehension, span: Span) -> (usize, Option<Value>) {
        let number = self.loops[&id];
        debug_assert!(self.starts[of.body as usize] > self.starts[of.range as usize], "the body comes for each entry");
        self.program.push(Instr::Collect(number), span);
        let end = self.program.code.len() as u32;
        self.program.tables_mut().loops[number as usize].end = end;
        (self.starts[of.range as usize], None)
    }

    fn opt_map(&mut self, flat: bool, target: NodeId, span: Span) -> (usize, Option<Value>) {
        if !flat {
            self.program.push(Instr::Some, span);
        }
        let end = self.program.code.len() as u32;
        if let Instr::Held { end: to, .. } = &mut self.program.code[self.jumps[target as usize]] {
            *to = end;
        }
        (self.starts[target as usize], None)
    }

    fn message(&mut self, ty: &Arc<MessageType>, inits: &[NodeId], span: Span) -> (usize, Option<Value>) {
        let start = inits.first().map_or(self.program.code.len(), |first| self.starts[*first as usize]);
        let fields = inits.iter().map(|init| match self.checked.nodes[*init as usize].op {
            Op::Init { place, value } => (place, matches!(self.checked.nodes[value as usize].op, Op::Maybe(_))),
            // A literal of a checked expression has nothing else.
            _ => (u32::MAX, false),
        });
        let literal = Literal { ty: ty.clone(), fields: fields.collect() };
        let number = self.program.tables().structs.len() as u32;
        self.program.tables_mut().structs.push(literal);
        self.program.push(Instr::Struct(number), span);
        (start, None)
    }
}
