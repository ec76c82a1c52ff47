//! Use cases of mailings; each is one transaction with its audit row.

use ::store::{Schema, audit, timer};
use contracts::inbox::{MailingRecipientState, MailingState};
use model::AccountId;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    domain::{Mailing, MailingError, Recipient, Written, may_mail},
    letters, problems, run, store,
};
use crate::{
    access::Viewer,
    conversations::{self, Db},
};

/// Stores a draft. Repeated, it returns what is there.
///
/// # Errors
/// [`MailingError`].
pub async fn create(
    db: &Db,
    by: &Viewer,
    (id, account, after): (Uuid, AccountId, Option<Uuid>),
    written: &Written,
    recipients: &[Recipient],
) -> Result<Mailing, MailingError> {
    let mut tx = db.pool.begin().await?;
    if let Some(known) = store::lock(&mut tx, id).await? {
        let own = known.account == account.0 && known.author == by.employee.0;
        return if own { Ok(known) } else { Err(MailingError::IdInUse) };
    }
    must_be_letters(&mut tx, by, account).await?;
    let after = match after {
        Some(after) => Some(seen(&mut tx, by, after).await?),
        None => None,
    };
    if !store::insert(&mut *tx, (id, account.0, by.employee.0), after.as_ref(), written).await? {
        return Err(MailingError::IdInUse);
    }
    let made = store::find(&mut *tx, id).await?.ok_or(MailingError::NotFound(id))?;
    store::insert_recipients(&mut *tx, &made, recipients).await?;
    record(&mut tx, by, "created", id, None, Some(noted(&made, written, Some(recipients.len())))).await?;
    tx.commit().await?;
    Ok(made)
}

/// Writes a draft anew, and its list where there is one.
///
/// # Errors
/// [`MailingError`].
pub async fn update(
    db: &Db,
    by: &Viewer,
    (id, revision): (Uuid, Option<i64>),
    change: impl FnOnce(&Mailing) -> Result<Written, tonic::Status>,
    recipients: Option<&[Recipient]>,
) -> Result<Mailing, tonic::Status> {
    let mut tx = db.pool.begin().await.map_err(MailingError::from)?;
    let known = changeable(&mut tx, by, id).await?.at(revision)?;
    known.must_be_draft()?;
    let written = change(&known)?;
    let stored = async {
        store::update(&mut *tx, id, &written).await?;
        if let Some(recipients) = recipients {
            store::delete_recipients(&mut *tx, id).await?;
            store::insert_recipients(&mut *tx, &known, recipients).await?;
        }
        let after = noted(&known, &written, recipients.map(<[Recipient]>::len));
        record(&mut tx, by, "changed", id, Some(named(&known)), Some(after)).await?;
        finish(tx, id).await
    };
    Ok(stored.await?)
}

/// Removes a draft.
///
/// # Errors
/// [`MailingError`].
pub async fn delete(db: &Db, by: &Viewer, id: Uuid, revision: Option<i64>) -> Result<(), MailingError> {
    let mut tx = db.pool.begin().await?;
    let known = changeable(&mut tx, by, id).await?.at(revision)?;
    known.must_be_draft()?;
    store::delete(&mut tx, id).await?;
    record(&mut tx, by, "deleted", id, Some(named(&known)), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Starts a draft, or goes on with what was stopped.
///
/// # Errors
/// [`MailingError`].
pub async fn start(
    db: &Db,
    by: &Viewer,
    public_url: Option<&str>,
    id: Uuid,
    revision: Option<i64>,
) -> Result<Mailing, MailingError> {
    let mut tx = db.pool.begin().await?;
    let known = changeable(&mut tx, by, id).await?;
    if known.is(MailingState::Running) {
        return Ok(known);
    }
    let known = known.at(revision)?;
    if known.is(MailingState::Done) {
        return Err(MailingError::State(known.state_word()));
    }
    run_on(&mut tx, public_url, &known).await?;
    record(&mut tx, by, "started", id, None, None).await?;
    finish(tx, id).await
}

/// Makes no more letters, and takes those back that no adapter has claimed.
///
/// # Errors
/// [`MailingError`].
pub async fn stop(db: &Db, by: &Viewer, id: Uuid) -> Result<Mailing, MailingError> {
    let mut tx = db.pool.begin().await?;
    let known = changeable(&mut tx, by, id).await?;
    if known.is(MailingState::Draft) {
        return Err(MailingError::State(known.state_word()));
    }
    let mut taken_back = 0;
    for letter in store::queued(&mut *tx, Some(id), None).await? {
        taken_back += i32::from(letters::take_back(&mut tx, &letter, MailingRecipientState::Waiting).await?);
    }
    // One that is done is stopped all the same while letters of it can be taken back.
    if !known.is(MailingState::Running) && taken_back == 0 {
        return Ok(known);
    }
    timer::cancel(&mut tx, Schema::Inbox, run::MAILING, &id.to_string()).await?;
    store::set_state(&mut *tx, id, MailingState::Stopped).await?;
    record(&mut tx, by, "stopped", id, None, Some(json!({ "taken_back": taken_back }))).await?;
    let stopped = finish(tx, id).await?;
    db.wakes.relay.notify_one();
    Ok(stopped)
}

/// Lets those wait again whose letter was surely not sent, and goes on, unless it is stopped.
///
/// # Errors
/// [`MailingError`].
pub async fn retry(db: &Db, by: &Viewer, public_url: Option<&str>, id: Uuid) -> Result<Mailing, MailingError> {
    let mut tx = db.pool.begin().await?;
    let known = changeable(&mut tx, by, id).await?;
    if known.is(MailingState::Draft) {
        return Err(MailingError::State(known.state_word()));
    }
    let again = store::wait_again(&mut *tx, id).await?;
    if again == 0 {
        return Ok(known);
    }
    // Who stopped it did not mean these alone: they wait with the others.
    if !known.is(MailingState::Stopped) {
        run_on(&mut tx, public_url, &known).await?;
    }
    record(&mut tx, by, "retried", id, None, Some(json!({ "recipients": again }))).await?;
    finish(tx, id).await
}

/// A mailing that the viewer may have.
///
/// # Errors
/// [`MailingError::NotFound`].
pub async fn seen(db: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<Mailing, MailingError> {
    let found = store::page(db, by, Some(id), None, 1).await?;
    found.into_iter().next().ok_or(MailingError::NotFound(id))
}

/// The same, under its lock.
async fn changeable(db: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<Mailing, MailingError> {
    let found = store::lock(db, id).await?.filter(|known| may_mail(by, known.department, known.owner));
    found.ok_or(MailingError::NotFound(id))
}

/// The account's channel has letters, and the viewer may have mailings there.
async fn must_be_letters(db: &mut PgConnection, by: &Viewer, id: AccountId) -> Result<(), MailingError> {
    let account = store::account(&mut *db, id.0).await?.ok_or(MailingError::AccountNotFound(id))?;
    // Nobody but its owner learns of a personal account.
    if account.owner.is_some_and(|owner| owner != by.employee.0) && !by.administrator {
        return Err(MailingError::AccountNotFound(id));
    }
    if !may_mail(by, account.department, account.owner) {
        let why = "mailings are made by administrators and by heads of the account's department, in a personal account by its owner";
        return Err(MailingError::NotAllowed(why));
    }
    let can = conversations::capabilities(&mut *db, id).await?;
    if can.is_some_and(|can| can.letters) { Ok(()) } else { Err(MailingError::NoLetters) }
}

/// Nothing stands in the way: the timer makes letters from now on.
async fn run_on(db: &mut PgConnection, public_url: Option<&str>, mailing: &Mailing) -> Result<(), MailingError> {
    if public_url.is_none() {
        return Err(MailingError::NoPublicUrl);
    }
    if mailing.account_off {
        return Err(MailingError::AccountOff);
    }
    let recipients = store::all_recipients(&mut *db, mailing.id).await?;
    let (_, gaps) = problems::gaps(mailing, &recipients);
    if gaps > 0 || recipients.is_empty() {
        return Err(MailingError::Gap(gaps));
    }
    store::leave_out(db, mailing, None).await?;
    store::set_state(&mut *db, mailing.id, MailingState::Running).await?;
    timer::schedule(db, Schema::Inbox, &[run::timer(mailing.id)]).await?;
    Ok(())
}

async fn finish(mut tx: sqlx::Transaction<'static, sqlx::Postgres>, id: Uuid) -> Result<Mailing, MailingError> {
    let now = store::find(&mut *tx, id).await?.ok_or(MailingError::NotFound(id))?;
    tx.commit().await?;
    Ok(now)
}

async fn record(
    db: &mut PgConnection,
    by: &Viewer,
    action: &'static str,
    id: Uuid,
    before: Option<Value>,
    after: Option<Value>,
) -> sqlx::Result<()> {
    let employee_id = Some(by.employee.0);
    let entry = audit::Entry { employee_id, action, object_kind: "mailing", object_id: id, before, after };
    audit::append(db, Schema::Inbox, &[entry]).await
}

/// Neither what is written nor to whom; of somebody's own account not even what it is called.
fn noted(mailing: &Mailing, written: &Written, recipients: Option<usize>) -> Value {
    let name = (!mailing.is_personal()).then_some(&written.name);
    json!({ "name": name, "per_minute": written.per_minute, "recipients": recipients })
}

fn named(mailing: &Mailing) -> Value {
    json!({ "name": (!mailing.is_personal()).then_some(&mailing.name) })
}
