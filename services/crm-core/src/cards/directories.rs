//! The short lists that cards choose from. Entries are archived, never deleted: whatever has one keeps it.

use chrono::{DateTime, Utc};
use contracts::{
    crm::DirectoryKind,
    live::{DirectoryChanged, event::What},
};
use model::DirectoryEntryId;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::CardError;
use crate::{
    change::{Actor, Db, RequestHash, Revision, json},
    clock::now,
    error::Fault,
    refusals,
    text::{self, like_escaped, search_form},
};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    pub id: DirectoryEntryId,
    pub revision: Revision,
    /// `okno.crm.v1.DirectoryKind`.
    pub kind: i16,
    pub name: String,
    pub place: i32,
    /// Of regions.
    pub time_zone: Option<String>,
    /// Of tags.
    pub color: String,
    /// Of kinds of links; empty: as the name.
    pub reverse_name: String,
    pub archived_at: Option<DateTime<Utc>>,
}

/// What a change asks for; `None` leaves the field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub name: Option<String>,
    pub place: Option<i32>,
    pub time_zone: Option<Option<String>>,
    pub color: Option<String>,
    pub reverse_name: Option<String>,
    pub archived: Option<bool>,
}

/// Which entries, in order of kind, place and name.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Empty: all.
    pub kinds: Vec<i16>,
    pub with_archived: bool,
    pub name_part: String,
    pub after: Option<Place>,
    pub limit: i64,
}

pub type Place = (i16, i32, String, Uuid);

impl Entry {
    fn is_kind(&self, kind: DirectoryKind) -> bool {
        i32::from(self.kind) == i32::from(kind)
    }

    /// In its stored form.
    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("name", &self.name, 200)?;
        self.time_zone = match self.time_zone.filter(|zone| !zone.is_empty()) {
            Some(zone) => Some(text::time_zone("time_zone", &zone)?),
            None => None,
        };
        if self.is_kind(DirectoryKind::Region) != self.time_zone.is_some() {
            return Err(Fault::invalid("time_zone", "must be set for a region, and for nothing else"));
        }
        let fits = self.color.is_empty() || self.is_kind(DirectoryKind::Tag) && is_color(&self.color);
        if !fits {
            return Err(Fault::invalid("color", "must be of a tag and look like #1f77b4, or be empty"));
        }
        self.reverse_name = text::optional_line("reverse_name", &self.reverse_name, 200)?;
        if !self.reverse_name.is_empty() && !self.is_kind(DirectoryKind::ClientLink) {
            return Err(Fault::invalid("reverse_name", "must be of a kind of link, or be empty"));
        }
        Ok(self)
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Adds an entry. Repeated with the same request it returns the one that is there.
///
/// # Errors
/// [`Fault::Permission`] but for tags and holdings, [`Fault::NameTaken`], [`Fault::Invalid`].
pub async fn create(db: &Db, by: Actor, new: Entry, request: RequestHash) -> Result<Entry, CardError> {
    let entry = new.checked()?;
    if !entry.is_kind(DirectoryKind::Tag) && !entry.is_kind(DirectoryKind::Holding) {
        refusals::administrators_only(db, by, "directory_entry", entry.id.0).await?;
    }
    let mut change = db.begin(by).await?;
    if !insert(change.db(), &entry, &request).await? {
        let stored = request_of(change.db(), entry.id).await?.ok_or(CardError::EntryNotFound)?;
        request.must_be(&stored)?;
        return find(change.db(), entry.id).await?.ok_or(CardError::EntryNotFound);
    }
    change.audit("directory_entry.create", "directory_entry", entry.id.0, None, json(&entry));
    change.tell_everyone(changed(&entry));
    change.commit().await?;
    Ok(entry)
}

/// # Errors
/// [`Fault::Permission`], [`CardError::EntryNotFound`], [`Fault::Stale`], [`Fault::NameTaken`], [`Fault::Invalid`].
pub async fn change(db: &Db, by: Actor, id: DirectoryEntryId, patch: Patch) -> Result<Entry, CardError> {
    refusals::administrators_only(db, by, "directory_entry", id.0).await?;
    let mut change = db.begin(by).await?;
    let before = find(change.db(), id).await?.ok_or(CardError::EntryNotFound)?;
    before.revision.must_be(patch.seen)?;
    let archived_at = match patch.archived {
        None => before.archived_at,
        Some(true) => before.archived_at.or(Some(now())),
        Some(false) => None,
    };
    let after = Entry {
        revision: before.revision.next(),
        name: patch.name.unwrap_or_else(|| before.name.clone()),
        place: patch.place.unwrap_or(before.place),
        time_zone: patch.time_zone.unwrap_or_else(|| before.time_zone.clone()),
        color: patch.color.unwrap_or_else(|| before.color.clone()),
        reverse_name: patch.reverse_name.unwrap_or_else(|| before.reverse_name.clone()),
        archived_at,
        ..before.clone()
    };
    let after = after.checked()?;
    update(change.db(), &after).await?;
    change.audit("directory_entry.update", "directory_entry", id.0, json(&before), json(&after));
    change.tell_everyone(changed(&after));
    change.commit().await?;
    Ok(after)
}

fn changed(entry: &Entry) -> What {
    What::DirectoryChanged(DirectoryChanged { entry_id: entry.id.to_string() })
}

struct Row {
    entry_id: Uuid,
    revision: i64,
    kind: i16,
    name: String,
    place: i32,
    time_zone: Option<String>,
    color: String,
    reverse_name: String,
    archived_at: Option<DateTime<Utc>>,
}

pub async fn list(db: impl PgExecutor<'_>, asked: &Asked) -> sqlx::Result<Vec<Entry>> {
    let part = search_form(&asked.name_part);
    let part = (!part.is_empty()).then(|| format!("%{}%", like_escaped(&part)));
    let (kind, place, name, id) = match asked.after.clone() {
        Some((kind, place, name, id)) => (Some(kind), Some(place), Some(name), Some(id)),
        None => (None, None, None, None),
    };
    let rows = sqlx::query_as!(
        Row,
        "select entry_id, revision, kind, name, place, time_zone, color, reverse_name, archived_at
         from crm.directory_entry
         where (cardinality($1::smallint[]) = 0 or kind = any ($1)) and ($2 or archived_at is null)
           and ($3::text is null or search_name like $3)
           and ($4::smallint is null or (kind, place, search_name, entry_id) > ($4, $5::int, $6::text, $7::uuid))
         order by kind, place, search_name, entry_id limit $8",
        &asked.kinds,
        asked.with_archived,
        part,
        kind,
        place,
        name,
        id,
        asked.limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

async fn find(db: impl PgExecutor<'_>, id: DirectoryEntryId) -> sqlx::Result<Option<Entry>> {
    let row = sqlx::query_as!(
        Row,
        "select entry_id, revision, kind, name, place, time_zone, color, reverse_name, archived_at
         from crm.directory_entry
         where entry_id = $1 for no key update",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Entry::from))
}

async fn request_of(db: impl PgExecutor<'_>, id: DirectoryEntryId) -> sqlx::Result<Option<Vec<u8>>> {
    let hash = sqlx::query_scalar!("select request_sha256 from crm.directory_entry where entry_id = $1", id.0);
    hash.fetch_optional(db).await
}

/// `false` when an entry of this id is there already.
async fn insert(db: impl PgExecutor<'_>, entry: &Entry, request: &RequestHash) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into crm.directory_entry (entry_id, kind, name, search_name, place, time_zone, color, archived_at,
                                          request_sha256, reverse_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (entry_id) do nothing",
        entry.id.0,
        entry.kind,
        entry.name,
        search_form(&entry.name),
        entry.place,
        entry.time_zone,
        entry.color,
        entry.archived_at,
        request.bytes(),
        entry.reverse_name
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn update(db: impl PgExecutor<'_>, entry: &Entry) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.directory_entry set revision = $2, name = $3, search_name = $4, place = $5, time_zone = $6,
                                        color = $7, archived_at = $8, reverse_name = $9
         where entry_id = $1",
        entry.id.0,
        entry.revision.0,
        entry.name,
        search_form(&entry.name),
        entry.place,
        entry.time_zone,
        entry.color,
        entry.archived_at,
        entry.reverse_name
    )
    .execute(db)
    .await?;
    Ok(())
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        let Row { entry_id, revision, kind, name, place, time_zone, color, reverse_name, archived_at } = row;
        let (id, revision) = (entry_id.into(), Revision(revision));
        Self { id, revision, kind, name, place, time_zone, color, reverse_name, archived_at }
    }
}
