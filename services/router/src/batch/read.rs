//! The reading half of a batch's SQL: one statement per function.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{
    channel::{Content, Failure},
    inbox::{Automatic, Direction, MessageKind, MessageStatus, RequestState},
};
use model::{AccountId, AttachmentId, ContactPointId, ConversationId, DepartmentId, EmployeeId, MessageId, OrderId};
use prost::Message as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Place,
    fact::Fact,
    state::{Conversation, Message, Preview, Request},
};

/// What is new in a batch, and the early facts that its messages were waited for by.
#[derive(Default)]
pub struct Received {
    pub new: HashSet<(AccountId, String)>,
    /// Account, fact.
    pub early: Vec<(AccountId, Vec<u8>)>,
}

/// Statement: enters the keys, and takes the early facts that wait for what these facts bring.
pub async fn received(db: &mut PgConnection, facts: &[&Fact], now: DateTime<Utc>) -> sqlx::Result<Received> {
    let sent_on: Vec<NaiveDate> = facts.iter().map(|f| f.sent_on(now)).collect();
    let accounts: Vec<Uuid> = facts.iter().map(|f| f.account.0).collect();
    let keys: Vec<String> = facts.iter().map(|f| f.inbound.key.clone()).collect();
    let parts: Vec<i32> = facts.iter().map(|f| f.part).collect();
    let sequences: Vec<i64> = facts.iter().map(|f| f.sequence).collect();
    let replays: Vec<Option<Uuid>> = facts.iter().map(|f| f.inbound.replays.parse().ok()).collect();
    let brought: Vec<(Uuid, &str)> =
        facts.iter().flat_map(|f| f.brings().into_iter().map(|k| (f.account.0, k))).collect();
    let (bring_accounts, bring_keys): (Vec<Uuid>, Vec<String>) =
        brought.into_iter().filter(|(_, key)| !key.is_empty()).map(|(a, k)| (a, k.to_owned())).unzip();
    let rows = sqlx::query!(
        r#"with given as (
               select * from unnest($1::date[], $2::uuid[], $3::text[], $4::int[], $5::bigint[], $6::uuid[])
                   as g(sent_on, account_id, key, part, stream_sequence, replays)),
           entered as (
               insert into inbox.received (sent_on, account_id, key, part, stream_sequence)
               select sent_on, account_id, key, part, stream_sequence from given g
               where not exists (select from inbox.erased_fact e where e.account_id = g.account_id
                                     and e.key_sha256 = sha256(convert_to(g.key, 'UTF8')))
               order by account_id, key
               on conflict do nothing returning account_id, key),
           taken as (
               delete from inbox.early e using unnest($7::uuid[], $8::text[]) b(account_id, key)
               where e.account_id = b.account_id and e.waits_for = b.key
               returning e.account_id, e.fact, e.received_at)
           select account_id as "account_id!", key, null::bytea as fact, null::timestamptz as at from entered
           union all
           select g.account_id, g.key, null, null from given g join inbox.dead_letter d
               on d.dead_letter_id = g.replays and d.account_id = g.account_id and d.key = g.key
               where d.replayed_at is null
           union all
           select account_id, null, fact, received_at from taken
           order by 4 nulls first"#,
        &sent_on,
        &accounts,
        &keys,
        &parts,
        &sequences,
        &replays as &[Option<Uuid>],
        &bring_accounts,
        &bring_keys,
    )
    .fetch_all(db)
    .await?;
    let mut result = Received::default();
    for row in rows {
        match (row.key, row.fact) {
            (Some(key), _) => {
                result.new.insert((row.account_id.into(), key));
            }
            (None, Some(fact)) => result.early.push((row.account_id.into(), fact)),
            (None, None) => {}
        }
    }
    Ok(result)
}

/// What the facts of a batch refer to.
#[derive(Default)]
pub struct Referred {
    pub references: HashMap<(AccountId, String), (ConversationId, MessageId)>,
    pub messages: HashMap<MessageId, ConversationId>,
    /// Whose these conversations are, joined contact points and merged conversations followed.
    pub points: HashMap<ConversationId, ContactPointId>,
    pub attachments: HashMap<AttachmentId, MessageId>,
    pub orders: HashMap<OrderId, MessageId>,
    /// Conversations with a message that refers to what nobody had brought.
    pub awaited: HashMap<(AccountId, String), Vec<ConversationId>>,
}

/// Names to look up.
#[derive(Default)]
pub struct Wanted {
    pub keys: HashSet<(AccountId, String)>,
    pub messages: HashSet<MessageId>,
    pub attachments: HashSet<AttachmentId>,
    pub orders: HashSet<OrderId>,
}

/// Statement: finds messages by the provider's keys, by our ids, by attachment and by order.
pub async fn referred(db: &mut PgConnection, wanted: &Wanted) -> sqlx::Result<Referred> {
    let (accounts, keys): (Vec<Uuid>, Vec<String>) = wanted.keys.iter().map(|(a, k)| (a.0, k.clone())).unzip();
    let rows = sqlx::query!(
        r#"with found (what, id, key, conversation_id, message_id) as (
           select 1, r.account_id, r.key, r.conversation_id, r.message_id
           from unnest($1::uuid[], $2::text[]) k(account_id, key)
               join inbox.reference r on r.account_id = k.account_id and r.key = k.key
           union all
           select 2, message_id, null, conversation_id, message_id from inbox.message where message_id = any($3)
           union all
           select 3, attachment_id, null, conversation_id, message_id from inbox.attachment where attachment_id = any($4)
           union all
           select 4, o.order_id, null, m.conversation_id, m.message_id
           from inbox.outgoing o join inbox.message m on m.message_id = o.message_id where o.order_id = any($5)
           union all
           select 5, a.account_id, a.key, a.conversation_id, a.conversation_id
           from unnest($1::uuid[], $2::text[]) k(account_id, key)
               join inbox.awaited a on a.account_id = k.account_id and a.key = k.key)
           select f.what as "what!", f.id as "id!", f.key, f.conversation_id as "conversation_id!",
                  f.message_id as "message_id!", coalesce(p.joined_into, s.contact_point_id) as "point?"
           from found f
               left join inbox.conversation c on c.conversation_id = f.conversation_id
               left join inbox.conversation s on s.conversation_id = coalesce(c.merged_into, c.conversation_id)
               left join inbox.contact_point p on p.contact_point_id = s.contact_point_id"#,
        &accounts,
        &keys,
        &wanted.messages.iter().map(|id| id.0).collect::<Vec<_>>(),
        &wanted.attachments.iter().map(|id| id.0).collect::<Vec<_>>(),
        &wanted.orders.iter().map(|id| id.0).collect::<Vec<_>>(),
    )
    .fetch_all(db)
    .await?;
    let mut found = Referred::default();
    for row in rows {
        let (conversation, message) = (row.conversation_id.into(), row.message_id.into());
        if let Some(point) = row.point {
            found.points.insert(conversation, point.into());
        }
        if row.what == 5 {
            let key = (row.id.into(), row.key.unwrap_or_default());
            found.awaited.entry(key).or_default().push(conversation);
            continue;
        }
        found.messages.insert(message, conversation);
        match row.what {
            1 => drop(found.references.insert((row.id.into(), row.key.unwrap_or_default()), (conversation, message))),
            3 => drop(found.attachments.insert(row.id.into(), message)),
            4 => drop(found.orders.insert(row.id.into(), message)),
            _ => {}
        }
    }
    Ok(found)
}

/// A conversation to be there: account, thread key, contact point, reply address, department.
pub type Thread = (AccountId, String, ContactPointId, String, Option<DepartmentId>);

/// Statement: conversations for threads that have none, as they begin. They are stored once, when all is told of them.
pub async fn new_conversations(
    db: &mut PgConnection,
    threads: Vec<Thread>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Conversation>> {
    let rows = sqlx::query!(
        r#"select p.contact_point_id, coalesce(p.joined_into, p.contact_point_id) as "stands!",
                  array(select c.responsible_employee_id from crm_read.contact_point_client c
                        where c.contact_point_id = p.contact_point_id and c.responsible_employee_id is not null)
                      as "watchers!: Vec<Uuid>"
           from inbox.contact_point p where p.contact_point_id = any($1)"#,
        &threads.iter().map(|t| t.2.0).collect::<Vec<_>>(),
    )
    .fetch_all(db)
    .await?;
    let known: HashMap<Uuid, _> =
        rows.into_iter().map(|row| (row.contact_point_id, (row.stands, row.watchers))).collect();
    let begun = threads.into_iter().map(|(account, key, by, reply_address, department)| {
        let (stands, watchers) = known.get(&by.0).cloned().unwrap_or((by.0, Vec::new()));
        Conversation {
            reply_address,
            department,
            before: (None, department),
            watchers: watchers.into_iter().map(EmployeeId::from).collect(),
            new_thread: Some((key, by)),
            ..Conversation::new(account, stands.into(), now)
        }
    });
    Ok(begun.collect())
}

/// Where threads and ids lead, merged conversations followed.
#[derive(Default)]
pub struct Locked {
    pub threads: HashMap<(AccountId, String), ConversationId>,
    /// From an id that was asked for to the conversation that stands for it.
    pub stands_for: HashMap<ConversationId, ConversationId>,
}

impl Locked {
    /// The conversation that a place leads to. One that nobody locked is what it was when it was noted.
    pub fn place(&self, place: &Place) -> Option<ConversationId> {
        match place {
            Place::Thread(thread) => self.threads.get(&(thread.0, thread.1.clone())).copied(),
            Place::Known(id, _) => Some(self.stands_for.get(id).copied().unwrap_or(*id)),
        }
    }
}

/// Statement: locks the conversations in the order of their ids (rule I9).
///
/// # Errors
/// [`store::Conflict`] when one of them was merged while we waited for its lock: the attempt begins anew.
pub async fn lock_conversations(
    db: &mut PgConnection,
    threads: &[Thread],
    ids: &HashSet<ConversationId>,
) -> sqlx::Result<Locked> {
    let rows = sqlx::query!(
        r#"with asked as (
               select c.conversation_id, c.account_id, c.thread_key, coalesce(c.merged_into, c.conversation_id) as stays
               from unnest($1::uuid[], $2::text[]) t(account_id, thread_key)
                   join inbox.conversation c on c.account_id = t.account_id and c.thread_key = t.thread_key
               union
               select conversation_id, account_id, thread_key, coalesce(merged_into, conversation_id)
               from inbox.conversation where conversation_id = any($3))
           select c.conversation_id, a.account_id as "account_id!", a.thread_key as "thread_key!",
                  a.conversation_id as "asked_id!", c.merged_into
           from asked a join inbox.conversation c on c.conversation_id = a.stays
           order by c.conversation_id for update of c"#,
        &threads.iter().map(|t| t.0.0).collect::<Vec<_>>(),
        &threads.iter().map(|t| t.1.clone()).collect::<Vec<_>>(),
        &ids.iter().map(|id| id.0).collect::<Vec<_>>(),
    )
    .fetch_all(db)
    .await?;
    let mut locked = Locked::default();
    for row in rows {
        if row.merged_into.is_some() {
            return Err(store::Conflict.into());
        }
        locked.threads.insert((row.account_id.into(), row.thread_key), row.conversation_id.into());
        locked.stands_for.insert(row.asked_id.into(), row.conversation_id.into());
    }
    Ok(locked)
}

/// Statement: reads locked conversations with their request.
pub async fn conversations(
    db: &mut PgConnection,
    ids: &HashSet<ConversationId>,
) -> sqlx::Result<HashMap<ConversationId, Conversation>> {
    let rows = sqlx::query!(
        r#"select c.conversation_id as "conversation_id!", c.account_id as "account_id!",
                  coalesce((select p.joined_into from inbox.contact_point p where p.contact_point_id = c.contact_point_id),
                      c.contact_point_id) as "point!", c.reply_address as "reply_address!", c.revision as "revision!", c.last_seq as "last_seq!",
                  c.inbound_count as "inbound_count!", c.last_group_key as "last_group_key!", c.last_message_id, c.last_direction as "last_direction!", c.last_kind as "last_kind!", c.last_status as "last_status!",
                  c.last_attachment_kind as "last_attachment_kind!", c.last_text as "last_text!", c.last_shown_at, c.last_activity_at as "last_activity_at!", c.reply_until, c.blocked as "blocked!",
                  c.assignee_employee_id, c.department_id,
                  r.request_id as "request_id?", r.state as "state?", r.is_current as "is_current?",
                  r.assignee_employee_id as request_assignee, r.department_id as request_department,
                  r.received_at as "received_at?", r.closed_at,
                  r.first_reply_at is not null as "replied!",
                  exists (select 1 from crm_read.employee e where e.employee_id = r.assignee_employee_id and e.active)
                      as "assignee_is_here!",
                  array(select m.employee_id from inbox.mention m where m.conversation_id = c.conversation_id
                        union
                        select p.responsible_employee_id from crm_read.contact_point_client p
                        where p.contact_point_id = c.contact_point_id and p.responsible_employee_id is not null)
                      as "watchers!: Vec<Uuid>"
           from inbox.conversation c left join inbox.request r on r.request_id = c.request_id
           where c.conversation_id = any($1)"#,
        &ids.iter().map(|id| id.0).collect::<Vec<_>>(),
    )
    .fetch_all(db)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let request = row.request_id.map(|id| Request {
            id: id.into(),
            state: RequestState::try_from(i32::from(row.state.unwrap_or_default())).unwrap_or_default(),
            is_current: row.is_current.unwrap_or_default(),
            assignee: row.request_assignee.map(EmployeeId::from),
            department: row.request_department.map(DepartmentId::from),
            received_at: row.received_at.unwrap_or_default(),
            closed_at: row.closed_at,
            previous: None,
            decision: None,
            replied: row.replied,
            changed: false,
        });
        let (assignee, department) =
            (row.assignee_employee_id.map(EmployeeId::from), row.department_id.map(DepartmentId::from));
        let conversation = Conversation {
            id: row.conversation_id.into(),
            account: row.account_id.into(),
            new_thread: None,
            point: row.point.into(),
            reply_address: row.reply_address,
            revision: row.revision,
            last_seq: row.last_seq,
            inbound_count: row.inbound_count,
            last_group_key: row.last_group_key,
            last: Preview {
                message: row.last_message_id.map(MessageId::from),
                direction: row.last_direction,
                kind: row.last_kind,
                status: row.last_status,
                attachment_kind: row.last_attachment_kind,
                text: row.last_text,
                shown_at: row.last_shown_at,
            },
            last_activity_at: row.last_activity_at,
            reply_until: row.reply_until,
            blocked: row.blocked,
            request,
            assignee,
            department,
            sorted_to: None,
            before: (assignee, department),
            assignee_is_here: row.assignee_is_here,
            watchers: row.watchers.into_iter().map(EmployeeId::from).collect(),
            touched: Vec::new(),
            inbound: false,
            written: false,
            request_changed: false,
            changed: false,
            traceparent: String::new(),
        };
        found.insert(conversation.id, conversation);
    }
    Ok(found)
}

/// Statement: reads messages by id, the sends under way of some conversations, and what is read up to a position.
pub async fn messages(
    db: &mut PgConnection,
    ids: &HashSet<MessageId>,
    under_way_in: &HashSet<ConversationId>,
    read_up_to: &HashMap<ConversationId, i64>,
) -> sqlx::Result<HashMap<MessageId, Message>> {
    let (read_in, positions): (Vec<Uuid>, Vec<i64>) = read_up_to.iter().map(|(c, p)| (c.0, *p)).unzip();
    let rows = sqlx::query!(
        r#"with wanted as (
               select conversation_id, seq from inbox.message where message_id = any($1)
               union
               select conversation_id, seq from inbox.message where conversation_id = any($2) and status in (1, 2, 3)
               union
               select m.conversation_id, m.seq from unnest($3::uuid[], $4::bigint[]) r(conversation_id, position)
                   join inbox.message m on m.conversation_id = r.conversation_id and m.position <= r.position
               where m.direction = 2 and m.status in (4, 5))
           select m.message_id, m.conversation_id, m.account_id, m.seq, m.shown_at, m.position, m.direction, m.kind,
                  m.status, m.text, m.content, m.group_key, m.message_key, m.inbound_no, m.author_name,
                  m.reply_to_message_id, m.retry_at, m.attempt, m.nonce, m.claimed_at, m.not_after, m.edited_at,
                  m.deleted_at, m.reactions, m.original_unknown, m.automatic, m.failure
           from wanted w join inbox.message m on m.conversation_id = w.conversation_id and m.seq = w.seq"#,
        &ids.iter().map(|id| id.0).collect::<Vec<_>>(),
        &under_way_in.iter().map(|id| id.0).collect::<Vec<_>>(),
        &read_in,
        &positions,
    )
    .fetch_all(db)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let mut content = Content::decode(row.content.as_slice()).unwrap_or_default();
        content.text = row.text;
        let message = Message {
            id: row.message_id.into(),
            conversation: row.conversation_id.into(),
            account: row.account_id.into(),
            seq: row.seq,
            shown_at: row.shown_at,
            position: row.position,
            direction: Direction::try_from(i32::from(row.direction)).unwrap_or_default(),
            kind: MessageKind::try_from(i32::from(row.kind)).unwrap_or_default(),
            status: MessageStatus::try_from(i32::from(row.status)).unwrap_or_default(),
            content,
            attachments: Vec::new(),
            group_key: row.group_key,
            message_key: row.message_key,
            inbound_no: row.inbound_no,
            author_name: row.author_name,
            reply_to: row.reply_to_message_id.map(MessageId::from),
            failure: row.failure.and_then(|failure| Failure::decode(failure.as_slice()).ok()),
            retry_at: row.retry_at,
            attempt: row.attempt,
            nonce: row.nonce,
            claimed_at: row.claimed_at,
            not_after: row.not_after,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
            reactions: row.reactions,
            event: None,
            original_unknown: row.original_unknown,
            automatic: Automatic::try_from(i32::from(row.automatic)).unwrap_or_default(),
            place: None,
            is_new: false,
            changed: false,
            replaced: Vec::new(),
        };
        found.insert(message.id, message);
    }
    Ok(found)
}

/// An account's rotation and the states of the employees it names: (id, active, available, working).
pub type Turn = (i32, Vec<(Uuid, bool, bool, bool)>);

/// Statement: locks the rotations and reads who may get work.
pub async fn turns(db: &mut PgConnection, accounts: &HashSet<AccountId>) -> sqlx::Result<HashMap<AccountId, Turn>> {
    let mut ids: Vec<Uuid> = accounts.iter().map(|a| a.0).collect();
    ids.sort_unstable();
    let rows = sqlx::query!(
        r#"with rotation as (
               select account_id, next from inbox.rotation where account_id = any($1) order by account_id for update)
           select a.account_id, coalesce(r.next, 0) as "next!", e.employee_id as "employee_id?", e.active, e.available, e.working
           from inbox.account a
               left join rotation r on r.account_id = a.account_id
               left join crm_read.employee e on e.employee_id = any(a.assignment_employees)
           where a.account_id = any($1)"#,
        &ids,
    )
    .fetch_all(db)
    .await?;
    let mut found: HashMap<AccountId, Turn> = HashMap::new();
    for row in rows {
        let turn = found.entry(row.account_id.into()).or_insert_with(|| (row.next, Vec::new()));
        if let Some(id) = row.employee_id {
            let yes = |state: Option<bool>| state.unwrap_or_default();
            turn.1.push((id, yes(row.active), yes(row.available), yes(row.working)));
        }
    }
    Ok(found)
}
