//! Contact points are clients'. When a contact goes to another client's, those by which it alone is known there go along, and
//! their dialogs with them (rule A4).

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    Count,
    references::{ADDRESSES, POINTS},
    store,
};

/// Gives the client of the original what brought an address of one of the contacts. What somebody else of their client has too
/// (a switchboard) says of nobody whose it is, and stays.
pub async fn follow(db: impl PgExecutor<'_>, merge: Uuid, contacts: &[Uuid], to: Uuid) -> sqlx::Result<Count> {
    let done = sqlx::query!(
        "with point as (
             select distinct l.contact_point_id
             from crm.address typed
             join crm.address brought on brought.client_id = typed.client_id and brought.normalized = typed.normalized
                 and (brought.kind = typed.kind or brought.kind in (3, 6) and typed.kind in (3, 6))
             join crm.contact_point_link l on l.contact_point_id = brought.contact_point_id
                 and l.client_id = typed.client_id
             where typed.contact_id = any ($2) and typed.client_id <> $3
               and not exists (
                   select from crm.address other
                   where other.client_id = typed.client_id and other.normalized = typed.normalized
                     and other.contact_point_id is null and (other.contact_id = any ($2)) is not true)),
         links as (
             insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
             select $1, 'crm.contact_point_link.client_id', l.client_id, to_jsonb(l), false
             from crm.contact_point_link l join point using (contact_point_id)),
         brought as (
             insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
             select $1, 'crm.address.client_id', a.client_id, to_jsonb(a), false
             from crm.address a join point using (contact_point_id)),
         moved as (
             update crm.address a set client_id = $3, is_main = false from point p
             where a.contact_point_id = p.contact_point_id)
         update crm.contact_point_link l set client_id = $3 from point p where l.contact_point_id = p.contact_point_id",
        merge,
        contacts,
        to
    )
    .execute(db)
    .await?;
    let moved = done.rows_affected();
    Ok(Count { kind: POINTS.kind.to_owned(), own: 0, moved, repeated: 0, total: moved })
}

/// Gives back what is still where it went.
pub async fn restore(db: &mut PgConnection, merge: Uuid, from: Uuid) -> sqlx::Result<()> {
    store::move_back(&mut *db, &ADDRESSES, merge, from).await?;
    store::move_back(db, &POINTS, merge, from).await
}
