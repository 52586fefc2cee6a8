//! Files that no journal wrote: opening gives a state, or an error with a code and a file; it never panics, and takes no
//! more memory than the files have bytes.

use std::num::NonZeroU8;

use crc32c::{crc32c, crc32c_append};
use fishplate::{Error, codes};
use fishplate_store::sim::{Chance, SimDisk};
use fishplate_store::{Disk, Lsn, Options, Record, Recover, StateId, Store};

const STATE: StateId = StateId(*b"a hostile folder");
const OPTIONS: Options = Options { segment_bytes: 2_000, preallocate: false };

/// Takes whatever comes.
struct Anyone(u64);

impl Recover for Anyone {
    fn restore(&mut self, _: Lsn, bytes: &[u8]) -> Result<(), Error> {
        self.0 += bytes.len() as u64;
        Ok(())
    }

    fn replay(&mut self, record: Record<'_>) -> Result<(), Error> {
        self.0 += record.payload.len() as u64;
        Ok(())
    }
}

fn open(disk: &SimDisk) -> Result<u64, Error> {
    let mut anyone = Anyone(0);
    Store::open(disk.clone(), STATE, OPTIONS, &mut anyone).map(|_| anyone.0)
}

/// An error is one of this room's, and names the file.
fn check(opened: Result<u64, Error>, seed: u64) -> bool {
    let Err(error) = opened else { return true };
    let known = [codes::STATE_DAMAGED, codes::STATE_INCOMPLETE, codes::STATE_NEWER, codes::STATE_MIXED];
    assert!(known.contains(&error.code()), "seed {seed}: {error}");
    assert!(error.to_string().contains("\n --> "), "seed {seed}: {error}");
    false
}

fn some_state() -> SimDisk {
    let disk = SimDisk::new(0);
    let (mut store, _) = Store::open(disk.clone(), STATE, OPTIONS, &mut Anyone(0)).expect("a new state");
    for round in 0..6_u8 {
        for length in [0, 8, 100, 500] {
            store
                .append_with(NonZeroU8::MIN, |buffer| buffer.resize(buffer.len() + length, round))
                .expect("all is well");
        }
        store.sync().expect("all is well");
        if round % 2 == 1 {
            store.snapshot(vec![round; 300]).expect("all is well");
        }
    }
    disk
}

/// A copy of the folder, durable.
fn copy(from: &SimDisk) -> SimDisk {
    let disk = SimDisk::new(0);
    for name in from.list().expect("it lives") {
        disk.put(&name, &from.shown(&name).expect("it is there"));
    }
    disk
}

#[test]
fn files_of_any_bytes_are_told_apart_from_a_state() {
    let mut chance = Chance::new(1);
    for seed in 0..3_000 {
        let disk = SimDisk::new(seed);
        for name in ["journal-0000000000000001.log", "snapshot-0000000000000002.fps", "journal-0000000000000007.log"] {
            if chance.toss() {
                let length = chance.index(700);
                let bytes: Vec<u8> = (0..length).map(|_| chance.number() as u8 & 0x41).collect();
                disk.put(name, &bytes);
            }
        }
        check(open(&disk), seed);
    }
}

#[test]
fn a_state_that_was_tampered_with_anywhere_is_opened_or_refused() {
    let (state, mut chance) = (some_state(), Chance::new(2));
    let names = state.list().expect("it lives");
    let (mut opened, mut refused) = (0, 0);
    for seed in 0..4_000 {
        let disk = copy(&state);
        for _ in 0..=chance.index(3) {
            let name = &names[chance.index(names.len())];
            let mut bytes = disk.shown(name).unwrap_or_default();
            if bytes.is_empty() {
                continue;
            }
            let at = chance.index(bytes.len());
            match chance.below(6) {
                0 => bytes.truncate(at),
                1 => bytes[at..].fill(chance.number() as u8),
                2 => bytes[at] = chance.number() as u8,
                3 => bytes.extend_from_within(at..),
                4 => drop(bytes.drain(at..bytes.len().min(at + 40))),
                _ => {
                    let _ = disk.rename(name, &names[chance.index(names.len())]);
                    continue;
                }
            }
            disk.put(name, &bytes);
        }
        if check(open(&disk), seed) {
            opened += 1;
            assert!(check(open(&disk), seed), "what was opened once is opened again");
        } else {
            refused += 1;
        }
    }
    assert!(opened > 200 && refused > 1_000, "{opened} opened, {refused} refused");
}

/// A segment of one record whose header claims `length` bytes and passes its check.
fn claiming(length: u32, behind: usize) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..8].copy_from_slice(b"FPJOURNL");
    bytes[8] = 1;
    bytes[16..32].copy_from_slice(&STATE.0);
    bytes[32] = 1;
    let check = crc32c(&bytes[..60]);
    bytes[60..].copy_from_slice(&check.to_le_bytes());
    let mut record = [0; 32];
    (record[8], record[16], record[28]) = (1, 1, 1);
    record[20..24].copy_from_slice(&length.to_le_bytes());
    let check = crc32c_append(crc32c(&STATE.0), &record[4..]);
    record[..4].copy_from_slice(&check.to_le_bytes());
    bytes.extend(record);
    bytes.resize(bytes.len() + behind, 0);
    bytes
}

#[test]
fn a_length_that_the_file_does_not_have_takes_no_memory() {
    for length in [1, 100, 1 << 20, (64 << 20) - 1, 64 << 20, (64 << 20) + 1, u32::MAX - 7, u32::MAX] {
        for behind in [0, 8, 4_000] {
            let disk = SimDisk::new(0);
            disk.put("journal-0000000000000001.log", &claiming(length, behind));
            assert!(check(open(&disk), 0), "a record that is not whole, at the end, is a torn end");
        }
    }
    for length in [1_u64, 1 << 40, u64::MAX - 63, u64::MAX] {
        let disk = some_state();
        let names = disk.list().expect("it lives");
        let newest = names.iter().rev().find(|name| name.starts_with("snapshot")).expect("there are two");
        let mut bytes = disk.shown(newest).expect("it is there");
        bytes[40..48].copy_from_slice(&length.to_le_bytes());
        let check_of_header = crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&check_of_header.to_le_bytes());
        disk.put(newest, &bytes);
        assert!(check(open(&disk), 0), "the older snapshot is there");
    }
    #[cfg(target_os = "linux")]
    assert!(peak_kib() < 400_000, "{} KiB at the peak", peak_kib());
}

/// The most address space that this process ever had.
#[cfg(target_os = "linux")]
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).expect("Linux tells");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn names_that_only_look_like_a_journal_s_are_left_alone() {
    let disk = some_state();
    let others =
        ["journal-1.log", "journal-000000000000000g.log", "snapshot-.fps", "journal-0000000000000001.log.bak", "ö"];
    for name in others {
        disk.put(name, b"somebody's");
    }
    disk.put("journal-00000000000000ff.log.new", b"never finished");
    open(&disk).expect("the state is whole");
    let names = disk.list().expect("it lives");
    assert!(others.iter().all(|other| names.iter().any(|name| name == other)), "{names:?}");
    assert!(!names.iter().any(|name| name.ends_with(".new")), "what was never finished is removed");
}
