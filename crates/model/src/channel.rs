use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

/// The kind of a way in: "telegram", "email". A name, not a list: a new gateway brings its own.
///
/// 1 to 20 of `a-z0-9`, so that it fits a bus subject, a URL and a SQL text alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(Arc<str>);

#[derive(Debug, Clone, thiserror::Error)]
#[error("a channel's name is 1 to 20 of a-z and 0-9")]
pub struct InvalidChannel;

impl Channel {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Channel {
    type Err = InvalidChannel;

    fn from_str(name: &str) -> Result<Self, InvalidChannel> {
        let fits = (1..=20).contains(&name.len());
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if fits && plain { Ok(Self(name.into())) } else { Err(InvalidChannel) }
    }
}

impl Borrow<str> for Channel {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_break_a_subject_is_refused() {
        for name in ["", "a.b", "A", "телеграм", "a*", "123456789012345678901"] {
            assert!(name.parse::<Channel>().is_err(), "{name}");
        }
        assert_eq!("telegram".parse::<Channel>().unwrap().as_str(), "telegram");
    }
}
