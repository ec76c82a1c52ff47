//! The messages of a merged conversation get new places at the end of the one that stays.

use model::MessageId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::Half;

/// Messages that one transaction moves: the conversations stay locked for some tens of milliseconds.
pub const STRETCH: usize = 2_000;

/// A message on its way.
struct Moved {
    message: Uuid,
    from: i64,
    to: i64,
    inbound_no: Option<i64>,
    /// Something is left behind this stretch.
    more: bool,
}

/// Moves the first [`STRETCH`] messages of the newer conversation, in their order of arrival; returns which, and whether
/// there are more. A group that the stretch would cut is left to the next one.
pub async fn move_stretch(db: &mut PgConnection, older: &Half, newer: &Half) -> sqlx::Result<(Vec<MessageId>, bool)> {
    let mut moved = renumber(&mut *db, older, newer).await?;
    let Some(more) = moved.first().map(|message| message.more) else { return Ok((Vec::new(), false)) };
    moved.sort_by_key(|message| message.to);
    let ids: Vec<Uuid> = moved.iter().map(|message| message.message).collect();
    take_along(&mut *db, older, newer, &ids).await?;
    move_marks(&mut *db, older, newer, &moved).await?;
    let last_seq = moved.last().map_or(older.last_seq, |message| message.to);
    let inbound_count = moved.iter().filter_map(|m| m.inbound_no).max().unwrap_or(older.inbound_count);
    sqlx::query!(
        "update inbox.conversation set revision = revision + 1, last_seq = $2, inbound_count = $3,
             -- What waits to be sorted out in the one waits in both.
             written_seq = case when (select n.written_seq > n.set_aside_seq from inbox.conversation n
                                      where n.conversation_id = $4) then $2 else written_seq end
         where conversation_id = $1",
        older.id.0,
        last_seq,
        inbound_count,
        newer.id.0
    )
    .execute(db)
    .await?;
    Ok((ids.into_iter().map(MessageId).collect(), more))
}

/// A group shares one number, as it did before; one that is longer than a stretch is cut all the same.
async fn renumber(db: &mut PgConnection, older: &Half, newer: &Half) -> sqlx::Result<Vec<Moved>> {
    sqlx::query_as!(
        Moved,
        r#"with ahead as (
               select seq, inbound_no, row_number() over (order by seq) as n from inbox.message
               where conversation_id = $1 order by seq limit $2::bigint + 1),
           beyond as (select seq, inbound_no from ahead where n = $2::bigint + 1),
           cut as (
               select coalesce((select min(s.seq) from ahead s where s.inbound_no = b.inbound_no having min(s.n) > 1), b.seq)
                   as seq from beyond b),
           moving as (
               select seq, n, dense_rank() over (order by inbound_no) as no from ahead
               where n <= $2::bigint and seq < coalesce((select seq from cut), seq + 1))
           update inbox.message m set conversation_id = $3, seq = $4 + v.n,
               inbound_no = case when m.inbound_no is not null then $5 + v.no end
           from moving v where m.conversation_id = $1 and m.seq = v.seq
           returning m.message_id as "message!", v.seq as "from!", m.seq as "to!", m.inbound_no as "inbound_no?",
               exists (select from beyond) as "more!""#,
        newer.id.0,
        STRETCH as i64,
        older.id.0,
        older.last_seq,
        older.inbound_count,
    )
    .fetch_all(db)
    .await
}

/// Files, the provider's names, mentions and orders. An order keeps the lane that it has.
async fn take_along(db: &mut PgConnection, older: &Half, newer: &Half, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "with files as (update inbox.attachment set conversation_id = $1 where message_id = any ($3)),
         mentions as (
             update inbox.mention set conversation_id = $1 where conversation_id = $2 and message_id = any ($3)),
         orders as (
             update inbox.outgoing set conversation_id = $1 where message_id = any ($3) and conversation_id is not null)
         update inbox.reference set conversation_id = $1 where message_id = any ($3)",
        older.id.0,
        newer.id.0,
        ids
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Who has read all that came in the older conversation has read of the newer one what they had read there. Everyone else
/// keeps their mark: better read twice than never.
async fn move_marks(db: &mut PgConnection, older: &Half, newer: &Half, moved: &[Moved]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.read_mark as mark (conversation_id, employee_id, seq, inbound_no)
         select $1, n.employee_id, max(m.moved_to), coalesce(max(m.no), $3)
         from inbox.read_mark n
         left join inbox.read_mark o on o.conversation_id = $1 and o.employee_id = n.employee_id
         join unnest($4::bigint[], $5::bigint[], $6::bigint[]) m(moved_from, moved_to, no) on m.moved_from <= n.seq
         where n.conversation_id = $2 and coalesce(o.inbound_no, 0) >= $3
         group by n.employee_id
         on conflict (conversation_id, employee_id) do update set
             seq = greatest(mark.seq, excluded.seq), inbound_no = greatest(mark.inbound_no, excluded.inbound_no)",
        older.id.0,
        newer.id.0,
        older.inbound_count,
        &moved.iter().map(|m| m.from).collect::<Vec<_>>(),
        &moved.iter().map(|m| m.to).collect::<Vec<_>>(),
        &moved.iter().map(|m| m.inbound_no).collect::<Vec<_>>() as &[Option<i64>],
    )
    .execute(db)
    .await?;
    Ok(())
}
