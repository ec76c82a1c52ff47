//! Where the data of a run lies: on the disk that is measured, and gone afterwards.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// A folder of this process, removed with the handle.
pub struct Folder(PathBuf);

const PREFIX: &str = "data-";

impl Folder {
    /// Makes it below `parent`, where `bytes` must be free. What a process left that was killed is removed first.
    pub fn make(parent: &Path, bytes: u64) -> Result<Self> {
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        remove_orphans(parent)?;
        let free = free_bytes(parent)?;
        if free < bytes {
            bail!(
                "{} needs {} free, and has {}: make room, or name another folder by --data",
                parent.display(),
                gib(bytes),
                gib(free)
            );
        }
        let path = parent.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        // PostgreSQL may run as another user, who must get through.
        Ok(Self(path.canonicalize()?))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// An empty folder for one run; that of the run before goes.
    pub fn fresh(&self) -> Result<PathBuf> {
        let run = self.0.join("run");
        if run.exists() {
            fs::remove_dir_all(&run).with_context(|| run.display().to_string())?;
        }
        fs::create_dir_all(&run).with_context(|| run.display().to_string())?;
        Ok(run)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("bench: {} could not be removed: {error}", self.0.display());
        }
    }
}

fn remove_orphans(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)?.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
        }
    }
    Ok(())
}

fn free_bytes(folder: &Path) -> Result<u64> {
    let disk = rustix::fs::statvfs(folder).with_context(|| folder.display().to_string())?;
    Ok(disk.f_bavail * disk.f_frsize)
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_said_before_anything_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let refused = Folder::make(parent.path(), u64::MAX).err().unwrap().to_string();
        assert!(refused.contains("free") && refused.contains("--data"), "{refused}");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn it_goes_with_its_handle_and_what_the_dead_left_goes_too() {
        let parent = tempfile::tempdir().unwrap();
        let orphan = parent.path().join(format!("{PREFIX}{}", u32::MAX));
        fs::create_dir(&orphan).unwrap();
        let folder = Folder::make(parent.path(), 1).unwrap();
        assert!(!orphan.exists());
        let run = folder.fresh().unwrap();
        fs::write(run.join("old"), "x").unwrap();
        assert_eq!(fs::read_dir(folder.fresh().unwrap()).unwrap().count(), 0);
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }
}
