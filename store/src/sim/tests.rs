//! The simulated disk keeps what real ones promise, and nothing more.

use super::*;

fn written(disk: &SimDisk, name: &str, bytes: &[u8]) -> SimFile {
    let file = disk.create(name).expect("it is new");
    file.write_at(0, bytes).expect("it has power");
    file
}

#[test]
fn what_was_synced_survives_every_power_cut() {
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let file = written(&disk, "a", b"kept");
        file.sync().and_then(|()| disk.sync_folder()).expect("it has power");
        file.write_at(4, &[1; 2_000]).expect("it has power");
        disk.rename("a", "b").expect("it is there");
        let disk = disk.crash();
        let left = disk.shown("a").or_else(|| disk.shown("b")).expect("under one of its names");
        assert_eq!(&left[..4], b"kept", "seed {seed}");
    }
}

#[test]
fn what_was_not_synced_is_sometimes_lost_sometimes_there_and_sometimes_torn() {
    let (mut lost, mut there, mut torn) = (0, 0, 0);
    for seed in 0..500 {
        let disk = SimDisk::new(seed);
        let file = written(&disk, "a", &[]);
        file.sync().and_then(|()| disk.sync_folder()).expect("it has power");
        file.write_at(0, &[7; 3_000]).expect("it has power");
        let left = disk.crash().shown("a").expect("its name is durable");
        match left.iter().filter(|byte| **byte == 7).count() {
            0 => lost += 1,
            3_000 => there += 1,
            _ => torn += 1,
        }
    }
    assert!(lost > 50 && there > 50 && torn > 50, "{lost} lost, {there} there, {torn} torn");
}

#[test]
fn a_later_sector_may_arrive_before_an_earlier_one() {
    let holes = (0..500).filter(|seed| {
        let disk = SimDisk::new(*seed);
        let file = written(&disk, "a", &[]);
        file.sync().and_then(|()| disk.sync_folder()).expect("it has power");
        file.write_at(0, &[7; 2_048]).expect("it has power");
        let left = disk.crash().shown("a").expect("its name is durable");
        let first = left.iter().position(|byte| *byte != 7);
        first.is_some_and(|first| left[first..].contains(&7))
    });
    assert!(holes.count() > 50);
}

#[test]
fn a_name_is_lost_unless_the_folder_was_synced() {
    let lost = (0..100).filter(|seed| {
        let disk = SimDisk::new(*seed);
        written(&disk, "a", b"x").sync().expect("it has power");
        disk.crash().shown("a").is_none()
    });
    assert!((10..90).contains(&lost.count()));
}

#[test]
fn a_sync_that_lies_keeps_nothing_and_one_that_fails_forgets() {
    let kept = (0..200).filter(|seed| {
        let disk = SimDisk::new(*seed);
        let file = written(&disk, "a", b"x");
        disk.sync_folder().expect("it has power");
        disk.fail_next(Fault::SyncLies);
        file.sync().expect("it lies");
        disk.crash().shown("a").is_some_and(|bytes| bytes == b"x")
    });
    assert!((10..190).contains(&kept.count()), "some of it may arrive all the same");
    let mut still_shown = 0;
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        let file = written(&disk, "a", b"x");
        disk.sync_folder().expect("it has power");
        disk.fail_next(Fault::SyncFails);
        assert!(file.sync().is_err());
        still_shown += usize::from(disk.shown("a").is_some_and(|bytes| bytes == b"x"));
        file.sync().expect("the next one says that it worked");
        assert_eq!(disk.crash().shown("a").as_deref(), Some(&[][..]), "and nothing was written");
    }
    assert!((10..90).contains(&still_shown), "{still_shown}");
}

#[test]
fn a_killed_process_loses_nothing_that_it_wrote_and_its_handles_are_dead() {
    let disk = SimDisk::new(1);
    let file = written(&disk, "a", b"x");
    let after = disk.kill();
    assert_eq!(after.shown("a").as_deref(), Some(&b"x"[..]));
    assert!(file.write_at(0, b"y").is_err() && disk.list().is_err());
    assert_eq!(after.list().expect("it lives"), ["a"]);
}

#[test]
fn power_fails_at_every_operation_that_it_is_told_to() {
    let disk = SimDisk::new(1);
    disk.power_for(Some(1));
    let file = disk.create("a").expect("the first operation");
    assert!(file.write_at(0, b"x").is_err(), "the second");
    assert!(file.sync().is_err() && disk.list().is_err() && disk.open("a").is_err());
    let disk = disk.crash();
    assert!(disk.create("b").is_ok());
}

#[test]
fn a_full_disk_takes_what_fits() {
    let disk = SimDisk::new(1);
    disk.room(Some(10));
    let file = written(&disk, "a", &[1; 6]);
    let full = file.write_at(6, &[2; 6]).expect_err("there is room for four");
    assert_eq!((full.kind(), disk.shown("a")), (io::ErrorKind::StorageFull, Some(vec![1, 1, 1, 1, 1, 1, 2, 2, 2, 2])));
    assert!(file.write_at(0, &[3; 10]).is_ok(), "what has its place needs no more");
    assert!(file.allocate(11).is_err());
    disk.room(None);
    assert!(file.allocate(11).is_ok());
}

#[test]
fn the_same_seed_does_the_same_again() {
    let run = |seed| {
        let disk = SimDisk::new(seed);
        let file = written(&disk, "a", &[5; 4_000]);
        disk.sync_folder().expect("it has power");
        file.write_at(100, &[6; 4_000]).expect("it has power");
        disk.crash().shown("a")
    };
    assert_eq!(run(9), run(9));
    assert!((0..20).any(|seed| run(seed) != run(9)));
}
