//! What all handles of a simulated disk share: its files, its names, its troubles.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::chance::Chance;
use super::file::Contents;
use super::{Fault, Faults};

/// How much of a removed file is kept, to show up in files that grow into its place.
const STALE: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct World {
    chance: Chance,
    /// Which life of the process there is; handles of others are dead.
    pub(super) life: u64,
    files: BTreeMap<u64, Contents>,
    last_id: u64,
    /// The names that the system shows.
    names: BTreeMap<String, u64>,
    /// The names that a power cut leaves, if nothing of `moves` makes it.
    durable_names: BTreeMap<String, u64>,
    moves: Vec<Move>,
    pub(super) faults: Faults,
    pub(super) next: Vec<Fault>,
    pub(super) room: Option<u64>,
    /// How many operations the power lasts for; `None`: for ever.
    pub(super) power: Option<u64>,
    /// It is off.
    pub(super) off: bool,
    pub(super) operations: u64,
    stale: Vec<u8>,
}

/// A change of names, one step: `from` goes, `to` comes.
#[derive(Clone, Debug)]
struct Move {
    from: Option<String>,
    to: Option<(String, u64)>,
}

impl Move {
    fn apply(&self, names: &mut BTreeMap<String, u64>) {
        if let Some(from) = &self.from {
            names.remove(from);
        }
        if let Some((name, id)) = &self.to {
            names.insert(name.clone(), *id);
        }
    }
}

/// What the power allows an operation.
enum Power {
    On,
    /// It fails in the middle: the operation may take effect, and its caller does not learn it.
    Failing,
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

fn io_error(what: &str) -> io::Error {
    io::Error::other(format!("simulated: {what}"))
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed),
            life: 0,
            files: BTreeMap::new(),
            last_id: 0,
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            moves: Vec::new(),
            faults: Faults::default(),
            next: Vec::new(),
            room: None,
            power: None,
            off: false,
            operations: 0,
            stale: Vec::new(),
        }
    }

    /// Counts an operation that could change something.
    fn operate(&mut self) -> io::Result<Power> {
        self.has_power()?;
        self.operations += 1;
        match &mut self.power {
            Some(0) => {
                self.off = true;
                return Ok(Power::Failing);
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(Power::On)
    }

    /// Runs `change`, or half of the times when the power fails in it.
    fn change<R>(&mut self, change: impl FnOnce(&mut Self) -> io::Result<R>) -> io::Result<R> {
        match self.operate()? {
            Power::On => change(self),
            Power::Failing => {
                if self.chance.toss() {
                    let _ = change(self);
                }
                Err(off())
            }
        }
    }

    /// Whether `fault` happens now.
    fn fails(&mut self, fault: Fault, often: u32) -> bool {
        if let Some(at) = self.next.iter().position(|next| *next == fault) {
            self.next.remove(at);
            return true;
        }
        self.chance.in_thousand(often)
    }

    fn has_power(&self) -> io::Result<()> {
        if self.off { Err(off()) } else { Ok(()) }
    }

    pub(super) fn contents(&self, name: &str) -> Option<&Contents> {
        self.files.get(self.names.get(name)?)
    }

    fn file(&mut self, id: u64) -> &mut Contents {
        self.files.entry(id).or_default()
    }

    fn id_of(&self, name: &str) -> io::Result<u64> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn move_name(&mut self, step: Move) {
        step.apply(&mut self.names);
        self.moves.push(step);
    }

    pub(super) fn list(&self) -> io::Result<Vec<String>> {
        self.has_power()?;
        Ok(self.names.keys().cloned().collect())
    }

    pub(super) fn open(&self, name: &str) -> io::Result<u64> {
        self.has_power()?;
        self.id_of(name)
    }

    pub(super) fn create(&mut self, name: &str) -> io::Result<u64> {
        self.change(|world| {
            if world.names.contains_key(name) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            world.last_id += 1;
            let id = world.last_id;
            world.files.insert(id, Contents::default());
            world.move_name(Move { from: None, to: Some((name.to_owned(), id)) });
            Ok(id)
        })
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.change(|world| {
            let id = world.id_of(from)?;
            world.move_name(Move { from: Some(from.to_owned()), to: Some((to.to_owned(), id)) });
            Ok(())
        })
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.change(|world| {
            let id = world.id_of(name)?;
            let shown = &world.file(id).shown;
            let stale = shown[..shown.len().min(STALE)].to_vec();
            world.stale = stale;
            world.move_name(Move { from: Some(name.to_owned()), to: None });
            Ok(())
        })
    }

    pub(super) fn sync_folder(&mut self) -> io::Result<()> {
        let lies = self.chance.in_thousand(self.faults.sync_lies);
        if self.fails(Fault::FolderSyncFails, self.faults.sync_fails) {
            self.operate()?;
            return Err(io_error("the folder was not synced"));
        }
        self.change(|world| {
            if !lies {
                for step in world.moves.drain(..) {
                    step.apply(&mut world.durable_names);
                }
                world.drop_nameless();
            }
            Ok(())
        })
    }

    /// Gives back the memory of files that have no name any more.
    fn drop_nameless(&mut self) {
        let moved = self.moves.iter().filter_map(|step| step.to.as_ref()).map(|(_, id)| *id);
        let named: BTreeSet<u64> =
            self.names.values().chain(self.durable_names.values()).copied().chain(moved).collect();
        self.files.retain(|id, _| named.contains(id));
    }

    pub(super) fn read(&mut self, id: u64, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.has_power()?;
        if self.fails(Fault::ReadFails, self.faults.read_fails) {
            return Err(io_error("the disk cannot read this"));
        }
        let shown = &self.file(id).shown;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(shown.len());
        let bytes = &shown[from..shown.len().min(from + into.len())];
        into[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }

    pub(super) fn write(&mut self, id: u64, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.fails(Fault::WriteFails, self.faults.write_fails) {
            let part = self.chance.index(bytes.len() + 1);
            self.change(|world| {
                world.file(id).write(offset as usize, &bytes[..part]);
                Ok(())
            })?;
            return Err(io_error("the disk cannot write this"));
        }
        self.change(|world| {
            let end = offset as usize + bytes.len();
            let wanted = end.saturating_sub(world.file(id).shown.len());
            let missing = wanted.saturating_sub(world.free());
            // What fits is written: so do real ones.
            let fits = bytes.len().saturating_sub(missing);
            world.file(id).write(offset as usize, &bytes[..fits]);
            if missing > 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }

    /// Bytes of room that are left.
    fn free(&self) -> usize {
        let Some(room) = self.room else { return usize::MAX };
        let used: usize = self.names.values().filter_map(|id| self.files.get(id)).map(|file| file.shown.len()).sum();
        (room as usize).saturating_sub(used)
    }

    pub(super) fn sync(&mut self, id: u64) -> io::Result<()> {
        let lies = self.fails(Fault::SyncLies, self.faults.sync_lies);
        if self.fails(Fault::SyncFails, self.faults.sync_fails) {
            self.operate()?;
            let goes_on_showing = self.chance.toss();
            self.file(id).forget(goes_on_showing);
            return Err(io_error("the file was not synced"));
        }
        self.change(|world| {
            if !lies {
                world.file(id).sync();
            }
            Ok(())
        })
    }

    pub(super) fn size(&mut self, id: u64) -> io::Result<u64> {
        self.has_power()?;
        Ok(self.file(id).shown.len() as u64)
    }

    pub(super) fn truncate(&mut self, id: u64, size: u64) -> io::Result<()> {
        self.change(|world| {
            let now = world.file(id).shown.len();
            world.file(id).resize(now.min(size as usize));
            Ok(())
        })
    }

    pub(super) fn allocate(&mut self, id: u64, size: u64) -> io::Result<()> {
        self.change(|world| {
            let now = world.file(id).shown.len();
            if (size as usize).saturating_sub(now) > world.free() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            world.file(id).resize(now.max(size as usize));
            Ok(())
        })
    }

    pub(super) fn rot(&mut self, name: &str, bit: u64) {
        if let Ok(id) = self.id_of(name) {
            self.file(id).rot((bit / 8) as usize, (bit % 8) as u32);
        }
    }

    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) {
        self.last_id += 1;
        self.files.insert(self.last_id, Contents::durable(bytes.to_vec()));
        self.names.insert(name.to_owned(), self.last_id);
        self.durable_names.insert(name.to_owned(), self.last_id);
    }

    /// The power is cut and comes back.
    pub(super) fn crash(&mut self) {
        (self.power, self.off) = (None, false);
        self.next.clear();
        let moves = std::mem::take(&mut self.moves);
        let kept = [0, 200, 500, 800, 1_000][self.chance.index(5)];
        for step in moves {
            if self.chance.in_thousand(kept) {
                step.apply(&mut self.durable_names);
            }
        }
        self.names.clone_from(&self.durable_names);
        self.drop_nameless();
        for contents in self.files.values_mut() {
            contents.crash(&mut self.chance, &self.stale);
        }
    }
}
