//! Everything that belongs to a client or a contact. A test compares this with the database: a new table with one in it that is
//! not named here fails it.

use super::super::kind::Kind;

/// A column that names a client or a contact, whose rows a merge gives to the original.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    pub table: &'static str,
    pub column: &'static str,
    /// What tells its rows apart within one owner; nothing: there is one. Of two with the same, the original keeps one.
    pub key: &'static [&'static str],
    /// What a row is called in a choice, as SQL. Two with the same key may differ there, and nothing is lost unasked.
    pub asked: Option<&'static str>,
    /// Only these rows of the table.
    pub only: &'static str,
    pub main: Option<Main>,
    /// A row that names one of those that are merged here, too, is taken away.
    pub inside: Option<&'static str>,
    /// A row of a contact also names its client.
    pub with_client: bool,
    /// What is counted under.
    pub kind: &'static str,
}

/// At most one row of an owner is the main one of its group.
#[derive(Debug, Clone, Copy)]
pub struct Main {
    pub column: &'static str,
    pub group: &'static [&'static str],
    /// Whether a row `t` that goes back is the main one again, as it `was`.
    pub back: &'static str,
}

const fn reference(table: &'static str, key: &'static [&'static str], kind: &'static str) -> Reference {
    Reference {
        table,
        column: "client_id",
        key,
        asked: None,
        only: "true",
        main: None,
        inside: None,
        with_client: false,
        kind,
    }
}

pub const POINTS: Reference = reference("crm.contact_point_link", &["contact_point_id"], "contact_point");

pub const ADDRESSES: Reference = Reference {
    main: Some(Main { column: "is_main", group: &["contact_id", "kind"], back: "was.is_main" }),
    ..reference("crm.address", &["contact_id", "kind", "normalized", "contact_point_id"], "address")
};

/// In this order they move, and in the other they go back.
pub const REFERENCES: [Reference; 14] = [
    POINTS,
    reference("crm.contact", &["contact_id"], "contact"),
    ADDRESSES,
    Reference {
        main: Some(Main { column: "is_main", group: &[], back: "was.is_main and not t.archived" }),
        ..reference("crm.contract", &["contract_id"], "contract")
    },
    // What became of contacts goes with them; what became of the client's own fields is its own history.
    Reference { only: "t.contact_id is not null", ..reference("crm.field_change", &["change_id"], "contact_change") },
    Reference {
        column: "object_id",
        asked: Some("'custom_values:' || t.field_id"),
        ..reference("crm.custom_value", &["field_id"], "custom_value")
    },
    Reference { column: "object_id", asked: Some("'photo'"), ..reference("crm.photo", &[], "photo") },
    reference("crm.consent", &["consent_id"], "consent"),
    reference("crm.lead", &["lead_id"], "lead"),
    reference("crm.potential_override", &[], "potential"),
    // Kept from one side, named from both. One between those that are merged says nothing any more.
    Reference {
        inside: Some("other_id"),
        ..reference("crm.client_link", &["kind_id", "other_id", "linked_from"], "link")
    },
    Reference { column: "other_id", ..reference("crm.client_link", &["kind_id", "client_id", "linked_from"], "link") },
    // Cards of anybody that name a client in a field of their own. After the values themselves have moved.
    Reference {
        column: "id_value",
        only: "t.field_id in (select f.field_id from crm.custom_field f where f.reference = 3)", // okno.crm.v1.FieldReference
        ..reference("crm.custom_value", &["object_id", "field_id"], "named_by")
    },
    // Those merged into one that is merged itself now stand in the last.
    Reference { column: "merged_into", ..reference("crm.client", &["client_id"], "merged_client") },
];

/// Columns that name a client and stay: records of what was, and what follows by itself.
#[cfg(test)]
pub const STAYING: [(&str, &str); 17] = [
    ("crm.access", "object_id"), // who looked at it then; read through merged_into
    ("crm.audit", "object_id"),
    ("crm.client", "client_id"),
    ("crm.name_sound", "client_id"),     // a trigger keeps it
    ("crm.client_quality", "client_id"), // counted anew, as the next
    ("crm.client_potential", "client_id"),
    ("crm.erasure", "client_id"),         // of whom it was
    ("crm.personal_export", "client_id"), // as the last
    ("crm.not_duplicate", "one_id"),      // read through merged_into
    ("crm.not_duplicate", "other_id"),
    ("crm.lead", "repeats_client_id"), // read through merged_into
    ("crm.merge", "client_id"),
    ("crm.merge_journal", "from_client_id"),
    ("crm.duplicate_key", "client_id"), // what a search saw
    ("crm.duplicate_pair", "one_id"),
    ("crm.duplicate_pair", "other_id"),
    ("crm.import_row", "client_id"), // what came of a row then
];

/// The same of a contact.
pub const OF_CONTACTS: [Reference; 5] = [
    Reference {
        column: "contact_id",
        main: Some(Main { column: "is_main", group: &["kind"], back: "was.is_main" }),
        with_client: true,
        ..reference("crm.address", &["kind", "normalized", "contact_point_id"], "address")
    },
    Reference {
        column: "contact_id",
        ..reference("crm.key_event", &["kind_id", "on_date", "remind_days", "yearly", "comment"], "key_event")
    },
    Reference {
        column: "object_id",
        asked: Some("'custom_values:' || t.field_id"),
        ..reference("crm.custom_value", &["field_id"], "custom_value")
    },
    Reference { column: "contact_id", with_client: true, ..reference("crm.consent", &["consent_id"], "consent") },
    Reference { column: "merged_into", ..reference("crm.contact", &["contact_id"], "merged_contact") },
];

/// Columns that name a contact and stay.
#[cfg(test)]
pub const STAYING_OF_CONTACTS: [(&str, &str); 9] = [
    ("crm.contact", "contact_id"),
    ("crm.client", "main_contact_id"),     // `owners` says what becomes of it
    ("crm.contact_quality", "contact_id"), // counted anew
    ("crm.import_row", "contact_id"),      // what came of a row then
    ("crm.field_change", "contact_id"),    // what became of its fields is its own history
    ("crm.lead", "contact_id"),            // read through merged_into
    ("crm.merge", "contact_id"),
    ("crm.not_duplicate_contact", "one_id"), // read through merged_into
    ("crm.not_duplicate_contact", "other_id"),
];

/// Whether a choice may name this: a field, a custom field, or the photo of a client.
#[must_use]
pub fn may_be_chosen(kind: Kind, name: &str) -> bool {
    let custom = |id: &str| id.parse::<uuid::Uuid>().is_ok_and(|parsed| parsed.to_string() == id);
    name == "photo" && kind == Kind::Client
        || name.strip_prefix("custom_values:").is_some_and(custom)
        || kind.fields().iter().any(|field| field.name == name)
}

impl Kind {
    /// Everything that belongs to a record, in the order in which it moves.
    #[must_use]
    pub const fn references(self) -> &'static [Reference] {
        match self {
            Self::Client => &REFERENCES,
            Self::Contact => &OF_CONTACTS,
        }
    }

    #[must_use]
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Client => &FIELDS,
            Self::Contact => &CONTACT_FIELDS,
        }
    }
}

/// What becomes of a field in which records differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differ {
    /// Somebody has to choose.
    Ask,
    /// The original's counts unless chosen otherwise.
    Keep,
    /// A list that holds what all of them hold.
    Unite,
}

/// A field of a record: one or more columns that go together.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// As in the contract.
    pub name: &'static str,
    /// The first decides whether it is empty.
    pub columns: &'static [&'static str],
    pub differ: Differ,
}

const fn ask(columns: &'static [&'static str]) -> Field {
    Field { name: columns[0], columns, differ: Differ::Ask }
}

const fn keep(columns: &'static [&'static str]) -> Field {
    Field { name: columns[0], columns, differ: Differ::Keep }
}

const fn unite(columns: &'static [&'static str]) -> Field {
    Field { name: columns[0], columns, differ: Differ::Unite }
}

pub const FIELDS: [Field; 35] = [
    keep(&["name", "search_name"]),
    keep(&["kind"]),
    ask(&["responsible_employee_id"]),
    ask(&["comment"]),
    ask(&["working_name", "search_working_name"]),
    ask(&["surname"]),
    ask(&["given_name"]),
    ask(&["patronymic"]),
    ask(&["sex"]),
    ask(&["birthday"]),
    keep(&["remind_birthday"]),
    ask(&["inn"]),
    ask(&["kpp"]),
    ask(&["ogrn"]),
    ask(&["okpo"]),
    ask(&["registered_on"]),
    keep(&["main_contact_id"]),
    ask(&["industry_id"]),
    unite(&["more_industries"]),
    ask(&["segment_id"]),
    ask(&["headcount_id"]),
    ask(&["workplaces_id"]),
    ask(&["region_id"]),
    ask(&["holding_id"]),
    ask(&["importance"]),
    ask(&["work_status"]),
    ask(&["solvency"]),
    unite(&["relations"]),
    keep(&["unsubscribed"]), // one that is off is empty: who left mailings stays out of them
    keep(&["takes_surveys"]),
    keep(&["founder"]),
    unite(&["bank_accounts"]),
    unite(&["extras"]),
    unite(&["tag_ids"]),
    unite(&["access_level_ids"]), // nobody who holds a level of one of them loses sight of it
];

/// Columns of a client that are its own and no field.
#[cfg(test)]
pub const OWN: [&str; 7] =
    ["client_id", "revision", "request_sha256", "created_at", "updated_at", "archived_at", "merged_into"];

pub const CONTACT_FIELDS: [Field; 14] = [
    keep(&["name", "search_name", "surname", "given_name", "patronymic"]), // a name is whole
    ask(&["sex"]),
    ask(&["position_id"]),
    ask(&["role_id"]),
    keep(&["state"]),
    keep(&["key_person"]),
    keep(&["business_owner"]),
    unite(&["influences"]),
    ask(&["interests"]),
    ask(&["birthday"]),
    keep(&["remind_birthday"]),
    keep(&["linked_from", "linked_until"]), // in order, as they were
    keep(&["unsubscribed"]),
    ask(&["comment"]),
];

/// Columns of a contact that are its own and no field.
#[cfg(test)]
pub const OWN_OF_CONTACTS: [&str; 9] = [
    "contact_id",
    "client_id",
    "revision",
    "author_employee_id",
    "request_sha256",
    "created_at",
    "updated_at",
    "archived_at",
    "merged_into",
];
