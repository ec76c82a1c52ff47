//! The SQL of folders and rules.

use std::collections::HashMap;

use contracts::inbox::FolderKind;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::domain::{Folder, Tree};
use crate::access::Viewer;

/// Counted up to here.
const COUNTED: i64 = 1_000;

struct Row {
    folder_id: Uuid,
    account_id: Uuid,
    kind: i16,
    name: String,
    parent_folder_id: Option<Uuid>,
    revision: i64,
}

impl From<Row> for Folder {
    fn from(row: Row) -> Self {
        Self {
            id: row.folder_id,
            account: row.account_id,
            kind: FolderKind::try_from(i32::from(row.kind)).unwrap_or_default(),
            name: row.name,
            parent: row.parent_folder_id,
            revision: row.revision,
        }
    }
}

fn tree(rows: Vec<Row>) -> Tree {
    Tree(rows.into_iter().map(Folder::from).collect())
}

/// Whose an account is, if it is not deleted.
pub async fn account_owner(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Option<Uuid>>> {
    let owner = sqlx::query_scalar!(
        "select owner_employee_id from inbox.account where account_id = $1 and deleted_at is null",
        id
    );
    owner.fetch_optional(db).await
}

/// The account of a folder, if it was not removed.
pub async fn account_of(db: impl PgExecutor<'_>, folder: Uuid) -> sqlx::Result<Option<Uuid>> {
    let account = sqlx::query_scalar!(
        "select account_id from inbox.folder where folder_id = $1 and emptied_into is null",
        folder
    );
    account.fetch_optional(db).await
}

pub async fn of_account(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<Tree> {
    let rows = sqlx::query_as!(
        Row,
        "select folder_id, account_id, kind, name, parent_folder_id, revision from inbox.folder
         where account_id = $1 and emptied_into is null",
        account
    );
    rows.fetch_all(db).await.map(tree)
}

/// Makes whoever changes folders or rules of the account wait for each other; batches that sort into them go on.
pub async fn lock(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<Tree> {
    let rows = sqlx::query_as!(
        Row,
        "select folder_id, account_id, kind, name, parent_folder_id, revision from inbox.folder
         where account_id = $1 and emptied_into is null order by folder_id for no key update",
        account
    );
    rows.fetch_all(db).await.map(tree)
}

/// Those of these folders that are there, and stay until the transaction ends.
pub async fn hold(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Folder>> {
    let rows = sqlx::query_as!(
        Row,
        "select folder_id, account_id, kind, name, parent_folder_id, revision from inbox.folder
         where folder_id = any ($1) and emptied_into is null order by folder_id for key share",
        ids
    );
    rows.fetch_all(db).await.map(|rows| tree(rows).0)
}

/// `false`: the id is taken.
pub async fn insert(db: impl PgExecutor<'_>, folder: &Folder) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into inbox.folder (folder_id, account_id, name, parent_folder_id) values ($1, $2, $3, $4)
         on conflict (folder_id) do nothing",
        folder.id,
        folder.account,
        folder.name,
        folder.parent
    );
    Ok(done.execute(db).await?.rows_affected() > 0)
}

pub async fn update(db: impl PgExecutor<'_>, folder: &Folder) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.folder set name = $2, parent_folder_id = $3, revision = $4 where folder_id = $1",
        folder.id,
        folder.name,
        folder.parent,
        folder.revision
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Marks folders as removed, with those that are still being emptied into them.
pub async fn remove(db: impl PgExecutor<'_>, ids: &[Uuid], into: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.folder set emptied_into = $2, parent_folder_id = null, revision = revision + 1
         where folder_id = any ($1) or emptied_into = any ($1)",
        ids,
        into
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All of a deleted account: what lay in them lies in no folder.
pub(crate) async fn drop_all(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "with rules as (delete from inbox.folder_rules where account_id = $1),
         runs as (delete from inbox.folder_run where account_id = $1)
         delete from inbox.folder where account_id = $1",
        account
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The revision and the rules; revision 0 where there never were any.
pub async fn rules(db: impl PgExecutor<'_>, account: Uuid) -> sqlx::Result<(i64, Vec<u8>)> {
    let row = sqlx::query!("select revision, rules from inbox.folder_rules where account_id = $1", account);
    Ok(row.fetch_optional(db).await?.map(|row| (row.revision, row.rules)).unwrap_or_default())
}

pub async fn put_rules(db: impl PgExecutor<'_>, account: Uuid, revision: i64, rules: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.folder_rules (account_id, revision, rules) values ($1, $2, $3)
         on conflict (account_id) do update set revision = excluded.revision, rules = excluded.rules",
        account,
        revision,
        rules
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How many conversations of each folder the viewer sees, and how many of these have something unread; each up to a bound.
pub async fn counts(db: &mut PgConnection, viewer: &Viewer, account: Uuid) -> sqlx::Result<HashMap<Uuid, (u32, u32)>> {
    let rows = sqlx::query!(
        r#"select f.folder_id as "folder_id!", n.conversations as "conversations!", n.unread as "unread!"
           from inbox.folder f cross join lateral (
               select count(*) as conversations, count(*) filter (where s.unread) as unread from (
                   select c.inbound_count > coalesce(r.inbound_no, 0) as unread
                   from inbox.visible($1, $2, $3, $4, $5) c
                   left join inbox.read_mark r on r.conversation_id = c.conversation_id and r.employee_id = $1
                   where c.folder_id = f.folder_id limit $7) s) n
           where f.account_id = $6 and f.kind <> 1 and f.emptied_into is null
           union all
           select f.folder_id, n.conversations, n.unread
           from inbox.folder f cross join lateral (
               select count(*) as conversations, count(*) filter (where s.unread) as unread from (
                   select c.inbound_count > coalesce(r.inbound_no, 0) as unread
                   from inbox.visible($1, $2, $3, $4, $5) c
                   left join inbox.read_mark r on r.conversation_id = c.conversation_id and r.employee_id = $1
                   where c.account_id = f.account_id and c.folder_id is null limit $7) s) n
           where f.account_id = $6 and f.kind = 1"#,
        viewer.employee.0,
        viewer.administrator,
        &viewer.own,
        &viewer.headed,
        viewer.personal,
        account,
        COUNTED,
    )
    .fetch_all(db)
    .await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(rows.into_iter().map(|row| (row.folder_id, (number(row.conversations), number(row.unread)))).collect())
}
