use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::Secret;

/// The exit code of a process whose settings are wrong (EX_USAGE of sysexits).
pub const EXIT_CONFIG: u8 = 64;

/// A value that can be read from the environment.
pub trait FromEnv: Sized {
    /// What a right value looks like, to complete "should be …".
    const EXPECTED: &'static str;
    /// Whether an error must not repeat the value.
    const SECRET: bool = false;
    fn from_env(text: &str) -> Option<Self>;
}

macro_rules! from_env_by_parse {
    ($($type:ty => $expected:literal),* $(,)?) => {$(
        impl FromEnv for $type {
            const EXPECTED: &'static str = $expected;
            fn from_env(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

from_env_by_parse! {
    u16 => "a number from 0 to 65535",
    u32 => "a number of at least 0",
    u64 => "a number of at least 0",
    usize => "a number of at least 0",
    String => "a text",
    PathBuf => "a path",
    SocketAddr => "an address and a port, for example 127.0.0.1:8080",
}

impl FromEnv for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_env(text: &str) -> Option<Self> {
        match text {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

impl FromEnv for Secret {
    const EXPECTED: &'static str = "a secret text";
    const SECRET: bool = true;
    fn from_env(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }
}

/// The environment, and what was found wrong in it. Clones share both.
///
/// Reading never fails at once: errors are collected, so that [`Env::build`] tells all of them together.
/// An empty variable counts as unset.
#[derive(Clone)]
pub struct Env {
    values: Arc<BTreeMap<String, String>>,
    errors: Arc<Mutex<Vec<ConfigError>>>,
}

impl Env {
    /// The process's own environment; values that are not UTF-8 count as unset.
    #[must_use]
    pub fn from_process() -> Self {
        Self::from_pairs(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))))
    }

    /// A made-up environment, for tests.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let values = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { values: Arc::new(values), errors: Arc::default() }
    }

    /// The value, or `default` when it is unset. A bad value is noted.
    pub fn get<T: FromEnv>(&self, name: &str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// [`Env::get`] for texts.
    #[must_use]
    pub fn text(&self, name: &str, default: &str) -> String {
        self.get(name, default.to_owned())
    }

    /// `None` when it is unset. A bad value is noted.
    pub fn optional<T: FromEnv>(&self, name: &str) -> Option<T> {
        self.optional_with(name, T::EXPECTED, T::SECRET, T::from_env)
    }

    /// `None` when it is unset or bad; both are noted.
    pub fn require<T: FromEnv>(&self, name: &str) -> Option<T> {
        self.require_with(name, T::EXPECTED, T::SECRET, T::from_env)
    }

    /// A required secret.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.require(name)
    }

    /// Whole or broken seconds.
    #[must_use]
    pub fn seconds(&self, name: &str, default: Duration) -> Duration {
        let parse = |text: &str| text.parse().ok().and_then(|s: f64| Duration::try_from_secs_f64(s).ok());
        self.optional_with(name, "a number of seconds", false, parse).unwrap_or(default)
    }

    /// Like [`Env::optional`] with a reader of your own; `expected` completes "should be …".
    pub fn optional_with<T>(
        &self,
        name: &str,
        expected: &str,
        secret: bool,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw(name)?;
        let value = parse(text);
        if value.is_none() {
            self.note(name, Some(if secret { "(a secret)" } else { text }), expected);
        }
        value
    }

    /// Like [`Env::require`] with a reader of your own; `expected` completes "should be …".
    pub fn require_with<T>(
        &self,
        name: &str,
        expected: &str,
        secret: bool,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if self.raw(name).is_none() {
            self.note(name, None, expected);
            return None;
        }
        self.optional_with(name, expected, secret, parse)
    }

    /// Gives the finished settings, or everything that was found wrong since the last `build`.
    ///
    /// `make` returns `None` only when something required was missing.
    ///
    /// # Errors
    /// Every variable that is missing or bad, in the order of reading.
    pub fn build<T>(&self, make: impl FnOnce() -> Option<T>) -> Result<T, ConfigErrors> {
        let made = make();
        let errors = std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner));
        match made {
            Some(config) if errors.is_empty() => Ok(config),
            _ => Err(ConfigErrors(errors)),
        }
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    fn note(&self, variable: &str, found: Option<&str>, expected: &str) {
        let error = ConfigError {
            variable: variable.to_owned(),
            found: found.map(str::to_owned),
            expected: expected.to_owned(),
        };
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).push(error);
    }
}

/// One variable that is missing or bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub variable: String,
    /// `None`: it is not set. A secret's value is never here.
    pub found: Option<String>,
    pub expected: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            None => write!(f, "{} is not set; it should be {}", self.variable, self.expected),
            Some(found) => write!(f, "{} is \"{found}\"; it should be {}", self.variable, self.expected),
        }
    }
}

/// Everything that is wrong with the settings, a line each.
#[derive(Debug, Clone, Default, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    /// Adds what another target complains of; the same complaint is kept once.
    pub fn merge(&mut self, other: Self) {
        for error in other.0 {
            if !self.0.contains(&error) {
                self.0.push(error);
            }
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Config {
        listen: SocketAddr,
        key: Secret,
        drain: Duration,
    }

    fn read(env: &Env) -> Result<Config, ConfigErrors> {
        let listen = env.get("OKNO_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)));
        let key = env.secret("OKNO_KEY");
        let drain = env.seconds("OKNO_DRAIN_SECONDS", Duration::from_secs(20));
        env.build(|| Some(Config { listen, key: key?, drain }))
    }

    #[test]
    fn all_errors_are_told_at_once_with_variable_value_and_expectation() {
        let env = Env::from_pairs([("OKNO_LISTEN", "localhost"), ("OKNO_DRAIN_SECONDS", "-1")]);
        let errors = read(&env).unwrap_err();
        assert_eq!(
            errors.to_string(),
            "OKNO_LISTEN is \"localhost\"; it should be an address and a port, for example 127.0.0.1:8080\n\
             OKNO_KEY is not set; it should be a secret text\n\
             OKNO_DRAIN_SECONDS is \"-1\"; it should be a number of seconds"
        );
    }

    #[test]
    fn defaults_stand_in_for_what_is_unset_or_empty() {
        let config = read(&Env::from_pairs([("OKNO_KEY", "k"), ("OKNO_LISTEN", " ")])).unwrap();
        assert_eq!(config.listen.port(), 8080);
        assert_eq!(config.drain, Duration::from_secs(20));
        assert_eq!(config.key.expose(), "k");
    }

    #[test]
    fn a_bad_secret_is_not_repeated() {
        let env = Env::from_pairs([("OKNO_KEY", "hush")]);
        let key: Option<()> = env.require_with("OKNO_KEY", "32 bytes in base64", true, |_| None);
        let errors = env.build(|| key).unwrap_err().to_string();
        assert_eq!(errors, "OKNO_KEY is \"(a secret)\"; it should be 32 bytes in base64");
        assert!(!format!("{:?}", Secret::new("hush")).contains("hush"));
    }

    #[test]
    fn two_targets_complain_of_the_same_variable_once() {
        let env = Env::from_pairs::<&str, &str>([]);
        let mut errors = read(&env).unwrap_err();
        errors.merge(read(&env).unwrap_err());
        assert_eq!(errors.0.len(), 1);
    }
}
