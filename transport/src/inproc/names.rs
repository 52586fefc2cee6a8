//! The engines of this process that sessions can reach, by name. Knows nothing of sessions.
//!
//! Looking a name up takes no lock: a process may fork at any moment, and its child must never wait for a thread that
//! it does not have.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use arc_swap::ArcSwap;
use fishplate::{Error, Place, Status, codes};

use crate::decider::Decider;

/// A name that an engine has, until this is dropped or the engine is gone.
#[derive(Debug)]
#[must_use = "the name is free again when this is dropped"]
pub struct Shared {
    name: String,
    ticket: u64,
}

#[derive(Clone)]
struct Entry {
    /// Tells a name given anew from what had it before.
    ticket: u64,
    engine: Weak<dyn Decider>,
}

static NAMES: LazyLock<ArcSwap<HashMap<String, Entry>>> = LazyLock::new(ArcSwap::default);
static TICKETS: AtomicU64 = AtomicU64::new(1);

/// Makes `engine` reachable as `inproc:name`, until what this gives is dropped or the engine is gone. Any thread.
///
/// # Errors
/// `INVALID_ARGUMENT` (F0859): an empty name; `ALREADY_EXISTS` (F0867): a living engine has it.
pub fn share(name: &str, engine: Weak<dyn Decider>) -> Result<Shared, Error> {
    if name.is_empty() {
        let message = "the name of a shared engine is empty";
        return Err(Error::new(Status::InvalidArgument, codes::BAD_ADDRESS, message, Place::Name("name".into())));
    }
    let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
    let mut taken = false;
    NAMES.rcu(|names| {
        let mut names = HashMap::clone(names);
        // The names of engines that are gone are free, and forgotten here.
        names.retain(|_, entry| entry.engine.strong_count() > 0);
        taken = names.contains_key(name);
        if !taken {
            names.insert(name.to_owned(), Entry { ticket, engine: engine.clone() });
        }
        names
    });
    if taken {
        let message = format!("another engine of this process is shared as `{name}`");
        return Err(Error::new(Status::AlreadyExists, codes::NAME_TAKEN, message, Place::Name("name".into())));
    }
    Ok(Shared { name: name.to_owned(), ticket })
}

/// The engine of this name, if there is a living one.
pub(super) fn find(name: &str) -> Option<Arc<dyn Decider>> {
    NAMES.load().get(name).and_then(|entry| entry.engine.upgrade())
}

impl Drop for Shared {
    fn drop(&mut self) {
        NAMES.rcu(|names| {
            let mut names = HashMap::clone(names);
            if names.get(&self.name).is_some_and(|entry| entry.ticket == self.ticket) {
                names.remove(&self.name);
            }
            names
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fishplate::{Decision, Event};

    struct Nobody;

    impl Decider for Nobody {
        fn decide(&self, _: Event<'_>, _: bool) -> Result<Decision, Error> {
            Err(Error::new(Status::Unavailable, codes::UNREACHABLE, "decides nothing", Place::None))
        }

        fn rule_set(&self) -> (String, [u8; 32]) {
            ("nobody".into(), [0; 32])
        }

        fn rules(&self) -> Vec<String> {
            Vec::new()
        }
    }

    fn weak(engine: &Arc<Nobody>) -> Weak<dyn Decider> {
        let weak: Weak<Nobody> = Arc::downgrade(engine);
        weak
    }

    #[test]
    fn a_name_is_taken_while_its_engine_lives() {
        let (first, second) = (Arc::new(Nobody), Arc::new(Nobody));
        let shared = share("names-alive", weak(&first)).expect("the name is free");
        let refused = share("names-alive", weak(&second)).map(|_| ()).expect_err("the name is taken");
        assert_eq!((refused.status, refused.code()), (Status::AlreadyExists, codes::NAME_TAKEN));
        drop(shared);
        assert!(find("names-alive").is_none(), "a name that was given back is free");
        let _again = share("names-alive", weak(&second)).expect("the name is free again");
    }

    #[test]
    fn the_name_of_an_engine_that_is_gone_is_free() {
        let first = Arc::new(Nobody);
        let old = share("names-gone", weak(&first)).expect("the name is free");
        drop(first);
        assert!(find("names-gone").is_none());
        let second = Arc::new(Nobody);
        let _new = share("names-gone", weak(&second)).expect("its engine is gone");
        drop(old);
        assert!(find("names-gone").is_some(), "giving an old name back does not take it from its new engine");
    }
}
