//! Which fields fill which slots: a tree over the messages that are entered, laid out once for a rule set. Knows no
//! form of an event.

use std::collections::HashMap;
use std::sync::Arc;

use fishplate_cel::{Message, Slot, Value};

use super::Wanted;
use super::json_quick;
use super::quick::Quick;
use crate::codes;
use crate::error::{Error, Place};
use crate::schema::Schema;
use crate::schema::model::{Field, Leaf, Model, Scalar, Shape};
use crate::status::Status;

/// The tree; node 0 is the event.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) schema: Schema,
    pub(super) nodes: Vec<Node>,
    /// Slots that are wanted for a path that another slot is filled for.
    copies: Vec<(usize, usize)>,
    /// The node that reads a message as a value, by the message.
    whole: HashMap<usize, usize>,
    /// Whether JSON may be read the quick way.
    pub(super) is_simple: bool,
}

/// A message that is entered.
#[derive(Debug)]
pub(super) struct Node {
    /// Index in [`Model::messages`].
    pub(super) message: usize,
    /// Filled with true if the message is there.
    pub(super) presence: Option<usize>,
    /// Beside the fields of the message.
    pub(super) targets: Vec<Target>,
    /// Field number → field, for numbers below [`DENSE`]; [`NONE`] where there is no field.
    dense: Vec<u16>,
    /// The fields of greater numbers, sorted.
    sparse: Vec<(u32, u16)>,
    /// The way through the bytes of protobuf, once all that is wanted is known.
    pub(super) quick: Option<Quick>,
}

/// What to do with one field.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) read: Read,
    /// Its shape, copied beside it: the scanner of protobuf looks at nothing else.
    pub(super) shape: Shape,
    pub(super) explicit: bool,
    pub(super) sensitive: bool,
    /// Slots to empty when this member of a oneof comes, because they belong to the other members.
    pub(super) clears: Box<[usize]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Skip,
    Slot(usize),
    Node(usize),
    /// A message as a value: the node reads it into slots of its own, one for each field, and it goes into this slot. Of
    /// a list of messages, one after the other.
    Whole {
        slot: usize,
        node: usize,
    },
}

const DENSE: u32 = 256;
const NONE: u16 = u16::MAX;

impl Plan {
    pub(super) fn new(schema: &Schema, wanted: &[Wanted]) -> Result<Self, Error> {
        let is_simple = json_quick::is_simple(&schema.model().messages[0].fields);
        let schema = schema.clone();
        let mut plan = Self { schema, nodes: Vec::new(), copies: Vec::new(), whole: HashMap::new(), is_simple };
        plan.add_node(0);
        let mut filled: HashMap<&[String], usize> = HashMap::new();
        for want in wanted {
            if let Some(from) = filled.get(want.path.as_slice()) {
                plan.copies.push((*from, want.slot));
                plan.mark_sensitive(want);
                continue;
            }
            filled.insert(&want.path, want.slot);
            plan.want(want)?;
        }
        plan.find_clears();
        for node in 0..plan.nodes.len() {
            let numbers = plan.fields(node).iter().map(|field| field.number);
            plan.nodes[node].quick = Some(Quick::new(numbers.zip(&plan.nodes[node].targets)));
        }
        Ok(plan)
    }

    pub(super) fn model(&self) -> &Model {
        self.schema.model()
    }

    /// The model's fields of the message of `node`.
    pub(super) fn fields(&self, node: usize) -> &[Field] {
        &self.model().messages[self.nodes[node].message].fields
    }

    /// Copies what is wanted twice.
    pub(super) fn finish(&self, slots: &mut [Slot]) {
        for (from, to) in &self.copies {
            slots[*to] = slots[*from].kept();
        }
    }

    fn add_node(&mut self, message: usize) -> usize {
        let fields = &self.schema.model().messages[message].fields;
        let target = |field: &Field| Target {
            read: Read::Skip,
            shape: field.shape.clone(),
            explicit: field.explicit,
            sensitive: false,
            clears: Box::default(),
        };
        let mut node = Node {
            message,
            presence: None,
            targets: fields.iter().map(target).collect(),
            dense: vec![],
            sparse: vec![],
            quick: None,
        };
        for (at, field) in fields.iter().enumerate() {
            // protobuf allows 65,535 fields a message at most.
            let at = u16::try_from(at).unwrap_or(NONE);
            if field.number < DENSE {
                let number = field.number as usize;
                node.dense.resize(node.dense.len().max(number + 1), NONE);
                node.dense[number] = at;
            } else {
                node.sparse.push((field.number, at));
            }
        }
        node.sparse.sort_unstable();
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The node and field at the end of a path; adds the nodes on the way. `None`: the event itself.
    fn walk(&mut self, path: &[String]) -> Result<Option<(usize, usize)>, Error> {
        let mut node = 0;
        for (depth, name) in path.iter().enumerate() {
            let message = &self.schema.model().messages[self.nodes[node].message];
            let at = message.find(name).ok_or_else(|| unreadable(&path[..=depth], "there is no such field"))?;
            if depth + 1 == path.len() {
                return Ok(Some((node, at)));
            }
            let Shape::Message(inner) = message.fields[at].shape else {
                return Err(unreadable(&path[..=depth], "it has no fields"));
            };
            node = self.enter(node, at, inner);
        }
        Ok(None)
    }

    fn enter(&mut self, node: usize, field: usize, message: usize) -> usize {
        if let Read::Node(inner) = self.nodes[node].targets[field].read {
            return inner;
        }
        let inner = self.add_node(message);
        self.nodes[node].targets[field].read = Read::Node(inner);
        inner
    }

    fn want(&mut self, want: &Wanted) -> Result<(), Error> {
        let Some((node, field)) = self.walk(&want.path)? else {
            self.nodes[0].presence = Some(want.slot);
            return Ok(());
        };
        match self.nodes[node].targets[field].shape.clone() {
            Shape::Unsupported(why) => {
                return Err(unreadable(&want.path, &format!("rules cannot read {}", why.what)));
            }
            Shape::Message(message) => {
                let inner = self.enter(node, field, message);
                self.nodes[inner].presence = Some(want.slot);
            }
            Shape::Single(_) | Shape::List(_) | Shape::Map(..) => {
                self.nodes[node].targets[field].read = Read::Slot(want.slot);
            }
            Shape::Messages(message) => {
                let inner = self.whole(message, want.sensitive);
                self.nodes[node].targets[field].read = Read::Whole { slot: want.slot, node: inner };
            }
        }
        self.nodes[node].targets[field].sensitive |= want.sensitive;
        Ok(())
    }

    /// The node that reads `message` as a value. Messages that are in one another are laid out one by one, each once.
    fn whole(&mut self, message: usize, sensitive: bool) -> usize {
        let first = self.whole_node(message);
        let mut waiting = vec![first];
        let mut seen = vec![first];
        while let Some(node) = waiting.pop() {
            for at in 0..self.nodes[node].targets.len() {
                let read = match self.nodes[node].targets[at].shape {
                    Shape::Single(_) | Shape::List(_) | Shape::Map(..) => Read::Slot(at),
                    Shape::Message(inner) | Shape::Messages(inner) => {
                        let inner = self.whole_node(inner);
                        if !seen.contains(&inner) {
                            seen.push(inner);
                            waiting.push(inner);
                        }
                        Read::Whole { slot: at, node: inner }
                    }
                    Shape::Unsupported(_) => Read::Skip,
                };
                let target = &mut self.nodes[node].targets[at];
                target.read = read;
                target.sensitive |= sensitive;
            }
        }
        first
    }

    fn whole_node(&mut self, message: usize) -> usize {
        if let Some(node) = self.whole.get(&message) {
            return *node;
        }
        let node = self.add_node(message);
        self.whole.insert(message, node);
        node
    }

    /// Slots for a message that `node` reads as a value.
    pub(super) fn own_slots(&self, node: usize) -> Vec<Slot> {
        vec![Slot::Absent; self.nodes[node].targets.len()]
    }

    /// The message whose fields are in `slots`.
    pub(super) fn message_of(&self, node: usize, slots: &[Slot]) -> Value {
        let mut message = Message::empty(self.schema.value_type(self.nodes[node].message).clone());
        for (place, slot) in (0u32..).zip(slots) {
            if let Some(value) = slot.value() {
                message.set(place, value.clone());
            }
        }
        Value::Message(Arc::new(message))
    }

    fn mark_sensitive(&mut self, want: &Wanted) {
        // The path was walked before, for the slot that is copied.
        if let Ok(Some((node, field))) = self.walk(&want.path) {
            if let (Shape::Messages(message), true) = (self.nodes[node].targets[field].shape.clone(), want.sensitive) {
                self.whole(message, true);
            }
            self.nodes[node].targets[field].sensitive |= want.sensitive;
        }
    }

    /// For each member of a oneof, the slots of the other members.
    fn find_clears(&mut self) {
        for node in 0..self.nodes.len() {
            for at in 0..self.nodes[node].targets.len() {
                let fields = self.fields(node);
                let Some(oneof) = fields[at].oneof else { continue };
                let others = (0..fields.len()).filter(|other| *other != at && fields[*other].oneof == Some(oneof));
                let clears = others.flat_map(|other| self.slots_of(self.nodes[node].targets[other].read)).collect();
                self.nodes[node].targets[at].clears = clears;
            }
        }
    }

    /// All slots that a field or what is in it fills.
    pub(super) fn slots_of(&self, read: Read) -> Vec<usize> {
        match read {
            Read::Skip => Vec::new(),
            Read::Slot(slot) | Read::Whole { slot, .. } => vec![slot],
            Read::Node(node) => {
                let node = &self.nodes[node];
                node.presence
                    .into_iter()
                    .chain(node.targets.iter().flat_map(|target| self.slots_of(target.read)))
                    .collect()
            }
        }
    }
}

impl Node {
    /// The field of this number.
    pub(super) fn by_number(&self, number: u32) -> Option<usize> {
        let at = if number < DENSE {
            *self.dense.get(number as usize)?
        } else {
            self.sparse[self.sparse.binary_search_by_key(&number, |field| field.0).ok()?].1
        };
        (at != NONE).then_some(at as usize)
    }
}

impl Target {
    /// Fills `slot`: a value that protobuf's rules cannot tell from none is none.
    pub(super) fn store(&self, slot: &mut Slot, value: Value) {
        if !self.explicit && is_default(&value) {
            slot.clear();
        } else {
            *slot = Slot::Value(value);
        }
    }

    /// The same of text, in the slot's own memory.
    pub(super) fn store_text(&self, slot: &mut Slot, text: &str) {
        if !self.explicit && text.is_empty() { slot.clear() } else { slot.put_text(text) }
    }

    /// Whether the field may stand many times in one message.
    pub(super) fn is_repeated(&self) -> bool {
        match &self.shape {
            Shape::List(_) | Shape::Map(..) | Shape::Messages(_) => true,
            Shape::Unsupported(why) => why.repeated,
            Shape::Single(_) | Shape::Message(_) => false,
        }
    }
}

/// Zero, empty, false; a negative zero is not zero (it has other bits).
fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Double(value) => value.to_bits() == 0,
        Value::String(value) => value.is_empty(),
        Value::Bytes(value) => value.is_empty(),
        Value::List(value) => value.is_empty(),
        Value::Map(value) => value.entries().is_empty(),
        Value::Timestamp(_) | Value::Duration(_) => false,
        // Inside expressions only: no field of an event and no output has such a type.
        Value::Message(_) | Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => false,
    }
}

/// What a leaf is called in an error.
pub(super) fn type_name(model: &Model, leaf: Leaf) -> String {
    match leaf {
        Leaf::Plain(Scalar::Enum(at)) => model.enums[at].name.clone(),
        Leaf::Plain(scalar) | Leaf::Wrapper(scalar) if scalar.is_narrow() => match scalar.ty() {
            fishplate_cel::Type::Int => "int32".into(),
            _ => "uint32".into(),
        },
        Leaf::Plain(Scalar::Float) | Leaf::Wrapper(Scalar::Float) => "float".into(),
        other => other.entry_type().to_string(),
    }
}

fn unreadable(path: &[String], why: &str) -> Error {
    let path = path.join(".");
    let message = format!("cannot read event.{path}: {why}");
    Error::new(Status::InvalidArgument, codes::UNSUPPORTED_FIELD, message, Place::Field(path))
}
