//! Use cases of imports; each is one transaction with its audit row.

use ::store::{
    Schema,
    timer::{self, Timer},
};
use model::{ClientId, EmployeeId};
use serde_json::json;
use uuid::Uuid;

use super::{IMPORT, Import, ImportError, State, mapping::Mapping, store};
use crate::{
    cards::fields,
    change::{Actor, Change, Db, RequestHash},
    clients::{refs::Refs, sight::Sight},
    clock::now,
    error::{Fault, Missing},
    text,
};
use contracts::crm::DirectoryKind;

const LARGEST_FILE: i64 = 50 << 20;
const LARGEST_PART: usize = 1 << 20;
/// Of one author: each may hold a file.
const MOST_WAITING: u32 = 20;

/// An import, for its author and administrators.
///
/// # Errors
/// [`ImportError::NotFound`].
pub async fn get(db: &Db, by: Actor, id: Uuid) -> Result<Import, ImportError> {
    let import = store::import(&db.pool, id).await?;
    import.filter(|import| may_see(by, import)).ok_or(ImportError::NotFound(id))
}

fn may_see(by: Actor, import: &Import) -> bool {
    by.employee() == Some(import.author) || by.must_be_administrator().is_ok()
}

/// The same, locked for a change by its author or an administrator.
async fn locked(change: &mut Change<'_>, id: Uuid) -> Result<Import, ImportError> {
    let by = change.by();
    let import = store::for_update(change.db(), id).await?;
    import.filter(|import| may_see(by, import)).ok_or(ImportError::NotFound(id))
}

/// Imports that the caller sees, the newest first.
///
/// # Errors
/// What the database answers.
pub async fn list(db: &Db, by: Actor, before: Option<Uuid>, limit: i64) -> Result<Vec<Import>, ImportError> {
    let author = by.employee().filter(|_| by.must_be_administrator().is_err());
    Ok(store::list(&db.pool, author, before, limit).await?)
}

/// Begins an import. Repeated with the same request it returns what is there.
///
/// # Errors
/// [`Fault::Invalid`], [`Fault::Limit`], [`Fault::RequestReused`].
pub async fn create(
    db: &Db,
    by: Actor,
    author: EmployeeId,
    id: Uuid,
    file_name: &str,
    request: RequestHash,
) -> Result<Import, ImportError> {
    let file_name = text::line("file_name", file_name, 200)?;
    let mut change = db.begin(by).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?;
        return get(db, by, id).await;
    }
    if store::waiting(change.db(), author).await? >= i64::from(MOST_WAITING) {
        return Err(Fault::Limit(MOST_WAITING).into());
    }
    if !store::insert(change.db(), id, author, &file_name, &request).await? {
        return Err(Fault::RequestReused.into());
    }
    change.audit("client_import.create", "client_import", id, None, Some(json!({})));
    change.commit().await?;
    get(db, by, id).await
}

/// Adds a part of the file where it ends; the size that it has then. A part that is there already changes nothing.
///
/// # Errors
/// [`ImportError::NotFound`], [`ImportError::State`], [`Fault::Invalid`].
pub async fn append(db: &Db, by: Actor, id: Uuid, offset: i64, bytes: &[u8]) -> Result<i64, ImportError> {
    if bytes.is_empty() || bytes.len() > LARGEST_PART {
        return Err(Fault::invalid("content", "must be 1 byte to 1 MiB").into());
    }
    let mut change = db.begin(by).await?;
    let import = locked(&mut change, id).await?;
    if import.state != State::Uploading {
        return Err(ImportError::State(import.state));
    }
    if offset != import.size_bytes {
        let repeated = store::has_part(change.db(), id, offset, bytes).await?;
        let wrong = Fault::invalid("offset", "is not where the file ends; go on from size_bytes");
        return if repeated { Ok(import.size_bytes) } else { Err(wrong.into()) };
    }
    let size = offset.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    if size > LARGEST_FILE {
        return Err(Fault::invalid("content", "makes the file larger than 50 MB; split it").into());
    }
    store::insert_part(change.db(), id, offset, bytes).await?;
    change.commit().await?;
    Ok(size)
}

/// The file is whole: reads it in the background. Repeating it changes nothing.
///
/// # Errors
/// [`ImportError::NotFound`], [`ImportError::State`], [`Fault::Invalid`].
pub async fn read(db: &Db, by: Actor, id: Uuid) -> Result<Import, ImportError> {
    let mut change = db.begin(by).await?;
    let import = locked(&mut change, id).await?;
    match import.state {
        State::Uploading if import.size_bytes == 0 => {
            return Err(Fault::invalid("import_id", "names an import without a file; append it first").into());
        }
        State::Uploading => {}
        State::Reading | State::Ready => return Ok(import),
        other => return Err(ImportError::State(other)),
    }
    store::set_state(change.db(), id, State::Reading).await?;
    wake(&mut change, id).await?;
    change.commit().await?;
    get(db, by, id).await
}

async fn wake(change: &mut Change<'_>, id: Uuid) -> sqlx::Result<()> {
    let timer = Timer { kind: IMPORT.to_owned(), key: id.to_string(), due_at: now(), payload: json!({}) };
    timer::schedule(change.db(), Schema::Crm, &[timer]).await
}

/// Says what the columns mean; what it names must be there now.
///
/// # Errors
/// [`ImportError::NotFound`], [`ImportError::State`], [`Fault::Invalid`], [`Fault::Missing`].
pub async fn set_mapping(db: &Db, by: Actor, id: Uuid, mapping: Mapping) -> Result<Import, ImportError> {
    let sight = Sight::of(&db.pool, by).await?;
    let mut change = db.begin(by).await?;
    let import = locked(&mut change, id).await?;
    if !may_start(&import) {
        return Err(ImportError::State(import.state));
    }
    let fields = fields::list(change.db(), None, false).await?;
    let mapping = mapping.checked(import.columns.len(), &fields)?;
    let mut refs = Refs::default();
    refs.employee("mapping.responsible_employee_id", mapping.responsible);
    refs.entry("mapping.tag_ids", DirectoryKind::Tag, mapping.tags.iter().copied());
    refs.levels("mapping.access_level_ids", mapping.levels.iter().copied());
    refs.check(change.db(), ClientId(Uuid::nil()), &sight).await?;
    if let Some(responsible) = mapping.responsible
        && !store::is_employed(change.db(), responsible).await?
    {
        let field = "mapping.responsible_employee_id";
        return Err(Fault::Missing { field, what: Missing::Employee }.into());
    }
    store::set_mapping(change.db(), id, &mapping).await?;
    change.commit().await?;
    get(db, by, id).await
}

/// What was only tried may be done.
fn may_start(import: &Import) -> bool {
    match import.state {
        State::Ready => true,
        State::Done | State::Stopped => import.dry_run,
        _ => false,
    }
}

/// Begins to go through the rows.
///
/// # Errors
/// [`ImportError::NotFound`], [`ImportError::State`], [`ImportError::Running`], [`Fault::Invalid`].
pub async fn start(db: &Db, by: Actor, id: Uuid, dry_run: bool) -> Result<Import, ImportError> {
    let mut change = db.begin(by).await?;
    let import = locked(&mut change, id).await?;
    if import.state == State::Running && import.dry_run == dry_run {
        return Ok(import); // a repeat
    }
    if !may_start(&import) {
        return Err(ImportError::State(import.state));
    }
    import.mapping.must_name()?;
    let first = store::first_row(change.db(), id).await?.unwrap_or_default();
    let cursor = if import.mapping.heading { first } else { first.saturating_sub(1) };
    store::reset_rows(change.db(), id).await?;
    store::delete_keys(change.db(), id).await?;
    store::begin(change.db(), id, dry_run, cursor).await?;
    wake(&mut change, id).await?;
    let after = json!({"dry_run": dry_run, "rows": import.rows_total, "mapping": import.mapping});
    change.audit("client_import.start", "client_import", id, None, Some(after));
    change.commit().await?;
    get(db, by, id).await
}

/// Ends one that goes on; what is made stays. Repeating it changes nothing.
///
/// # Errors
/// [`ImportError::NotFound`], [`ImportError::State`].
pub async fn stop(db: &Db, by: Actor, id: Uuid) -> Result<Import, ImportError> {
    let mut change = db.begin(by).await?;
    let import = locked(&mut change, id).await?;
    match import.state {
        State::Running => {}
        State::Stopped | State::Done => return Ok(import),
        other => return Err(ImportError::State(other)),
    }
    store::set_state(change.db(), id, State::Stopped).await?;
    change.audit("client_import.stop", "client_import", id, None, Some(json!({})));
    change.commit().await?;
    get(db, by, id).await
}

/// Goes on where one was stopped. Repeating it changes nothing.
///
/// # Errors
/// [`ImportError::NotFound`], [`ImportError::State`], [`ImportError::Running`].
pub async fn resume(db: &Db, by: Actor, id: Uuid) -> Result<Import, ImportError> {
    let mut change = db.begin(by).await?;
    let import = locked(&mut change, id).await?;
    match import.state {
        State::Stopped => {}
        State::Running => return Ok(import),
        other => return Err(ImportError::State(other)),
    }
    store::set_state(change.db(), id, State::Running).await?;
    wake(&mut change, id).await?;
    change.audit("client_import.resume", "client_import", id, None, Some(json!({})));
    change.commit().await?;
    get(db, by, id).await
}
