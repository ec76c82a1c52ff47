//! The fields that a company adds to its cards.

use contracts::crm::{DirectoryKind, FieldReference};
use model::CustomFieldId;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::{CardError, settings_changed, values::Object};
use crate::{
    change::{Actor, Db, RequestHash, Revision, json},
    error::Fault,
    refusals,
    text::{self, search_form},
};

const MOST_FIELDS: u32 = 200;
const MOST_OPTIONS: usize = 200;

/// `okno.crm.v1.FieldType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Type {
    Text = 1,
    Number = 2,
    Date = 3,
    YesNo = 4,
    List = 5,
    Reference = 6,
}

impl Type {
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Date, Self::YesNo, Self::List, Self::Reference];

    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i32 == number)
    }
}

/// What a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Reference {
    /// Of a kind.
    Directory(i16),
    Employee,
    Client,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldOption {
    pub option_id: Uuid,
    pub name: String,
    pub archived: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Field {
    pub id: CustomFieldId,
    pub revision: Revision,
    #[serde(skip)]
    pub object: Object,
    pub name: String,
    pub kind: Type,
    pub options: Vec<FieldOption>,
    pub reference: Option<Reference>,
    pub searchable: bool,
    pub versioned: bool,
    pub place: i32,
    pub archived: bool,
}

/// What a change asks for; `None` leaves the field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub name: Option<String>,
    pub options: Option<Vec<FieldOption>>,
    pub searchable: Option<bool>,
    pub versioned: Option<bool>,
    pub place: Option<i32>,
    pub archived: Option<bool>,
}

impl Field {
    fn changed(&self, patch: Patch) -> Result<Self, Fault> {
        let next = Self {
            revision: self.revision.next(),
            name: patch.name.unwrap_or_else(|| self.name.clone()),
            options: patch.options.unwrap_or_else(|| self.options.clone()),
            searchable: patch.searchable.unwrap_or(self.searchable),
            versioned: patch.versioned.unwrap_or(self.versioned),
            place: patch.place.unwrap_or(self.place),
            archived: patch.archived.unwrap_or(self.archived),
            ..self.clone()
        };
        // An option that values may name only ever leaves by being archived.
        let kept = |old: &FieldOption| next.options.iter().any(|new| new.option_id == old.option_id);
        if !self.options.iter().all(kept) {
            return Err(Fault::invalid("options", "must hold those that there are; archive what is no longer offered"));
        }
        next.checked()
    }

    /// In its stored form.
    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("name", &self.name, 100)?;
        if self.kind == Type::List && self.options.is_empty() {
            return Err(Fault::invalid("options", "must not be empty for a list"));
        }
        if self.kind != Type::List && !self.options.is_empty() {
            return Err(Fault::invalid("options", "are for lists only"));
        }
        if self.options.len() > MOST_OPTIONS {
            return Err(Fault::invalid("options", "must be at most 200"));
        }
        let mut ids: Vec<Uuid> = self.options.iter().map(|option| option.option_id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Fault::invalid("options", "hold an option_id twice"));
        }
        for option in &mut self.options {
            option.name = text::line("options", &option.name, 200)?;
        }
        if (self.kind == Type::Reference) != self.reference.is_some() {
            return Err(Fault::invalid("reference", "must be set for a reference, and for nothing else"));
        }
        if self.searchable && (self.kind != Type::Text || self.object != Object::Client) {
            return Err(Fault::invalid("searchable", "is for texts of clients only"));
        }
        Ok(self)
    }
}

/// Adds a field. Repeated with the same request it returns the one that is there.
pub async fn create(db: &Db, by: Actor, new: Field, request: RequestHash) -> Result<Field, CardError> {
    refusals::administrators_only(db, by, "custom_field", new.id.0).await?;
    let field = new.checked()?;
    let mut change = db.begin_organisation(by).await?;
    if let Some(stored) = request_of(change.db(), field.id).await? {
        request.must_be(&stored)?;
        return find(change.db(), field.id).await?.ok_or(CardError::FieldNotFound);
    }
    let there = list(change.db(), Some(field.object), true).await?.len();
    if there >= MOST_FIELDS as usize {
        return Err(Fault::Limit(MOST_FIELDS).into());
    }
    insert(change.db(), &field, &request).await?;
    change.audit("custom_field.create", "custom_field", field.id.0, None, json(&field));
    change.tell_everyone(settings_changed());
    change.commit().await?;
    Ok(field)
}

pub async fn change(db: &Db, by: Actor, id: CustomFieldId, patch: Patch) -> Result<Field, CardError> {
    refusals::administrators_only(db, by, "custom_field", id.0).await?;
    let mut change = db.begin_organisation(by).await?;
    let before = find(change.db(), id).await?.ok_or(CardError::FieldNotFound)?;
    before.revision.must_be(patch.seen)?;
    let after = before.changed(patch)?;
    update(change.db(), &after).await?;
    change.audit("custom_field.update", "custom_field", id.0, json(&before), json(&after));
    change.tell_everyone(settings_changed());
    change.commit().await?;
    Ok(after)
}

struct Row {
    field_id: Uuid,
    revision: i64,
    object: i16,
    name: String,
    kind: i16,
    reference: i16,
    directory_kind: i16,
    options: Json<Vec<FieldOption>>,
    searchable: bool,
    versioned: bool,
    place: i32,
    archived: bool,
}

/// In their order.
pub async fn list(db: impl PgExecutor<'_>, object: Option<Object>, archived: bool) -> sqlx::Result<Vec<Field>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select field_id, revision, object, name, type as kind, reference, directory_kind,
                  options as "options: Json<Vec<FieldOption>>", searchable, versioned, place, archived
           from crm.custom_field where ($1::smallint is null or object = $1) and ($2 or not archived)
           order by object, place, search_name, field_id"#,
        object.map(|object| object as i16),
        archived
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Field::from).collect())
}

async fn find(db: impl PgExecutor<'_>, id: CustomFieldId) -> sqlx::Result<Option<Field>> {
    let row = sqlx::query_as!(
        Row,
        r#"select field_id, revision, object, name, type as kind, reference, directory_kind,
                  options as "options: Json<Vec<FieldOption>>", searchable, versioned, place, archived
           from crm.custom_field where field_id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Field::from))
}

async fn request_of(db: impl PgExecutor<'_>, id: CustomFieldId) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select request_sha256 from crm.custom_field where field_id = $1", id.0)
        .fetch_optional(db)
        .await
}

async fn insert(db: impl PgExecutor<'_>, field: &Field, request: &RequestHash) -> sqlx::Result<()> {
    let (reference, directory_kind) = numbers(field.reference);
    sqlx::query!(
        "insert into crm.custom_field (field_id, object, name, search_name, type, reference, directory_kind, options,
                                       searchable, versioned, place, archived, request_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        field.id.0,
        field.object as i16,
        field.name,
        search_form(&field.name),
        field.kind as i16,
        reference,
        directory_kind,
        Json(&field.options) as _,
        field.searchable,
        field.versioned,
        field.place,
        field.archived,
        request.bytes()
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn update(db: impl PgExecutor<'_>, field: &Field) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.custom_field set revision = $2, name = $3, search_name = $4, options = $5, searchable = $6,
                                     versioned = $7, place = $8, archived = $9
         where field_id = $1",
        field.id.0,
        field.revision.0,
        field.name,
        search_form(&field.name),
        Json(&field.options) as _,
        field.searchable,
        field.versioned,
        field.place,
        field.archived
    )
    .execute(db)
    .await?;
    Ok(())
}

/// As stored: the reference, and the directory's kind.
fn numbers(reference: Option<Reference>) -> (i16, i16) {
    match reference {
        None => (0, 0),
        Some(Reference::Directory(kind)) => (1, kind),
        Some(Reference::Employee) => (2, 0),
        Some(Reference::Client) => (3, 0),
    }
}

/// As written in the contract.
///
/// # Errors
/// [`Fault::Invalid`].
pub fn reference(reference: i32, directory_kind: i32) -> Result<Option<Reference>, Fault> {
    match FieldReference::try_from(reference) {
        Ok(FieldReference::Unspecified) => Ok(None),
        Ok(FieldReference::Employee) => Ok(Some(Reference::Employee)),
        Ok(FieldReference::Client) => Ok(Some(Reference::Client)),
        Ok(FieldReference::Directory) => match DirectoryKind::try_from(directory_kind) {
            Ok(DirectoryKind::Unspecified) | Err(_) => Err(Fault::invalid("directory_kind", "must be a known one")),
            Ok(_) => Ok(Some(Reference::Directory(i16::try_from(directory_kind).unwrap_or_default()))),
        },
        Err(_) => Err(Fault::invalid("reference", "is unknown")),
    }
}

impl From<Row> for Field {
    fn from(row: Row) -> Self {
        Self {
            id: row.field_id.into(),
            revision: Revision(row.revision),
            object: if row.object == 2 { Object::Contact } else { Object::Client },
            name: row.name,
            kind: Type::from_number(row.kind.into()).unwrap_or(Type::Text),
            options: row.options.0,
            reference: reference(row.reference.into(), row.directory_kind.into()).ok().flatten(),
            searchable: row.searchable,
            versioned: row.versioned,
            place: row.place,
            archived: row.archived,
        }
    }
}
