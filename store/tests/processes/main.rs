//! Processes: two that want one folder, some that are killed, one whose disk is full. The children are this program itself.
//!
//! A program of its own, because a child must be another process.

#[cfg(unix)]
mod cases;
#[cfg(unix)]
mod child;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        #[cfg(unix)]
        ["append-to", folder] => child::append(folder, true),
        #[cfg(unix)]
        ["append-without-preallocation-to", folder] => child::append(folder, false),
        // What a test runner asks every test program.
        ["--list", ..] => println!("processes: test"),
        #[cfg(unix)]
        _ => cases::run(),
        #[cfg(not(unix))]
        _ => {}
    }
}
