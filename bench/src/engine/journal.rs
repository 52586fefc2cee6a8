//! What the journal costs an event: payments as it keeps them, appended and made durable in groups, against a bare write
//! of the same bytes and an fdatasync, into a file that has its whole size already.

use std::fs::File;
use std::io::Write;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::time::Instant;

use fishplate::Event;
use fishplate_payments::Deliveries;
use fishplate_payments::forms::write_message;
use fishplate_store::{Journal, Lsn, Options, RealDisk, StateId};
use rustix::fs::{FallocateFlags, fallocate};

use crate::events::{engine, load};
use crate::measure::{Case, Family, Reading, Scale};

const RULES: &str = include_str!("../../../examples/payments/rules.yaml");
const PROTO: &str = include_str!("../../../examples/payments/payment.proto");
const GROUPS: [usize; 3] = [1, 64, 1_024];
const EVENT: NonZeroU8 = NonZeroU8::MIN;

pub(crate) struct Journals {
    scale: Scale,
    folder: PathBuf,
    /// Payments as the journal keeps them.
    records: Vec<Vec<u8>>,
    next: usize,
    journal: Journal<RealDisk>,
    bare: File,
    /// Where the bare file goes on.
    written: u64,
    bare_bytes: u64,
}

impl Journals {
    pub(crate) fn new(scale: Scale) -> Result<Self, String> {
        let folder = crate::report::build_folder().join("bench-journal");
        let _ = std::fs::remove_dir_all(&folder); // of a run that was ended; there may be none
        std::fs::create_dir_all(folder.join("journal")).map_err(|error| format!("{}: {error}", folder.display()))?;
        let disk = RealDisk::open(&folder.join("journal")).map_err(|error| error.to_string())?;
        let opened = Journal::open(disk, StateId([7; 16]), Lsn(0), Options::default(), &mut |_| Ok(()));
        let bare_bytes = Options::default().segment_bytes;
        Ok(Self {
            scale,
            records: records()?,
            next: 0,
            journal: opened.map_err(|error| error.to_string())?.0,
            bare: bare(&folder, bare_bytes)?,
            written: 0,
            bare_bytes,
            folder,
        })
    }

    /// The places of the records of the next group.
    fn group(&mut self, size: usize) -> Vec<usize> {
        let places = (self.next..self.next + size).map(|at| at % self.records.len()).collect();
        self.next += size;
        places
    }

    /// Microseconds of an event: groups of a size through the journal.
    fn journalled(&mut self, size: usize, groups: usize) -> f64 {
        let start = Instant::now();
        for _ in 0..groups {
            for at in self.group(size) {
                let appended = self.journal.append(EVENT, &self.records[at]);
                debug_assert!(appended.is_ok());
            }
            self.journal.sync().unwrap_or_else(|error| panic!("the benchmark's own disk: {error}"));
        }
        start.elapsed().as_secs_f64() * 1e6 / (groups * size) as f64
    }

    /// The same bytes, bare.
    fn bare(&mut self, size: usize, groups: usize) -> f64 {
        let mut block = Vec::new();
        let start = Instant::now();
        for _ in 0..groups {
            block.clear();
            for at in self.group(size) {
                block.extend_from_slice(&self.records[at]);
            }
            self.written += block.len() as u64;
            if self.written > self.bare_bytes {
                self.bare = bare(&self.folder, self.bare_bytes).unwrap_or_else(|error| panic!("{error}"));
                self.written = block.len() as u64;
            }
            let written = self.bare.write_all(&block).and_then(|()| self.bare.sync_data());
            written.unwrap_or_else(|error| panic!("the benchmark's own disk: {error}"));
        }
        start.elapsed().as_secs_f64() * 1e6 / (groups * size) as f64
    }
}

/// A file of its whole size, as the journal's segments are.
fn bare(folder: &std::path::Path, bytes: u64) -> Result<File, String> {
    let made = File::create(folder.join("bare")).and_then(|file| {
        fallocate(&file, FallocateFlags::empty(), 0, bytes)?;
        file.sync_all()?;
        Ok(file)
    });
    made.map_err(|error| format!("{}: {error}", folder.display()))
}

/// Two thousand payments as the journal keeps them.
fn records() -> Result<Vec<Vec<u8>>, String> {
    let mut engine = engine(&load("rules.yaml", &[("rules.yaml", RULES), ("payment.proto", PROTO)]));
    let mut message = Vec::new();
    let record = |delivery: fishplate_payments::Delivery| {
        message.clear();
        write_message(&delivery.payment, &mut message);
        let prepared = engine.prepare(Event::protobuf(&message)).map_err(|error| error.to_string())?;
        let mut record = Vec::new();
        prepared.write(&mut record);
        Ok(record)
    };
    Deliveries::new(1, 2_000).map(record).collect()
}

impl Drop for Journals {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder); // what remains is in the build folder, and small
    }
}

impl Family for Journals {
    fn cases(&self) -> Vec<Case> {
        let bytes = self.records.iter().map(Vec::len).sum::<usize>() / self.records.len().max(1);
        let case = |size: &usize| Case {
            name: format!("the journal, an event in groups of {size}"),
            unit: "µs".into(),
            reference: "the same bytes by write and fdatasync".into(),
            target: None,
            about: format!(
                "Payments as the journal keeps them ({bytes} bytes on average), appended one by one and made durable \
                 {size} at a time, on the disk of this machine. The bare file has its whole size already, as the \
                 journal's segments do; it has no headers and no checksums."
            ),
            curve: None,
        };
        GROUPS.iter().map(case).collect()
    }

    fn rounds(&self) -> usize {
        self.scale.pick(25, 3)
    }

    fn read(&mut self, case: usize) -> Reading {
        let size = GROUPS[case];
        let groups = self.scale.pick([40, 40, 20], [5, 3, 1])[case];
        let before = self.bare(size, groups);
        let value = self.journalled(size, groups);
        Reading { value, limits: [before, self.bare(size, groups)] }
    }
}
