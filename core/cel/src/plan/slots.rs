//! Numbers for the places that values come from.

use std::sync::Arc;

use hashbrown::HashMap;

/// Where a value comes from: a variable and the fields selected from it, e.g. `event` / `device` / `id`. Clones share its
/// names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// The variable.
    pub root: Arc<str>,
    /// The fields, outermost first.
    pub fields: Arc<[Arc<str>]>,
}

impl Path {
    /// The fields of a variable.
    pub fn new<'f>(root: &str, fields: impl IntoIterator<Item = &'f str>) -> Self {
        Self { root: root.into(), fields: fields.into_iter().map(Arc::from).collect() }
    }

    /// A field of what is here.
    pub(crate) fn then(&self, field: &Arc<str>) -> Self {
        let fields = self.fields.iter().chain([field]).cloned();
        Self { root: self.root.clone(), fields: fields.collect() }
    }
}

/// Numbers for paths, shared by all programs that run over one table of slots.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    paths: Vec<Path>,
    numbers: HashMap<Path, usize>,
}

impl Slots {
    /// The number of `path`, given on first sight.
    pub fn intern(&mut self, path: &Path) -> usize {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        let number = self.paths.len();
        self.numbers.insert(path.clone(), number);
        self.paths.push(path.clone());
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
        let path = |field: &str| Path::new("event", [field]);
        let mut slots = Slots::default();
        assert_eq!(slots.intern(&path("a")), 0);
        assert_eq!(slots.intern(&path("b")), 1);
        assert_eq!(slots.intern(&path("a")), 0);
        assert_eq!(slots.paths(), [path("a"), path("b")]);
    }
}
