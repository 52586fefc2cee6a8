//! Power cuts and kills, at every moment: whatever was promised is there, in order, and nothing that was not appended.

use fishplate_store::sim::{Chance, SimDisk};
use fishplate_store::{Options, Store};

use crate::ledger::{Ledger, Model};
use crate::world::{STATE, Seen, World, open};

#[test]
fn what_was_promised_survives_power_cuts_and_kills_in_thousands_of_worlds() {
    let mut seen = Seen::default();
    // More of them, for an afternoon: FISHPLATE_WORLDS=1000000.
    let worlds = std::env::var("FISHPLATE_WORLDS").ok().and_then(|worlds| worlds.parse().ok()).unwrap_or(3_000);
    for seed in 0..worlds {
        let found = World::new(seed).live(5, |disk| disk, &mut seen);
        assert_eq!(found, Ok(()), "seed {seed}");
    }
    let Seen { lives, cuts, forgotten, snapshots, restored, .. } = seen;
    assert!(
        lives > 10_000 && cuts > 300 && forgotten > 100 && snapshots > 1_000 && restored > 1_000,
        "the worlds were quiet: {seen:?}"
    );
}

/// A fixed tale that touches everything: groups, turns of segments, three snapshots, segments that go, a close.
const TALE: Options = Options { segment_bytes: 2_000, preallocate: true };

fn tale(disk: SimDisk, model: &mut Model) -> Result<(), fishplate::Error> {
    let mut chance = Chance::new(7);
    let (mut store, mut ledger, _) = open(disk, TALE)?;
    for round in 0..12 {
        for _ in 0..3 {
            let lsn = model.append(&mut store, &mut chance)?;
            ledger.0.insert(lsn.0, model.appended.0[&lsn.0].clone());
        }
        model.promised(store.sync()?);
        if round % 4 == 3 {
            store.snapshot(ledger.bytes())?;
        }
    }
    store.close()
}

#[test]
fn the_power_may_fail_at_each_operation_of_a_whole_tale() {
    let whole = SimDisk::new(0);
    tale(whole.clone(), &mut Model::default()).expect("with power it ends well");
    let operations = whole.operations();
    assert!(operations > 60, "{operations}");
    for at in 0..operations {
        for seed in 0..12 {
            let disk = SimDisk::new(seed);
            disk.power_for(Some(at));
            let mut model = Model::default();
            let ended = tale(disk.clone(), &mut model);
            assert!(ended.is_err(), "operation {at} failed");
            // The power fails once more while the state is opened again.
            let disk = disk.crash();
            disk.power_for(Some(seed % 7));
            let _ = open(disk.clone(), TALE);
            let disk = disk.crash();
            let (_, ledger, _) = open(disk, TALE).expect("what a power cut leaves can be opened");
            assert_eq!(model.fault(&ledger), None, "operation {at}, seed {seed}");
        }
    }
}

#[test]
fn opening_a_state_again_and_again_changes_nothing() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        world.live(2, |disk| disk, &mut Seen::default()).expect("no fault");
        let disk = world.disk.crash();
        let (store, first, _) = open(disk.clone(), world.options).expect("it opens");
        drop(store);
        let (store, second, recovery) = open(disk.clone(), world.options).expect("it opens");
        assert_eq!((&second, recovery.cut), (&first, None));
        let last = store.journal().last();
        drop(store);
        let (store, third, _) = open(disk, world.options).expect("it opens");
        assert_eq!((&third, store.journal().last()), (&first, last), "no mark follows a mark");
    }
}

#[test]
fn a_torn_end_is_cut_and_told() {
    let mut told = 0;
    for seed in 0..300 {
        let disk = SimDisk::new(seed);
        let options = Options { segment_bytes: 50_000, preallocate: seed % 2 == 0 };
        let (mut store, ..) = open(disk.clone(), options).expect("a new state");
        let (mut model, mut chance) = (Model::default(), Chance::new(seed));
        for _ in 0..4 {
            model.append(&mut store, &mut chance).expect("there is power");
        }
        model.promised(store.sync().expect("there is power"));
        for _ in 0..8 {
            model.append(&mut store, &mut chance).expect("there is power");
        }
        disk.power_for(Some(1));
        assert!(store.sync().is_err(), "the write arrived somehow, the sync did not return");
        let mut ledger = Ledger::default();
        let (store, recovery) =
            Store::open(disk.crash(), STATE, options, &mut ledger).expect("a torn end is no damage");
        assert_eq!(model.fault(&ledger), None, "seed {seed}");
        if let Some(cut) = recovery.cut {
            told += 1;
            assert!(cut.file.starts_with("journal-") && cut.offset > 64 && cut.bytes > 0, "{cut:?}");
        }
        drop(store);
    }
    assert!(told > 60, "{told}");
}
