//! `fishplate doctor`: what it finds on the machine of these tests.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::serve::{Serving, ring_name};
use super::{Ran, fishplate, ran};

/// The findings of `parts` by what was looked at, and the exit code.
fn looked(parts: &[&str], path: Option<&Path>) -> (HashMap<String, Value>, Option<i32>) {
    let mut command = fishplate(&[&["doctor", "--json"], parts].concat());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let ran = Ran::of(command.env_remove("CLASSPATH").output().expect("the program starts"));
    assert_eq!(ran.err, "");
    let found = ran.lines().into_iter().map(|line| (line["what"].as_str().expect("named").to_owned(), line));
    (found.collect(), ran.code)
}

/// A folder with a program of that name that prints `says`.
fn folder_with(programs: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, says) in programs {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{says}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
    }
    folder
}

#[test]
fn rings_and_grpc_work_on_this_machine() {
    let (found, code) = looked(&["program", "ring", "grpc"], None);
    assert_eq!(code, Some(0), "{found:?}");
    for what in ["fishplate", "machine", "/dev/shm", "a ring", "a server on loopback"] {
        assert_eq!(found[what]["state"], "ok", "{}", found[what]);
    }
    assert!(found["fishplate"]["detail"].as_str().expect("text").starts_with(env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_is_missing_comes_with_how_to_get_it_and_exit_code_1() {
    let empty = folder_with(&[]);
    let (found, code) = looked(&["python", "java", "c"], Some(empty.path()));
    assert_eq!(code, Some(1));
    for what in ["python3", "java", "cc", "the JAR", "fishplate.h"] {
        assert_eq!(found[what]["state"], "missing", "{}", found[what]);
        assert!(found[what]["how"].as_str().is_some_and(|how| !how.is_empty()), "{}", found[what]);
    }
}

#[test]
fn a_tool_that_is_too_old_is_missing() {
    let old = folder_with(&[("python3", "echo Python 3.10.12"), ("java", "echo 'openjdk version \"11.0.2\"' >&2")]);
    let (found, code) = looked(&["python", "java"], Some(old.path()));
    assert_eq!(code, Some(1));
    assert_eq!(found["python3"]["detail"], "3.10.12, and 3.11 or newer is needed");
    assert_eq!(found["java"]["detail"], "11.0.2, and 17 or newer is needed");
}

#[test]
fn a_library_of_another_version_is_told() {
    let ours = env!("CARGO_PKG_VERSION");
    let tools = folder_with(&[
        ("python3", "[ \"$1\" = -c ] && echo 0.0.9 /lib/fishplate.py || echo Python 3.12.1"),
        ("pkg-config", &format!("[ \"$1\" = --modversion ] && echo {ours} || echo /usr/lib")),
    ]);
    let (found, _) = looked(&["python", "c"], Some(tools.path()));
    let detail = format!("0.0.9 at /lib/fishplate.py, and this program is {ours}");
    assert_eq!(
        (&found["the package fishplate"]["state"], &found["the package fishplate"]["detail"]),
        (&"missing".into(), &detail.into())
    );
    assert_eq!(found["the library"]["state"], "ok");
}

#[test]
fn a_ring_that_is_served_and_one_left_behind_are_told_apart() {
    let (served, dead) = (ring_name(), ring_name());
    let _living = Serving::start(&["--ring", &served]);
    let mut killed = Serving::start(&["--ring", &dead]);
    killed.signal("-KILL");
    assert_eq!(killed.end().0, None, "it was killed");
    let ran = ran(&["doctor", "ring"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let line = |name: &str| ran.out.lines().find(|line| line.contains(&format!("shm://{name},"))).unwrap_or_default();
    assert!(line(&served).starts_with("ring    ok       a ring that is served: "), "{}", ran.out);
    assert!(line(&dead).starts_with("ring    note     a ring without a server: "), "{}", ran.out);
    // The next server of the name takes its place, and takes it away at its end.
    Serving::start(&["--ring", &dead]).stop();
    assert!(!Path::new("/dev/shm").join(format!("fishplate-{dead}")).exists());
}
