//! What a column may mean, under the name that contract, database and files use.

use std::fmt;

use contracts::crm::DirectoryKind;
use uuid::Uuid;

use crate::clients::domain::AddressKind;

/// Plain texts and dates of a client.
pub const PLAIN: [&str; 14] = [
    "name",
    "kind",
    "working_name",
    "surname",
    "given_name",
    "patronymic",
    "sex",
    "birthday",
    "inn",
    "kpp",
    "ogrn",
    "okpo",
    "registered_on",
    "comment",
];
pub const CHOSEN: [&str; 4] = ["importance", "work_status", "solvency", "relations"];
pub const FLAGS: [&str; 3] = ["unsubscribed", "takes_surveys", "founder"];
/// Entries of directories by their names.
pub const ENTRIES: [(&str, DirectoryKind); 7] = [
    ("industry", DirectoryKind::Industry),
    ("segment", DirectoryKind::Segment),
    ("headcount", DirectoryKind::Headcount),
    ("workplaces", DirectoryKind::Workplaces),
    ("region", DirectoryKind::Region),
    ("holding", DirectoryKind::Holding),
    ("tags", DirectoryKind::Tag),
];
pub const ADDRESSES: [(&str, AddressKind); 5] = [
    ("phone", AddressKind::Phone),
    ("email", AddressKind::Email),
    ("site", AddressKind::Site),
    ("postal", AddressKind::Postal),
    ("messenger", AddressKind::Messenger),
];
/// Of a contact; `name` is its parts in one line.
pub const OF_CONTACT: [&str; 9] =
    ["name", "surname", "given_name", "patronymic", "sex", "birthday", "position", "role", "comment"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// Of the client's contact, not of the client itself.
    pub contact: bool,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// By its name.
    Field(&'static str),
    Address(AddressKind),
    Custom(Uuid),
    Responsible,
    Levels,
}

impl Target {
    /// By its name, if there is one of that name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (contact, name) = match text.strip_prefix("contact.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let what = match name.split_once(':') {
            Some(("addresses", kind)) => What::Address(ADDRESSES.iter().find(|(name, _)| *name == kind)?.1),
            Some(("custom_values", id)) => What::Custom(id.parse().ok()?),
            Some(_) => return None,
            None if contact => What::Field(OF_CONTACT.into_iter().find(|field| *field == name)?),
            None => match name {
                "responsible" => What::Responsible,
                "access_levels" => What::Levels,
                name => What::Field(fields().find(|field| *field == name)?),
            },
        };
        Some(Self { contact, what })
    }

    /// Whether several columns may fill it.
    #[must_use]
    pub const fn many(self) -> bool {
        matches!(self.what, What::Address(_) | What::Levels) || matches!(self.what, What::Field(name) if is_list(name))
    }

    /// Every one but those of custom fields.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = fields().map(What::Field).chain([What::Responsible, What::Levels]).chain(addresses());
        let contact = OF_CONTACT.into_iter().map(What::Field).chain(addresses());
        own.map(|what| Self { contact: false, what }).chain(contact.map(|what| Self { contact: true, what }))
    }
}

/// No `==` of texts in a const fn; lists are the only ones that begin so.
const fn is_list(name: &str) -> bool {
    matches!(name.as_bytes(), b"tags" | b"relations")
}

fn fields() -> impl Iterator<Item = &'static str> {
    PLAIN.into_iter().chain(CHOSEN).chain(FLAGS).chain(ENTRIES.map(|(name, _)| name))
}

fn addresses() -> impl Iterator<Item = What> {
    ADDRESSES.into_iter().map(|(_, kind)| What::Address(kind))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.contact { "contact." } else { "" })?;
        match self.what {
            What::Field(name) => f.write_str(name),
            What::Address(kind) => {
                let name = ADDRESSES.iter().find(|(_, one)| *one == kind).map_or("", |(name, _)| *name);
                write!(f, "addresses:{name}")
            }
            What::Custom(id) => write!(f, "custom_values:{id}"),
            What::Responsible => f.write_str("responsible"),
            What::Levels => f.write_str("access_levels"),
        }
    }
}

impl serde::Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("no target has this name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_by_the_names_they_are_written_by() {
        let custom = Target { contact: true, what: What::Custom(Uuid::now_v7()) };
        for target in Target::all().chain([custom]) {
            assert_eq!(Target::read(&target.to_string()), Some(target), "{target}");
        }
        for name in ["", "nothing", "addresses:username", "custom_values:1", "contact.inn", "contact.contact.name"] {
            assert_eq!(Target::read(name), None, "{name}");
        }
    }
}
