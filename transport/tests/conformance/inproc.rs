//! In process: the engine is shared under a name, and lives as long as the place.

use std::sync::Arc;

use fishplate_transport::Decider;
use fishplate_transport::inproc::{Shared, share};

use crate::place::{Place, fresh_name};

pub(crate) struct InProcess {
    name: String,
    _engine: Arc<dyn Decider>,
    _shared: Shared,
}

impl Place for InProcess {
    const ON_NETWORK: bool = false;

    fn start(decider: Arc<dyn Decider>) -> Self {
        let name = fresh_name();
        let shared = share(&name, Arc::downgrade(&decider)).expect("the name is free");
        Self { name, _engine: decider, _shared: shared }
    }

    fn address(&self) -> String {
        format!("inproc:{}", self.name)
    }
}
