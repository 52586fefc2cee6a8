//! The engine of this process behind a lock, so that sessions of this process can reach it too: alone, or with its inputs
//! kept in a state folder.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use fishplate::engine::{Options, Swapped};
use fishplate::ruleset::Mode;
use fishplate::{Decision, Engine, Error, Event, Explanation, RuleSet, Timestamp};
use fishplate_store::{Keeper, RealDisk, StateId, keeper};
use fishplate_transport::inproc::{Shared, share};
use fishplate_transport::{Decider, Kept};

/// An engine, and the name under which sessions reach it.
pub struct Local {
    behind: Arc<Behind>,
    _name: Option<Shared>,
}

struct Behind {
    home: Mutex<Home>,
}

/// Where the engine is.
pub enum Home {
    /// Here, and nowhere when this process is gone.
    Plain(Box<Engine>),
    /// Its inputs are in a folder.
    Kept(Box<Kept<RealDisk>>),
}

impl Local {
    /// A new engine; with a folder, what its inputs make of it.
    pub fn new(rules: &RuleSet, options: Options, folder: &str) -> Result<Self, Error> {
        if folder.is_empty() {
            return Ok(Self::of(Engine::new(rules, options)));
        }
        let options = keeper::Options { engine: options, ..keeper::Options::default() };
        // A state that begins here is told from others by the process that began it.
        let mut id = [0; 16];
        id[..4].copy_from_slice(&std::process::id().to_le_bytes());
        let (keeper, _) = Keeper::open(RealDisk::open(Path::new(folder))?, StateId(id), rules, options, &mut |_| {})?;
        Ok(Self::at(Home::Kept(Box::new(Kept::new(keeper)))))
    }

    /// An engine that is there.
    pub fn of(engine: Engine) -> Self {
        Self::at(Home::Plain(Box::new(engine)))
    }

    fn at(home: Home) -> Self {
        Self { behind: Arc::new(Behind { home: Mutex::new(home) }), _name: None }
    }

    /// The engine itself.
    pub fn lock(&self) -> MutexGuard<'_, Home> {
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

impl Home {
    /// Decides an event; a kept engine when the disk has it.
    pub fn decide(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        match self {
            Self::Plain(engine) => engine.decide(event),
            Self::Kept(kept) => Decider::decide(&**kept, event, false),
        }
    }

    /// What an event would be decided as.
    pub fn preview(&mut self, event: Event<'_>) -> Result<Decision, Error> {
        match self {
            Self::Plain(engine) => engine.preview(event),
            Self::Kept(kept) => Decider::decide(&**kept, event, true),
        }
    }

    /// Why rules match an event, or do not.
    pub fn explain(&mut self, event: Event<'_>) -> Result<Explanation, Error> {
        match self {
            Self::Plain(engine) => engine.explain(event),
            Self::Kept(kept) => kept.shared().with(|keeper| keeper.explain(event)),
        }
    }

    /// Decides events in order; the outer error is the disk's.
    pub fn decide_all<'e>(
        &mut self,
        events: impl IntoIterator<Item = Event<'e>>,
    ) -> Result<Vec<Result<Decision, Error>>, Error> {
        match self {
            Self::Plain(engine) => Ok(engine.decide_all(events)),
            Self::Kept(kept) => kept.decide_all(events),
        }
    }

    /// Says what time it is; gives what fired.
    pub fn advance_to(&mut self, now: Timestamp) -> Result<Vec<Decision>, Error> {
        match self {
            Self::Plain(engine) => Ok(engine.advance_to(now)),
            Self::Kept(kept) => kept.advance_to(now),
        }
    }

    /// Decides by other rules from now on.
    pub fn swap(&mut self, rules: &RuleSet) -> Result<Swapped, Error> {
        match self {
            Self::Plain(engine) => engine.swap(rules),
            Self::Kept(kept) => kept.swap(rules),
        }
    }

    /// Switches a rule.
    pub fn set_mode(&mut self, rule: &str, mode: Option<Mode>) -> Result<(), Error> {
        match self {
            Self::Plain(engine) => engine.set_mode(rule, mode),
            Self::Kept(kept) => kept.set_mode(rule, mode),
        }
    }

    /// Asks the engine what changes nothing.
    pub fn ask<R>(&self, ask: impl FnOnce(&Engine) -> R) -> R {
        match self {
            Self::Plain(engine) => ask(engine),
            Self::Kept(kept) => kept.shared().with(|keeper| ask(keeper.engine())),
        }
    }
}

impl Behind {
    fn lock(&self) -> MutexGuard<'_, Home> {
        // A panic in the engine has been reported already; what it left behind is for the matrix to see.
        self.home.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decider for Behind {
    fn decide(&self, event: Event<'_>, preview: bool) -> Result<Decision, Error> {
        let mut home = self.lock();
        if preview { home.preview(event) } else { home.decide(event) }
    }

    fn rule_set(&self) -> (String, [u8; 32]) {
        self.lock().ask(|engine| (engine.rule_set().name().to_owned(), *engine.rule_set().version()))
    }

    fn rules(&self) -> Vec<String> {
        self.lock().ask(|engine| engine.rule_set().rules().map(str::to_owned).collect())
    }
}
