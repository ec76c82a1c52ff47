//! Recording what was agreed to or withdrawn, and marking a record as a mistake.

use chrono::{DateTime, Utc};
use contracts::crm::DirectoryKind;
use model::ClientId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    domain::{Consent, Said, mark_current},
    store,
};
use crate::{
    change::{Actor, Db, RequestHash, Revision},
    clients::{ClientError, ops as clients, refs::Refs},
    error::Fault,
    text,
};

const MOST: u32 = 500;

/// # Errors
/// [`ClientError::NotFound`].
pub async fn list(db: &Db, by: Actor, client: ClientId) -> Result<Vec<Consent>, ClientError> {
    clients::open(db, by, client).await?;
    Ok(store::consents(&db.pool, client).await?)
}

/// Repeated with the same request it returns the one that is there.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], [`Fault::Limit`], and what the domain refuses.
pub async fn record(
    db: &Db,
    by: Actor,
    id: Uuid,
    client: ClientId,
    said: Said,
    request: RequestHash,
    now: DateTime<Utc>,
) -> Result<Consent, ClientError> {
    let said = said.checked(now.date_naive())?;
    let (_, sight) = clients::open(db, by, client).await?;
    let mut change = db.begin(by).await?;
    let owner = clients::find_locked(&mut change, client, None).await?;
    let mut all = store::consents(change.db(), client).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?;
        return all.into_iter().find(|one| one.id == id).ok_or(ClientError::ConsentNotFound(id));
    }
    if owner.archived_at.is_some() {
        return Err(ClientError::Archived);
    }
    if all.len() >= MOST as usize {
        return Err(Fault::Limit(MOST).into());
    }
    let mut refs = Refs::default();
    refs.contact("contact_id", said.contact);
    refs.entry("purpose_id", DirectoryKind::ConsentPurpose, [said.purpose]);
    refs.entry("means_id", DirectoryKind::ConsentMeans, said.means);
    refs.check(change.db(), client, &sight).await?;
    let consent = Consent {
        id,
        client,
        revision: Revision(1),
        said,
        noted_by: by.employee(),
        noted_at: now,
        annulled_by: None,
        annulled_at: None,
        annul_reason: String::new(),
        current: false,
    };
    store::insert(change.db(), &consent, &request).await?;
    all.insert(0, consent);
    all.sort_by_key(|one| std::cmp::Reverse((one.said.on, one.noted_at, one.id)));
    mark_current(&mut all);
    let consent = all.into_iter().find(|one| one.id == id).ok_or(ClientError::ConsentNotFound(id))?;
    change.audit("consent.record", "client", client.0, None, fact(&consent));
    clients::tell(&mut change, &[owner]).await?;
    change.commit().await?;
    Ok(consent)
}

/// # Errors
/// [`ClientError::ConsentNotFound`], [`Fault::Stale`], and a reason that is none.
pub async fn annul(
    db: &Db,
    by: Actor,
    id: Uuid,
    seen: Option<Revision>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Consent, ClientError> {
    let reason = text::line("reason", reason, 300)?;
    let client = store::client_of(&db.pool, id).await?.ok_or(ClientError::ConsentNotFound(id))?;
    match clients::open(db, by, client).await {
        Err(ClientError::NotFound(_)) => return Err(ClientError::ConsentNotFound(id)),
        opened => opened?,
    };
    let mut change = db.begin(by).await?;
    let owner = clients::find_locked(&mut change, client, None).await?;
    let mut all = store::consents(change.db(), client).await?;
    let found = all.iter_mut().find(|one| one.id == id).ok_or(ClientError::ConsentNotFound(id))?;
    if found.annulled_at.is_some() && found.annul_reason == reason && found.annulled_by == by.employee() {
        return Ok(found.clone()); // repeated
    }
    found.revision.must_be(seen)?;
    let before = fact(found);
    (found.revision, found.annul_reason) = (found.revision.next(), reason);
    (found.annulled_by, found.annulled_at) = (by.employee(), Some(now));
    store::annul(change.db(), found).await?;
    mark_current(&mut all);
    let after = all.into_iter().find(|one| one.id == id).ok_or(ClientError::ConsentNotFound(id))?;
    change.audit("consent.annul", "client", client.0, before, fact(&after));
    clients::tell(&mut change, &[owner]).await?;
    change.commit().await?;
    Ok(after)
}

/// Stands with the client's, and is erased with it.
fn fact(consent: &Consent) -> Option<Value> {
    let said = &consent.said;
    Some(json!({
        "consent_id": consent.id, "contact_id": said.contact, "purpose_id": said.purpose, "given": said.given,
        "on": said.on, "annulled": consent.annulled_at.is_some(),
    }))
}
