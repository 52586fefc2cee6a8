//! Making and attaching: each refusal by its name, with a text that says the way out.

mod common;

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;

use common::{joined, small, unique};
use fishplate_ring::layout::{
    HEADER_LANE_BYTES, HEADER_MAGIC, HEADER_PAIRS, HEADER_SIZE, HEADER_VERSION, LANE_BYTES_MAX,
};
use fishplate_ring::{Attachment, Options, RawAttachment, Ring, RingError};

fn path_of(name: &str) -> PathBuf {
    PathBuf::from(format!("/dev/shm/fishplate-{name}"))
}

/// What attaching says, and the same of the raw way.
fn refusal(name: &str) -> (RingError, String) {
    let raw = RawAttachment::attach(name).expect_err("refused").to_string();
    let error = Attachment::attach(name).expect_err("refused");
    assert_eq!(error.to_string(), raw);
    (error, raw)
}

/// A file that another process might have put there: changed by hand, with a server's lock.
struct Forged {
    path: PathBuf,
    name: String,
    file: File,
}

impl Forged {
    fn new() -> Self {
        let name = unique("forged");
        let (ring, ..) = joined("original", small(2));
        let path = path_of(&name);
        fs::copy(ring.path(), &path).expect("copied");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
        let file = OpenOptions::new().read(true).write(true).open(&path).expect("ours");
        Self { path, name, file }
    }

    /// As a server would.
    fn locked(self) -> Self {
        // SAFETY: `flock` is plain numbers, for which zeros are valid; the lock is of byte 0, and outlives the call.
        let done = unsafe {
            let mut lock: libc::flock = std::mem::zeroed();
            lock.l_type = libc::F_WRLCK as libc::c_short;
            lock.l_len = 1;
            libc::fcntl(self.file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut lock)
        };
        assert_eq!(done, 0);
        self
    }

    fn with(self, at: u32, value: u32) -> Self {
        self.file.write_all_at(&value.to_ne_bytes(), u64::from(at)).expect("written");
        self
    }
}

impl Drop for Forged {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[test]
fn a_name_without_a_ring_and_a_ring_without_a_server_are_two_things() {
    let (error, text) = refusal(&unique("nobody"));
    assert!(matches!(error, RingError::NotFound { left_behind: false, .. }));
    assert!(text.contains("there is no ring") && text.contains("start its server"), "{text}");
    let left = Forged::new();
    let (error, text) = refusal(&left.name);
    assert!(matches!(error, RingError::NotFound { left_behind: true, .. }));
    assert!(text.contains("has gone; start it again"), "{text}");
}

#[test]
fn another_version_is_refused_with_both_named() {
    for found in [2, 0, u32::MAX] {
        let ring = Forged::new().locked().with(HEADER_VERSION, found);
        let (error, text) = refusal(&ring.name);
        assert!(matches!(error, RingError::Version { known: 1, .. }), "{error:?}");
        assert!(text.contains(&format!("version {found},")) && text.contains("version 1;"), "{text}");
    }
}

#[test]
fn a_header_that_no_server_wrote_is_refused() {
    for (at, value) in [
        (HEADER_MAGIC, 7),
        (HEADER_SIZE, 64),
        (HEADER_PAIRS, 0),
        (HEADER_PAIRS, 1),
        (HEADER_PAIRS, u32::MAX),
        (HEADER_LANE_BYTES, 0),
        (HEADER_LANE_BYTES, 4095),
        (HEADER_LANE_BYTES, 8192),
        (HEADER_LANE_BYTES, 1 << 31),
    ] {
        let ring = Forged::new().locked().with(at, value);
        let (error, text) = refusal(&ring.name);
        assert!(matches!(error, RingError::Corrupt { .. }), "{at} {value}: {error:?}");
        assert!(text.contains("damaged"), "{text}");
    }
}

#[test]
fn a_file_shorter_or_longer_than_its_geometry_is_refused() {
    for size in [0, 100, 4096, 20_000, 1 << 20] {
        let ring = Forged::new().locked();
        ring.file.set_len(size).expect("ours");
        assert!(matches!(refusal(&ring.name).0, RingError::Corrupt { .. }), "{size}");
    }
}

#[test]
fn what_others_may_open_is_refused() {
    let ring = Forged::new().locked();
    for mode in [0o644, 0o660, 0o606] {
        fs::set_permissions(&ring.path, Permissions::from_mode(mode)).expect("ours");
        let (error, text) = refusal(&ring.name);
        assert!(matches!(error, RingError::PermissionDenied { .. }), "{error:?}");
        assert!(text.contains("is open to other users"), "{text}");
    }
    fs::set_permissions(&ring.path, Permissions::from_mode(0o600)).expect("ours");
    drop(Attachment::attach(&ring.name).expect("this user's alone"));
}

#[test]
fn a_link_or_another_users_file_is_refused() {
    let (ring, ..) = joined("linked", small(1));
    let name = unique("link");
    symlink(ring.path(), path_of(&name)).expect("linked");
    let (error, text) = refusal(&name);
    fs::remove_file(path_of(&name)).expect("ours");
    assert!(matches!(error, RingError::PermissionDenied { .. }));
    assert!(text.contains("is a symbolic link"), "{text}");

    // Only root can give a file away; any other user is told the same by the file's mode, which the kernel holds.
    let given = Forged::new().locked();
    if chown(&given.path, Some(12_345), None).is_ok() {
        let (error, text) = refusal(&given.name);
        assert!(matches!(error, RingError::PermissionDenied { .. }));
        assert!(text.contains("belongs to another user"), "{text}");
        let refused = Ring::create(&given.name, small(1));
        assert!(matches!(refused, Err(RingError::PermissionDenied { .. })), "{refused:?}");
    }
}

#[test]
fn every_pair_taken_is_refused_and_a_pair_given_back_is_taken() {
    let (ring, mut pairs, first) = joined("taken", small(2));
    let name = ring.path().to_str().expect("plain")["/dev/shm/fishplate-".len()..].to_owned();
    let second = Attachment::attach(&name).expect("the other pair");
    assert_eq!((first.pair(), second.pair()), (0, 1));
    let (error, text) = refusal(&name);
    assert!(matches!(error, RingError::AllPairsTaken { pairs: 2 }));
    assert!(text.contains("start the server with more pairs"), "{text}");
    drop(first);
    // The server needs a moment to clean it; the client waits for that.
    let cleaner = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        pairs[0].state();
        assert!(pairs[0].reset().expect("asked"));
        pairs
    });
    assert_eq!(Attachment::attach(&name).expect("the pair that was given back").pair(), 0);
    drop(cleaner.join().expect("no panic"));
}

#[test]
fn names_and_options_out_of_bounds_are_refused_before_anything_is_made() {
    for name in ["", "../escape", "Upper", "a/b", &"x".repeat(65)] {
        assert!(matches!(refusal(name).0, RingError::InvalidName { .. }));
        assert!(matches!(Ring::create(name, small(1)), Err(RingError::InvalidName { .. })));
    }
    for (pairs, lane_bytes) in [(0, 4096), (1025, 4096), (1, 2048), (1, 4097), (1, 1 << 29)] {
        let refused = Ring::create("never-made", Options { pairs, lane_bytes });
        assert!(matches!(refused, Err(RingError::InvalidOptions { .. })), "{refused:?}");
    }
    assert!(!path_of("never-made").exists());
}

#[test]
fn a_name_has_one_server() {
    let (ring, ..) = joined("one-server", small(1));
    let name = ring.path().to_str().expect("plain")["/dev/shm/fishplate-".len()..].to_owned();
    let refused = Ring::create(&name, small(1)).expect_err("it is served");
    assert!(matches!(refused, RingError::AlreadyServed { .. }));
    assert!(refused.to_string().contains("take another name"));
    drop(ring);
    drop(Ring::create(&name, small(1)).expect("the name is free"));
}

#[test]
fn of_servers_that_start_at_once_one_gets_the_name_left_behind() {
    for _ in 0..200 {
        let left = Forged::new();
        let together = std::sync::Arc::new(std::sync::Barrier::new(4));
        let makers: Vec<_> = (0..4)
            .map(|_| {
                let (name, together) = (left.name.clone(), together.clone());
                std::thread::spawn(move || {
                    together.wait();
                    Ring::create(&name, small(1))
                })
            })
            .collect();
        let made: Vec<Ring> = makers.into_iter().filter_map(|maker| maker.join().expect("no panic").ok()).collect();
        assert_eq!(made.len(), 1);
        assert!(Attachment::attach(&left.name).expect("served").server_alive().expect("asked"));
    }
}

#[test]
fn a_ring_takes_away_its_own_file_and_no_other() {
    let (ring, ..) = joined("own-file", small(1));
    let path = ring.path().to_owned();
    fs::remove_file(&path).expect("ours");
    fs::write(&path, b"somebody else's").expect("written");
    drop(ring);
    assert_eq!(fs::read(&path).expect("still there"), b"somebody else's");
    fs::remove_file(&path).expect("ours");
}

#[test]
fn a_file_left_by_a_server_that_died_while_making_it_is_swept_away() {
    let name = unique("swept");
    let left = PathBuf::from(format!("/dev/shm/.fishplate-{name}~1-0"));
    let neighbour = PathBuf::from(format!("/dev/shm/.fishplate-{name}-b~1-0"));
    for path in [&left, &neighbour] {
        fs::write(path, b"half made").expect("written");
        fs::set_permissions(path, Permissions::from_mode(0o600)).expect("ours");
    }
    drop(Ring::create(&name, small(1)).expect("a new name"));
    assert!(!left.exists() && neighbour.exists(), "only its own");
    fs::remove_file(neighbour).expect("ours");
}

#[test]
fn too_little_shared_memory_is_said_before_the_ring_has_a_name() {
    // SAFETY: `statvfs` is plain numbers, for which zeros are valid; both arguments outlive the call.
    let total = unsafe {
        let mut found: libc::statvfs = std::mem::zeroed();
        assert_eq!(libc::statvfs(c"/dev/shm".as_ptr(), &raw mut found), 0);
        found.f_blocks as u64 * found.f_frsize as u64
    };
    let pairs = u32::try_from(total / (2 * u64::from(LANE_BYTES_MAX)) + 1).expect("a machine of this world");
    let name = unique("too-large");
    let refused = Ring::create(&name, Options { pairs, lane_bytes: LANE_BYTES_MAX }).expect_err("more than there is");
    assert!(matches!(refused, RingError::NoSpace { .. }), "{refused:?}");
    assert!(refused.to_string().contains("fewer pairs or smaller lanes"), "{refused}");
    assert!(!path_of(&name).exists());
    let left =
        fs::read_dir("/dev/shm").expect("read").flatten().any(|e| e.file_name().to_string_lossy().contains(&name));
    assert!(!left, "nor a temporary one");
}
