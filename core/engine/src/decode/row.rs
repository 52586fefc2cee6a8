//! A row of text cells → slots. The header is resolved once to field paths; an empty cell is absent.

use std::sync::Arc;

use fishplate_cel::check::did_you_mean;
use fishplate_cel::{Slot, Value};

use super::fault::{Fault, Outcome, check_event, check_fields, shown};
use super::plan::{Plan, Read};
use super::text::{Reading, cannot_read};
use crate::codes;
use crate::event::Cells;
use crate::limits::Limits;
use crate::schema::model::{Leaf, Shape};

/// Which column of a table fills which slot. Belongs to the rule set by which it was resolved.
#[derive(Clone, Debug)]
pub struct Columns {
    plan: Arc<Plan>,
    /// Beside the header; `None` for a column that has nothing to do with what rules read.
    columns: Vec<Option<Column>>,
}

#[derive(Clone, Debug)]
struct Column {
    /// The field path, as errors show it.
    path: String,
    /// Where its value goes, and the node and field by which it goes there.
    fills: Option<(usize, usize, usize, Leaf)>,
    /// Slots of the messages around it, which are there if the cell is not empty.
    presence: Vec<usize>,
    /// Members of oneofs on its path: a number of the oneof within the header, and one of the member.
    members: Vec<(usize, usize)>,
}

impl Columns {
    pub(super) fn is_of(&self, plan: &Arc<Plan>) -> bool {
        Arc::ptr_eq(&self.plan, plan)
    }
}

/// Resolves a header.
pub(super) fn columns(plan: &Arc<Plan>, header: &[&str], strict: bool) -> Outcome<Columns> {
    let mut columns = Vec::with_capacity(header.len());
    let mut oneofs = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let column = resolve(plan, name, strict, &mut oneofs).map_err(|fault| fault.in_field(name))?;
        if column.is_some() && header[..at].contains(name) {
            return Err(Fault::new(codes::REPEATED_FIELD, "a column twice in one header").in_field(name));
        }
        columns.push(column);
    }
    Ok(Columns { plan: Arc::clone(plan), columns })
}

/// A column of the schema; `None` for one that it does not have.
fn resolve(plan: &Plan, name: &str, strict: bool, oneofs: &mut Vec<(String, usize)>) -> Outcome<Option<Column>> {
    let model = plan.model();
    let mut message = &model.messages[0];
    let mut node = Some(0);
    let mut column = Column {
        path: name.to_owned(),
        fills: None,
        presence: plan.nodes[0].presence.into_iter().collect(),
        members: Vec::new(),
    };
    let steps: Vec<&str> = name.split('.').collect();
    for (depth, step) in steps.iter().enumerate() {
        let Some(at) = message.find(step) else {
            return if strict { Err(unknown(step, message.names())) } else { Ok(None) };
        };
        let field = &message.fields[at];
        if let Some(oneof) = field.oneof {
            column.members.push((number_of(oneofs, steps[..depth].join("."), oneof), at));
        }
        let read = node.map_or(Read::Skip, |node: usize| plan.nodes[node].targets[at].read);
        let is_last = depth + 1 == steps.len();
        match (&field.shape, is_last) {
            (Shape::Message(inner), false) => {
                message = &model.messages[*inner];
                node = if let Read::Node(node) = read { Some(node) } else { None };
                column.presence.extend(node.and_then(|node| plan.nodes[node].presence));
            }
            (Shape::Single(leaf), true) => {
                if let (Read::Slot(slot), Some(node)) = (read, node) {
                    column.fills = Some((slot, node, at, *leaf));
                }
                return Ok(Some(column));
            }
            (_, false) if strict => return Err(unknown(steps[depth + 1], std::iter::empty())),
            (_, false) => return Ok(None),
            (_, true) if read == Read::Skip && !strict => return Ok(None),
            (shape, true) => return Err(not_in_a_cell(shape)),
        }
    }
    Ok(None)
}

/// A number for a oneof of the message at `path`.
fn number_of(oneofs: &mut Vec<(String, usize)>, path: String, oneof: usize) -> usize {
    let key = (path, oneof);
    oneofs.iter().position(|known| *known == key).unwrap_or_else(|| {
        oneofs.push(key);
        oneofs.len() - 1
    })
}

fn unknown<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Box<Fault> {
    Fault::new(codes::UNKNOWN_EVENT_FIELD, format!("the schema has no field \"{}\"", shown(name)))
        .maybe_suggest(did_you_mean(name, names))
}

fn not_in_a_cell(shape: &Shape) -> Box<Fault> {
    match shape {
        Shape::List(_) | Shape::Messages(_) => {
            cannot_read("list", "a cell of a row").suggest("send such events as JSON or protobuf")
        }
        Shape::Map(..) => cannot_read("map", "a cell of a row").suggest("send such events as JSON or protobuf"),
        _ => cannot_read("message", "a cell of a row").suggest("give each of its fields a column: device.id"),
    }
}

/// Fills `slots` from `cells`.
pub(super) fn decode(columns: &Columns, cells: &dyn Cells, limits: &Limits, slots: &mut [Slot]) -> Outcome<()> {
    if cells.len() != columns.columns.len() {
        let message = format!("row of {} cells under a header of {}", cells.len(), columns.columns.len());
        return Err(Fault::new(codes::MALFORMED_ROW, message));
    }
    check_fields(cells.len() as u64, limits.message_fields)?;
    let length = (0..cells.len()).filter_map(|at| cells.get(at)).map(<[u8]>::len).sum();
    check_event(length, limits.event_bytes)?;
    if let Some(slot) = columns.plan.nodes[0].presence {
        slots[slot] = Slot::Value(Value::Bool(true));
    }
    let mut members: Vec<(usize, usize, &str)> = Vec::new();
    for (at, column) in columns.columns.iter().enumerate() {
        let cell = cells.get(at).unwrap_or_default();
        let Some(column) = column.as_ref().filter(|_| !cell.is_empty()) else { continue };
        check_members(&mut members, column).map_err(|fault| fault.in_field(&column.path))?;
        for slot in &column.presence {
            slots[*slot] = Slot::Value(Value::Bool(true));
        }
        fill(&columns.plan, column, cell, limits, slots).map_err(|fault| fault.in_field(&column.path))?;
    }
    Ok(())
}

fn fill(plan: &Plan, column: &Column, cell: &[u8], limits: &Limits, slots: &mut [Slot]) -> Outcome<()> {
    let Some((slot, node, field, leaf)) = column.fills else { return Ok(()) };
    let target = &plan.nodes[node].targets[field];
    let text = std::str::from_utf8(cell).map_err(|error| {
        Fault::new(codes::INVALID_UTF8, format!("cell is not valid UTF-8 at its byte {}", error.valid_up_to()))
    })?;
    let reading = Reading { model: plan.model(), limits, sensitive: target.sensitive };
    target.store(&mut slots[slot], reading.cell(leaf, text)?);
    Ok(())
}

/// Two members of one oneof have cells that are not empty.
fn check_members<'c>(set: &mut Vec<(usize, usize, &'c str)>, column: &'c Column) -> Outcome<()> {
    for (oneof, member) in &column.members {
        match set.iter().find(|set| set.0 == *oneof) {
            Some((_, other, path)) if other != member => {
                let message = format!("{path} and {} are both set, and their oneof takes one", column.path);
                return Err(Fault::new(codes::REPEATED_FIELD, message));
            }
            Some(_) => {}
            None => set.push((*oneof, *member, &column.path)),
        }
    }
    Ok(())
}
