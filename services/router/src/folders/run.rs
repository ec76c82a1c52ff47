//! Rules over what lies in a folder: begun by hand, done by a timer, a stretch of conversations at a time. What is killed
//! goes on from what is committed.

use ::store::{Schema, audit, timer, timer::Timer};
use contracts::{errors::ErrorReason, inbox::FolderRun};
use serde_json::json;
use sqlx::PgConnection;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    STRETCH,
    access::Account,
    domain::FolderError,
    letter::Seen,
    ops,
    rules::{self, Sorting},
    run_store::{self, Run},
    store,
};
use crate::{access::Viewer, conversations::Db, fault::broken};

/// The timer that does a run.
pub const RUN: &str = "folder_run";

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub id: Uuid,
    pub folder: Uuid,
    pub with_subfolders: bool,
    pub rules: Vec<Uuid>,
}

/// Begins a run. Repeated, it returns the one that there is.
///
/// # Errors
/// [`FolderError`] and INVALID_ARGUMENT.
pub async fn begin(db: &Db, viewer: &Viewer, wanted: &Wanted) -> Result<FolderRun, Status> {
    let mut tx = db.pool.begin().await.map_err(broken)?;
    let (account, tree) = ops::tree_of(&mut tx, viewer, wanted.folder).await?;
    if let Some(known) = run_store::find(&mut *tx, wanted.id).await.map_err(broken)? {
        let same = known.account == account.id;
        return if same { Ok(known.contract()) } else { Err(rpc::invalid_field("run_id", "was used for another run")) };
    }
    let (_, stored) = store::rules(&mut *tx, account.id).await.map_err(broken)?;
    let chosen = rules::chosen(&rules::decoded(&stored), &wanted.rules)?;
    let folders = if wanted.with_subfolders { tree.below(wanted.folder) } else { vec![wanted.folder] };
    let chosen = rules::encoded(&chosen);
    let begun = run_store::begin(&mut tx, wanted.id, account.id, viewer.employee.0, &folders, &chosen);
    let Some(run) = begun.await.map_err(broken)? else { return Err(FolderError::Busy.into()) };
    let work = Timer { kind: RUN.to_owned(), key: run.id.to_string(), due_at: chrono::Utc::now(), payload: json!({}) };
    timer::schedule(&mut tx, Schema::Inbox, &[work]).await.map_err(broken)?;
    tx.commit().await.map_err(broken)?;
    Ok(run.contract())
}

/// # Errors
/// NOT_FOUND for one that there is not, or not any more, or not for the viewer.
pub async fn get(db: &Db, viewer: &Viewer, id: Uuid) -> Result<FolderRun, Status> {
    let none = || rpc::status(Code::NotFound, ErrorReason::FolderNotFound, &"there is no such run");
    let mut connection = db.pool.acquire().await.map_err(broken)?;
    let run = run_store::find(&mut *connection, id).await.map_err(broken)?.ok_or_else(none)?;
    let changeable = Account::changeable(&mut connection, viewer, run.account).await;
    changeable.map_err(|error| if matches!(error, FolderError::NoAccount(_)) { none() } else { error.into() })?;
    Ok(run.contract())
}

/// Sorts the next stretch; `true`: there is more. A conversation is looked at once, wherever rules put it meanwhile.
///
/// # Errors
/// What the database answers.
pub async fn stretch(db: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    let Some(run) = run_store::lock(&mut *db, id).await? else { return Ok(false) };
    let limit = i64::try_from(STRETCH).unwrap_or(i64::MAX);
    let found = run_store::next(&mut *db, &run, limit).await?;
    let ids: Vec<Uuid> = found.iter().map(|(id, _)| *id).collect();
    let sorting = Sorting::of(0, &rules::decoded(&run.rules));
    let letters = run_store::first_letters(&mut *db, &ids).await?;
    let fits: Vec<(Uuid, Uuid)> = letters
        .iter()
        .filter_map(|(id, letter)| {
            Some((*id, sorting.folder(&Seen::of(&letter.content, &letter.address, &letter.name))?))
        })
        .collect();
    let mut targets: Vec<Uuid> = fits.iter().map(|(_, folder)| *folder).collect();
    targets.sort_unstable();
    targets.dedup();
    // One that was removed since the run began takes nothing more.
    let targets = store::hold(&mut *db, &targets).await?;
    let place = |folder: Uuid| targets.iter().find(|target| target.id == folder).map(|target| target.place());
    let lies = |id: Uuid| found.iter().find(|(one, _)| *one == id).and_then(|(_, folder)| *folder);
    let moves = fits.into_iter().filter_map(|(id, folder)| Some((id, place(folder)?)));
    // What somebody has moved away meanwhile stays there.
    let still = |id: Uuid| lies(id).is_none_or(|folder| run.folders.contains(&folder));
    let moves: Vec<(Uuid, Option<Uuid>)> = moves.filter(|(id, place)| lies(*id) != *place && still(*id)).collect();
    run_store::put(&mut *db, &moves).await?;
    run_store::tell(&mut *db, &moves.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    let more = found.len() == STRETCH;
    let run = run_store::advance(&mut *db, &run, &ids, moves.len(), !more).await?;
    if !more {
        end(db, &run).await?;
    }
    Ok(more)
}

/// Audit and event, once for the whole run.
async fn end(db: &mut PgConnection, run: &Run) -> sqlx::Result<()> {
    let names = rules::decoded(&run.rules).into_iter().map(|rule| rule.rule_id).collect::<Vec<_>>();
    let after = json!({
        "run_id": run.id, "folder_ids": run.folders, "rule_ids": names, "looked_at": run.looked_at, "moved": run.moved,
    });
    let entry = audit::Entry {
        employee_id: Some(run.employee),
        action: "sorted",
        object_kind: "channel_account",
        object_id: run.account,
        before: None,
        after: Some(after),
    };
    audit::append(&mut *db, Schema::Inbox, &[entry]).await?;
    let owner = store::account_owner(&mut *db, run.account).await?.flatten();
    ops::changed(db, run.account, owner).await
}
