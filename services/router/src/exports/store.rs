//! How far an export is, in the database.

use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use super::{
    Order,
    pack::Pack,
    place::{Place, Stage},
    zip::Entry,
};

/// An order that is ours for a while.
pub struct Claimed {
    pub order: Order,
    pub claim: Uuid,
    pub place: Place,
    pub pieces: i32,
    pub size_bytes: i64,
}

/// The oldest order that nobody packs; `but` these. What whoever is gone had claimed is taken over after half a minute.
pub async fn claim(pool: &PgPool, but: &[Uuid]) -> sqlx::Result<Option<Claimed>> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "insert into inbox.personal_export (export_id, place)
         select export_id, $1 from crm_read.personal_export where not ready on conflict do nothing",
        Json(Place::default()) as _
    )
    .execute(&mut *tx)
    .await?;
    let claim = Uuid::now_v7();
    let row = sqlx::query!(
        r#"with free as (
               select e.export_id, o.contact_point_ids, o.emails
               from inbox.personal_export e join crm_read.personal_export o using (export_id)
               where not e.done and e.claimed_until <= now() and e.export_id <> all ($2)
               order by o.asked_at limit 1 for update of e skip locked)
           update inbox.personal_export e set claim = $1, claimed_until = now() + interval '30 s'
           from free f where e.export_id = f.export_id
           returning e.export_id, f.contact_point_ids as "points!", f.emails as "emails!", e.place as "place: Json<Place>",
               e.size_bytes, (select count(*)::int from inbox.personal_export_piece p where p.export_id = e.export_id)
                   as "pieces!""#,
        claim,
        but
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(row.map(|row| Claimed {
        order: Order { id: row.export_id, points: row.points, emails: row.emails },
        claim,
        place: row.place.0,
        pieces: row.pieces,
        size_bytes: row.size_bytes,
    }))
}

/// Writes a piece down, if the order is still ours; then the next one is.
pub async fn commit(
    pool: &PgPool,
    claimed: &Claimed,
    (piece, size): (Uuid, i64),
    pack: &Pack,
    place: &Place,
) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let done = matches!(place.stage, Stage::Done);
    let ours = sqlx::query!(
        "update inbox.personal_export e set place = $3, size_bytes = size_bytes + $4, done = $5,
             claimed_until = now() + interval '30 s',
             packed = e.packed || coalesce((
                 select jsonb_object_agg(key, coalesce((e.packed ->> key)::bigint, 0) + value::bigint)
                 from jsonb_each_text($6)), '{}')
         where export_id = $1 and claim = $2
             and exists (select from crm_read.personal_export o where o.export_id = $1 and not o.ready)",
        claimed.order.id,
        claimed.claim,
        Json(place) as _,
        size,
        done,
        Json(&pack.counts) as _
    )
    .execute(&mut *tx)
    .await?;
    if ours.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into inbox.personal_export_piece (export_id, ordinal, piece_id, size_bytes) values ($1, $2, $3, $4)",
        claimed.order.id,
        claimed.pieces,
        piece,
        size
    )
    .execute(&mut *tx)
    .await?;
    let each = |read: fn(&Entry) -> i64| pack.entries.iter().map(read).collect::<Vec<i64>>();
    sqlx::query!(
        "insert into inbox.personal_export_entry
             (export_id, ordinal, name, method, crc32, packed_bytes, size_bytes, starts_at)
         select $1, $2 + ordinal - 1, name, method, crc32, packed_bytes, size_bytes, starts_at
         from unnest($3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
             with ordinality e(name, method, crc32, packed_bytes, size_bytes, starts_at, ordinal)",
        claimed.order.id,
        place.entries - i64::try_from(pack.entries.len()).unwrap_or(i64::MAX),
        &pack.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>(),
        &pack.entries.iter().map(|entry| entry.method).collect::<Vec<_>>(),
        &each(|entry| entry.crc32.into()),
        &each(|entry| entry.packed_bytes.into()),
        &each(|entry| entry.size_bytes.into()),
        &each(|entry| entry.starts_at.cast_signed())
    )
    .execute(&mut *tx)
    .await?;
    if done {
        // Their names are in the ZIP, and nowhere else.
        sqlx::query!("delete from inbox.personal_export_entry where export_id = $1", claimed.order.id)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Lets others go on with it.
pub async fn release(pool: &PgPool, claimed: &Claimed) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.personal_export set claim = null, claimed_until = now() where export_id = $1 and claim = $2",
        claimed.order.id,
        claimed.claim
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Entries after that one, each with its number.
pub async fn entries(pool: &PgPool, export: Uuid, after: i64, limit: i64) -> sqlx::Result<Vec<(i64, Entry)>> {
    let rows = sqlx::query!(
        "select ordinal, name, method, crc32, packed_bytes, size_bytes, starts_at from inbox.personal_export_entry
         where export_id = $1 and ordinal > $2 order by ordinal limit $3",
        export,
        after,
        limit
    )
    .fetch_all(pool)
    .await?;
    let figure = |figure: i64| u32::try_from(figure).unwrap_or(u32::MAX);
    let entry = rows.into_iter().map(|row| {
        let entry = Entry {
            name: row.name,
            method: row.method,
            crc32: figure(row.crc32),
            packed_bytes: figure(row.packed_bytes),
            size_bytes: figure(row.size_bytes),
            starts_at: row.starts_at.unsigned_abs(),
        };
        (row.ordinal, entry)
    });
    Ok(entry.collect())
}

/// Exports that nobody orders any more, or that are none of ours: of these ids, and of what is written down here.
pub async fn unordered(pool: &PgPool, stored: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select l.id as "id!" from (select export_id as id from inbox.personal_export union select unnest($1::uuid[])) l
           where not exists (select from crm_read.personal_export o where o.export_id = l.id) limit 100"#,
        stored
    )
    .fetch_all(pool)
    .await
}

pub async fn forget(pool: &PgPool, export: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from inbox.personal_export where export_id = $1", export).execute(pool).await?;
    Ok(())
}
