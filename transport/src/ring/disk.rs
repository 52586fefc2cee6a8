//! Who waits for the disk, so that the ring's own thread does not: a thread that begins with the first kept session. It
//! knows no pair and no frame.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crossbeam_channel::{Receiver, Sender};

use crate::hub::{Committed, Uncommitted};

/// Called when an errand is done. Must return at once.
type Done = Box<dyn Fn() + Send>;

/// The way to the thread. It ends when this is dropped.
#[derive(Default)]
pub(super) struct Errands {
    way: OnceLock<Option<Sender<Order>>>,
}

struct Order {
    uncommitted: Uncommitted,
    errand: Arc<Errand>,
    done: Done,
}

/// What was sent for, and where it is put when it is there.
#[derive(Default)]
pub(super) struct Errand(Mutex<Option<Committed>>);

impl Errand {
    /// What came of it, once.
    pub(super) fn take(&self) -> Option<Committed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, committed: Committed) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(committed);
    }
}

impl Errands {
    /// Has `uncommitted` waited for; `done` is called when it is there to be taken.
    pub(super) fn send(&self, uncommitted: Uncommitted, done: Done) -> Arc<Errand> {
        let errand = Arc::<Errand>::default();
        let order = Order { uncommitted, errand: errand.clone(), done };
        match self.way.get_or_init(start) {
            Some(way) => {
                // It lives as long as this sender.
                if let Err(order) = way.send(order) {
                    carry_out(order.into_inner());
                }
            }
            // No thread is to be had: then the ring waits itself.
            None => carry_out(order),
        }
        errand
    }
}

fn start() -> Option<Sender<Order>> {
    // There is one order a pair at most.
    let (sender, receiver) = crossbeam_channel::unbounded();
    let work = move || work(&receiver);
    std::thread::Builder::new().name("fishplate-disk".into()).spawn(work).ok().map(|_| sender)
}

/// The first of those that wait writes for all of them, if they are of one rule set.
fn work(orders: &Receiver<Order>) {
    while let Ok(order) = orders.recv() {
        carry_out(order);
    }
}

fn carry_out(order: Order) {
    order.errand.put(order.uncommitted.wait());
    (order.done)();
}
