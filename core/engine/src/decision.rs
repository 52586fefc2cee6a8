//! A decision: what the rules said of one event, and why. A plain value; it changes nothing and holds no engine.

use std::sync::Arc;

use fishplate_cel::{Code, Value};
use sha2::{Digest, Sha256};

use crate::canonical;
use crate::ruleset::RuleSet;
use crate::timer::{Timer, value_bytes};
use crate::trace::TraceContext;

/// What was decided of one event.
#[derive(Clone, Debug)]
pub struct Decision {
    pub(crate) source: Source,
    pub(crate) identity: Identity,
    pub(crate) parent: Option<TraceContext>,
    pub(crate) late: bool,
    pub(crate) repeated: bool,
    /// One per declared output, in document order; `None` where neither a rule nor a default gave it.
    pub(crate) outputs: Vec<Option<Value>>,
    /// Indices of rules, in document order.
    pub(crate) matched: Vec<u32>,
    /// Indices of features and their values, in document order.
    pub(crate) features: Vec<(u32, Value)>,
    pub(crate) errors: Vec<DecisionError>,
    pub(crate) shadow_matched: Vec<u32>,
    pub(crate) shadow_errors: Vec<DecisionError>,
}

/// Whence a decision's names come.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The rule set that decided.
    RuleSet(RuleSet),
    /// Names that came with the decision: it was made elsewhere.
    Elsewhere(Arc<Names>),
}

/// The names that a decision made elsewhere brings, by the indices that it uses.
#[derive(Debug)]
pub(crate) struct Names {
    version: [u8; 32],
    outputs: Vec<String>,
    rules: Vec<String>,
    features: Vec<String>,
}

impl Source {
    fn rule(&self, at: u32) -> &str {
        match self {
            Self::RuleSet(rules) => rules.rule_id(at),
            Self::Elsewhere(names) => &names.rules[at as usize],
        }
    }

    fn feature(&self, at: u32) -> &str {
        match self {
            Self::RuleSet(rules) => rules.feature_name(at),
            Self::Elsewhere(names) => &names.features[at as usize],
        }
    }

    fn output(&self, at: usize) -> &str {
        match self {
            Self::RuleSet(rules) => rules.output_name(at),
            Self::Elsewhere(names) => &names.outputs[at],
        }
    }
}

/// What makes a decision the only one of its id (contract, section 7).
#[derive(Clone, Debug, PartialEq)]
pub enum Identity {
    /// The event's own id, as the document declares it.
    EventId(Value),
    /// The event's place in a session.
    Session {
        /// The session's id.
        session: [u8; 16],
        /// The event's sequence in it, from 1.
        sequence: u64,
    },
    /// The ordinal of the accepted input, from 1.
    Ordinal(u64),
    /// The id itself: the decision was made elsewhere.
    Given([u8; 16]),
    /// No event: a rule fired by itself.
    Timer(Arc<Timer>),
}

/// What a decision that was made elsewhere says, part by part: what a session's other end sends.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // as the methods of `Decision`
pub struct Parts {
    pub id: [u8; 16],
    pub version: [u8; 32],
    pub late: bool,
    pub repeated: bool,
    pub parent: Option<TraceContext>,
    pub outputs: Vec<(String, Value)>,
    pub matched: Vec<String>,
    pub features: Vec<(String, Value)>,
    pub errors: Vec<DecisionError>,
    pub shadow_matched: Vec<String>,
    pub shadow_errors: Vec<DecisionError>,
}

/// What an error stands against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A rule, by id: its `when` or `output` ended in an error, and it did not match.
    Rule(Arc<str>),
    /// An output, by name: its merge failed, and it took its default.
    Output(Arc<str>),
}

/// An error that the decision carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionError {
    /// What it stands against.
    pub subject: Subject,
    /// Its stable code.
    pub code: Code,
    /// Line of the document, from 1.
    pub line: u32,
    /// Column, from 1, in code points.
    pub column: u32,
    /// What went wrong. Not part of the canonical form.
    pub message: String,
}

impl Decision {
    /// A decision that says nothing yet: what [`crate::Engine::decide_into`] fills, again and again.
    pub fn new(rule_set: &RuleSet) -> Self {
        Self {
            source: Source::RuleSet(rule_set.clone()),
            identity: Identity::Ordinal(0),
            parent: None,
            late: false,
            repeated: false,
            outputs: Vec::new(),
            matched: Vec::new(),
            features: Vec::new(),
            errors: Vec::new(),
            shadow_matched: Vec::new(),
            shadow_errors: Vec::new(),
        }
    }

    /// Makes it one of `rule_set` that says nothing; keeps its memory.
    pub(crate) fn clear(&mut self, rule_set: &RuleSet) {
        if !matches!(&self.source, Source::RuleSet(known) if known.is(rule_set)) {
            self.source = Source::RuleSet(rule_set.clone());
        }
        (self.identity, self.parent) = (Identity::Ordinal(0), None);
        (self.late, self.repeated) = (false, false);
        self.outputs.clear();
        self.matched.clear();
        self.features.clear();
        self.errors.clear();
        self.shadow_matched.clear();
        self.shadow_errors.clear();
    }

    /// Puts together a decision that was made elsewhere.
    pub fn elsewhere(parts: Parts) -> Self {
        let Parts { outputs, features, mut matched, shadow_matched, .. } = parts;
        let (live, shadow) = (matched.len() as u32, shadow_matched.len() as u32);
        matched.extend(shadow_matched);
        let (output_names, outputs) = outputs.into_iter().map(|(name, value)| (name, Some(value))).unzip();
        let (feature_names, values): (Vec<_>, Vec<_>) = features.into_iter().unzip();
        let names = Names { version: parts.version, outputs: output_names, rules: matched, features: feature_names };
        Self {
            source: Source::Elsewhere(Arc::new(names)),
            identity: Identity::Given(parts.id),
            parent: parts.parent,
            late: parts.late,
            repeated: parts.repeated,
            outputs,
            matched: (0..live).collect(),
            features: (0..).zip(values).collect(),
            errors: parts.errors,
            shadow_matched: (live..live + shadow).collect(),
            shadow_errors: parts.shadow_errors,
        }
    }

    /// The decision's id: the first 128 bits of SHA-256 over the rule-set version and the event's identity.
    /// Computed here, when it is asked for; `docs/canonical.md` gives the bytes.
    pub fn id(&self) -> [u8; 16] {
        let mut bytes = self.version().to_vec();
        match &self.identity {
            Identity::Given(id) => return *id,
            Identity::EventId(id) => {
                bytes.push(1);
                canonical::write_value(id, &mut bytes);
            }
            Identity::Session { session, sequence } => {
                bytes.push(2);
                bytes.extend(session);
                bytes.extend(sequence.to_le_bytes());
            }
            Identity::Ordinal(ordinal) => {
                bytes.push(3);
                bytes.extend(ordinal.to_le_bytes());
            }
            Identity::Timer(timer) => {
                bytes.push(4);
                timer.write(&mut bytes);
            }
        }
        first(&Sha256::digest(&bytes))
    }

    /// What the id is made from.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The event's trace with a span id of the decision's own: the first 64 bits of SHA-256 over trace id, parent
    /// span id and decision id. `None` if the event had no trace.
    pub fn trace(&self) -> Option<TraceContext> {
        let parent = self.parent?;
        let bytes = [&parent.trace_id[..], &parent.span_id[..], &self.id()[..]].concat();
        Some(TraceContext { span_id: first(&Sha256::digest(&bytes)), ..parent })
    }

    /// The trace context that came with the event.
    pub fn parent(&self) -> Option<TraceContext> {
        self.parent
    }

    /// The version of the rule set that decided.
    pub fn version(&self) -> &[u8; 32] {
        match &self.source {
            Source::RuleSet(rules) => rules.version(),
            Source::Elsewhere(names) => &names.version,
        }
    }

    /// The rule set that decided; `None` if that was elsewhere.
    pub fn rule_set(&self) -> Option<&RuleSet> {
        match &self.source {
            Source::RuleSet(rules) => Some(rules),
            Source::Elsewhere(_) => None,
        }
    }

    /// The event came later than the document's `max_disorder` allows: it was decided, and is in no window.
    pub fn late(&self) -> bool {
        self.late
    }

    /// The event's id was seen before: this is the first decision again.
    pub fn repeated(&self) -> bool {
        self.repeated
    }

    /// The outputs that have a value, in document order.
    pub fn outputs(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.outputs.iter().enumerate().filter_map(|(at, value)| Some((self.source.output(at), value.as_ref()?)))
    }

    /// One output by name.
    pub fn output(&self, name: &str) -> Option<&Value> {
        self.outputs().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Ids of the live rules that fired, in document order.
    pub fn matched(&self) -> impl Iterator<Item = &str> {
        self.matched.iter().map(|at| self.source.rule(*at))
    }

    /// The features that the matched rules name, in document order.
    pub fn features(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.features.iter().map(|(at, value)| (self.source.feature(*at), value))
    }

    /// The rule, key and time of a decision that no event asked for: a rule fired by itself. `None` otherwise, and for a
    /// decision that was made elsewhere.
    pub fn timer(&self) -> Option<&Timer> {
        match &self.identity {
            Identity::Timer(timer) => Some(timer),
            _ => None,
        }
    }

    /// Bytes that it owns besides itself; its rule set is shared. The same for a decision that was read back: what is
    /// remembered must weigh the same after a restore, or a full engine would go on differently.
    pub(crate) fn owned_bytes(&self) -> usize {
        let values = |value: &Value| size_of::<Value>() + value_bytes(value);
        let errors = self.errors.iter().chain(&self.shadow_errors);
        self.outputs.iter().flatten().map(values).sum::<usize>()
            + self.features.iter().map(|(_, value)| 8 + values(value)).sum::<usize>()
            + errors.map(|error| size_of::<DecisionError>() + error.message.len()).sum::<usize>()
            + 4 * (self.matched.len() + self.shadow_matched.len())
    }

    /// What ended in an error, in document order: rules, then outputs.
    pub fn errors(&self) -> &[DecisionError] {
        &self.errors
    }

    /// Ids of the shadow rules that fired.
    pub fn shadow_matched(&self) -> impl Iterator<Item = &str> {
        self.shadow_matched.iter().map(|at| self.source.rule(*at))
    }

    /// Errors of shadow rules.
    pub fn shadow_errors(&self) -> &[DecisionError] {
        &self.shadow_errors
    }
}

/// The first `N` bytes of a digest.
fn first<const N: usize>(digest: &[u8]) -> [u8; N] {
    std::array::from_fn(|at| digest[at])
}
