//! A decision as bytes, and back: what is remembered of an event whose id may come again. What is read back says what was
//! decided, by names and with its id; it knows no rule set.

use std::sync::Arc;

use fishplate_cel::{Code, Timestamp, Value};

use crate::codec::{self, Cursor, Damaged};
use crate::codes;
use crate::decision::{Decision, DecisionError, Identity, Parts, Subject};
use crate::error::{Error, Place};
use crate::status::Status;
use crate::timer::Timer;
use crate::trace::TraceContext;

impl Decision {
    /// Appends it for a snapshot or a journal; [`Self::from_bytes`] reads it back.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.id());
        out.extend(self.version());
        let timer = self.timer();
        out.push(u8::from(self.late()) | u8::from(self.repeated()) << 1 | u8::from(timer.is_some()) << 2);
        if let Some(timer) = timer {
            keep_timer(timer, out);
        }
        codec::put_option(self.parent(), out, |trace, out| out.extend(trace.to_bytes()));
        write_named(self.outputs(), out);
        write_names(self.matched(), out);
        write_named(self.features(), out);
        write_errors(self.errors(), out);
        write_names(self.shadow_matched(), out);
        write_errors(self.shadow_errors(), out);
    }

    /// Reads what [`Self::write`] wrote. It says all that the decision said, by names; it knows no rule set.
    ///
    /// # Errors
    /// `DATA_LOSS` (F0891): the bytes are not a decision.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(bytes);
        let read = Self::read(&mut cursor).ok().filter(|_| cursor.is_empty());
        let message = "the bytes are not a decision that was kept";
        read.ok_or_else(|| Error::new(Status::DataLoss, codes::SNAPSHOT_DAMAGED, message, Place::None))
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        let (id, version, flags) = (cursor.fixed()?, cursor.fixed()?, cursor.u8()?);
        let timer = if flags & 4 != 0 { Some(read_timer(cursor)?) } else { None };
        let mut read = Decision::elsewhere(Parts {
            id,
            version,
            late: flags & 1 != 0,
            repeated: flags & 2 != 0,
            parent: cursor.option(|cursor| TraceContext::from_bytes(&cursor.fixed()?).ok_or(Damaged))?,
            outputs: cursor.list(5, named)?,
            matched: cursor.list(4, text)?,
            features: cursor.list(5, named)?,
            errors: cursor.list(15, DecisionError::read)?,
            shadow_matched: cursor.list(4, text)?,
            shadow_errors: cursor.list(15, DecisionError::read)?,
        });
        if let Some(timer) = timer {
            read.identity = Identity::Timer(Arc::new(timer));
        }
        Ok(read)
    }
}

fn keep_timer(timer: &Timer, out: &mut Vec<u8>) {
    codec::put_bytes(timer.rule.as_bytes(), out);
    codec::put_count(timer.key.len(), out);
    timer.key.iter().for_each(|value| codec::put_value(value, out));
    out.extend(timer.due.as_nanos().to_le_bytes());
}

fn read_timer(cursor: &mut Cursor<'_>) -> Result<Timer, Damaged> {
    Ok(Timer {
        rule: cursor.text()?.into(),
        key: cursor.list(1, Cursor::value)?,
        due: Timestamp::from_nanos(cursor.i128()?).ok_or(Damaged)?,
    })
}

impl DecisionError {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let (kind, name) = match &self.subject {
            Subject::Rule(id) => (1, id),
            Subject::Output(name) => (2, name),
        };
        out.push(kind);
        codec::put_bytes(name.as_bytes(), out);
        out.extend(self.code.0.to_le_bytes());
        out.extend(self.line.to_le_bytes());
        out.extend(self.column.to_le_bytes());
        codec::put_bytes(self.message.as_bytes(), out);
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Damaged> {
        let kind = cursor.u8()?;
        let name: Arc<str> = cursor.text()?.into();
        Ok(Self {
            subject: match kind {
                1 => Subject::Rule(name),
                2 => Subject::Output(name),
                _ => return Err(Damaged),
            },
            code: Code(cursor.u16()?),
            line: cursor.u32()?,
            column: cursor.u32()?,
            message: text(cursor)?,
        })
    }
}

fn text(cursor: &mut Cursor<'_>) -> Result<String, Damaged> {
    cursor.text().map(str::to_owned)
}

fn named(cursor: &mut Cursor<'_>) -> Result<(String, Value), Damaged> {
    Ok((text(cursor)?, cursor.value()?))
}

fn write_named<'a>(pairs: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut Vec<u8>) {
    let pairs: Vec<_> = pairs.collect();
    codec::put_count(pairs.len(), out);
    for (name, value) in pairs {
        codec::put_bytes(name.as_bytes(), out);
        codec::put_value(value, out);
    }
}

fn write_names<'a>(names: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    let names: Vec<_> = names.collect();
    codec::put_count(names.len(), out);
    names.into_iter().for_each(|name| codec::put_bytes(name.as_bytes(), out));
}

fn write_errors(errors: &[DecisionError], out: &mut Vec<u8>) {
    codec::put_count(errors.len(), out);
    errors.iter().for_each(|error| error.write(out));
}
