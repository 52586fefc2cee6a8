//! The program `fishplate`. Everything is in the library, so that the Python wheel carries the same program.

fn main() {
    std::process::exit(fishplate_server::main_with(std::env::args_os().collect()));
}
