//! A program: flat stack code, the places it came from, and the tables that it refers to.

use std::{collections::HashSet, sync::Arc};

use super::Path;
use crate::{
    check::{HostFunction, overloads::Function},
    diag::{Code, Span},
    estimate::Cost,
    message::{MessageType, Types},
    parse::ast::Fold,
    run::views,
    value::{Key, Value},
};

/// An expression ready to run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub(crate) code: Vec<Instr>,
    /// Beside the code: what each instruction came from.
    pub(crate) spans: Vec<Span>,
    pub(crate) constants: Vec<Value>,
    pub(crate) readings: Vec<Reading>,
    /// Beside the readings: what each does where its slot holds nothing.
    pub(crate) absences: Vec<Absence>,
    pub(crate) slots: Vec<usize>,
    /// What few programs have.
    pub(super) tables: Option<Box<Tables>>,
    /// How many locals it needs.
    pub(crate) locals: u32,
    pub(crate) types: Arc<Types>,
    pub(crate) host: Arc<[HostFunction]>,
    pub(crate) data: Arc<[Arc<str>]>,
    pub(crate) cost: Cost,
    /// Whether a run over views can do it.
    pub(crate) by_views: bool,
}

/// What the rarer instructions refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) sets: Vec<Set>,
    pub(crate) loops: Vec<Loop>,
    /// Which entries of a literal are there only if their optional holds a value.
    pub(crate) maybes: Vec<Arc<[bool]>>,
    pub(crate) structs: Vec<Literal>,
    /// Calls of functions of the library whose arguments are readings alone.
    pub(crate) parts: Vec<(Function, Arc<[u32]>)>,
    pub(crate) regexes: Vec<regex::Regex>,
    pub(crate) faults: Vec<(Code, Arc<str>)>,
}

static NO_TABLES: Tables = Tables {
    sets: Vec::new(),
    loops: Vec::new(),
    maybes: Vec::new(),
    structs: Vec::new(),
    parts: Vec::new(),
    regexes: Vec::new(),
    faults: Vec::new(),
};

/// A comprehension.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) fold: Fold,
    pub(crate) first: u32,
    pub(crate) second: Option<u32>,
    /// Its first instruction for each entry.
    pub(crate) body: u32,
    /// The first instruction after it.
    pub(crate) end: u32,
}

/// A message literal: its type, and for each value on the stack its field's place and whether it is an optional.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) ty: Arc<MessageType>,
    pub(crate) fields: Vec<(u32, bool)>,
}

/// One instruction of the stack machine. Numbers point into the program's tables, jumps into its code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instr {
    Constant(u32),
    Read(u32),
    HasSlot(u32),
    /// The entry of the map on top under a constant's key.
    Field(u32),
    HasKey(u32),
    Call1(Function),
    Call2(Function),
    /// A comparison of a reading with a constant, the shape of most rules: neither is copied to the stack.
    Compare {
        function: Function,
        reading: u32,
        constant: u32,
    },
    /// Whether the value on top is in a set.
    InSet(u32),
    /// The entry of a constant map under a reading's key, or whether there is one. The key is not copied.
    Lookup {
        map: u32,
        reading: u32,
        member: bool,
    },
    /// A false on top is the result: go on at the target.
    SkipIfFalse(u32),
    /// A true on top is the result: go on at the target.
    SkipIfTrue(u32),
    /// Both sides are on the stack.
    And,
    Or,
    /// Takes a condition: true goes on, false goes to `otherwise`, an error is the result and goes to `end`.
    Branch {
        otherwise: u32,
        end: u32,
    },
    Jump(u32),
    /// Takes this many values.
    List(u32),
    /// Takes this many values, keys and values in turn.
    Map(u32),
    /// A list and a map of which some entries are optionals, by the number of the flags.
    ListMaybe(u32),
    MapMaybe(u32),
    /// The field of what is on top under a constant's name, as an optional.
    OptField(u32),
    /// Takes this many values.
    CallN(Function, u32),
    /// Calls a function with readings.
    Parts(u32),
    /// Whether the text on top matches a regular expression.
    Matches(u32),
    Local(u32),
    /// Takes a value or an error.
    SetLocal(u32),
    /// Takes what a comprehension goes through, and goes to its end or its first entry.
    Loop(u32),
    /// Takes whether the entry counts.
    Filter(u32),
    /// Takes what the body gave, and goes to the end or the next entry.
    Collect(u32),
    /// Takes an optional: what it holds becomes the local; none and an error are the result, at `end`.
    Held {
        local: u32,
        end: u32,
    },
    /// An optional on top that holds a value is the result, or where it is `taken` what it holds; so is an error: go on at
    /// `end`.
    SkipIfHeld {
        taken: bool,
        end: u32,
    },
    /// Makes an optional of the value on top.
    Some,
    /// Takes the values of a message literal.
    Struct(u32),
    /// Takes `operands` values and gives an error.
    Fault {
        fault: u32,
        operands: u32,
    },
}

/// How a slot is read. Small, since a thousand programs are read by each event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) slot: u32,
    pub(crate) cost: u32,
}

/// What reading a slot gives that holds nothing.
#[derive(Clone, Debug)]
pub(crate) struct Absence {
    /// This value; none: an error.
    pub(crate) default: Option<Value>,
    /// Whether it is a feature: its absence has a code of its own.
    pub(crate) feature: bool,
    /// The selection in the source.
    pub(crate) span: Span,
    pub(crate) path: Path,
}

/// A constant list as a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    /// Apart, so that text is found without making a key of it.
    texts: Arc<HashSet<Arc<str>>>,
    others: Arc<HashSet<Key>>,
}

impl Set {
    pub(crate) fn has_text(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    pub(crate) fn has(&self, key: &Key) -> bool {
        match key {
            Key::String(text) => self.has_text(text),
            key => self.others.contains(key),
        }
    }
}

impl FromIterator<Key> for Set {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        let (mut texts, mut others) = (HashSet::new(), HashSet::new());
        for key in keys {
            match key {
                Key::String(text) => drop(texts.insert(text)),
                key => drop(others.insert(key)),
            }
        }
        Self { texts: texts.into(), others: others.into() }
    }
}

impl Program {
    /// The slots that it names, whether or not a run reads them; sorted, each once.
    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Its value, if that is known before any event.
    pub fn constant(&self) -> Option<&Value> {
        match self.code[..] {
            [Instr::Constant(number)] => self.constants.get(number as usize),
            _ => None,
        }
    }

    /// What an evaluation costs, if the program was planned within bounds; else nothing is known of it.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// The identities of the data that it names ([`crate::Env::data`]), whether or not a run reads them.
    pub fn data(&self) -> &[Arc<str>] {
        &self.data
    }

    #[inline]
    pub(crate) fn tables(&self) -> &Tables {
        self.tables.as_deref().unwrap_or(&NO_TABLES)
    }

    pub(super) fn tables_mut(&mut self) -> &mut Tables {
        self.tables.get_or_insert_default()
    }

    pub(super) fn push(&mut self, instr: Instr, span: Span) {
        self.code.push(instr);
        self.spans.push(span);
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.code.truncate(length);
        self.spans.truncate(length);
    }

    pub(super) fn finish(mut self) -> Self {
        self.slots.sort_unstable();
        self.slots.dedup();
        self.drop_unused_constants();
        self.by_views = views::can_run(&self);
        self
    }

    /// Folding leaves constants behind that no code names.
    fn drop_unused_constants(&mut self) {
        let mut numbers = vec![None; self.constants.len()];
        let mut kept = Vec::with_capacity(self.constants.len());
        for instr in &mut self.code {
            if let Instr::Constant(number)
            | Instr::Field(number)
            | Instr::HasKey(number)
            | Instr::OptField(number)
            | Instr::Compare { constant: number, .. }
            | Instr::Lookup { map: number, .. } = instr
            {
                let old = *number as usize;
                *number = *numbers[old].get_or_insert_with(|| {
                    kept.push(self.constants[old].clone());
                    kept.len() as u32 - 1
                });
            }
        }
        self.constants = kept;
    }
}
