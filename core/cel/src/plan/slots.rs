//! Numbers for the places that values come from.

use std::collections::HashMap;

/// Where a value comes from: a variable and the fields selected from it, e.g. `event` / `device` / `id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// The variable.
    pub root: String,
    /// The fields, outermost first.
    pub fields: Vec<String>,
}

/// Numbers for paths, shared by all programs that run over one table of slots.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    paths: Vec<Path>,
    numbers: HashMap<Path, usize>,
}

impl Slots {
    /// The number of `path`, given on first sight.
    pub fn intern(&mut self, path: Path) -> usize {
        if let Some(number) = self.numbers.get(&path) {
            return *number;
        }
        let number = self.paths.len();
        self.numbers.insert(path.clone(), number);
        self.paths.push(path);
        number
    }

    /// All paths, by number.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_the_number_of_its_first_sight() {
        let path = |field: &str| Path { root: "event".to_owned(), fields: vec![field.to_owned()] };
        let mut slots = Slots::default();
        assert_eq!(slots.intern(path("a")), 0);
        assert_eq!(slots.intern(path("b")), 1);
        assert_eq!(slots.intern(path("a")), 0);
        assert_eq!(slots.paths(), [path("a"), path("b")]);
    }
}
