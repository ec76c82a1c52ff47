//! The files of the tree, without what is built, installed or left behind.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const SKIPPED: &[&str] = &["target", "node_modules", "dist", "gen", "test-results"];

/// Every file below `folder` with one of the extensions, sorted. Hidden folders are left out.
pub fn below(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(folder, extensions, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in folder.read_dir().with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&&*name) {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            collect(&path, extensions, found)?;
        } else if path.extension().is_some_and(|end| extensions.iter().any(|wanted| end == *wanted)) {
            found.push(path);
        }
    }
    Ok(())
}
