//! Conversations that somebody puts into a folder.

use model::ConversationId;
use serde_json::json;
use uuid::Uuid;

use super::{
    access::Account,
    domain::{Folder, FolderError},
    store,
};
use crate::{
    access::{Standing, Viewer},
    conversations::{ConversationError, Db},
};

/// The folder, if the viewer sees its account.
///
/// # Errors
/// [`FolderError::NotFound`].
pub async fn target(db: &Db, viewer: &Viewer, id: Uuid) -> Result<Folder, FolderError> {
    let none = FolderError::NotFound(id);
    let Some(account) = store::account_of(&db.pool, id).await? else { return Err(none) };
    match Account::seen(&db.pool, viewer, account).await {
        Ok(_) => Ok(store::of_account(&db.pool, account).await?.get(id)?.clone()),
        Err(FolderError::Store(cause)) => Err(cause.into()),
        Err(_) => Err(none),
    }
}

/// Puts one there; `false`: it is out of sight, of another account, or not the viewer's to work on. Whoever could take it
/// may move it, too.
///
/// # Errors
/// [`FolderError::NotFound`] when the folder was removed meanwhile.
pub async fn put(db: &Db, viewer: &Viewer, id: ConversationId, folder: &Folder) -> Result<bool, FolderError> {
    let mut change = match db.change(viewer, id).await {
        Ok(change) => change,
        Err(ConversationError::Store(cause)) => return Err(cause.into()),
        Err(_) => return Ok(false),
    };
    if change.conversation.account.id.0 != folder.account || change.standing() == Standing::Read {
        return Ok(false);
    }
    let before = change.conversation.folder;
    if before == folder.place() {
        return Ok(true);
    }
    if store::hold(change.db(), &[folder.id]).await?.is_empty() {
        return Err(FolderError::NotFound(folder.id));
    }
    change.conversation.folder = folder.place();
    let id = change.conversation.id.0;
    let (before, after) = (json!({ "folder_id": before }), json!({ "folder_id": folder.place() }));
    change.audit("moved", "conversation", id, Some(before), Some(after));
    change.commit().await?;
    Ok(true)
}
