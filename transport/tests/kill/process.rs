//! This program again, as another process that can be killed. It dies with whoever started it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Process(Child);

impl Process {
    /// Starts a role; see `roles.rs`.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("this program has a file");
        let child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        Self(child.expect("this program starts"))
    }

    /// Waits for its first line.
    pub(crate) fn ready(&mut self) {
        let mut line = String::new();
        let stdout = self.0.stdout.take().expect("its output is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("its output can be read");
        assert_eq!(line, "ready\n", "the process must come up");
    }

    /// Kills it: no signal handler, no destructor, no goodbye.
    pub(crate) fn kill(&mut self) -> Instant {
        self.0.kill().expect("it can be killed");
        let dead = Instant::now();
        self.0.wait().expect("it is our child");
        dead
    }

    /// Waits until it ends by itself, which it must do well.
    pub(crate) fn finish(&mut self, within: Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("it is our child") {
                assert!(status.success(), "the process ended with {status}");
                return;
            }
            assert!(start.elapsed() < within, "the process does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.0.try_wait().expect("it is our child").is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that nobody listens at.
pub(crate) fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    listener.local_addr().expect("it is bound").to_string()
}
