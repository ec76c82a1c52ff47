use chrono::{DateTime, Utc};
use model::{ClientId, ContactPointId, EmployeeId};

use super::address::{MOST_ADDRESSES, once_each};
pub use super::{
    address::{Address, AddressKind},
    card::Card,
};
use crate::{
    caller::Mask,
    cards::values::CustomValue,
    change::{RequestHash, Revision},
    error::Fault,
    text,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Person,
    Company,
}

/// A client as stored.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Client {
    pub id: ClientId,
    pub revision: Revision,
    pub name: String,
    pub kind: Kind,
    pub addresses: Vec<Address>,
    pub responsible: Option<EmployeeId>,
    pub comment: String,
    #[serde(flatten)]
    pub card: Card,
    pub custom: Vec<CustomValue>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
    /// The client that stands for this one since they were merged.
    pub merged_into: Option<ClientId>,
    pub contact_points: Vec<ContactPointId>,
    /// Of its region; IANA.
    pub time_zone: Option<String>,
    pub has_photo: bool,
}

/// What people write of a client.
#[derive(Debug, Clone)]
pub struct Draft {
    pub name: String,
    pub kind: Kind,
    pub addresses: Vec<Address>,
    pub responsible: Option<EmployeeId>,
    pub comment: String,
    pub card: Card,
    pub custom: Vec<CustomValue>,
}

#[derive(Debug, Clone)]
pub struct NewClient {
    pub id: ClientId,
    pub request: RequestHash,
    pub draft: Draft,
}

impl NewClient {
    /// The first version, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn client(self, now: DateTime<Utc>) -> Result<Client, Fault> {
        let Draft { name, kind, addresses, responsible, comment, card, custom } = self.draft;
        let client = Client {
            id: self.id,
            revision: Revision(1),
            name: if name.trim().is_empty() && kind == Kind::Person { card.full_name() } else { name },
            kind,
            addresses: once_each(addresses)?,
            responsible,
            comment,
            card,
            custom,
            created_at: now,
            updated_at: now,
            archived_at: None,
            merged_into: None,
            contact_points: Vec::new(),
            time_zone: None,
            has_photo: false,
        };
        client.checked()
    }
}

/// `take!(to, from, fields, "field" => path, ...)`: takes over what the mask names.
macro_rules! take {
    ($to:ident, $from:ident, $fields:ident, $($field:literal => $($path:ident).+),* $(,)?) => {
        $(if $fields.has($field) { $to.$($path).+ = $from.$($path).+; })*
    };
}
pub(crate) use take;

impl Client {
    /// The next version, with those fields of `from` that are named.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, from: Draft, fields: &Mask, now: DateTime<Utc>) -> Result<Self, Fault> {
        let mut to = Self { revision: self.revision.next(), updated_at: now, ..self.clone() };
        if fields.has("addresses") {
            // What contact points brought stays, unless somebody types it in too.
            to.addresses.retain(|address| address.brought_by.is_some());
            let typed = |a: &Address| from.addresses.iter().any(|t| (t.kind, &t.normalized) == (a.kind, &a.normalized));
            to.addresses.retain(|address| !typed(address));
            to.addresses.splice(0..0, from.addresses);
            // Only here: a merge may leave more than anybody could type in.
            to.addresses = once_each(to.addresses)?;
        }
        take!(to, from, fields,
            "name" => name, "kind" => kind, "responsible_employee_id" => responsible, "comment" => comment,
            "custom_values" => custom, "working_name" => card.working_name, "surname" => card.surname,
            "given_name" => card.given_name, "patronymic" => card.patronymic, "sex" => card.sex,
            "birthday" => card.birthday, "remind_birthday" => card.remind_birthday, "inn" => card.inn,
            "kpp" => card.kpp, "ogrn" => card.ogrn, "okpo" => card.okpo, "registered_on" => card.registered_on,
            "main_contact_id" => card.main_contact_id, "industry_id" => card.industry_id,
            "more_industries" => card.more_industries, "segment_id" => card.segment_id,
            "headcount_id" => card.headcount_id, "workplaces_id" => card.workplaces_id,
            "region_id" => card.region_id, "holding_id" => card.holding_id, "importance" => card.importance,
            "work_status" => card.work_status, "solvency" => card.solvency, "relations" => card.relations,
            "unsubscribed" => card.unsubscribed, "takes_surveys" => card.takes_surveys, "founder" => card.founder,
            "bank_accounts" => card.bank_accounts, "extras" => card.extras, "tag_ids" => card.tag_ids,
            "access_level_ids" => card.access_level_ids,
        );
        to.checked()
    }

    /// In its stored form.
    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("name", &self.name, 300)?;
        self.comment = text::paragraph("comment", &self.comment, 10_000)?;
        self.card = self.card.checked()?;
        Ok(self)
    }

    /// Those that somebody typed in.
    #[must_use]
    pub fn typed_addresses(&self) -> Vec<Address> {
        self.addresses.iter().filter(|address| address.brought_by.is_none()).cloned().collect()
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
        let own = Address::of_email(&self.address);
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
    use contracts::channel::AliasKind;

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
}
