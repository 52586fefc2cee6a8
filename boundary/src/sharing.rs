//! An engine that sessions of this process reach by name: whoever decides for them.
//!
//! What sessions get is a deputy that the engine holds and lets go of when it is closed: from then on it is gone for
//! them, in every language, whoever still holds the engine itself. This file knows no handle and no session.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use fishplate::{Decision, Error, Event, RuleSet};
use fishplate_transport::Decider;
use fishplate_transport::inproc::{self, Shared};

use crate::objects::{EngineObject, closed};
use crate::table::Object;

/// The names under which one engine is reachable.
#[derive(Debug, Default)]
pub(crate) struct Shares(Mutex<Option<Share>>);

#[derive(Debug)]
struct Share {
    deputy: Arc<Deputy>,
    names: Vec<Shared>,
}

/// Decides for sessions, as long as the engine lets it.
#[derive(Debug)]
struct Deputy {
    engine: Weak<EngineObject>,
    /// The name that the rule set had when the engine was shared.
    rule_set: String,
}

impl Shares {
    /// Makes `engine`, whose part this is, reachable as `inproc:name`.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` (F0867): the name is taken; `INVALID_ARGUMENT` (F0859): an empty name.
    pub(crate) fn add(&self, engine: &Arc<EngineObject>, name: &str) -> Result<(), Error> {
        let rule_set = engine.rule_set().rule_set()?.name().to_owned();
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.get_or_insert_with(|| {
            let deputy = Deputy { engine: Arc::downgrade(engine), rule_set };
            Share { deputy: Arc::new(deputy), names: Vec::new() }
        });
        let deputy: Weak<Deputy> = Arc::downgrade(&share.deputy);
        share.names.push(inproc::share(name, deputy)?);
        Ok(())
    }

    /// Takes every name back.
    pub(crate) fn clear(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Deputy {
    /// Reads the rule set that the engine has now; `None` once the engine is gone.
    fn with<T>(&self, read: impl FnOnce(&RuleSet) -> T) -> Option<T> {
        self.engine.upgrade()?.rule_set().rule_set().ok().map(read)
    }
}

impl Decider for Deputy {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        let engine = self.engine.upgrade().ok_or_else(|| closed(Object::Engine))?;
        engine.run(|deciding| if preview { deciding.preview(event) } else { deciding.decide(event) })
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        let now = self.with(|rules| (rules.name().to_owned(), *rules.version()));
        now.unwrap_or_else(|| (self.rule_set.clone(), [0; 32]))
    }

    fn rules(&self) -> Vec<String> {
        self.with(|rules| rules.rules().map(str::to_owned).collect()).unwrap_or_default()
    }
}
