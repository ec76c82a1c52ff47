//! Keys are made once and kept: a new one would make sealed secrets unreadable.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use anyhow::{Context, Result, bail};

use super::{Plan, variables::Variables};
use crate::{say, sh};

/// The keys of this house, from `keys.env`; made by `okno keys` at the first start.
pub fn once(plan: &Plan) -> Result<Variables> {
    let file = plan.folder.join("keys.env");
    if !file.exists() {
        say::step("okno keys", &format!("made once, kept in {} for you alone", file.display()));
        let made = sh::output(sh::command(&plan.binary).arg("keys"))?;
        if parse(&made).is_empty() {
            bail!("`okno keys` printed no NAME=value lines");
        }
        write(&file, &made)?;
    }
    Ok(parse(&fs::read_to_string(&file).with_context(|| file.display().to_string())?))
}

fn write(file: &Path, keys: &str) -> Result<()> {
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut made = made.with_context(|| file.display().to_string())?;
    made.write_all(keys.as_bytes())?;
    // The mode above is cut by the umask only; this is what it must be.
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o600))?)
}

fn parse(text: &str) -> Variables {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_lines_and_values_may_hold_equal_signs() {
        let keys = parse("# made once\nOKNO_TOKEN_KEY=AAA=\n\nOKNO_SECRETS_KEY=BB==\n");
        assert_eq!(keys["OKNO_TOKEN_KEY"], "AAA=");
        assert_eq!(keys["OKNO_SECRETS_KEY"], "BB==");
        assert_eq!(keys.len(), 2);
    }
}
