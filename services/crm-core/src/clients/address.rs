//! How clients and contacts are reached or recognised.

use contracts::channel::AliasKind;
use model::{ContactPointId, Email, Phone};

use super::domain::Alias;
use crate::{error::Fault, text};

pub const MOST_ADDRESSES: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    Phone,
    Email,
    /// In one channel: "telegram:anna". Never typed in; comes with a contact point and only helps to recognise.
    Username,
    Site,
    Postal,
    /// A name in one, as somebody noted it.
    Messenger,
}

/// How a client is reached or recognised.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Address {
    pub kind: AddressKind,
    /// What is compared.
    pub normalized: String,
    /// As typed.
    pub value: String,
    /// Of its kind; only what was typed in is.
    pub is_main: bool,
    /// The contact point that brought it, and takes it along when it leaves.
    pub brought_by: Option<ContactPointId>,
}

impl Address {
    /// Reads a typed-in address.
    ///
    /// # Errors
    /// [`Fault::Invalid`] when it is none.
    pub fn typed(kind: AddressKind, value: &str) -> Result<Self, Fault> {
        let value = text::line("addresses", value, if kind == AddressKind::Postal { 500 } else { 254 })?;
        let problem = match kind {
            AddressKind::Phone => {
                "hold what is no phone number; type it with its country code, such as +7 999 000-00-00"
            }
            AddressKind::Email => "hold what is no e-mail address; it looks like name@example.com",
            AddressKind::Site => "hold what is no site; it looks like example.com",
            AddressKind::Username | AddressKind::Postal | AddressKind::Messenger => "hold what cannot be typed in",
        };
        Self::read(kind, &value).ok_or(Fault::invalid("addresses", problem))
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
                fits.then(|| Self::new(AddressKind::Username, normalized, value))
            }
            AliasKind::ProviderId | AliasKind::Unspecified => None,
        }
    }

    /// What is an e-mail address by itself.
    #[must_use]
    pub fn of_email(value: &str) -> Option<Self> {
        Self::read(AddressKind::Email, value)
    }

    fn read(kind: AddressKind, value: &str) -> Option<Self> {
        let normalized = match kind {
            AddressKind::Phone => Phone::parse(value)?.digits().to_owned(),
            AddressKind::Email => Email::parse(value)?.as_str().to_owned(),
            AddressKind::Site => site(value)?,
            AddressKind::Postal => text::search_form(value),
            AddressKind::Messenger => value.trim_start_matches('@').to_lowercase(),
            AddressKind::Username => return None,
        };
        (!normalized.is_empty()).then(|| Self::new(kind, normalized, value))
    }

    fn new(kind: AddressKind, normalized: String, value: &str) -> Self {
        Self { kind, normalized, value: value.to_owned(), is_main: false, brought_by: None }
    }

    /// For people.
    #[must_use]
    pub fn display(&self) -> String {
        match self.kind {
            AddressKind::Phone => Phone::parse(&format!("+{}", self.normalized)).map(|phone| phone.display()),
            _ => None,
        }
        .unwrap_or_else(|| self.value.clone())
    }
}

/// A site as it is compared: without scheme and the stroke at its end, in lower case.
fn site(value: &str) -> Option<String> {
    let lower = value.trim().to_lowercase();
    let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let bare = bare.trim_end_matches('/');
    let host = bare.split('/').next()?;
    let fits =
        host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !bare.contains(char::is_whitespace);
    fits.then(|| bare.to_owned())
}

/// Each address once, with one main one of a kind at most.
///
/// # Errors
/// [`Fault::Invalid`] when there are more than 50, or two main ones of a kind.
pub fn once_each(addresses: Vec<Address>) -> Result<Vec<Address>, Fault> {
    let mut all: Vec<Address> = Vec::with_capacity(addresses.len());
    for address in addresses {
        match all.iter_mut().find(|a| (a.kind, &a.normalized) == (address.kind, &address.normalized)) {
            Some(known) => known.is_main |= address.is_main,
            None => all.push(address),
        }
    }
    if all.len() > MOST_ADDRESSES {
        return Err(Fault::invalid("addresses", "must be at most 50"));
    }
    let mut mains: Vec<AddressKind> = all.iter().filter(|a| a.is_main).map(|a| a.kind).collect();
    mains.sort_unstable();
    if mains.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Fault::invalid("addresses", "may hold one main of a kind; take the mark off the others"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_for_people_and_compared_without_notation() {
        let typed = Address::typed(AddressKind::Phone, "8 (999) 000-00-03").unwrap();
        assert_eq!((typed.normalized.as_str(), typed.display().as_str()), ("79990000003", "+7 999 000-00-03"));
        assert_eq!(Address::typed(AddressKind::Email, "Buyer@Example.com").unwrap().normalized, "buyer@example.com");
        assert!(Address::typed(AddressKind::Email, "buyer").is_err());
        assert!(Address::typed(AddressKind::Username, "buyer").is_err());
    }

    #[test]
    fn sites_and_messenger_names_are_compared_without_their_trimmings() {
        let key = |kind, value| Address::typed(kind, value).map(|address| address.normalized).ok();
        assert_eq!(key(AddressKind::Site, "https://Shop.Example.com/").as_deref(), Some("shop.example.com"));
        assert_eq!(key(AddressKind::Site, "no site"), None);
        assert_eq!(key(AddressKind::Messenger, "@Buyer_1").as_deref(), Some("buyer_1"));
        assert_eq!(key(AddressKind::Postal, " Москва,  Ёлочная 1").as_deref(), Some("москва, елочная 1"));
    }

    #[test]
    fn there_is_one_main_address_of_a_kind() {
        let phone = |value| Address { is_main: true, ..Address::typed(AddressKind::Phone, value).unwrap() };
        let email = Address { is_main: true, ..Address::typed(AddressKind::Email, "buyer@example.com").unwrap() };
        assert!(once_each(vec![phone("+79990000001"), phone("+79990000002")]).is_err());
        let all = once_each(vec![phone("+79990000001"), email, phone("8 999 000-00-01")]).unwrap();
        assert_eq!(all.len(), 2);
    }
}
