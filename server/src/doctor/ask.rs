//! Asking another program something, for a limited time. Knows processes; knows no program.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No answer that the doctor wants takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a program said.
pub(super) struct Answer {
    /// Whether it ended with 0.
    pub(super) fine: bool,
    /// Standard output, then standard error, without white space around.
    pub(super) text: String,
}

/// Runs `program` with `input` on its standard input; `None` if there is no such program or it takes too long.
pub(super) fn ask(program: &str, args: &[&str], input: &str) -> Option<Answer> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // Shorter than any pipe; a program that does not read it is no reason to stop.
    let _ = child.stdin.take()?.write_all(input.as_bytes());
    let (mut out, mut err) = (child.stdout.take()?, child.stderr.take()?);
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = out.read_to_string(&mut text);
        let _ = err.read_to_string(&mut text);
        text
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let text = reader.join().ok()?;
    Some(Answer { fine: status.success(), text: text.trim().to_owned() })
}

/// The first version in a text, `17.0.2` in `openjdk version "17.0.2"`: its numbers and as it stands there.
pub(super) fn version(text: &str) -> Option<(Vec<u32>, String)> {
    text.split(|char: char| !(char.is_ascii_digit() || char == '.'))
        .map(|word| word.trim_matches('.'))
        .find(|word| word.contains('.') || word.parse::<u32>().is_ok())
        .map(|word| (word.split('.').filter_map(|part| part.parse().ok()).collect(), word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        let cases = [
            ("Python 3.11.2", vec![3, 11, 2]),
            ("openjdk version \"17.0.20\" 2026-01-20", vec![17, 0, 20]),
            ("java version \"21\"", vec![21]),
            ("cc (Debian 12.2.0-14) 12.2.0\nCopyright", vec![12, 2, 0]),
        ];
        for (text, expected) in cases {
            assert_eq!(version(text).map(|(numbers, _)| numbers), Some(expected), "{text}");
        }
        assert_eq!(version("no numbers here."), None);
    }

    #[test]
    fn a_program_that_is_not_there_gives_no_answer() {
        assert!(ask("fishplate-no-such-program", &[], "").is_none());
        let answer = ask("sh", &["-c", "cat; echo wrong >&2; exit 3"], "said\n").expect("there is a shell");
        assert_eq!((answer.fine, answer.text.as_str()), (false, "said\nwrong"));
    }
}
