//! Torn or damaged? Single cases, made by hand, byte by byte.

use std::num::NonZeroU8;

use fishplate::{Error, Status, codes};
use fishplate_store::sim::SimDisk;
use fishplate_store::{Disk, Journal, Lsn, Options, Record};

use crate::world::STATE;

const ONE_SEGMENT: Options = Options { segment_bytes: 1 << 20, preallocate: false };
const FIRST: &str = "journal-0000000000000001.log";

/// The payloads of the records that came back, and the journal.
type Opened = (Journal<SimDisk>, Vec<(u64, String)>, Option<(u64, u64)>);

fn open(disk: &SimDisk, options: Options) -> Result<Opened, Error> {
    let mut records = Vec::new();
    let mut each = |record: Record<'_>| {
        records.push((record.lsn.0, String::from_utf8_lossy(record.payload).into_owned()));
        Ok(())
    };
    let (journal, cut) = Journal::open(disk.clone(), STATE, Lsn(0), options, &mut each)?;
    Ok((journal, records, cut.map(|cut| (cut.offset, cut.bytes))))
}

fn group(journal: &mut Journal<SimDisk>, payloads: &[&str]) {
    for payload in payloads {
        journal.append(NonZeroU8::MIN, payload.as_bytes()).expect("all is well");
    }
    journal.sync().expect("all is well");
}

/// A journal of these groups, as a file. Eight bytes of payload make records of forty bytes, from byte 64.
fn file(groups: &[&[&str]]) -> Vec<u8> {
    let disk = SimDisk::new(0);
    let (mut journal, ..) = open(&disk, ONE_SEGMENT).expect("a new journal");
    for payloads in groups {
        group(&mut journal, payloads);
    }
    disk.shown(FIRST).expect("it is there")
}

fn with(bytes: &[u8]) -> SimDisk {
    let disk = SimDisk::new(0);
    disk.put(FIRST, bytes);
    disk
}

fn changed(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] ^= 0x10;
    changed
}

#[test]
fn a_record_that_did_not_arrive_is_torn_off_with_those_of_its_group_that_did() {
    let bytes = file(&[&["1.......", "2......."], &["3.......", "4.......", "5......."]]);
    assert_eq!(bytes.len(), 64 + 5 * 40);
    // The first of the last group: two that are whole stand behind it, and had been promised to nobody.
    let disk = with(&changed(&bytes, 64 + 2 * 40 + 35));
    let (journal, records, cut) = open(&disk, ONE_SEGMENT).expect("a torn end is no damage");
    assert_eq!(records.iter().map(|(lsn, _)| *lsn).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(cut, Some((64 + 2 * 40, 3 * 40)));
    assert_eq!(journal.durable(), Lsn(3), "the mark that proves the two");
    // The second: what stands before it is kept.
    let disk = with(&changed(&bytes, 64 + 3 * 40 + 8));
    let (_, records, cut) = open(&disk, ONE_SEGMENT).expect("a torn end is no damage");
    assert_eq!((records.len(), cut), (3, Some((64 + 3 * 40, 2 * 40))));
}

#[test]
fn a_record_with_a_later_group_behind_it_is_damaged() {
    let bytes = file(&[&["1.......", "2......."], &["3.......", "4......."], &["5......."]]);
    for record in 1..=4 {
        for byte in [0, 5, 9, 17, 21, 25, 28, 30, 33] {
            let at = 64 + (record - 1) * 40;
            let error =
                open(&with(&changed(&bytes, at + byte)), ONE_SEGMENT).map(drop).expect_err("it had been promised");
            assert_eq!((error.status, error.code()), (Status::DataLoss, codes::STATE_DAMAGED));
            let text = error.to_string();
            let proof = if record <= 2 { "record 3" } else { "record 5" };
            assert!(text.contains(&format!("record {record} at byte {at} is damaged")), "{text}");
            assert!(text.contains(proof) && text.contains(FIRST), "{text}");
        }
    }
    let (_, records, cut) =
        open(&with(&changed(&bytes, 64 + 4 * 40 + 9)), ONE_SEGMENT).expect("the last group is in doubt");
    assert_eq!((records.len(), cut), (4, Some((64 + 4 * 40, 40))));
}

#[test]
fn a_sector_of_zeros_among_promised_records_is_damage_however_long_it_is() {
    let groups: Vec<[&str; 1]> = (0..200).map(|_| ["a group."]).collect();
    let groups: Vec<&[&str]> = groups.iter().map(|group| &group[..]).collect();
    let bytes = file(&groups);
    for sectors in [1, 5] {
        let mut zeroed = bytes.clone();
        zeroed[1_024..1_024 + sectors * 512].fill(0);
        let error = open(&with(&zeroed), ONE_SEGMENT).map(drop).expect_err("groups stand behind it");
        assert_eq!(error.code(), codes::STATE_DAMAGED, "{error}");
    }
    let mut shortened = bytes.clone();
    shortened.truncate(4_000);
    let (_, records, cut) = open(&with(&shortened), ONE_SEGMENT).expect("nothing stands behind the end");
    // Of the header that was cut in two, the last byte that is not zero is the number's.
    assert_eq!((records.len(), cut), (98, Some((64 + 98 * 40, 9))));
}

#[test]
fn zeros_behind_the_last_record_are_no_torn_end() {
    let mut bytes = file(&[&["1......."], &["2......."]]);
    bytes.resize(300_000, 0);
    let (_, records, cut) = open(&with(&bytes), ONE_SEGMENT).expect("it ends in order");
    assert_eq!((records.len(), cut), (2, None));
}

#[test]
fn what_was_damaged_while_nobody_used_it_is_told_once_it_had_been_opened() {
    let disk = with(&file(&[&["1.......", "2......."]]));
    drop(open(&disk, ONE_SEGMENT).expect("all is well"));
    let bytes = disk.shown(FIRST).expect("it is there");
    assert_eq!(bytes.len(), 64 + 2 * 40 + 32, "a mark was written");
    let error = open(&with(&changed(&bytes, 64 + 40)), ONE_SEGMENT).map(drop).expect_err("the mark proves it");
    assert_eq!(error.code(), codes::STATE_DAMAGED, "{error}");
    let (_, records, _) = open(&with(&changed(&bytes, 64 + 80)), ONE_SEGMENT).expect("nobody needs the mark itself");
    assert_eq!(records.len(), 2);
}

#[test]
fn a_record_of_another_past_does_not_continue_this_one() {
    let (one, other) = (file(&[&["1......."], &["two....."], &["3......."]]), file(&[&["1......."], &["2......."]]));
    // Behind the two records of one past stands the third of the other: right in itself, of this state, of this number.
    let mut bytes = other.clone();
    bytes.extend(&one[64 + 2 * 40..]);
    let (_, records, cut) = open(&with(&bytes), ONE_SEGMENT).expect("it is the trace of an end that was torn off");
    assert_eq!((records.len(), cut), (2, Some((64 + 2 * 40, 40))));
}

#[test]
fn a_segment_of_another_past_does_not_continue_this_one() {
    let options = Options { segment_bytes: 120, preallocate: false };
    let build = |payload: &str| {
        let disk = SimDisk::new(0);
        let (mut journal, ..) = open(&disk, options).expect("a new journal");
        group(&mut journal, &[payload]);
        group(&mut journal, &["2......."]);
        disk
    };
    let (one, other) = (build("1......."), build("one....."));
    let names = one.list().expect("it lives");
    assert_eq!(names.len(), 2);
    one.put(&names[1], &other.shown(&names[1]).expect("it is there"));
    let error = open(&one, options).map(drop).expect_err("it continues another one");
    assert_eq!((error.code(), error.to_string().contains(&names[1])), (codes::STATE_DAMAGED, true), "{error}");
}

#[test]
fn a_journal_that_ends_before_its_snapshot_has_lost_something() {
    let options = Options { segment_bytes: 120, preallocate: false };
    let disk = SimDisk::new(0);
    let (mut journal, ..) = open(&disk, options).expect("a new journal");
    for _ in 0..5 {
        group(&mut journal, &["........"]);
    }
    drop(journal);
    let mut none = |_: Record<'_>| Ok(());
    let reopened = |disk: &SimDisk, after, each: &mut dyn FnMut(Record<'_>) -> Result<(), Error>| {
        Journal::open(disk.clone(), STATE, Lsn(after), options, each).map(drop)
    };
    assert!(reopened(&disk, 5, &mut none).is_ok());
    let names = disk.list().expect("it lives");
    for name in &names[3..] {
        disk.remove(name).expect("it is there");
    }
    let error = reopened(&disk, 5, &mut none).expect_err("records up to 5 were durable");
    assert_eq!(error.code(), codes::STATE_INCOMPLETE, "{error}");
}

#[test]
fn a_header_that_is_damaged_is_told_and_so_is_a_name_that_is_not_its_segment_s() {
    let bytes = file(&[&["1......."], &["2......."]]);
    for byte in [0, 9, 20, 35, 41, 50, 62] {
        let error = open(&with(&changed(&bytes, byte)), ONE_SEGMENT).map(drop).expect_err("a header is written first");
        assert!(error.code() == codes::STATE_DAMAGED && error.to_string().contains("header"), "{error}");
    }
    let error = open(&with(&bytes[..40]), ONE_SEGMENT).map(drop).expect_err("it has no whole header");
    assert_eq!(error.code(), codes::STATE_DAMAGED);
    let disk = SimDisk::new(0);
    disk.put("journal-0000000000000001.log", &bytes);
    disk.put("journal-0000000000000003.log", &bytes);
    let error = open(&disk, ONE_SEGMENT).map(drop).expect_err("it is a copy");
    assert!(error.to_string().contains("its name says 3"), "{error}");
}

#[test]
fn a_record_that_is_too_large_is_refused_and_nothing_else() {
    let disk = SimDisk::new(0);
    let (mut journal, ..) = open(&disk, ONE_SEGMENT).expect("a new journal");
    let large = vec![0; (64 << 20) + 1];
    let error = journal.append(NonZeroU8::MIN, &large).expect_err("it is too large");
    assert_eq!((error.status, error.code()), (Status::InvalidArgument, codes::RECORD_TOO_LARGE), "{error}");
    group(&mut journal, &["1......."]);
    drop(journal);
    assert_eq!(open(&disk, ONE_SEGMENT).expect("all is well").1, [(1, "1.......".to_owned())]);
}

#[test]
fn a_group_larger_than_a_segment_has_one_to_itself() {
    let options = Options { segment_bytes: 200, preallocate: true };
    let disk = SimDisk::new(0);
    let (mut journal, ..) = open(&disk, options).expect("a new journal");
    group(&mut journal, &["small..."]);
    group(&mut journal, &[&"x".repeat(5_000), &"y".repeat(3_000)]);
    group(&mut journal, &["small..."]);
    drop(journal);
    assert_eq!(disk.list().expect("it lives").len(), 3);
    assert_eq!(open(&disk, options).expect("all is well").1.len(), 4);
}

#[test]
fn an_error_of_whoever_reads_ends_the_opening() {
    let disk = with(&file(&[&["1......."], &["2......."]]));
    let mut refuse = |record: Record<'_>| {
        let error = Error::new(Status::Internal, codes::INTERNAL, "not this one", fishplate::Place::None);
        if record.lsn == Lsn(2) { Err(error) } else { Ok(()) }
    };
    let error = Journal::open(disk, STATE, Lsn(0), ONE_SEGMENT, &mut refuse).map(drop).expect_err("it was refused");
    assert_eq!(error.diagnostics[0].message, "not this one");
}
