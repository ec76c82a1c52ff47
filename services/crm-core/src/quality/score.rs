//! The score of a record, by the formula that acceptance fixes; it knows neither the database nor the contract.

/// A field that must be filled, by its name in the contract.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Requirement {
    pub field: String,
    /// 1..=100.
    pub weight: u16,
}

/// What is required of a kind of records.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    pub contact_data: Vec<Requirement>,
    pub portrait: Vec<Requirement>,
}

/// "There is a contact": required of a client that has none.
pub const CONTACTS: &str = "contacts";

impl Profile {
    /// Of a client without contacts: that there is one is required too, where anything is.
    #[must_use]
    pub fn with_contact(mut self) -> Self {
        let group = if self.contact_data.is_empty() { &mut self.portrait } else { &mut self.contact_data };
        if !group.is_empty() {
            group.push(Requirement { field: CONTACTS.to_owned(), weight: 1 });
        }
        self
    }
}

/// How much of one group is filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// `None`: nothing is required.
    pub percent: Option<i16>,
    pub missing: Vec<String>,
}

/// How well a record is filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    pub contact: Share,
    pub portrait: Share,
}

impl Mark {
    #[must_use]
    pub fn of(profile: &Profile, filled: impl Fn(&str) -> bool) -> Self {
        Self { contact: share(&profile.contact_data, &filled), portrait: share(&profile.portrait, &filled) }
    }

    /// Half of each group; the other alone where one is not set up.
    #[must_use]
    pub fn percent(&self) -> Option<f32> {
        match (self.contact.percent, self.portrait.percent) {
            (Some(contact), Some(portrait)) => Some(f32::midpoint(contact.into(), portrait.into())),
            (one, other) => one.or(other).map(f32::from),
        }
    }
}

/// round(100 × Σ wᵢ·filledᵢ ÷ Σ wᵢ)
fn share(required: &[Requirement], filled: &impl Fn(&str) -> bool) -> Share {
    let all: u32 = required.iter().map(|one| u32::from(one.weight)).sum();
    if all == 0 {
        return Share::default();
    }
    let (there, missing): (Vec<_>, Vec<_>) = required.iter().partition(|one| filled(&one.field));
    let there: u32 = there.into_iter().map(|one| u32::from(one.weight)).sum();
    let percent = i16::try_from((200 * there + all) / (2 * all)).unwrap_or(100);
    Share { percent: Some(percent), missing: missing.into_iter().map(|one| one.field.clone()).collect() }
}

/// A client's: the mean of its own record and of the mean of its active contacts, as far as there are any.
#[must_use]
pub fn of_client(own: Option<f32>, contacts: Option<f32>) -> Option<f32> {
    match (own, contacts) {
        (Some(own), Some(contacts)) => Some(f32::midpoint(own, contacts)),
        (one, other) => one.or(other),
    }
}

/// Whether a text says something: a dash or "нет" in its place says that nobody asked.
#[must_use]
pub fn says_something(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    let dashes = text.chars().all(|c| !c.is_alphanumeric());
    !dashes && !matches!(text.as_str(), "нет" | "no" | "none" | "n/a")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(fields: &[(&str, u16)]) -> Vec<Requirement> {
        fields.iter().map(|(field, weight)| Requirement { field: (*field).to_owned(), weight: *weight }).collect()
    }

    #[test]
    fn a_share_is_the_weight_of_what_is_filled() {
        // what is required, what is filled, the percentage, what is missing
        type Case<'a> = (&'a [(&'a str, u16)], &'a [&'a str], Option<i16>, &'a [&'a str]);
        let cases: [Case<'_>; 9] = [
            (&[], &["inn"], None, &[]),
            (&[("inn", 1)], &[], Some(0), &["inn"]),
            (&[("inn", 1)], &["inn", "kpp"], Some(100), &[]),
            (&[("inn", 1), ("kpp", 1), ("ogrn", 1)], &["inn"], Some(33), &["kpp", "ogrn"]),
            (&[("inn", 1), ("kpp", 1), ("ogrn", 1)], &["inn", "kpp"], Some(67), &["ogrn"]),
            (&[("inn", 3), ("kpp", 1)], &["inn"], Some(75), &["kpp"]),
            (&[("inn", 3), ("kpp", 1)], &["kpp"], Some(25), &["inn"]),
            (&[("inn", 1), ("kpp", 7)], &["inn"], Some(13), &["kpp"]), // 12.5 goes up
            (&[("inn", 100), ("kpp", 100)], &["kpp"], Some(50), &["inn"]),
        ];
        for (wanted, filled, percent, missing) in cases {
            let found = share(&required(wanted), &|field: &str| filled.contains(&field));
            assert_eq!(found.percent, percent, "{wanted:?} of {filled:?}");
            assert_eq!(found.missing, missing, "{wanted:?} of {filled:?}");
        }
    }

    #[test]
    fn a_record_is_half_contact_data_and_half_portrait() {
        let share = |percent: Option<i16>| Share { percent, missing: Vec::new() };
        let cases = [
            (Some(100), Some(50), Some(75.0)),
            (Some(33), Some(0), Some(16.5)),
            (Some(40), None, Some(40.0)),
            (None, Some(40), Some(40.0)),
            (None, None, None),
        ];
        for (contact, portrait, percent) in cases {
            let mark = Mark { contact: share(contact), portrait: share(portrait) };
            assert_eq!(mark.percent(), percent, "{contact:?}, {portrait:?}");
        }
    }

    #[test]
    fn a_client_is_half_itself_and_half_its_contacts() {
        assert_eq!(of_client(Some(80.0), Some(40.0)), Some(60.0));
        assert_eq!(of_client(Some(80.0), None), Some(80.0));
        assert_eq!(of_client(None, Some(40.0)), Some(40.0));
        assert_eq!(of_client(None, None), None);
    }

    #[test]
    fn without_a_contact_there_is_one_more_to_be_filled() {
        let profile = |contact: &[(&str, u16)], portrait: &[(&str, u16)]| {
            Profile { contact_data: required(contact), portrait: required(portrait) }.with_contact()
        };
        let mark = Mark::of(&profile(&[("addresses:phone", 1)], &[("inn", 1)]), |field| field != CONTACTS);
        assert_eq!((mark.contact.percent, mark.portrait.percent), (Some(50), Some(100)));
        assert_eq!(mark.contact.missing, [CONTACTS]);
        let mark = Mark::of(&profile(&[], &[("inn", 1)]), |field| field != CONTACTS);
        assert_eq!((mark.contact.percent, mark.portrait.percent), (None, Some(50)));
        assert_eq!(profile(&[], &[]), Profile::default(), "nothing required is not set up");
    }

    #[test]
    fn a_dash_or_no_is_not_filled() {
        for empty in ["", " ", "-", "—", "--", "...", "нет", "Нет.", " НЕТ ", "no", "n/a"] {
            assert!(!says_something(empty), "{empty:?}");
        }
        for filled in ["0", "нетто", "ООО «Нет»", "да", "a"] {
            assert!(says_something(filled), "{filled:?}");
        }
    }
}
