//! Asking for an erasure, approving it, calling it off.

use ::store::{
    Schema,
    timer::{self, Timer},
};
use chrono::{DateTime, Utc};
use model::ClientId;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    PersonalError,
    count::{self, Counts},
    settings, step,
    store::{self, Erasure, Place, State},
    subject::{self, Subject},
};
use crate::{
    change::{Actor, Db},
    clients::{ClientError, store as clients},
    error::Fault,
    refusals,
    visits::store as visits,
};

/// What an erasure would take.
#[derive(Debug, Clone)]
pub struct Preview {
    pub client: ClientId,
    pub name: String,
    pub counts: Counts,
    pub records: i64,
    pub needs_approval: bool,
    pub under_way: Option<Erasure>,
}

/// # Errors
/// [`Fault::Permission`], [`ClientError::NotFound`].
pub async fn preview(db: &Db, by: Actor, client: ClientId) -> Result<Preview, PersonalError> {
    refusals::administrators_only(db, by, "client", client.0).await?;
    let mut connection = db.pool.acquire().await?;
    let (client, name) = standing(&mut connection, client).await?;
    let (_, counts) = counted(&mut connection, client).await?;
    let records = counts.values().sum();
    let needs_approval = records > settings::read(&mut *connection).await?.approve_above(by);
    let under_way = store::erasure(&mut *connection, None, Some(client.0)).await?;
    Ok(Preview { client, name, counts, records, needs_approval, under_way })
}

/// Asks for an erasure, which begins at once where nobody has to approve it; repeated it returns what is there.
///
/// # Errors
/// [`Fault::Permission`], [`ClientError::NotFound`], [`PersonalError::CountChanged`], [`PersonalError::State`].
pub async fn request(
    db: &Db,
    by: Actor,
    id: Uuid,
    client: ClientId,
    seen: u64,
    now: DateTime<Utc>,
) -> Result<Erasure, PersonalError> {
    refusals::administrators_only(db, by, "client", client.0).await?;
    let mut change = db.begin(by).await?;
    let (client, _) = standing(change.db(), client).await?;
    if let Some(there) = store::erasure(change.db(), Some(id), None).await? {
        return if there.client == client { Ok(there) } else { Err(Fault::RequestReused.into()) };
    }
    if let Some(other) = store::erasure(change.db(), None, Some(client.0)).await? {
        return Err(PersonalError::State(other.state));
    }
    let (subject, counts) = counted(change.db(), client).await?;
    let records = as_seen(&counts, seen)?;
    let waits = records > settings::read(change.db()).await?.approve_above(by);
    let mut erasure = Erasure {
        id,
        state: State::Waiting,
        client,
        points: Vec::new(),
        seen: counts,
        records,
        erased: Counts::new(),
        asked_by: by.employee(),
        asked_at: now,
        approved_by: None,
        approved_at: None,
        ended_at: None,
        identifiers: Vec::new(),
        replayed: false,
    };
    if !waits {
        order(change.db(), &mut erasure, &subject).await?;
    }
    store::insert(change.db(), &erasure).await?;
    change.audit("erasure.ask", "erasure", id, None, facts(&erasure));
    change.commit().await?;
    Ok(erasure)
}

/// # Errors
/// [`Fault::Permission`], [`PersonalError`] but [`PersonalError::Client`].
pub async fn approve(db: &Db, by: Actor, id: Uuid, seen: u64, now: DateTime<Utc>) -> Result<Erasure, PersonalError> {
    refusals::administrators_only(db, by, "erasure", id).await?;
    let mut change = db.begin(by).await?;
    let mut erasure = store::lock(change.db(), id).await?.ok_or(PersonalError::NotFound)?;
    if erasure.state == State::Running && erasure.approved_by == by.employee() {
        return Ok(erasure);
    }
    if erasure.state != State::Waiting {
        return Err(PersonalError::State(erasure.state));
    }
    if erasure.asked_by == by.employee() {
        return Err(PersonalError::NeedsAnother);
    }
    let (subject, counts) = counted(change.db(), erasure.client).await?;
    erasure.records = as_seen(&counts, seen)?;
    (erasure.seen, erasure.approved_by, erasure.approved_at) = (counts, by.employee(), Some(now));
    order(change.db(), &mut erasure, &subject).await?;
    store::save(change.db(), &erasure).await?;
    change.audit("erasure.approve", "erasure", id, None, facts(&erasure));
    change.commit().await?;
    Ok(erasure)
}

/// # Errors
/// [`Fault::Permission`], [`PersonalError::NotFound`], [`PersonalError::State`].
pub async fn call_off(db: &Db, by: Actor, id: Uuid, now: DateTime<Utc>) -> Result<Erasure, PersonalError> {
    refusals::administrators_only(db, by, "erasure", id).await?;
    let mut change = db.begin(by).await?;
    let mut erasure = store::lock(change.db(), id).await?.ok_or(PersonalError::NotFound)?;
    match erasure.state {
        State::CalledOff => return Ok(erasure),
        State::Waiting => {}
        other => return Err(PersonalError::State(other)),
    }
    (erasure.state, erasure.ended_at) = (State::CalledOff, Some(now));
    store::save(change.db(), &erasure).await?;
    change.audit("erasure.call_off", "erasure", id, None, facts(&erasure));
    change.commit().await?;
    Ok(erasure)
}

/// # Errors
/// [`Fault::Permission`], [`PersonalError::NotFound`].
pub async fn get(db: &Db, by: Actor, id: Uuid) -> Result<Erasure, PersonalError> {
    refusals::administrators_only(db, by, "erasure", id).await?;
    store::erasure(&db.pool, Some(id), None).await?.ok_or(PersonalError::NotFound)
}

/// # Errors
/// [`Fault::Permission`].
pub async fn list(db: &Db, by: Actor, after: Option<&Place>, limit: i64) -> Result<Vec<Erasure>, PersonalError> {
    refusals::administrators_only(db, by, "erasure", Uuid::nil()).await?;
    Ok(store::list(&db.pool, after, limit).await?)
}

/// From here on router erases, and the timer waits for it.
async fn order(db: &mut PgConnection, erasure: &mut Erasure, subject: &Subject) -> sqlx::Result<()> {
    erasure.state = State::Running;
    erasure.points.clone_from(&subject.points);
    erasure.identifiers = subject::identifiers(&mut *db, erasure.id, subject).await?;
    schedule(db, erasure.id).await
}

pub(super) async fn schedule(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    let due_at = crate::clock::now();
    let timer = Timer { kind: step::ERASURE.to_owned(), key: id.to_string(), due_at, payload: json!({}) };
    timer::schedule(db, Schema::Crm, &[timer]).await
}

/// The client that stands for it, and its name.
pub(super) async fn standing(db: &mut PgConnection, id: ClientId) -> Result<(ClientId, String), PersonalError> {
    let found = clients::client(&mut *db, id).await?.ok_or(ClientError::NotFound(id))?;
    let Some(into) = found.merged_into else { return Ok((found.id, found.name)) };
    let found = clients::client(db, into).await?.ok_or(ClientError::NotFound(into))?;
    Ok((found.id, found.name))
}

pub(super) async fn counted(db: &mut PgConnection, client: ClientId) -> sqlx::Result<(Subject, Counts)> {
    let subject = subject::of(&mut *db, client.0, &[]).await?;
    visits::find_points_of(&mut *db, &subject.points).await?;
    let counts = count::count(db, &subject).await?;
    Ok((subject, counts))
}

/// What was confirmed is what there is.
fn as_seen(counts: &Counts, seen: u64) -> Result<i64, PersonalError> {
    let records: i64 = counts.values().sum();
    if i64::try_from(seen).is_ok_and(|seen| seen == records) {
        Ok(records)
    } else {
        Err(PersonalError::CountChanged(records))
    }
}

/// What the audit says: nothing of the person.
pub(super) fn facts(erasure: &Erasure) -> Option<serde_json::Value> {
    Some(json!({
        "client_id": erasure.client, "state": erasure.state.name(), "records": erasure.records,
        "seen": erasure.seen, "erased": erasure.erased,
    }))
}
