//! A rule set and its engine behind a lock: who decides the events of every session. Knows one engine; knows no session,
//! socket or clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use fishplate::engine::Options;
use fishplate::{Decision, Engine, Error, Event, Place, RuleSet, Status, codes};
use fishplate_transport::Decider;

/// An engine that sessions share; its decisions come one after the other.
pub(super) struct Shared {
    rules: RuleSet,
    /// `None` once the engine has had an internal error: its windows may be half updated.
    engine: Mutex<Option<Engine>>,
}

impl Shared {
    /// An engine with empty windows.
    pub(super) fn new(rules: RuleSet, options: Options) -> Self {
        let engine = Engine::new(&rules, options);
        Self { rules, engine: Mutex::new(Some(engine)) }
    }

    /// Asks the engine. A panic in it breaks it, and is an error of this event; it never unwinds into the server.
    fn ask(&self, ask: impl FnOnce(&mut Engine) -> Result<Decision, Error>) -> Result<Decision, Error> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(whole) = engine.as_mut() else { return Err(broken(self.rules.name())) };
        catch_unwind(AssertUnwindSafe(|| ask(whole))).unwrap_or_else(|_| {
            *engine = None;
            let rule_set = self.rules.name();
            tracing::error!(rule_set, "an internal error has broken the engine: it decides no more until a restart");
            let message = format!("an internal error has broken the engine of rule set `{rule_set}`");
            Err(Error::new(Status::Internal, codes::INTERNAL, message, Place::None))
        })
    }
}

impl Decider for Shared {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        self.ask(|engine| if preview { engine.preview(event) } else { engine.decide(event) })
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        (self.rules.name().to_owned(), *self.rules.version())
    }

    fn rules(&self) -> Vec<String> {
        self.rules.rules().map(str::to_owned).collect()
    }
}

fn broken(rule_set: &str) -> Error {
    let message = format!("the engine of rule set `{rule_set}` had an internal error and decides no more");
    Error::new(Status::FailedPrecondition, codes::ENGINE_BROKEN, message, Place::None)
        .suggest("restart the server, and report its log")
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
        Shared::new(rules, Options::default())
    }

    #[test]
    fn a_panic_breaks_the_engine_and_not_whoever_asks() {
        let shared = shared();
        let event = || Event::json(br#"{"amount": 2.0}"#);
        assert_eq!(shared.decide(event(), false).expect("decided").matched().collect::<Vec<_>>(), ["R1"]);
        let first = shared.ask(|_| panic!("on purpose")).expect_err("the event that broke it is refused");
        assert_eq!((first.status, first.code()), (Status::Internal, codes::INTERNAL));
        let later = shared.decide(event(), false).expect_err("it decides no more");
        assert_eq!((later.status, later.code()), (Status::FailedPrecondition, codes::ENGINE_BROKEN));
    }

    #[test]
    fn a_preview_changes_nothing() {
        let shared = shared();
        let event = Event::json(br#"{"amount": 2.0}"#);
        let previewed = shared.decide(event, true).expect("previewed").id();
        assert_eq!(shared.decide(event, false).expect("decided").id(), previewed, "both are the first input's");
    }
}
