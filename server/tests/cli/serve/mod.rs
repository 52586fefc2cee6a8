//! `fishplate serve`, by running the real program and talking to it as its clients do.

mod health;
mod logs;
mod operator;
mod refusals;
mod signals;
mod spans;
mod tls;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fishplate::{Decision, Error, TraceContext};
use fishplate_transport::{Body, Outgoing, Received, Session, SessionOptions, connect};

use tonic::transport::Channel;

use super::{fishplate, payment};

/// Longer than anything here takes; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on its way; killed when it is dropped.
pub(super) struct Serving {
    child: Child,
    /// What it listens on, in the order in which it said so.
    listening: Vec<String>,
    /// Where it is operated, if it said so.
    operator: Option<String>,
    /// What it has logged so far.
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Serving {
    /// The sample rules, served with `args`, once the server is ready.
    pub(super) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// The same with variables of the environment.
    fn start_with(args: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::launch(&[&["--rules", "payments.yaml"], args].concat(), environment)
    }

    /// Rules of the test's own, or none.
    fn start_bare(args: &[&str]) -> Self {
        Self::launch(args, &[])
    }

    fn launch(args: &[&str], environment: &[(&str, &str)]) -> Self {
        // Small rings: many of them live at once.
        let small = ["--ring-pairs", "2", "--ring-lane-bytes", "131072"];
        let mut command = fishplate(&[&["serve"], &small[..], args].concat());
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("it was piped"));
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in stderr.lines() {
                let line = line.expect("the log is UTF-8") + "\n";
                written.lock().expect("nobody panics with it").push_str(&line);
            }
        });
        let stdout = BufReader::new(child.stdout.take().expect("it was piped"));
        let mut lines = stdout.lines().map(|line| line.expect("standard output is UTF-8"));
        let (mut listening, mut operator) = (Vec::new(), None);
        for line in lines.by_ref().take_while(|line| line != "ready") {
            match line.split_once(' ') {
                Some(("listening", address)) => listening.push(address.to_owned()),
                Some(("operator", address)) => operator = Some(address.to_owned()),
                _ => panic!("first it says where it listens, not {line:?}"),
            }
        }
        let mut serving = Self { child, listening, operator, log, reader: Some(reader) };
        if serving.listening.is_empty() {
            panic!("the server did not come up: {}", serving.end().1);
        }
        serving
    }

    /// The address that begins with `scheme`.
    fn address(&self, scheme: &str) -> &str {
        let found = self.listening.iter().find(|address| address.starts_with(scheme));
        found.unwrap_or_else(|| panic!("it listens on {:?}", self.listening))
    }

    /// Where it is operated.
    fn operator(&self) -> &str {
        self.operator.as_deref().expect("it was started with --operator")
    }

    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill is there");
        assert!(sent.success());
    }

    /// Waits for its end: the exit code and the log.
    pub(super) fn end(&mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("it can be waited for").code();
        self.reader.take().expect("the first to ask").join().expect("the log is read");
        (code, self.logged())
    }

    fn logged(&self) -> String {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// Waits until the log has `text`.
    fn wait_for(&self, text: &str) {
        let began = Instant::now();
        while !self.logged().contains(text) {
            assert!(began.elapsed() < PATIENCE, "no {text:?} in {}", self.logged());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops it in order; gives the log.
    pub(super) fn stop(mut self) -> String {
        self.signal("-TERM");
        let (code, log) = self.end();
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A server that was killed leaves its ring behind.
        for ring in self.listening.iter().filter_map(|address| address.strip_prefix("shm://")) {
            let _ = std::fs::remove_file(format!("/dev/shm/fishplate-{ring}"));
        }
    }
}

/// A connection to the server, for clients that are not ours.
async fn channel(server: &Serving) -> Channel {
    let address = server.address("grpc://").replace("grpc://", "http://");
    Channel::from_shared(address).expect("an address").connect().await.expect("it listens")
}

/// A name that no other ring of these tests has.
pub(super) fn ring_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test-serve-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn session(address: &str) -> Session {
    let options = SessionOptions { deadline_ms: 60_000, ..SessionOptions::default() };
    connect(address, &options).expect("the server takes sessions")
}

fn send(session: &Session, json: &str, trace: Option<TraceContext>) {
    let event = Outgoing { trace, ..Outgoing::new(Body::Json(json.as_bytes())) };
    session.send(&event, Some(PATIENCE)).expect("there is room");
}

/// The outcome of the next event.
fn receive(session: &Session) -> Result<Decision, Error> {
    match session.receive(Some(PATIENCE)).expect("an outcome comes") {
        Received::Outcome { outcome, .. } => outcome,
        Received::End(word) => panic!("the session ended: {word:?}"),
    }
}

#[test]
fn a_server_decides_what_comes_through_its_ring_and_over_grpc() {
    let name = ring_name();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--ring", &name]);
    assert_eq!(server.listening.len(), 2);
    assert_eq!(server.address("shm://"), format!("shm://{name}"));
    for (address, id) in [(server.address("shm://"), "ring"), (server.address("grpc://"), "grpc")] {
        let session = session(address);
        assert_eq!(session.report().rule_set.0, "payments");
        send(&session, &payment(id), None);
        send(&session, "{\"amount\": \"a lot\"}", None);
        assert_eq!(receive(&session).expect("decided").output("score"), Some(&fishplate::Value::Int(0)));
        assert_eq!(receive(&session).expect_err("refused").code().to_string(), "F0603");
        session.half_close().expect("it streams");
        assert!(matches!(session.receive(Some(PATIENCE)), Ok(Received::End(word)) if word.watermark == 2));
    }
    server.stop();
}

#[test]
fn a_ring_and_a_socket_share_one_engine() {
    let name = ring_name();
    let server = Serving::start(&["--grpc", "127.0.0.1:0", "--ring", &name]);
    let (near, far) = (session(server.address("shm://")), session(server.address("grpc://")));
    let approved = |id: &str, amount: f64| {
        format!(
            "{{\"id\":\"{id}\",\"at\":\"2026-03-01T12:00:00Z\",\"cardId\":\"shared\",\"amount\":{amount:?},\"country\":\"NO\",\
             \"status\":\"APPROVED\"}}"
        )
    };
    send(&near, &approved("a", 1_500.0), None);
    assert_eq!(receive(&near).expect("decided").matched().count(), 0);
    send(&far, &approved("b", 600.0), None);
    assert_eq!(
        receive(&far).expect("decided").matched().collect::<Vec<_>>(),
        ["R001"],
        "it knows what the ring brought"
    );
    server.stop();
}

#[test]
fn with_json_the_listeners_are_told_as_json() {
    let mut child =
        fishplate(&["serve", "--json", "--rules", "payments.yaml", "--grpc", "127.0.0.1:0", "--log", "off"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
    let stdout = BufReader::new(child.stdout.take().expect("it was piped"));
    let mut lines = stdout.lines().map(|line| line.expect("standard output is UTF-8"));
    let first: serde_json::Value = serde_json::from_str(&lines.next().expect("a line")).expect("JSON");
    assert!(first["listening"].as_str().expect("an address").starts_with("grpc://127.0.0.1:"), "{first}");
    assert_eq!(lines.next().as_deref(), Some("{\"ready\":true}"));
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill is there");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}
