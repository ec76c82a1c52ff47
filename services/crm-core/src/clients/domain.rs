use chrono::{DateTime, Utc};
use contracts::channel::AliasKind;
use model::{ClientId, ContactPointId, Email, EmployeeId, Phone};

use crate::{
    change::{RequestHash, Revision},
    error::Fault,
    text,
};

const MOST_ADDRESSES: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Person,
    Company,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    Phone,
    Email,
    /// In one channel: "telegram:anna". Never typed in; comes with a contact point and only helps to recognise.
    Username,
}

/// How a client is reached or recognised.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Address {
    pub kind: AddressKind,
    /// What is compared.
    pub normalized: String,
    /// As typed.
    pub value: String,
}

impl Address {
    /// Reads a typed-in address.
    ///
    /// # Errors
    /// [`Fault::Invalid`] when it is none.
    pub fn typed(kind: AddressKind, value: &str) -> Result<Self, Fault> {
        let value = text::line("addresses", value, 254)?;
        Self::read(kind, &value).ok_or(Fault::invalid("addresses", "hold what is no phone number or e-mail address"))
    }

    /// What a channel says about a contact point; `None` when it does not help to recognise anyone.
    #[must_use]
    pub fn of_alias(channel: &str, alias: &Alias) -> Option<Self> {
        let value = alias.value.trim();
        match AliasKind::try_from(alias.kind).ok()? {
            AliasKind::Phone => Self::read(AddressKind::Phone, value),
            AliasKind::Email => Self::read(AddressKind::Email, value),
            AliasKind::Username => {
                let name = value.trim_start_matches('@').to_lowercase();
                let normalized = format!("{channel}:{name}");
                let fits = !name.is_empty() && name.chars().count() <= 100 && !name.contains(char::is_control);
                fits.then(|| Self { kind: AddressKind::Username, normalized, value: value.to_owned() })
            }
            AliasKind::ProviderId | AliasKind::Unspecified => None,
        }
    }

    fn read(kind: AddressKind, value: &str) -> Option<Self> {
        let normalized = match kind {
            AddressKind::Phone => Phone::parse(value)?.digits().to_owned(),
            AddressKind::Email => Email::parse(value)?.as_str().to_owned(),
            AddressKind::Username => return None,
        };
        Some(Self { kind, normalized, value: value.to_owned() })
    }

    /// For people.
    #[must_use]
    pub fn display(&self) -> String {
        match self.kind {
            AddressKind::Phone => Phone::parse(&format!("+{}", self.normalized)).map(|phone| phone.display()),
            AddressKind::Email | AddressKind::Username => None,
        }
        .unwrap_or_else(|| self.value.clone())
    }
}

/// A client as stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Client {
    pub id: ClientId,
    pub revision: Revision,
    pub name: String,
    pub kind: Kind,
    pub addresses: Vec<Address>,
    pub responsible: Option<EmployeeId>,
    pub comment: String,
    pub created_at: DateTime<Utc>,
    pub contact_points: Vec<ContactPointId>,
}

#[derive(Debug, Clone)]
pub struct NewClient {
    pub id: ClientId,
    pub request: RequestHash,
    pub name: String,
    pub kind: Kind,
    pub addresses: Vec<Address>,
    pub responsible: Option<EmployeeId>,
    pub comment: String,
}

impl NewClient {
    /// The first version, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn client(self, now: DateTime<Utc>) -> Result<Client, Fault> {
        let mut addresses: Vec<Address> = Vec::with_capacity(self.addresses.len());
        for address in self.addresses {
            let known = addresses.iter().any(|a| (a.kind, &a.normalized) == (address.kind, &address.normalized));
            if !known {
                addresses.push(address);
            }
        }
        if addresses.len() > MOST_ADDRESSES {
            return Err(Fault::invalid("addresses", "must be at most 50"));
        }
        Ok(Client {
            id: self.id,
            revision: Revision(1),
            name: text::line("name", &self.name, 300)?,
            kind: self.kind,
            addresses,
            responsible: self.responsible,
            comment: text::paragraph("comment", &self.comment, 10_000)?,
            created_at: now,
            contact_points: Vec::new(),
        })
    }
}

/// An alias as router publishes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Alias {
    /// `okno.channel.v1.AliasKind`.
    pub kind: i32,
    pub value: String,
    /// Typed in by the person and proven by nobody: never a match.
    #[serde(default)]
    pub claimed: bool,
}

/// A contact point as router publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPoint {
    pub id: ContactPointId,
    pub channel: String,
    pub address: String,
    pub display_name: String,
    pub aliases: Vec<Alias>,
}

impl ContactPoint {
    /// What its owner is recognised by: its aliases, and its own address where that is an e-mail address. What somebody
    /// merely claims recognises nobody, or anyone could claim to be another's client.
    ///
    /// A channel's own ids are often digits, so nothing is taken for a phone number unless the channel says so.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        let own = Address::read(AddressKind::Email, &self.address);
        let proven = self.aliases.iter().filter(|alias| !alias.claimed);
        let aliases = proven.filter_map(|alias| Address::of_alias(&self.channel, alias));
        let mut all: Vec<Address> = own.into_iter().chain(aliases).take(MOST_ADDRESSES).collect();
        all.sort_by(|a, b| (a.kind, &a.normalized).cmp(&(b.kind, &b.normalized)));
        all.dedup_by(|a, b| (a.kind, &a.normalized) == (b.kind, &b.normalized));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(kind: AliasKind, value: &str) -> Alias {
        Alias { kind: kind.into(), value: value.to_owned(), claimed: false }
    }

    #[test]
    fn a_contact_point_is_recognised_by_what_its_channel_vouches_for() {
        let point = ContactPoint {
            id: ContactPointId::new(),
            channel: "telegram".into(),
            address: "79990000001".into(), // an id, however it looks
            display_name: "Покупатель 1".into(),
            aliases: vec![
                alias(AliasKind::Username, "@Buyer_1"),
                alias(AliasKind::Phone, "+7 999 000-00-02"),
                alias(AliasKind::Phone, "79990000002"),
                alias(AliasKind::ProviderId, "79990000001"),
                alias(AliasKind::Phone, "call me"),
                Alias { claimed: true, ..alias(AliasKind::Phone, "+7 999 000-00-09") },
            ],
        };
        let found: Vec<_> = point.addresses().into_iter().map(|a| (a.kind, a.normalized)).collect();
        assert_eq!(
            found,
            [(AddressKind::Phone, "79990000002".into()), (AddressKind::Username, "telegram:buyer_1".to_owned())]
        );
    }

    #[test]
    fn an_address_is_shown_for_people_and_compared_without_notation() {
        let typed = Address::typed(AddressKind::Phone, "8 (999) 000-00-03").unwrap();
        assert_eq!((typed.normalized.as_str(), typed.display().as_str()), ("79990000003", "+7 999 000-00-03"));
        assert_eq!(Address::typed(AddressKind::Email, "Buyer@Example.com").unwrap().normalized, "buyer@example.com");
        assert!(Address::typed(AddressKind::Email, "buyer").is_err());
        assert!(Address::typed(AddressKind::Username, "buyer").is_err());
    }
}
