//! What an engine decides by: its rule set and its options, as bytes. They are inputs like events: whoever replays the
//! journal must decide by what held then, and not by what a file says today.

use std::io;

use fishplate::engine::Options;
use fishplate::state::AtBudget;
use fishplate::{Error, Limits, RuleSet};

use super::bytes::{Damaged, Reader, put_bytes, put_count};
use super::damaged;

/// A rule set and the options of its engine.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) rule_set: RuleSet,
    pub(super) options: Options,
}

impl Setup {
    /// Whether an engine decides the same by both.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.rule_set.version() == other.rule_set.version() && same(&self.options, &other.options)
    }

    /// ```text
    /// strict u8, at budget u8, memory u64
    /// limits: count, then each: name, u64
    /// version of the rule set, 32 bytes;  name of the document, its text
    /// schema files: count, then each: name, bytes
    /// ```
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Options { limits, strict, memory, at_budget } = self.options;
        out.push(u8::from(strict));
        out.push(match at_budget {
            AtBudget::Refuse => 0,
            AtBudget::Evict => 1,
        });
        out.extend(memory.to_le_bytes());
        put_count(Limits::TABLE.len(), out);
        for ((name, ..), value) in Limits::TABLE.iter().zip(limits.values()) {
            put_bytes(name.as_bytes(), out);
            out.extend(value.to_le_bytes());
        }
        out.extend(self.rule_set.version());
        let (file, text) = self.rule_set.document();
        put_bytes(file.as_bytes(), out);
        put_bytes(text.as_bytes(), out);
        let files = self.rule_set.schema_files();
        put_count(files.len(), out);
        for (name, bytes) in files {
            put_bytes(name.as_bytes(), out);
            put_bytes(bytes, out);
        }
    }

    /// Reads it back and compiles the rule set, unless it is one of `known`.
    ///
    /// # Errors
    /// `DATA_LOSS` (F0874): the bytes are no setup; as [`RuleSet::from_text`], if this version does not take the document.
    pub(super) fn read(reader: &mut Reader<'_>, known: &[&RuleSet]) -> Result<Self, Error> {
        let (options, version, document) = parse(reader).map_err(|Damaged| damaged("a rule set in it"))?;
        let rule_set = match known.iter().find(|known| *known.version() == version) {
            Some(known) => (*known).clone(),
            None => compile(&document, &options.limits)?,
        };
        if *rule_set.version() != version {
            return Err(damaged("a rule set in it"));
        }
        Ok(Self { rule_set, options })
    }
}

/// The texts of a rule set.
struct Document<'b> {
    file: &'b str,
    text: &'b str,
    schema: Vec<(&'b str, &'b [u8])>,
}

fn parse<'b>(reader: &mut Reader<'b>) -> Result<(Options, [u8; 32], Document<'b>), Damaged> {
    let mut options = Options { strict: reader.bool()?, ..Options::default() };
    options.at_budget = match reader.u8()? {
        0 => AtBudget::Refuse,
        1 => AtBudget::Evict,
        _ => return Err(Damaged),
    };
    options.memory = reader.u64()?;
    for _ in 0..reader.u32()? {
        let (name, value) = (reader.text()?, reader.u64()?);
        // A limit that a later version no longer has bounds nothing there.
        options.limits.set(name, value);
    }
    let version = reader.fixed()?;
    let mut document = Document { file: reader.text()?, text: reader.text()?, schema: Vec::new() };
    for _ in 0..reader.u32()? {
        document.schema.push((reader.text()?, reader.bytes()?));
    }
    Ok((options, version, document))
}

fn compile(document: &Document<'_>, limits: &Limits) -> Result<RuleSet, Error> {
    let mut read = |wanted: &str| {
        let found = document.schema.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    RuleSet::from_text(document.file, document.text, &mut read, limits)
}

/// Whether two engines with these options decide the same.
pub(super) fn same(one: &Options, other: &Options) -> bool {
    let rest = |options: &Options| (options.strict, options.memory, options.at_budget);
    rest(one) == rest(other) && one.limits.values().eq(other.limits.values())
}
