//! A rule set and its engine, divided over shards: who decides the events of every session. Knows one rule set; knows no
//! session, socket or clock.

use fishplate::engine::Options;
use fishplate::{Decision, Error, Event, RuleSet, Status};
use fishplate_transport::{Decider, Operates, Shards};

/// An engine that sessions share. Events of one shard take turns; without `partition_by` there is one.
pub(super) struct Shared {
    name: String,
    shards: Shards,
}

impl Shared {
    /// An engine with empty windows.
    pub(super) fn new(rules: RuleSet, options: Options, shards: usize) -> Self {
        let shards = Shards::new(&rules, options, shards);
        Self { name: rules.name().to_owned(), shards }
    }
}

impl Decider for Shared {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        let outcome = if preview { self.shards.preview(event) } else { self.shards.decide(event) };
        outcome.inspect_err(|error| {
            if error.status == Status::Internal {
                let rule_set = &*self.name;
                tracing::error!(
                    rule_set,
                    "an internal error has broken the engine: it decides no more until a restart"
                );
            }
        })
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        (self.name.clone(), *self.shards.rule_set().version())
    }

    fn rules(&self) -> Vec<String> {
        self.shards.rule_set().rules().map(str::to_owned).collect()
    }

    fn operates(&self) -> Option<&dyn Operates> {
        Some(&self.shards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "\
fishplate: 1
name: small
schema: {fields: {amount: double}}
outputs: {score: {type: int, merge: sum, default: 0}}
rules:
  - {id: R1, when: event.amount > 1.0, output: {score: 1}}
";

    fn shared() -> Shared {
        let nothing = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
        let rules = RuleSet::from_text("small.yaml", RULES, nothing, &Default::default()).expect("these rules");
        Shared::new(rules, Options::default(), 1)
    }

    #[test]
    fn a_preview_changes_nothing() {
        let shared = shared();
        let event = Event::json(br#"{"amount": 2.0}"#);
        let previewed = shared.decide(event, true).expect("previewed").id();
        assert_eq!(shared.decide(event, false).expect("decided").id(), previewed, "both are the first input's");
    }
}
