use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Flips one bit in one of the files below `folder`, as a failing disk does; `draw` decides where. Returns the file and the
/// number of the byte; `None` when every file is empty.
pub(super) fn flip_bit(folder: &Path, draw: u64) -> io::Result<Option<(PathBuf, u64)>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let Some(last) = u64::try_from(files.len()).ok().filter(|count| *count > 0) else { return Ok(None) };
    let (path, size) = files.swap_remove(usize::try_from(draw % last).expect("below the count"));
    let at = (draw >> 16) % size;
    flip(&path, at, draw >> 61)?;
    Ok(Some((path, at)))
}

/// Flips the bit of this number, 0 to 7, in one byte of a file.
pub(super) fn flip(path: &Path, at: u64, bit: u64) -> io::Result<()> {
    let file = File::options().read(true).write(true).open(path)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ (1 << bit)], at)
}

/// Files with something in them, and their sizes. One that goes away meanwhile is passed over: its server may be running.
fn collect(folder: &Path, files: &mut Vec<(PathBuf, u64)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        match entry.metadata() {
            Ok(found) if found.is_dir() => collect(&entry.path(), files)?,
            Ok(found) if found.len() > 0 => files.push((entry.path(), found.len())),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_another_and_an_empty_folder_stays_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert!(flip_bit(folder.path(), 7).unwrap().is_none());
        fs::create_dir(folder.path().join("deep")).unwrap();
        let file = folder.path().join("deep/file");
        fs::write(&file, [0; 100]).unwrap();
        let (path, at) = flip_bit(folder.path(), u64::MAX / 3).unwrap().unwrap();
        assert_eq!(path, file);
        let bytes = fs::read(&file).unwrap();
        assert_eq!(bytes[usize::try_from(at).unwrap()].count_ones(), 1);
        assert_eq!(bytes.iter().filter(|byte| **byte != 0).count(), 1);
    }
}
