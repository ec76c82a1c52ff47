//! Asking for an export, giving it out, taking it away.

use ::store::{
    Schema,
    timer::{self, Timer},
};
use chrono::{DateTime, TimeDelta, Utc};
use model::{ClientId, EmployeeId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    super::{
        PersonalError,
        count::Counts,
        ops::{counted, standing},
        store::{self as erasures, Place},
        subject,
    },
    step,
    store::{self, Export, Piece, State},
};
use crate::{
    change::{Actor, Change, Db},
    error::Fault,
    refusals,
    sessions::domain::{NewSecret, sha256},
};

const LINK: TimeDelta = TimeDelta::minutes(5);

/// Asks for an export; repeated it returns what is there.
///
/// # Errors
/// [`Fault::Permission`], [`PersonalError::Client`], [`PersonalError::ExportState`], [`PersonalError::State`].
pub async fn request(
    db: &Db,
    by: Actor,
    id: Uuid,
    client: ClientId,
    now: DateTime<Utc>,
) -> Result<Export, PersonalError> {
    refusals::administrators_only(db, by, "client", client.0).await?;
    let mut change = db.begin(by).await?;
    let (client, _) = standing(change.db(), client).await?;
    if let Some(there) = store::export(change.db(), Some(id), None).await? {
        return if there.client == client { Ok(there) } else { Err(Fault::RequestReused.into()) };
    }
    let (subject, seen) = counted(change.db(), client).await?;
    // An erasure that begins meanwhile waits for us, and finds this one.
    subject::lock(change.db(), &subject).await?;
    if let Some(erasure) = erasures::erasure(change.db(), None, Some(client.0)).await?
        && erasure.state == erasures::State::Running
    {
        return Err(PersonalError::State(erasure.state));
    }
    let export = Export {
        id,
        state: State::Running,
        client,
        points: subject.points,
        gathered: false,
        seen,
        packed: Counts::new(),
        size_bytes: 0,
        asked_by: by.employee(),
        asked_at: now,
        ready_at: None,
        removed_at: None,
        downloads: 0,
        downloaded_at: None,
    };
    store::insert(change.db(), &export).await?;
    schedule(change.db(), id, now).await?;
    change.audit("export.ask", "export", id, None, facts(&export));
    change.commit().await?;
    Ok(export)
}

/// # Errors
/// [`Fault::Permission`], [`PersonalError::ExportNotFound`].
pub async fn get(db: &Db, by: Actor, id: Uuid) -> Result<Export, PersonalError> {
    refusals::administrators_only(db, by, "export", id).await?;
    store::export(&db.pool, Some(id), None).await?.ok_or(PersonalError::ExportNotFound)
}

/// # Errors
/// [`Fault::Permission`].
pub async fn list(
    db: &Db,
    by: Actor,
    client: Option<ClientId>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Export>, PersonalError> {
    refusals::administrators_only(db, by, "export", Uuid::nil()).await?;
    Ok(store::list(&db.pool, client.map(Uuid::from), after, limit).await?)
}

/// # Errors
/// [`Fault::Permission`], [`PersonalError::ExportNotFound`].
pub async fn remove(db: &Db, by: Actor, id: Uuid, now: DateTime<Utc>) -> Result<Export, PersonalError> {
    refusals::administrators_only(db, by, "export", id).await?;
    let mut change = db.begin(by).await?;
    let mut export = store::lock(change.db(), id).await?.ok_or(PersonalError::ExportNotFound)?;
    if export.state == State::Removed {
        return Ok(export);
    }
    (export.state, export.removed_at) = (State::Removed, Some(now));
    store::save(change.db(), &export).await?;
    change.audit("export.remove", "export", id, None, facts(&export));
    change.commit().await?;
    Ok(export)
}

/// A link of this person's, and until when it is good.
///
/// # Errors
/// [`Fault::Permission`], [`PersonalError::ExportNotFound`], [`PersonalError::ExportState`].
pub async fn link(
    db: &Db,
    by: Actor,
    me: EmployeeId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(String, DateTime<Utc>), PersonalError> {
    refusals::administrators_only(db, by, "export", id).await?;
    let mut change = db.begin(by).await?;
    let export = store::lock(change.db(), id).await?.ok_or(PersonalError::ExportNotFound)?;
    if export.state != State::Ready {
        return Err(PersonalError::ExportState(export.state));
    }
    let secret = NewSecret::session().ok_or(PersonalError::NoRandom)?;
    let until = now + LINK;
    store::link(change.db(), id, &secret.sha256, me, until).await?;
    change.audit("export.link", "export", id, None, facts(&export));
    change.commit().await?;
    Ok((format!("/exports/{id}/{}", secret.text), until))
}

/// What is behind a link, for whoever it was made, and whose it is.
///
/// # Errors
/// [`Fault::Permission`], [`PersonalError::ExportNotFound`].
pub async fn take<'a>(
    db: &'a Db,
    by: Actor,
    me: EmployeeId,
    id: Uuid,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Taking<'a>, PersonalError> {
    refusals::administrators_only(db, by, "export", id).await?;
    let mut change = db.begin(by).await?;
    if !store::take(change.db(), id, &sha256(secret), me, now).await? {
        return Err(PersonalError::ExportNotFound);
    }
    let pieces = store::pieces(change.db(), id).await?;
    let export = store::export(change.db(), Some(id), None).await?.ok_or(PersonalError::ExportNotFound)?;
    Ok(Taking { change, export, pieces })
}

/// A download that may be. It counts, and is in the audit, once it is on the access log.
pub struct Taking<'a> {
    change: Change<'a>,
    export: Export,
    pieces: Vec<Piece>,
}

impl Taking<'_> {
    #[must_use]
    pub const fn client(&self) -> ClientId {
        self.export.client
    }

    /// # Errors
    /// What the database answers: then it was none.
    pub async fn count(self) -> Result<Vec<Piece>, PersonalError> {
        let Self { mut change, export, pieces } = self;
        change.audit("export.download", "export", export.id, None, facts(&export));
        change.commit().await?;
        Ok(pieces)
    }
}

pub(super) async fn schedule(db: &mut PgConnection, id: Uuid, due_at: DateTime<Utc>) -> sqlx::Result<()> {
    let timer = Timer { kind: step::EXPORT.to_owned(), key: id.to_string(), due_at, payload: json!({}) };
    timer::schedule(db, Schema::Crm, &[timer]).await
}

/// What the audit says: nothing of the person.
pub(super) fn facts(export: &Export) -> Option<Value> {
    Some(json!({
        "client_id": export.client, "state": export.state.name(), "seen": export.seen, "packed": export.packed,
        "size_bytes": export.size_bytes,
    }))
}
