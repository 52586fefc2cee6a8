//! Processes that are killed: `kill -9` at seeded moments, client or server, over the ring and over gRPC. The other side has
//! a clear status within five seconds; a client that is started again goes on without loss or repeat; a server that is
//! started again, without state, says so.
//!
//! A program of its own, because it runs itself as the process that is killed (see `roles.rs`).

#[path = "../conformance/grpc.rs"]
#[allow(dead_code)] // each of the two suites uses its part
mod grpc;
mod log;
#[path = "../conformance/place.rs"]
#[allow(dead_code)]
mod place;
mod process;
#[path = "../conformance/proxy.rs"]
#[allow(dead_code)]
mod proxy;
#[path = "../conformance/ring.rs"]
#[allow(dead_code)]
mod ring;
mod roles;
mod rounds;
#[path = "../conformance/rules.rs"]
#[allow(dead_code)]
mod rules;

use rounds::Seeded;

/// Of each kind: with two kinds and two transports, twenty deaths or more.
const ROUNDS: u32 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["as-client", address, session, epoch, log] => roles::client(address, session, epoch, log, false),
        ["as-client", address, session, epoch, log, "finish"] => roles::client(address, session, epoch, log, true),
        ["as-server", address] => roles::server(address),
        // What a test runner asks every test program.
        ["--list", ..] => println!("kill: test"),
        _ => run(),
    }
}

fn run() {
    log::install();
    let seed = std::env::var("FISHPLATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_2026);
    println!("seed {seed} (FISHPLATE_SEED sets another)");
    let mut moments = Seeded::new(seed);
    let mut deaths = 0;
    for round in 0..ROUNDS {
        deaths += rounds::client_killed::<ring::Ring>(&mut moments);
        deaths += rounds::client_killed::<grpc::Grpc>(&mut moments);
        let comes_back = round % 2 == 0;
        deaths += rounds::server_killed(&format!("shm://{}", place::fresh_name()), comes_back, &mut moments);
        deaths += rounds::server_killed(&format!("grpc://{}", process::free_port()), comes_back, &mut moments);
    }
    println!("{deaths} deaths, each with a clear status on the other side; 0 outcomes lost, 0 repeated");
}
