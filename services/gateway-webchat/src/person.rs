//! Who is on the other side: a visitor, a person that the site vouches for, or nobody yet.

use contracts::channel::{Alias, AliasKind, FormField, Peer};
use model::AccountId;
use ring::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A customer whom the site has signed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `u-` and 32 hex digits of SHA-256 of account and `sub`: what the site calls its customers stays there.
    #[serde(rename = "a")]
    pub address: String,
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(rename = "e", default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(rename = "t", default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Until when the site has signed for them (Unix seconds).
    #[serde(rename = "u", default)]
    pub until: i64,
}

/// The stable address of a site's customer.
#[must_use]
pub fn address_of(account: AccountId, sub: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{account}\n{sub}").as_bytes());
    format!("u-{}", hex::encode(&hash.as_ref()[..16]))
}

/// Who speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    pub visitor: Option<Uuid>,
    pub person: Option<Person>,
    pub consent: Option<(String, i64)>,
}

impl Who {
    /// What they are known by here, the one to speak to first; empty for a stranger.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let person = self.person.as_ref().map(|person| person.address.clone());
        person.into_iter().chain(self.visitor.map(visitor_address)).collect()
    }

    /// Whether the site's word for the person has ended at `now` (Unix seconds).
    #[must_use]
    pub fn lapsed(&self, now: i64) -> bool {
        self.person.as_ref().is_some_and(|person| person.until <= now)
    }

    /// As a contact point; `None` for a stranger.
    #[must_use]
    pub fn peer(&self, account: AccountId, form: &[FormField], language: &str) -> Option<Peer> {
        let mut addresses = self.addresses().into_iter();
        let address = addresses.next()?;
        let others = addresses.map(|other| alias(AliasKind::ProviderId, other, false));
        let named =
            |name: &str| form.iter().find(|field| field.name == name).map(|field| field.value.trim().to_owned());
        let (name, phone, email) = match &self.person {
            Some(person) => (person.name.clone(), person.phone.clone(), person.email.clone()),
            None => <_>::default(),
        };
        let proven =
            [(AliasKind::Phone, phone), (AliasKind::Email, email)].map(|(kind, value)| alias(kind, value, false));
        let claims = [(AliasKind::Phone, named("phone")), (AliasKind::Email, named("email"))];
        let claims = claims.map(|(kind, value)| alias(kind, value.unwrap_or_default(), true));
        // A claim beside a proof of the same kind would only take its place.
        let claims =
            claims.into_iter().filter(|claim| proven.iter().all(|p| p.kind != claim.kind || p.value.is_empty()));
        let claims: Vec<Alias> = claims.collect();
        Some(Peer {
            scope: account.to_string(),
            reply_address: address.clone(),
            address,
            display_name: if name.is_empty() { named("name").unwrap_or_default() } else { name },
            aliases: others.chain(proven).chain(claims).filter(|alias| !alias.value.is_empty()).collect(),
            language: language.to_owned(),
            ..Peer::default()
        })
    }

    /// The same person after the site has signed for `person`; somebody else begins anew, as another visitor. `true`:
    /// an anonymous visitor has become this person.
    #[must_use]
    pub fn identified(self, person: Person) -> (Self, bool) {
        match &self.person {
            Some(known) if known.address == person.address => (Self { person: Some(person), ..self }, false),
            Some(_) => {
                (Self { visitor: self.visitor.map(|_| Uuid::now_v7()), person: Some(person), consent: None }, false)
            }
            None => {
                let joined = self.visitor.is_some();
                (Self { person: Some(person), ..self }, joined)
            }
        }
    }
}

#[must_use]
pub fn visitor_address(visitor: Uuid) -> String {
    format!("v-{visitor}")
}

fn alias(kind: AliasKind, value: String, claimed: bool) -> Alias {
    Alias { kind: kind.into(), value, claimed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(sub: &str) -> Person {
        let address = address_of(AccountId::from(Uuid::nil()), sub);
        Person {
            address, name: "Анна".into(), email: "anna@example.com".into(), phone: String::new(), until: 2_000
        }
    }

    fn field(name: &str, value: &str) -> FormField {
        FormField { name: name.into(), value: value.into(), ..FormField::default() }
    }

    #[test]
    fn an_address_differs_by_account() {
        let other = address_of(AccountId::new(), "42");
        assert_ne!(other, address_of(AccountId::new(), "42"));
        assert_eq!(other.len(), 34);
    }

    #[test]
    fn a_signed_for_person_is_spoken_to_and_the_visitor_is_an_alias() {
        let visitor = Uuid::now_v7();
        let who = Who { visitor: Some(visitor), ..Who::default() };
        let (who, joined) = who.identified(person("42"));
        assert!(joined);
        let form = [field("email", "other@example.com"), field("phone", "+7 999 000-00-01"), field("name", "Вера")];
        let peer = who.peer(AccountId::new(), &form, "ru").unwrap();
        assert_eq!((peer.address.clone(), peer.display_name.as_str()), (person("42").address, "Анна"));
        let aliases: Vec<_> = peer.aliases.iter().map(|a| (a.kind(), a.value.as_str(), a.claimed)).collect();
        let address = visitor_address(visitor);
        let expected = [
            (AliasKind::ProviderId, address.as_str(), false),
            (AliasKind::Email, "anna@example.com", false),
            (AliasKind::Phone, "+7 999 000-00-01", true),
        ];
        assert_eq!(aliases, expected);
    }

    #[test]
    fn what_a_stranger_types_is_only_claimed() {
        let who = Who { visitor: Some(Uuid::now_v7()), ..Who::default() };
        let peer =
            who.peer(AccountId::new(), &[field("email", "a@example.com"), field("name", " Борис ")], "").unwrap();
        assert_eq!(peer.display_name, "Борис");
        assert!(peer.aliases.iter().all(|alias| alias.claimed));
        assert_eq!(Who::default().peer(AccountId::new(), &[], ""), None);
    }

    #[test]
    fn a_person_lapses_when_the_sites_word_ends() {
        let who = Who { person: Some(person("42")), ..Who::default() };
        assert!(!who.lapsed(1_999) && who.lapsed(2_000) && !Who::default().lapsed(i64::MAX));
    }

    #[test]
    fn somebody_else_at_the_same_computer_begins_anew() {
        let visitor = Uuid::now_v7();
        let (first, _) = Who { visitor: Some(visitor), ..Who::default() }.identified(person("42"));
        let (same, joined) = first.clone().identified(person("42"));
        assert_eq!((same.visitor, joined), (Some(visitor), false));
        let (second, joined) = first.identified(person("43"));
        assert!(!joined && second.visitor.is_some_and(|new| new != visitor));
    }
}
