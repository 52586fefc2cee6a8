//! The real disk: the same journal in a folder of the file system.
#![cfg(unix)]

use std::fs;
use std::num::NonZeroU8;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use fishplate::{Error, Status, codes};
use fishplate_store::{Disk, DiskFile, Journal, Lsn, Options, RealDisk, Record, StateId};

const STATE: StateId = StateId(*b"on a real disk..");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open(path: &Path, options: Options) -> Result<(Journal<RealDisk>, Vec<u64>), Error> {
    let mut lsns = Vec::new();
    let mut each = |record: Record<'_>| {
        assert_eq!(record.payload, payload(record.lsn));
        lsns.push(record.lsn.0);
        Ok(())
    };
    let (journal, _) = Journal::open(RealDisk::open(path)?, STATE, Lsn(0), options, &mut each)?;
    Ok((journal, lsns))
}

fn payload(lsn: Lsn) -> Vec<u8> {
    lsn.0.to_le_bytes().repeat((lsn.0 % 50) as usize)
}

fn append(journal: &mut Journal<RealDisk>, records: u32) {
    for _ in 0..records {
        let next = journal.last().next();
        journal.append(NonZeroU8::MIN, &payload(next)).expect("all is well");
    }
    journal.sync().expect("all is well");
}

#[test]
fn records_come_back_over_many_segments() {
    for preallocate in [true, false] {
        let folder = folder();
        let options = Options { segment_bytes: 10_000, preallocate };
        let (mut journal, _) = open(folder.path(), options).expect("a new journal");
        for _ in 0..20 {
            append(&mut journal, 25);
        }
        journal.close().expect("all is well");
        let (journal, lsns) = open(folder.path(), options).expect("it opens");
        assert_eq!(lsns, (1..=500).collect::<Vec<_>>());
        assert_eq!(journal.durable(), Lsn(501), "the mark of the close");
        let segments = fs::read_dir(folder.path()).expect("it is there").count() - 1;
        assert!(segments > 5, "{segments} besides the lock");
    }
}

#[test]
fn a_segment_has_its_size_from_the_beginning_and_gives_back_what_it_does_not_need() {
    let folder = folder();
    let (mut journal, _) = open(folder.path(), Options { segment_bytes: 1 << 20, preallocate: true }).expect("new");
    append(&mut journal, 10);
    let first = folder.path().join("journal-0000000000000001.log");
    // A file system that cannot allocate leaves it as long as its records.
    let size = fs::metadata(&first).expect("it is there").len();
    assert!(size == 1 << 20 || size < 10_000, "{size}");
    journal.turn_over().expect("all is well");
    assert!(fs::metadata(&first).expect("it is there").len() < 10_000);
}

#[test]
fn folder_and_files_are_their_owner_s_alone() {
    let folder = folder();
    let path = folder.path().join("a").join("state");
    let (mut journal, _) = open(&path, Options::default()).expect("it is made with its parents");
    append(&mut journal, 3);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in fs::read_dir(&path).expect("it is there") {
        let path = entry.expect("it can be read").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_folder_that_is_in_use_is_refused_even_in_one_process() {
    let folder = folder();
    let held = RealDisk::open(folder.path()).expect("nobody uses it");
    let error = RealDisk::open(folder.path()).expect_err("it is in use");
    assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::STATE_IN_USE));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    let clone = held.clone();
    drop(held);
    assert!(RealDisk::open(folder.path()).is_err(), "a clone has it still");
    drop(clone);
    assert!(RealDisk::open(folder.path()).is_ok());
}

#[test]
fn a_folder_that_cannot_be_used_is_told_with_its_path() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("it can be written");
    for path in [file.clone(), file.join("below")] {
        let error = RealDisk::open(&path).expect_err("it is no folder");
        assert_eq!((error.status, error.code()), (Status::FailedPrecondition, codes::STATE_UNUSABLE), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}

#[test]
fn a_link_in_the_folder_is_not_followed() {
    let (folder, outside) = (folder(), folder());
    let elsewhere = outside.path().join("elsewhere");
    fs::write(&elsewhere, "not ours").expect("it can be written");
    symlink(&elsewhere, folder.path().join("LOCK")).expect("it can be made");
    assert_eq!(RealDisk::open(folder.path()).map(drop).expect_err("it is a link").code(), codes::STATE_UNUSABLE);
    fs::remove_file(folder.path().join("LOCK")).expect("it is there");
    let disk = RealDisk::open(folder.path()).expect("now it can be used");
    symlink(&elsewhere, folder.path().join("journal-0000000000000001.log")).expect("it can be made");
    assert!(disk.open("journal-0000000000000001.log").is_err());
    assert_eq!(fs::read(&elsewhere).expect("it is there"), b"not ours");
}

#[test]
fn the_disk_does_what_its_trait_says() {
    let folder = folder();
    let disk = RealDisk::open(folder.path()).expect("nobody uses it");
    fs::create_dir(folder.path().join("a folder")).expect("it can be made");
    let file = disk.create("one").expect("it is new");
    assert!(disk.create("one").is_err() && disk.open("two").is_err() && disk.remove("two").is_err());
    file.write_at(3, b"four").expect("there is room");
    let mut bytes = [9; 10];
    assert_eq!((file.read_at(0, &mut bytes).expect("it is read"), &bytes[..8]), (7, &b"\0\0\0four\x09"[..]));
    assert_eq!(file.read_at(90, &mut bytes).expect("it is read"), 0);
    file.truncate(5).and_then(|()| file.sync()).expect("all is well");
    assert_eq!(file.size().expect("it is there"), 5);
    file.allocate(2).expect("there is room");
    assert_eq!(file.size().expect("it is there"), 5, "it never gets smaller so");
    disk.create("two").expect("it is new");
    disk.rename("one", "two").and_then(|()| disk.sync_folder()).expect("all is well");
    let mut names = disk.list().expect("it is there");
    names.sort();
    assert_eq!(names, ["LOCK", "two"]);
    assert_eq!(disk.called("two"), disk.path().join("two").display().to_string());
}
