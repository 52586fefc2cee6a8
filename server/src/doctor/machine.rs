//! The machine: shared memory, rings, loopback. Knows what the ring and gRPC ask of a machine; the journeys beside it try
//! both for real.

use std::net::TcpListener;

use fishplate_transport::ring;

use super::{Finding, journeys};

/// Where rings live.
const SHARED_MEMORY: &str = "/dev/shm";
/// The port of the examples.
const USUAL_PORT: u16 = 7420;

pub(super) fn program() -> Vec<Finding> {
    let place = std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    vec![
        Finding::ok("fishplate", format!("{version} at {place}")),
        Finding::ok("machine", format!("{} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH)),
    ]
}

pub(super) fn ring() -> Vec<Finding> {
    let mut findings = vec![space()];
    let travelled = journeys::ring();
    findings.push(match travelled {
        Ok(took) => Finding::ok("a ring", format!("made, locked, and an event there and back in {took}")),
        Err(error) => Finding::missing("a ring", first_line(&error.to_string()), "see `fishplate explain-error F0864`"),
    });
    match ring::list() {
        Ok(rings) => findings.extend(rings.into_iter().map(|found| {
            let about = format!("shm://{}, {} bytes", found.name, found.bytes);
            if found.served {
                Finding::ok("a ring that is served", about)
            } else {
                let after = "left behind by a server that was killed; the next server of that name replaces it";
                Finding::note("a ring without a server", format!("{about}: {after}"))
            }
        })),
        Err(error) => findings.push(Finding::note("rings", first_line(&error.to_string()))),
    }
    findings
}

/// How much shared memory there is, against what a ring takes by default.
fn space() -> Finding {
    let needed = ring::RingOptions::default();
    let needed = 2 * u64::from(needed.pairs) * u64::from(needed.lane_bytes);
    match rustix::fs::statvfs(SHARED_MEMORY) {
        Ok(about) => {
            let (whole, free) = (about.f_blocks * about.f_frsize, about.f_bavail * about.f_frsize);
            let detail = format!("{} MiB, {} MiB free", whole >> 20, free >> 20);
            if free > needed {
                Finding::ok(SHARED_MEMORY, detail)
            } else {
                let how = format!(
                    "give the container more (docker run --shm-size, or an emptyDir of medium Memory), or the ring less \
                     (--ring-pairs, --ring-lane-bytes): by default it takes {} MiB",
                    needed >> 20
                );
                Finding::missing(SHARED_MEMORY, detail, how)
            }
        }
        Err(error) => Finding::missing(SHARED_MEMORY, error.to_string(), "mount a tmpfs there"),
    }
}

pub(super) fn grpc() -> Vec<Finding> {
    let travelled = match journeys::grpc() {
        Ok(took) => Finding::ok("a server on loopback", format!("an event there and back in {took}")),
        Err(error) => {
            let how = "bring the interface lo up (ip link set lo up), and let this program listen on it";
            Finding::missing("a server on loopback", first_line(&error.to_string()), how)
        }
    };
    let usual = match TcpListener::bind(("127.0.0.1", USUAL_PORT)) {
        Ok(_) => Finding::ok("port 7420", "free on 127.0.0.1"),
        Err(error) => Finding::note("port 7420", format!("not free on 127.0.0.1: {error}")),
    };
    vec![travelled, usual]
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
