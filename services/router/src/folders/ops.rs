//! Use cases of folders and rules; each is one transaction with its audit row and its event.

use ::store::{Schema, audit, event, timer};
use contracts::{
    inbox::{self, FolderRule},
    live::{Audience, ChannelAccountChanged, event::What},
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::{
    access::Account,
    domain::{Folder, FolderError, Tree},
    emptied, rules, store,
};
use crate::{access::Viewer, conversations::Db, fault::broken};

/// Makes a folder. Repeated, it returns what is there.
///
/// # Errors
/// [`FolderError`].
pub async fn create(db: &Db, viewer: &Viewer, folder: Folder) -> Result<Folder, FolderError> {
    let mut tx = db.pool.begin().await?;
    let account = Account::changeable(&mut tx, viewer, folder.account).await?;
    let tree = store::lock(&mut *tx, account.id).await?;
    if let Ok(known) = tree.get(folder.id) {
        return Ok(known.clone());
    }
    tree.may_stand(&folder)?;
    if !store::insert(&mut *tx, &folder).await? {
        return Err(FolderError::Field("request_id", "was used for another folder"));
    }
    let noted = [("created", folder.id, None, Some(shown(&folder)))];
    record(&mut tx, viewer, account, "folder", noted.into()).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(folder)
}

/// Changes what `fields` name.
///
/// # Errors
/// [`FolderError`] and INVALID_ARGUMENT.
pub async fn update(
    db: &Db,
    viewer: &Viewer,
    id: Uuid,
    seen: Option<i64>,
    asked: &inbox::Folder,
    fields: &[String],
) -> Result<Folder, Status> {
    let mut tx = db.pool.begin().await.map_err(broken)?;
    let (account, tree) = tree_of(&mut tx, viewer, id).await?;
    let known = tree.own(id)?.clone();
    must_be(seen, known.revision)?;
    let mut folder = Folder { revision: known.revision + 1, ..known.clone() };
    for name in fields {
        match name.as_str() {
            "name" => folder.name = asked.name.trim().to_owned(),
            "parent_folder_id" => {
                folder.parent = rpc::parse_optional_id("folder.parent_folder_id", &asked.parent_folder_id)?;
            }
            other => return Err(rpc::invalid_field("update_mask", &format!("{other} cannot be changed"))),
        }
    }
    tree.may_stand(&folder)?;
    store::update(&mut *tx, &folder).await.map_err(broken)?;
    let noted = [("changed", id, Some(shown(&known)), Some(shown(&folder)))];
    record(&mut tx, viewer, account, "folder", noted.into()).await.map_err(broken)?;
    tx.commit().await.map_err(broken)?;
    db.wakes.relay.notify_one();
    Ok(folder)
}

/// Removes a folder and those below it. Their conversations count as lying in `to` at once; a timer takes them there.
///
/// # Errors
/// [`FolderError`].
pub async fn delete(
    db: &Db,
    viewer: &Viewer,
    id: Uuid,
    seen: Option<i64>,
    to: Option<Uuid>,
) -> Result<(), FolderError> {
    let mut tx = db.pool.begin().await?;
    let (account, tree) = tree_of(&mut tx, viewer, id).await?;
    must_be(seen, tree.own(id)?.revision)?;
    let gone = tree.below(id);
    let to = to.map_or_else(|| tree.inbox(), |to| tree.get(to))?;
    if gone.contains(&to.id) {
        return Err(FolderError::Field("to_folder_id", "goes with it"));
    }
    let (_, stored) = store::rules(&mut *tx, account.id).await?;
    let using = users(&rules::decoded(&stored), &gone);
    if !using.is_empty() {
        return Err(FolderError::InUse(using));
    }
    store::remove(&mut *tx, &gone, to.id).await?;
    let now = chrono::Utc::now();
    let timers: Vec<_> = gone.iter().map(|folder| emptied::timer(*folder, now)).collect();
    timer::schedule(&mut tx, Schema::Inbox, &timers).await?;
    let after = json!({ "conversations_to": to.id });
    let noted = gone.iter().filter_map(|id| tree.get(*id).ok());
    let noted = noted.map(|folder| ("deleted", folder.id, Some(shown(folder)), Some(after.clone())));
    record(&mut tx, viewer, account, "folder", noted.collect()).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(())
}

/// Replaces the rules of an account; returns their revision.
///
/// # Errors
/// [`FolderError`].
pub async fn replace_rules(
    db: &Db,
    viewer: &Viewer,
    account: Uuid,
    seen: Option<i64>,
    asked: &[FolderRule],
) -> Result<i64, FolderError> {
    let mut tx = db.pool.begin().await?;
    let account = Account::changeable(&mut tx, viewer, account).await?;
    let tree = store::lock(&mut *tx, account.id).await?;
    for rule in asked {
        let folder = rule.folder_id.parse().unwrap_or_default();
        tree.get(folder)?;
    }
    let (revision, before) = store::rules(&mut *tx, account.id).await?;
    must_be(seen, revision)?;
    store::put_rules(&mut *tx, account.id, revision + 1, &rules::encoded(asked)).await?;
    let noted = [("sorted_by", account.id, Some(listed(&rules::decoded(&before))), Some(listed(asked)))];
    record(&mut tx, viewer, account, "channel_account", noted.into()).await?;
    tx.commit().await?;
    db.wakes.relay.notify_one();
    Ok(revision + 1)
}

/// The account of a folder and its tree under its lock, for who may change them.
pub async fn tree_of(db: &mut PgConnection, viewer: &Viewer, folder: Uuid) -> Result<(Account, Tree), FolderError> {
    let account = store::account_of(&mut *db, folder).await?.ok_or(FolderError::NotFound(folder))?;
    let account = Account::changeable(&mut *db, viewer, account).await.map_err(|error| match error {
        FolderError::NoAccount(_) => FolderError::NotFound(folder),
        error => error,
    })?;
    let tree = store::lock(&mut *db, account.id).await?;
    Ok((account, tree))
}

fn must_be(seen: Option<i64>, revision: i64) -> Result<(), FolderError> {
    if seen.is_some_and(|seen| seen != revision) { Err(FolderError::Stale) } else { Ok(()) }
}

/// Which rules sort into these folders, by name or number.
fn users(rules: &[FolderRule], folders: &[Uuid]) -> String {
    let into = |rule: &FolderRule| rule.folder_id.parse().is_ok_and(|id| folders.contains(&id));
    let using = rules.iter().enumerate().filter(|(_, rule)| into(rule));
    let name = |(place, rule): (usize, &FolderRule)| match rule.name.as_str() {
        "" => (place + 1).to_string(),
        name => name.to_owned(),
    };
    using.map(name).collect::<Vec<_>>().join(", ")
}

type Noted = (&'static str, Uuid, Option<Value>, Option<Value>);

/// Audit rows, and the event: whoever sees the account looks at its folders anew.
pub async fn record(
    db: &mut PgConnection,
    viewer: &Viewer,
    account: Account,
    object_kind: &'static str,
    noted: Vec<Noted>,
) -> sqlx::Result<()> {
    let entry = |(action, object_id, before, after)| audit::Entry {
        employee_id: Some(viewer.employee.0),
        action,
        object_kind,
        object_id,
        before,
        after,
    };
    let entries: Vec<_> = noted.into_iter().map(entry).collect();
    audit::append(db, Schema::Inbox, &entries).await?;
    changed(db, account.id, account.owner).await
}

/// Tells of folders that are otherwise than before.
pub async fn changed(db: &mut PgConnection, account: Uuid, owner: Option<Uuid>) -> sqlx::Result<()> {
    let what = ChannelAccountChanged { account_id: account.to_string(), revision: 0 };
    let audience = match owner {
        Some(owner) => Audience { employee_ids: vec![owner.to_string()], closed: true, ..Audience::default() },
        None => Audience { everyone: true, ..Audience::default() },
    };
    event::append(db, Schema::Inbox, &[(What::ChannelAccountChanged(what), audience)]).await
}

fn shown(folder: &Folder) -> Value {
    json!({ "account_id": folder.account, "name": folder.name, "parent_folder_id": folder.parent })
}

/// What rules look for may be customers' addresses: it is not noted.
fn listed(rules: &[FolderRule]) -> Value {
    let rule = |rule: &FolderRule| json!({ "rule_id": rule.rule_id, "name": rule.name, "off": rule.off, "folder_id": rule.folder_id });
    json!({ "rules": rules.iter().map(rule).collect::<Vec<_>>() })
}
