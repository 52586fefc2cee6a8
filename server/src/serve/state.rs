//! The state of a server's rule sets: a folder each, opened before the first client comes, a snapshot now and then, one
//! more at the end. Knows folders and when; what is in them, the store knows.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fishplate::engine::Options;
use fishplate::{Error, RuleSet};
use fishplate_store::keeper::{self, Keeper, Opened};
use fishplate_store::{Disk, RealDisk};
use fishplate_transport::Kept;

use crate::files;

/// How often it is asked whether a snapshot is due, and whether a keeper has stopped.
const LOOK: Duration = Duration::from_millis(250);

/// A rule set's state, open.
pub(super) type State = Arc<Kept<RealDisk>>;

/// Opens the state of `rules`, a folder within `folder`, and brings back what is in it.
///
/// # Errors
/// As [`RealDisk::open`] and [`Keeper::open`].
pub(super) fn open(rules: &RuleSet, options: Options, folder: &Path) -> Result<State, Error> {
    let disk = RealDisk::open(&folder.join(folder_of(rules.name())))?;
    let options = keeper::Options { engine: options, ..keeper::Options::default() };
    let called = disk.called("");
    let (keeper, opened) = Keeper::open(disk, files::new_state()?, rules, options, &mut |_| {})?;
    tell(rules, &called, &opened, keeper.sessions().len());
    Ok(Arc::new(Kept::new(keeper)))
}

/// Says what came back.
fn tell(rules: &RuleSet, folder: &str, opened: &Opened, sessions: usize) {
    let (rule_set, recovery) = (rules.name(), &opened.recovery);
    for damaged in &recovery.damaged {
        tracing::warn!(rule_set, why = %damaged, "a damaged snapshot was passed over for an older one");
    }
    if let Some(cut) = &recovery.cut {
        tracing::warn!(rule_set, file = cut.file, bytes = cut.bytes, "the journal's torn end was cut off");
    }
    if opened.is_new {
        tracing::info!(rule_set, folder, "a new state");
        return;
    }
    let (snapshot, replayed) = (recovery.snapshot.map_or(0, |lsn| lsn.0), recovery.replayed);
    tracing::info!(rule_set, folder, snapshot, replayed, last = recovery.last.0, sessions, "state recovered");
    if let Some(swapped) = &opened.swapped {
        tracing::info!(rule_set, ?swapped, "the rule set or its options are others than before");
    }
}

/// The folder of a rule set: its name, with every byte that a folder's name should not have as `%` and two digits.
fn folder_of(name: &str) -> String {
    let plain = |at: usize, byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte) || (byte == b'.' && at > 0);
    let written = |(at, byte): (usize, u8)| match plain(at, byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02x}"),
    };
    name.bytes().enumerate().map(written).collect()
}

/// Writes snapshots when they are due, until a keeper stops; why it did. Never returns where there is no state.
pub(super) async fn watch(states: Vec<State>, snapshot_bytes: u64) -> Error {
    if states.is_empty() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(LOOK).await;
        let states = states.clone();
        let looked = tokio::task::spawn_blocking(move || states.iter().find_map(|state| look(state, snapshot_bytes)));
        if let Ok(Some(why)) = looked.await {
            return why;
        }
    }
}

/// Why the keeper has stopped, if it has. Blocks for as long as a snapshot takes.
fn look(state: &State, snapshot_bytes: u64) -> Option<Error> {
    let (stopped, since) = state.shared().with(|keeper| (keeper.stopped().cloned(), keeper.since_snapshot()));
    if stopped.is_none() && since >= snapshot_bytes {
        snapshot(state);
    }
    stopped
}

fn snapshot(state: &State) {
    let rule_set = fishplate_transport::Decider::rule_set(&**state).0;
    let began = std::time::Instant::now();
    match state.snapshot() {
        Ok(lsn) => tracing::info!(rule_set, lsn = lsn.0, took = ?began.elapsed(), "snapshot written"),
        Err(error) => tracing::error!(rule_set, why = %error, "no snapshot: the journal goes on, and grows"),
    }
}

/// The server is stopping, and every session has left: the next one begins with a snapshot.
pub(super) async fn close(states: Vec<State>) {
    // It panicked: the journal has everything too.
    let _ = tokio::task::spawn_blocking(move || {
        states.iter().filter(|state| state.stopped().is_none()).for_each(snapshot);
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_sets_name_becomes_a_folder_within_the_folder() {
        assert_eq!(folder_of("payments.eu-1_b"), "payments.eu-1_b");
        assert_eq!(folder_of("../é"), "%2e.%2f%c3%a9");
        assert_ne!(folder_of("a/b"), folder_of("a%2fb"));
    }
}
