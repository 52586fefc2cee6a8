//! What each language needs, and whether it is here. Knows where libraries are looked for.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::Finding;
use super::ask::{ask, version};

/// The version that everything should have.
const OURS: &str = env!("CARGO_PKG_VERSION");

pub(super) fn python() -> Vec<Finding> {
    let python = tool("python3", &["--version"], &[3, 11], "apt-get install python3, or https://python.org");
    if python.state == super::State::Missing {
        return vec![python];
    }
    let asked = "import sys, fishplate; print(fishplate.__version__, fishplate.__file__)";
    let how = "pip install the wheel fishplate, for the python3 that comes first on PATH";
    let package = match ask("python3", &["-c", asked], "") {
        Some(answer) if answer.fine => {
            let (found, place) = answer.text.split_once(' ').unwrap_or((&answer.text, ""));
            matching("the package fishplate", found, place)
        }
        Some(answer) => {
            let why = answer.text.lines().last().unwrap_or("it cannot be imported").to_owned();
            Finding::missing("the package fishplate", why, how)
        }
        None => Finding::missing("the package fishplate", "python3 does not answer", how),
    };
    let asked = "import opentelemetry; from importlib.metadata import version; print(version('opentelemetry-api'))";
    let traces = match ask("python3", &["-c", asked], "") {
        Some(answer) if answer.fine => {
            Finding::ok("opentelemetry-api", format!("{}: sessions carry the current span", answer.text))
        }
        _ => Finding::note("opentelemetry-api", "not installed: traces are given by hand, or not at all"),
    };
    vec![python, package, traces]
}

pub(super) fn java() -> Vec<Finding> {
    let java = tool("java", &["-version"], &[17], "apt-get install openjdk-17-jre-headless, or https://adoptium.net");
    let how = format!(
        "put fishplate-{OURS}.jar on CLASSPATH, or into ~/.m2 (mvn install:install-file, or a dependency on \
         dev.fishplate:fishplate)"
    );
    let jar = match jars().into_iter().next() {
        Some(jar) => {
            let name = jar.file_stem().unwrap_or_default().to_string_lossy();
            let found = name.strip_prefix("fishplate-").unwrap_or_default().to_owned();
            matching("the JAR", &found, &jar.to_string_lossy())
        }
        None => Finding::missing("the JAR", "neither on CLASSPATH nor in ~/.m2", how),
    };
    vec![java, jar, extraction()]
}

pub(super) fn c() -> Vec<Finding> {
    let cc = tool("cc", &["--version"], &[], "apt-get install gcc libc6-dev");
    let known = ask("pkg-config", &["--modversion", "fishplate"], "");
    let library = match &known {
        Some(answer) if answer.fine => {
            let place = ask("pkg-config", &["--variable=libdir", "fishplate"], "").map(|at| at.text);
            matching("the library", &answer.text, &place.unwrap_or_default())
        }
        Some(_) => Finding::missing(
            "the library",
            "pkg-config does not know fishplate",
            "install the C library, and name the folder of fishplate.pc in PKG_CONFIG_PATH",
        ),
        None => Finding::note("the library", "there is no pkg-config to ask"),
    };
    let flags = ask("pkg-config", &["--cflags", "fishplate"], "").filter(|answer| answer.fine);
    let flags = flags.map(|answer| answer.text).unwrap_or_default();
    let mut args: Vec<&str> = flags.split_whitespace().collect();
    args.extend(["-fsyntax-only", "-x", "c", "-"]);
    let header = match ask("cc", &args, "#include <fishplate.h>\n") {
        Some(answer) if answer.fine => Finding::ok("fishplate.h", "cc finds it and takes it"),
        Some(_) => Finding::missing("fishplate.h", "cc does not find it", "name its folder with -I or CPATH"),
        None => {
            let how = "install a C compiler, and name the folder of fishplate.h with -I or CPATH";
            Finding::missing("fishplate.h", "there is no cc to ask", how)
        }
    };
    vec![cc, library, header]
}

/// A program and its version, which is at least `least`.
fn tool(name: &'static str, args: &[&str], least: &[u32], how: &str) -> Finding {
    let Some(answer) = ask(name, args, "").filter(|answer| answer.fine) else {
        return Finding::missing(name, "not found on PATH", how);
    };
    match version(&answer.text) {
        Some((found, text)) if found.as_slice() >= least => Finding::ok(name, text),
        Some((_, text)) => {
            let least: Vec<String> = least.iter().map(u32::to_string).collect();
            Finding::missing(name, format!("{text}, and {} or newer is needed", least.join(".")), how)
        }
        None => Finding::note(name, "it does not tell its version"),
    }
}

/// A library of ours, which should have the version of this program.
fn matching(what: &'static str, found: &str, place: &str) -> Finding {
    if found == OURS {
        Finding::ok(what, format!("{found} at {place}"))
    } else {
        let detail = format!("{found} at {place}, and this program is {OURS}");
        Finding::missing(what, detail, format!("install version {OURS}, so that all speak alike"))
    }
}

/// The JARs of ours that a Java program is likely to find, the likeliest first.
fn jars() -> Vec<PathBuf> {
    let class_path = env::var_os("CLASSPATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = env::split_paths(&class_path).filter(|path| is_jar(path)).collect();
    if let Some(home) = env::home_dir() {
        found.push(home.join(format!(".m2/repository/dev/fishplate/fishplate/{OURS}/fishplate-{OURS}.jar")));
    }
    found.retain(|path| path.is_file());
    found
}

fn is_jar(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("fishplate-") && name.ends_with(".jar")
}

/// The JAR puts its native library into the first of these folders that lets programs be run from it.
fn extraction() -> Finding {
    let home = env::home_dir();
    let cache = env::var_os("XDG_CACHE_HOME").filter(|set| !set.is_empty()).map(PathBuf::from);
    let places = [Some(PathBuf::from("/tmp")), cache.or_else(|| home.as_ref().map(|home| home.join(".cache"))), home];
    let places: Vec<PathBuf> = places.into_iter().flatten().collect();
    match places.iter().find(|place| runs_from(place)) {
        Some(place) => Finding::ok("a folder for the native library", place.to_string_lossy()),
        None => Finding::missing(
            "a folder for the native library",
            "no program can be run from /tmp, the cache folder or the home folder (mounted noexec, or read-only)",
            "give java -Djava.io.tmpdir=DIR with a folder that allows it",
        ),
    }
}

/// Whether programs may be run from a folder: by running one.
fn runs_from(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    if fs::create_dir_all(folder).is_err() {
        return false;
    }
    let script = folder.join(format!("fishplate-doctor-{}.sh", std::process::id()));
    let written = fs::write(&script, "#!/bin/sh\nexit 0\n")
        .and_then(|()| fs::set_permissions(&script, fs::Permissions::from_mode(0o700)));
    let ran = written.is_ok() && ask(&script.to_string_lossy(), &[], "").is_some_and(|answer| answer.fine);
    let _ = fs::remove_file(&script);
    ran
}
