//! The real disk: a folder of the file system, used by one process at a time. Knows nothing of what the files are for.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fishplate::{Error, Status, codes};
use rustix::fs::{FlockOperation, OFlags, flock};

use super::{Disk, DiskFile};
use crate::errors;

/// The file whose lock says that the folder is in use.
const LOCK: &str = "LOCK";
/// Events may hold what is nobody else's business: files and folders are their owner's alone.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// A folder of the file system. While it, or a clone of it, lives, no other process and no other [`RealDisk`] of this
/// process can open the same folder.
#[derive(Clone, Debug)]
pub struct RealDisk {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// The folder itself, to be synced.
    folder: File,
    /// Holds the lock for as long as it is open, and however the process ends.
    _lock: File,
}

impl RealDisk {
    /// Opens the folder at `path`, and makes it (mode 0700, parents too) if it is not there. A folder that is there keeps
    /// its mode; every file made in it has mode 0600.
    ///
    /// # Errors
    /// `FAILED_PRECONDITION`: another process uses the folder (F0870), or it cannot be made, read or written (F0871).
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |error: io::Error| unusable(path, &error);
        make(path).map_err(fail)?;
        let path = fs::canonicalize(path).map_err(fail)?;
        let folder = File::open(&path).map_err(fail)?;
        let lock = lock(&path)?;
        Ok(Self { inner: Arc::new(Inner { path, folder, _lock: lock }) })
    }

    /// Where it is, without links on the way.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    fn at(&self, name: &str) -> PathBuf {
        self.inner.path.join(name)
    }
}

/// Makes the folder and makes its name durable: a journal in a folder that a power cut takes away is no journal.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
    for parent in fs::canonicalize(path)?.ancestors().skip(1) {
        // Folders above our own need not be readable for us, and those were not made here.
        let Ok(folder) = File::open(parent) else { break };
        folder.sync_all()?;
    }
    Ok(())
}

/// How files are opened: read and written, never through a link that somebody else may have put there.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(FILE_MODE).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    options
}

/// Takes the lock. It belongs to the open file: it goes when its holder is killed, and is not shared with another opening
/// in the same process.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let fail = |error: io::Error| unusable(&path, &error);
    let mut file = options().create(true).truncate(false).open(&path).map_err(fail)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(locked(folder, &mut file)),
        Err(error) => return Err(fail(error.into())),
    }
    // For people and for the error above; nothing is decided by it.
    let holder = format!("{}\n", std::process::id());
    file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())).map_err(fail)?;
    Ok(file)
}

fn locked(folder: &Path, file: &mut File) -> Error {
    let mut holder = String::new();
    // The holder may be about to write it: without a number the error is as true.
    let _ = file.take(20).read_to_string(&mut holder);
    let holder = holder.trim().parse::<u32>().map_or_else(|_| String::new(), |id| format!(" (process {id})"));
    let message = format!("the state folder is in use by another engine{holder}");
    errors::at(Status::FailedPrecondition, codes::STATE_IN_USE, message, folder.display().to_string())
        .suggest("stop the other one, or give each engine a folder of its own")
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let message = format!("the state folder cannot be used: {error}");
    errors::at(Status::FailedPrecondition, codes::STATE_UNUSABLE, message, path.display().to_string())
}

impl Disk for RealDisk {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.inner.path)? {
            let entry = entry?;
            // A name that is no text is none of ours.
            if let (true, Ok(name)) = (entry.file_type()?.is_file(), entry.file_name().into_string()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        options().create_new(true).open(self.at(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        options().open(self.at(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.at(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.inner.folder.sync_all()
    }

    fn called(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }
}

impl DiskFile for File {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < into.len() {
            match FileExt::read_at(self, &mut into[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        // fdatasync on Linux, which takes the size along; F_FULLFSYNC on a Mac.
        self.sync_data()
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    #[cfg(target_os = "linux")]
    fn allocate(&self, size: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        loop {
            match fallocate(self, FallocateFlags::empty(), 0, size) {
                Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn allocate(&self, _size: u64) -> io::Result<()> {
        Ok(())
    }
}
