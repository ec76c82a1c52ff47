//! A disk so small that it can be filled: a tmpfs of its own, where the system lets us mount one.

use std::{
    fs::File,
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Unmounts when the process that mounted is gone, however it went: its end of the pipe closes then.
const WATCHER: &str = r#"read -r bye; umount -l -- "$1"; rmdir -- "$1""#;

/// Gone with its handle.
pub struct SmallDisk {
    path: PathBuf,
    watcher: Child,
}

impl SmallDisk {
    /// Mounts one of so many MiB.
    ///
    /// # Errors
    /// Why it cannot be: mostly because only root may mount.
    pub fn mount(name: &str, megabytes: u32) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("okno-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let size = format!("size={megabytes}m,mode=0711");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "okno-chaos"]).arg(&path).output();
        let done = mount.map_err(|error| format!("mount: {error}"))?;
        if !done.status.success() {
            let _ = std::fs::remove_dir(&path);
            return Err(String::from_utf8_lossy(&done.stderr).trim().to_owned());
        }
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCHER, "okno-umount"])
            .arg(&path)
            // A group of its own, so that Ctrl-C reaches us and not it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        watcher.map(|watcher| Self { path, watcher }).map_err(|error| format!("/bin/sh: {error}"))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes all the room that is left. Returns how many bytes that was.
    pub fn fill(&self) -> u64 {
        let mut filler = File::create(self.filler()).expect("a file on the small disk");
        let (mut written, mut block) = (0, vec![0_u8; 1 << 20]);
        while !block.is_empty() {
            match filler.write(&block) {
                Ok(bytes) if bytes > 0 => written += u64::try_from(bytes).expect("a size"),
                _ => block.truncate(block.len() / 2),
            }
        }
        written
    }

    /// Gives the room back.
    pub fn free(&self) {
        // It is there, or there is nothing to give back.
        let _ = std::fs::remove_file(self.filler());
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}
