//! Disks that fail, lie, rot and run full.

use std::io;

use fishplate::{Status, codes};
use fishplate_store::sim::{Chance, Fault, Faults, SimDisk};
use fishplate_store::{Disk, Options, Store};

use crate::ledger::{Ledger, Model};
use crate::world::{Seen, World, open};

const PLAIN: Options = Options { segment_bytes: 20_000, preallocate: true };

/// A store with some durable groups.
fn filled(disk: &SimDisk, options: Options, groups: u32) -> (Store<SimDisk>, Model, Ledger) {
    let (mut store, mut ledger, _) = open(disk.clone(), options).expect("a new state");
    let (mut model, mut chance) = (Model::default(), Chance::new(3));
    for _ in 0..groups {
        for _ in 0..3 {
            let lsn = model.append(&mut store, &mut chance).expect("all is well");
            ledger.0.insert(lsn.0, model.appended.0[&lsn.0].clone());
        }
        model.promised(store.sync().expect("all is well"));
    }
    (store, model, ledger)
}

#[test]
fn a_disk_that_fails_now_and_then_costs_no_promise() {
    let mut seen = Seen::default();
    for seed in 0..2_000 {
        let mut world = World::new(seed);
        world.faults = Faults { sync_fails: 60, write_fails: 30, read_fails: 30, sync_lies: 0 };
        assert_eq!(world.live(5, |disk| disk, &mut seen), Ok(()), "seed {seed}");
    }
    assert!(seen.refused > 1_000, "{seen:?}");
}

#[test]
fn after_a_failed_sync_nothing_is_taken_and_the_end_is_written_again() {
    for seed in 0..300 {
        let disk = SimDisk::new(seed);
        let (mut store, mut model, _) = filled(&disk, PLAIN, 2);
        model.append(&mut store, &mut Chance::new(seed)).expect("all is well");
        disk.fail_next(Fault::SyncFails);
        let failed = store.sync().expect_err("the sync failed");
        assert_eq!((failed.status, failed.code()), (Status::Unavailable, codes::DISK_FAILED));
        let refused = store.sync().expect_err("it is not asked again");
        assert!(refused.to_string().contains("the journal has stopped"), "{refused}");
        drop(store);
        // The system may still show what the disk does not hold. Whoever believes it loses it with the next power cut.
        let disk = disk.kill();
        let (store, came_back, _) = open(disk.clone(), PLAIN).expect("it opens");
        assert_eq!(model.fault(&came_back), None);
        model.settle(&came_back, &store);
        drop(store);
        let (_, came_back, _) = open(disk.crash(), PLAIN).expect("it opens");
        assert_eq!(model.fault(&came_back), None, "seed {seed}");
    }
}

#[test]
fn a_full_disk_is_an_error_until_there_is_room_again() {
    for preallocate in [true, false] {
        let disk = SimDisk::new(5);
        let options = Options { segment_bytes: 4_000, preallocate };
        let (mut store, mut model, _) = filled(&disk, options, 1);
        disk.room(Some(20_000));
        let mut chance = Chance::new(1);
        let failed = loop {
            model.append(&mut store, &mut chance).expect("in memory");
            match store.sync() {
                Ok(lsn) => model.promised(lsn),
                Err(error) => break error,
            }
        };
        assert_eq!((failed.status, failed.code()), (Status::Unavailable, codes::DISK_FULL), "its effect is not known");
        let refused = model.append(&mut store, &mut chance).expect_err("it has stopped");
        assert_eq!((refused.status, refused.code()), (Status::ResourceExhausted, codes::DISK_FULL), "it has none");
        disk.room(None);
        assert!(store.sync().is_err(), "room alone does not tell what the disk holds");
        drop(store);
        let (mut store, came_back, _) = open(disk, options).expect("now it opens");
        assert_eq!(model.fault(&came_back), None);
        model.settle(&came_back, &store);
        model.append(&mut store, &mut chance).expect("it goes on");
        store.sync().expect("it goes on");
    }
}

#[test]
fn a_snapshot_that_finds_no_room_leaves_the_journal_running() {
    let disk = SimDisk::new(5);
    let options = Options { segment_bytes: 1_000, preallocate: false };
    let (mut store, mut model, _) = filled(&disk, options, 3);
    let mut writing = store.begin_snapshot(vec![1; 50_000]).expect("the journal has room");
    disk.room(Some(40_000));
    writing.write();
    let error = store.end_snapshot(writing).expect_err("the snapshot has none");
    assert_eq!(error.code(), codes::DISK_FULL);
    assert!(disk.list().expect("it lives").iter().all(|name| !name.starts_with("snapshot")), "nothing is left of it");
    model.append(&mut store, &mut Chance::new(1)).expect("the journal runs");
    store.sync().expect("and has room");
}

#[test]
fn a_disk_that_lies_is_found_out_or_loses_the_end_alone() {
    let (mut found_out, mut lost, mut kept) = (0, 0, 0);
    for seed in 0..2_000 {
        let mut world = World::new(seed);
        world.options.preallocate = seed % 2 == 0;
        let (mut store, mut ledger, _) = open(world.disk.clone(), world.options).expect("a new state");
        world.disk.faults(Faults { sync_lies: 300, ..Faults::default() });
        for step in 0..20 {
            let lsn = world.model.append(&mut store, &mut world.chance).expect("all seems well");
            ledger.0.insert(lsn.0, world.model.appended.0[&lsn.0].clone());
            if step % 2 == 0 {
                world.model.promised(store.sync().expect("all seems well"));
            }
            if step % 8 == 7 {
                store.snapshot(ledger.bytes()).expect("all seems well");
            }
        }
        drop(store);
        let disk = world.disk.crash();
        disk.faults(Faults::default());
        match open(disk, world.options) {
            Err(error) => {
                assert_eq!(error.status, Status::DataLoss, "seed {seed}: {error}");
                found_out += 1;
            }
            Ok((_, came_back, _)) => {
                // Whatever is there is right; only the end can be missing.
                assert_eq!(world.model.fault_after(&came_back, 0), None, "seed {seed}");
                let whole = world.model.fault(&came_back).is_none();
                (kept, lost) = (kept + u32::from(whole), lost + u32::from(!whole));
            }
        }
    }
    assert!(found_out > 50 && lost > 50 && kept > 50, "{found_out} found out, {lost} lost, {kept} kept");
}

#[test]
fn a_rotten_bit_is_found_out_or_costs_no_more_than_the_last_group() {
    let (mut found_out, mut last_group, mut harmless) = (0, 0, 0);
    for seed in 0..3_000 {
        let disk = SimDisk::new(seed);
        let mut chance = Chance::new(seed);
        let options = Options { segment_bytes: 3_000, preallocate: chance.toss() };
        let (store, model, _) = filled(&disk, options, 6);
        drop(store);
        let names: Vec<String> = disk.list().expect("it lives");
        let name = &names[chance.index(names.len())];
        let bits = disk.shown(name).map_or(0, |bytes| bytes.len() as u64 * 8);
        disk.rot(name, chance.below(bits));
        match open(disk.crash(), options) {
            Err(error) => {
                assert_eq!((error.status, error.code()), (Status::DataLoss, codes::STATE_DAMAGED), "{error}");
                assert!(error.to_string().contains("byte") && error.to_string().contains(name), "{error}");
                found_out += 1;
            }
            Ok((_, came_back, recovery)) => {
                assert_eq!(model.fault_after(&came_back, model.acknowledged_before), None, "seed {seed}");
                last_group += u32::from(recovery.cut.is_some());
                harmless += u32::from(recovery.cut.is_none());
            }
        }
    }
    assert!(found_out > 500 && last_group > 20 && harmless > 20, "{found_out}, {last_group}, {harmless}");
}

#[test]
fn after_a_close_a_rotten_bit_is_always_found_out_if_it_matters() {
    for seed in 0..2_000 {
        let disk = SimDisk::new(seed);
        let mut chance = Chance::new(seed);
        let options = Options { segment_bytes: 3_000, preallocate: chance.toss() };
        let (store, model, _) = filled(&disk, options, 4);
        store.close().expect("all is well");
        let names: Vec<String> = disk.list().expect("it lives");
        let name = &names[chance.index(names.len())];
        let bits = disk.shown(name).map_or(0, |bytes| bytes.len() as u64 * 8);
        disk.rot(name, chance.below(bits));
        if let Ok((_, came_back, _)) = open(disk.crash(), options) {
            assert_eq!(model.fault(&came_back), None, "seed {seed}: the mark shows that all of it was there");
        }
    }
}

#[test]
fn a_damaged_snapshot_is_passed_over_for_the_one_before_and_its_journal() {
    for seed in 0..500 {
        let disk = SimDisk::new(seed);
        let mut chance = Chance::new(seed);
        let options = Options { segment_bytes: 3_000, preallocate: false };
        let (mut store, mut model, mut ledger) = filled(&disk, options, 3);
        for _ in 0..3 {
            store.snapshot(ledger.bytes()).expect("all is well");
            let lsn = model.append(&mut store, &mut chance).expect("all is well");
            ledger.0.insert(lsn.0, model.appended.0[&lsn.0].clone());
            model.promised(store.sync().expect("all is well"));
        }
        drop(store);
        let snapshots: Vec<String> =
            disk.list().expect("it lives").into_iter().filter(|name| name.starts_with("snapshot")).collect();
        let [older, newest] = &snapshots[..] else { panic!("two are kept: {snapshots:?}") };
        let rot = |disk: &SimDisk, name: &str, chance: &mut Chance| {
            let bits = disk.shown(name).map_or(0, |bytes| bytes.len() as u64 * 8);
            disk.rot(name, chance.below(bits));
        };
        rot(&disk, newest, &mut chance);
        let disk = disk.crash();
        let (mut store, came_back, recovery) = open(disk.clone(), options).expect("there is another one");
        assert_eq!((model.fault(&came_back), recovery.damaged.len()), (None, 1), "seed {seed}");
        assert!(recovery.damaged[0].to_string().contains(newest), "{}", recovery.damaged[0]);
        if chance.toss() {
            // The next snapshot takes the place of the damaged one.
            store.snapshot(came_back.bytes()).expect("all is well");
            assert!(disk.shown(newest).is_none() && disk.shown(older).is_some());
        }
        drop(store);
        let left = disk.list().expect("it lives");
        for name in left.iter().filter(|name| name.starts_with("snapshot") && *name != newest) {
            rot(&disk, name, &mut chance);
        }
        let error = open(disk.crash(), options).map(drop).expect_err("no way back is left");
        assert_eq!(error.status, Status::DataLoss, "{error}");
        assert!(error.to_string().contains("snapshot-") && error.to_string().contains("missing"), "{error}");
    }
}

#[test]
fn missing_files_are_told() {
    let build = || {
        let disk = SimDisk::new(1);
        let (store, ..) = filled(&disk, Options { segment_bytes: 1_500, preallocate: false }, 9);
        drop(store);
        disk
    };
    let segments: Vec<String> = build().list().expect("it lives");
    assert!(segments.len() >= 4, "{segments:?}");
    for removed in [0, 1, segments.len() - 2] {
        let disk = build();
        disk.remove(&segments[removed]).expect("it is there");
        let error = open(disk, PLAIN).map(drop).expect_err("a part is missing");
        assert_eq!((error.status, error.code()), (Status::DataLoss, codes::STATE_INCOMPLETE), "{error}");
    }
    let disk = SimDisk::new(1);
    let (mut store, _, ledger) = filled(&disk, PLAIN, 3);
    store.snapshot(ledger.bytes()).expect("all is well");
    drop(store);
    for name in disk.list().expect("it lives").iter().filter(|name| name.starts_with("journal")) {
        disk.remove(name).expect("it is there");
    }
    let error = open(disk, PLAIN).map(drop).expect_err("the journal is missing");
    assert_eq!(error.code(), codes::STATE_INCOMPLETE, "{error}");
}

#[test]
fn a_file_of_another_state_or_of_a_later_version_is_refused() {
    let disk = SimDisk::new(1);
    let (mut store, _, ledger) = filled(&disk, Options { segment_bytes: 1_500, preallocate: false }, 9);
    let lsn = store.snapshot(ledger.bytes()).expect("all is well");
    drop(store);
    let other = SimDisk::new(2);
    let mut stranger = Ledger::default();
    let id = fishplate_store::StateId([9; 16]);
    let (mut store, _) = Store::open(other.clone(), id, PLAIN, &mut stranger).expect("a new state");
    for _ in 0..lsn.0 {
        store.append_with(std::num::NonZeroU8::MIN, |_| {}).expect("all is well");
    }
    let name = format!("snapshot-{:016x}.fps", store.snapshot(stranger.bytes()).expect("all is well").0);
    let foreign = other.shown(&name).expect("it is there");
    disk.put(&name, &foreign);
    let error = open(disk.clone(), PLAIN).map(drop).expect_err("it is of another state");
    assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::STATE_MIXED), "{error}");

    let mut later = foreign;
    later[8] = 200;
    let check = crc32c::crc32c(&later[..60]);
    later[60..64].copy_from_slice(&check.to_le_bytes());
    disk.put(&name, &later);
    let error = open(disk, PLAIN).map(drop).expect_err("it is of a later version");
    assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::STATE_NEWER), "{error}");
    assert!(error.to_string().contains("version 200") && error.to_string().contains("knows 1"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_ends_the_opening_and_is_left_as_it_is() {
    let disk = SimDisk::new(1);
    let (store, model, _) = filled(&disk, PLAIN, 3);
    drop(store);
    disk.fail_next(Fault::ReadFails);
    let error = open(disk.clone(), PLAIN).map(drop).expect_err("it cannot be read");
    assert_eq!((error.status, error.code()), (Status::Unavailable, codes::DISK_FAILED), "{error}");
    let (_, came_back, _) = open(disk, PLAIN).expect("now it can");
    assert_eq!(model.fault(&came_back), None);
}

#[test]
fn a_handle_of_an_earlier_life_writes_nothing() {
    let disk = SimDisk::new(1);
    let (mut store, mut model, _) = filled(&disk, PLAIN, 1);
    let after = disk.crash();
    model.append(&mut store, &mut Chance::new(1)).expect("in memory");
    assert!(store.sync().is_err());
    assert_eq!(disk.list().map_err(|error| error.kind()), Err(io::ErrorKind::Other));
    let (_, came_back, _) = open(after, PLAIN).expect("it opens");
    assert_eq!(model.fault(&came_back), None);
}
