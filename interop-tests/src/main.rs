//! `fishplate-runner`: one command a line in, one answer a line out, until `quit`.
#![forbid(unsafe_code)]

use std::io::{self, BufRead, Write};

use fishplate_interop::runner::Runner;

fn main() -> io::Result<()> {
    let mut runner = Runner::default();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line == "quit" {
            break;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let answer = runner.answer(&fields).unwrap_or_else(|mistake| format!("misused\t{mistake}"));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
