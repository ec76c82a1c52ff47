//! What clients say of contacts that are merged: which is their main one, and whom they name for an industry.

use sqlx::PgExecutor;
use uuid::Uuid;

/// Where a client named one of the others it names the original, if that is its own, else nobody. What it said is in the journal.
pub async fn rename(
    db: impl PgExecutor<'_>,
    merge: Uuid,
    clients: &[Uuid],
    original: Uuid,
    others: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "with said as (
             select c.client_id, c.main_contact_id as old_main, c.more_industries as old_industries,
                    case when c.main_contact_id = any ($4) then o.contact_id else c.main_contact_id end as main,
                    (select coalesce(jsonb_agg(case when (i.one ->> 'contact_id')::uuid = any ($4)
                                               then i.one || jsonb_build_object('contact_id', o.contact_id)
                                               else i.one end order by i.place), '[]')
                     from jsonb_array_elements(c.more_industries) with ordinality i(one, place)) as industries
             from crm.client c left join crm.contact o on o.contact_id = $3 and o.client_id = c.client_id
             where c.client_id = any ($2)),
         changed as (
             select * from said where (old_main, old_industries) is distinct from (main, industries)),
         noted as (
             insert into crm.merge_journal (merge_id, reference, from_client_id, row, dropped)
             select $1, 'crm.client', client_id, jsonb_build_object('old_main', old_main, 'main', main,
                 'old_industries', old_industries, 'industries', industries), false from changed)
         update crm.client c set main_contact_id = s.main, more_industries = s.industries
         from changed s where c.client_id = s.client_id",
        merge,
        clients,
        original,
        others
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets back what nobody changed since.
pub async fn restore(db: impl PgExecutor<'_>, merge: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.client c
         set main_contact_id = case when c.main_contact_id is not distinct from (j.row ->> 'main')::uuid
                                    then (j.row ->> 'old_main')::uuid else c.main_contact_id end,
             more_industries = case when c.more_industries = j.row -> 'industries'
                                    then j.row -> 'old_industries' else c.more_industries end
         from crm.merge_journal j
         where j.merge_id = $1 and j.reference = 'crm.client' and c.client_id = j.from_client_id
           and c.merged_into is null",
        merge
    )
    .execute(db)
    .await?;
    Ok(())
}
