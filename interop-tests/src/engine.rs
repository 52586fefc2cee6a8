//! The engine of this process behind a lock, so that sessions of this process can reach it too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use fishplate::engine::Options;
use fishplate::{Decision, Engine, Error, Event, RuleSet};
use fishplate_transport::Decider;
use fishplate_transport::inproc::{Shared, share};

/// An engine, and the name under which sessions reach it.
pub struct Local {
    behind: Arc<Behind>,
    _name: Option<Shared>,
}

struct Behind {
    engine: Mutex<Engine>,
}

impl Local {
    /// A new engine.
    pub fn new(rules: &RuleSet, options: Options) -> Self {
        Self::of(Engine::new(rules, options))
    }

    /// An engine that is there.
    pub fn of(engine: Engine) -> Self {
        Self { behind: Arc::new(Behind { engine: Mutex::new(engine) }), _name: None }
    }

    /// The engine itself.
    pub fn lock(&self) -> MutexGuard<'_, Engine> {
        self.behind.lock()
    }

    /// Makes it reachable as `inproc:name`, as long as it is open.
    pub fn share(&mut self, name: &str) -> Result<(), Error> {
        let behind: Arc<dyn Decider> = self.behind.clone();
        let behind: Weak<dyn Decider> = Arc::downgrade(&behind);
        self._name = Some(share(name, behind)?);
        Ok(())
    }
}

impl Behind {
    fn lock(&self) -> MutexGuard<'_, Engine> {
        // A panic in the engine has been reported already; what it left behind is for the matrix to see.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decider for Behind {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        let mut engine = self.lock();
        if preview { engine.preview(event) } else { engine.decide(event) }
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        let engine = self.lock();
        (engine.rule_set().name().to_owned(), *engine.rule_set().version())
    }

    fn rules(&self) -> Vec<String> {
        self.lock().rule_set().rules().map(str::to_owned).collect()
    }
}
