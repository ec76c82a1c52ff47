//! Which fields may take part, and which values they have: those with few of them.

use contracts::crm::{ClientKind, DirectoryKind, Importance, Solvency, WorkStatus};
use uuid::Uuid;

use crate::{
    cards::{
        fields::{Field, Reference, Type},
        values::Object,
    },
    error::{Fault, Missing},
};

/// Of a client's card, as in an update mask and in `crm.client`; custom fields come beside them.
pub const OWN: [&str; 10] = [
    "kind",
    "industry_id",
    "segment_id",
    "headcount_id",
    "workplaces_id",
    "region_id",
    "holding_id",
    "importance",
    "work_status",
    "solvency",
];

const CUSTOM: &str = "custom_values:";

/// The custom field that a name means.
#[must_use]
pub fn custom_field(name: &str) -> Option<Uuid> {
    name.strip_prefix(CUSTOM)?.parse().ok()
}

/// Those of these custom fields that may take part, by name.
#[must_use]
pub fn custom(all: &[Field]) -> Vec<String> {
    let discrete = |field: &&Field| field.object == Object::Client && !field.archived && holds(field).is_some();
    all.iter().filter(discrete).map(|field| format!("{CUSTOM}{}", field.id)).collect()
}

/// The values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds<'a> {
    /// Numbers of an enumeration, from 1 up to this.
    Numbers(i32),
    /// Of a kind.
    Entries(i16),
    YesNo,
    Options(&'a Field),
}

fn holds(field: &Field) -> Option<Holds<'_>> {
    match (field.kind, field.reference) {
        (Type::YesNo, _) => Some(Holds::YesNo),
        (Type::List, _) => Some(Holds::Options(field)),
        (Type::Reference, Some(Reference::Directory(kind))) => Some(Holds::Entries(kind)),
        _ => None,
    }
}

/// # Errors
/// [`Fault::Invalid`], [`Fault::Missing`]: there is no such field, or it has more than a few values.
pub fn of<'a>(field: &'static str, name: &str, all: &'a [Field]) -> Result<Holds<'a>, Fault> {
    let entries = |kind: DirectoryKind| Ok(Holds::Entries(i16::try_from(i32::from(kind)).unwrap_or_default()));
    match name {
        "kind" => Ok(Holds::Numbers(ClientKind::Company.into())),
        "importance" => Ok(Holds::Numbers(Importance::Special.into())),
        "work_status" => Ok(Holds::Numbers(WorkStatus::Lost.into())),
        "solvency" => Ok(Holds::Numbers(Solvency::High.into())),
        "industry_id" => entries(DirectoryKind::Industry),
        "segment_id" => entries(DirectoryKind::Segment),
        "headcount_id" => entries(DirectoryKind::Headcount),
        "workplaces_id" => entries(DirectoryKind::Workplaces),
        "region_id" => entries(DirectoryKind::Region),
        "holding_id" => entries(DirectoryKind::Holding),
        _ => {
            let wrong = || Fault::invalid(field, "names a field that cannot take part; choose from available_fields");
            let id = custom_field(name).ok_or_else(wrong)?;
            let there = all.iter().find(|one| one.id.0 == id && one.object == Object::Client);
            let there = there.ok_or(Fault::Missing { field, what: Missing::CustomField })?;
            // One way to write it, or a weight would be of another name than the field.
            if name != format!("{CUSTOM}{id}") {
                return Err(wrong());
            }
            holds(there).ok_or_else(wrong)
        }
    }
}

impl Holds<'_> {
    /// The directory entry that a value names, of the field's kind; `None` of other fields, whose value is one of theirs.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn entry(self, field: &'static str, value: &str) -> Result<Option<(i16, Uuid)>, Fault> {
        let id = || value.parse::<Uuid>().ok().filter(|id| id.to_string() == value);
        let wrong = Fault::invalid(field, "names a value that the field has not");
        let there = match self {
            Self::Entries(kind) => return id().map(|id| Some((kind, id))).ok_or(wrong),
            Self::Numbers(last) => (1..=last).any(|number| number.to_string() == value),
            Self::YesNo => matches!(value, "true" | "false"),
            Self::Options(one) => id().is_some_and(|id| one.options.iter().any(|option| option.option_id == id)),
        };
        if there { Ok(None) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use model::CustomFieldId;

    use super::*;
    use crate::{cards::fields::FieldOption, change::Revision};

    fn field(kind: Type, reference: Option<Reference>) -> Field {
        Field {
            id: CustomFieldId::new(),
            revision: Revision(1),
            object: Object::Client,
            name: "Касса".into(),
            kind,
            options: Vec::new(),
            reference,
            searchable: false,
            versioned: false,
            place: 0,
            archived: false,
        }
    }

    #[test]
    fn fields_with_few_values_may_take_part() {
        for name in OWN {
            assert!(of("fields", name, &[]).is_ok(), "{name}");
        }
        let few = [Type::YesNo, Type::List].map(|kind| field(kind, None));
        let many = [Type::Text, Type::Number, Type::Date].map(|kind| field(kind, None));
        let directory = field(Type::Reference, Some(Reference::Directory(14)));
        let person = field(Type::Reference, Some(Reference::Employee));
        let contacts = Field { object: Object::Contact, ..field(Type::YesNo, None) };
        let archived = Field { archived: true, ..field(Type::YesNo, None) };
        let all: Vec<Field> = few.into_iter().chain(many).chain([directory, person, contacts, archived]).collect();
        let offered = custom(&all);
        assert_eq!(offered.len(), 3, "yes or no, a list, a directory");
        for one in &offered {
            assert!(of("fields", one, &all).is_ok(), "{one}");
            assert!(of("fields", &one.to_uppercase().replace("CUSTOM_VALUES", "custom_values"), &all).is_err());
        }
        for name in ["name", "tag_ids", "custom_values:", "custom_values:1", &format!("{CUSTOM}{}", all[2].id)] {
            assert!(of("fields", name, &all).is_err(), "{name}");
        }
    }

    #[test]
    fn a_value_is_one_that_the_field_has() {
        let option = Uuid::now_v7();
        let mut list = field(Type::List, None);
        list.options = vec![FieldOption { option_id: option, name: "Да".into(), archived: false }];
        let (id, option) = (Uuid::now_v7().to_string(), option.to_string());
        // of what, a value of it, a text that is none
        let cases = [
            (Holds::Numbers(3), "3", "4"),
            (Holds::Numbers(3), "1", "0"),
            (Holds::Numbers(3), "2", "02"),
            (Holds::YesNo, "true", "yes"),
            (Holds::YesNo, "false", ""),
            (Holds::Entries(2), id.as_str(), "segment"),
            (Holds::Options(&list), option.as_str(), id.as_str()),
        ];
        for (holds, good, bad) in cases {
            assert!(holds.entry("weights", good).is_ok(), "{good}");
            assert!(holds.entry("weights", bad).is_err(), "{bad}");
        }
        let named = Holds::Entries(2).entry("weights", &id).unwrap();
        assert_eq!(named, Some((2, id.parse().unwrap())));
    }
}
