//! Fork: the child cannot use what its parent opened, keeps no lock of it, and does it no harm.
//!
//! A process with a ring forks, then is killed, while its child lives. The tests run this program once more for it.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{eventually, header, small, unique};
use fishplate_ring::{Attachment, PairState, RawAttachment, Ring, RingError, Word};

const ROLE: &str = "FISHPLATE_RING_TEST_ROLE";

fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// Another process that runs one test of this program, and what it says.
struct Other {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Other {
    fn run(test: &str, name: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args([test, "--exact", "--nocapture"])
            .env(ROLE, name)
            .stdout(Stdio::piped())
            .stdin(Stdio::piped())
            .spawn()
            .expect("this program runs");
        let said = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, said }
    }

    /// The number after this word, on the next line that has it.
    fn hear(&mut self, word: &str) -> i32 {
        let mut line = String::new();
        while self.said.read_line(&mut line).expect("a line") > 0 {
            if let Some((_, number)) = line.split_once(word) {
                return number.trim().parse().expect("a number");
            }
            line.clear();
        }
        panic!("it ended without a word of {word:?}");
    }

    fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("waited");
    }
}

fn say(word: &str, number: i32) {
    println!("\n{word}{number}");
    std::io::stdout().flush().expect("somebody listens");
}

/// Forks; the child runs `body` and ends with its answer, and nothing else of this program.
fn fork(body: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child runs `body`, which uses no lock that another thread may hold, and ends without unwinding or
    // running this program's exit handlers.
    match unsafe { libc::fork() } {
        0 => {
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or(99);
            // SAFETY: ends this process at once.
            unsafe { libc::_exit(answer) }
        }
        child => {
            assert!(child > 0, "forked");
            child
        }
    }
}

/// How a child of this process ended: its answer, or the signal and 1,000.
fn wait(child: i32) -> i32 {
    let mut status = 0;
    // SAFETY: the status outlives the call.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 1_000 + libc::WTERMSIG(status) }
}

fn end(process: i32) {
    // SAFETY: a signal to a process that the test has started.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

fn sleep_long() -> i32 {
    thread::sleep(Duration::from_secs(60));
    0
}

/// How many of a client's operations are not refused in the child: none may be.
fn not_refused(client: &mut Attachment) -> i32 {
    let mut bytes = Vec::new();
    let refused = |failed: bool| i32::from(!failed);
    refused(matches!(client.events.try_push(&header(1), &[]), Err(RingError::Forked)))
        + refused(matches!(client.events.wait_for_space(1, Duration::ZERO, 0), Err(RingError::Forked)))
        + refused(matches!(client.decisions.peek(&mut bytes), Err(RingError::Forked)))
        + refused(matches!(client.decisions.release_all(), Err(RingError::Forked)))
        + refused(matches!(client.decisions.wait(Duration::ZERO, 0), Err(RingError::Forked)))
        + refused(matches!(client.server_alive(), Err(RingError::Forked)))
}

/// In the child: 0 if dropping what the parent made leaves the child's own files alone. The descriptors that the fork
/// handler has closed are given to the next files that are opened.
fn drop_closes_nothing<T>(held: &std::sync::Mutex<Option<T>>) -> i32 {
    let files: Vec<_> = (0..8).map(|_| std::fs::File::open("/dev/null").expect("opened")).collect();
    let dropped = held.lock().is_ok_and(|mut held| held.take().is_some());
    i32::from(!dropped) + i32::from(!files.iter().all(|file| file.metadata().is_ok()))
}

#[test]
fn a_child_is_refused_and_its_parents_claim_ends_with_the_parent_while_the_child_lives() {
    if let Some(name) = role() {
        let mut client = Attachment::attach(&name).expect("a free pair");
        say("refused:", wait(fork(|| not_refused(&mut client))));
        let drops = std::sync::Mutex::new(Some(client));
        say("dropped:", wait(fork(|| drop_closes_nothing(&drops))));
        let mut client = drops.into_inner().expect("no panic").expect("only the child dropped it");
        assert!(client.events.try_push(&header(7), b"still here").expect("sound"));
        // This one keeps the mapping.
        say("child:", fork(sleep_long));
        sleep_long();
        drop(client);
        return;
    }
    let name = unique("fork-client");
    let mut ring = Ring::create(&name, small(1)).expect("a ring");
    let mut pairs = ring.take_pairs();
    let test = "a_child_is_refused_and_its_parents_claim_ends_with_the_parent_while_the_child_lives";
    let mut other = Other::run(test, &name);
    assert_eq!(other.hear("refused:"), 0, "operations that the child was allowed");
    assert_eq!(other.hear("dropped:"), 0, "the child dropped the attachment");
    let child = other.hear("child:");
    assert_eq!(pairs[0].state(), PairState::Claimed, "the child's drop changed nothing");
    assert!(pairs[0].client_alive().expect("asked"));
    let mut bytes = Vec::new();
    assert_eq!(pairs[0].events.peek(&mut bytes).expect("sound").expect("there").header.sequence, 7);
    other.kill();
    eventually("the claim ends with its process", || !pairs[0].client_alive().expect("asked"));
    // SAFETY: signal 0 only asks whether the process is there.
    assert_eq!(unsafe { libc::kill(child, 0) }, 0, "while the child lives");
    assert!(pairs[0].reset().expect("asked"));
    drop(Attachment::attach(&name).expect("a clean pair"));
    end(child);
}

#[test]
fn a_servers_child_neither_serves_nor_takes_the_name_away() {
    if let Some(name) = role() {
        let mut ring = Ring::create(&name, small(1)).expect("a ring");
        let mut pairs = ring.take_pairs();
        let refused = fork(|| {
            i32::from(!matches!(pairs[0].client_alive(), Err(RingError::Forked)))
                + i32::from(!matches!(pairs[0].reset(), Err(RingError::Forked)))
                + i32::from(!matches!(ring.wait(Duration::ZERO, 0, || true), Err(RingError::Forked)))
        });
        say("refused:", wait(refused));
        let held = std::sync::Mutex::new(Some((ring, pairs)));
        say("dropped:", wait(fork(|| drop_closes_nothing(&held))));
        say("child:", fork(sleep_long));
        sleep_long();
        return;
    }
    let name = unique("fork-server");
    let mut other = Other::run("a_servers_child_neither_serves_nor_takes_the_name_away", &name);
    assert_eq!(other.hear("refused:"), 0, "operations that the child was allowed");
    assert_eq!(other.hear("dropped:"), 0, "the child dropped the ring");
    let child = other.hear("child:");
    let client = Attachment::attach(&name).expect("the name is still there");
    assert!(client.server_alive().expect("asked"));
    other.kill();
    eventually("the server is gone with its process", || !client.server_alive().expect("asked"));
    // SAFETY: signal 0 only asks whether the process is there.
    assert_eq!(unsafe { libc::kill(child, 0) }, 0, "while its child lives");
    drop(Ring::create(&name, small(1)).expect("the name of a dead server"));
    end(child);
}

#[test]
fn a_raw_claim_is_refused_in_a_child_and_kept_by_its_parent() {
    let name = unique("fork-raw");
    let ring = Ring::create(&name, small(1)).expect("a ring");
    let raw = RawAttachment::attach(&name).expect("a free pair");
    let answer = wait(fork(|| {
        let wait = matches!(raw.wait(Word::DecisionData, 0, Duration::ZERO), Err(RingError::Forked));
        let wake = matches!(raw.wake(Word::Doorbell), Err(RingError::Forked));
        let asked = matches!(raw.server_alive(), Err(RingError::Forked));
        raw.detach();
        i32::from(!(wait && wake && asked))
    }));
    assert_eq!(answer, 0);
    assert!(raw.server_alive().expect("asked"));
    assert!(matches!(Attachment::attach(&name), Err(RingError::AllPairsTaken { pairs: 1 })));
    drop(ring);
}

#[test]
fn forks_in_the_middle_of_attaching_leave_no_lock_with_the_children() {
    const CLAIMS: u32 = 300;
    const FORKS: i32 = 60;
    if let Some(name) = role() {
        let claims: Vec<Attachment> = thread::scope(|scope| {
            let attaching =
                scope.spawn(|| (0..CLAIMS).map(|_| Attachment::attach(&name).expect("free pairs")).collect());
            for _ in 0..FORKS {
                say("child:", fork(sleep_long));
            }
            attaching.join().expect("no panic")
        });
        say("claims:", claims.len() as i32);
        sleep_long();
        return;
    }
    let name = unique("fork-race");
    let mut ring = Ring::create(&name, small(CLAIMS)).expect("a ring");
    let pairs = ring.take_pairs();
    let mut other = Other::run("forks_in_the_middle_of_attaching_leave_no_lock_with_the_children", &name);
    let children: Vec<i32> = (0..FORKS).map(|_| other.hear("child:")).collect();
    assert_eq!(other.hear("claims:"), CLAIMS as i32);
    other.kill();
    let alive = || pairs.iter().filter(|pair| pair.client_alive().expect("asked")).count();
    eventually("the claims end with their process, while its children live", || alive() == 0);
    children.into_iter().for_each(end);
}
