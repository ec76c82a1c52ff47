use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::ServerError;

/// Finds `program` on PATH or in the folders where Debian keeps what only root used to start.
pub(super) fn find(program: &'static str, package: &'static str) -> Result<PathBuf, ServerError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or(ServerError::Missing { program, package })
}

/// The folder of PostgreSQL's server programs: the newest version below /usr/lib/postgresql.
pub(super) fn postgres_folder() -> Result<PathBuf, ServerError> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("initdb").is_file().then_some((version, folder))
        })
        .max()
        .map(|(_, folder)| folder)
        .ok_or(ServerError::Missing { program: "initdb", package: "postgresql-15" })
}

/// Runs a short command to its end.
pub(super) fn run(command: &mut Command) -> Result<(), ServerError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.output().map_err(|source| ServerError::Spawn { program: program.clone(), source })?;
    if status.success() {
        return Ok(());
    }
    let output = [stdout, stderr].concat();
    Err(ServerError::Failed { program, output: String::from_utf8_lossy(&output).trim().to_owned() })
}

/// Copies a folder with everything in it, owners and modes included; what stood at `to` is gone afterwards.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<(), ServerError> {
    remove_folder(to)?;
    run(Command::new("cp").arg("-a").arg("--").arg(from).arg(to))
}

/// Removes a folder that may or may not exist.
pub(super) fn remove_folder(path: &Path) -> Result<(), ServerError> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ServerError::Folder { what: "the folder cannot be removed", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes a folder and its parents.
pub(super) fn make_folder(path: &Path) -> Result<(), ServerError> {
    std::fs::create_dir_all(path).map_err(|source| ServerError::Folder {
        what: "the folder cannot be made",
        path: path.to_owned(),
        source,
    })
}
