//! One letter of a mailing: its dialog, its message and its order, in the caller's transaction; and how it is taken back.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use bus::seal::{ChannelKey, RootKey};
use chrono::{SubsecRound as _, Utc};
use contracts::{
    channel::{AliasKind, Letter, MailAddress, Order, Unsubscribe},
    inbox::{Automatic, Direction, MailingRecipientState, MessageKind, MessageStatus},
};
use model::{AccountId, ContactPointId, ConversationId, MessageId, OrderId};
use prost::Message as _;
use ring::digest;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    domain::{Mailing, MailingError, Recipient, fill, hidden_exit, with_exit},
    store::{self, Queued},
};
use crate::{
    conversations::{self, Last, Locked},
    messages::{self, Speech},
    orders::SEND,
};

/// Where the edge serves leaving.
pub const LEAVE: &str = "/u/";

/// How one leaves mailings: where, and what the tokens are made of.
#[derive(Clone)]
pub struct Leaving {
    pub url: Arc<str>,
    key: ChannelKey,
}

impl Leaving {
    /// The key is derived as if for a channel; there is no such channel, so nobody else holds it.
    #[must_use]
    pub fn new(url: Arc<str>, root: &RootKey) -> Option<Self> {
        Some(Self { url, key: root.for_channel(&"mailings".parse().ok()?) })
    }

    /// 32 characters that nobody guesses; the same whenever the letter is made again after a restored backup.
    fn token(&self, account: Uuid, letter: MessageId) -> String {
        BASE64.encode(&self.key.derive(AccountId(account), &format!("leave {letter}"))[..24])
    }
}

/// Makes the next letter for a recipient who waits. Its ids are made of the recipient's and of how many letters there were: a
/// letter that was made before a restored backup comes back by its receipt and is not made anew.
pub async fn make(
    db: &mut PgConnection,
    mailing: &Mailing,
    leaving: &Leaving,
    recipient: &Recipient,
    attempt: i32,
) -> Result<(), MailingError> {
    let id = MessageId(Uuid::new_v5(&mailing.id, format!("{} {attempt}", recipient.address).as_bytes()));
    let token = leaving.token(mailing.account, id);
    if came_back(&mut *db, mailing.id, &recipient.address, id, &sha256(&token)).await? {
        return Ok(());
    }
    let mut locked = conversation(db, mailing, recipient).await?;
    let filled = fill(&mailing.subject, &mailing.text, recipient);
    let url = format!("{}{LEAVE}{token}", leaving.url);
    let to = MailAddress { address: recipient.address.clone(), name: recipient.name.clone() };
    let letter = Letter {
        subject: filled.subject,
        to: vec![to],
        unsubscribe: Some(Unsubscribe { url, mailto: String::new() }),
        ..Letter::default()
    };
    let speech = Speech { letter: Some(Box::new(letter)), ..Speech::plain(&with_exit(&filled.text)) };
    let now = Utc::now().trunc_subsecs(6);
    locked.last_seq += 1;
    insert(&mut *db, &locked, mailing.author, id, &speech, now).await?;
    queue(&mut *db, &locked, id).await?;
    locked.last = Last::queued(id, &hidden_exit(&speech.text), 0, now);
    queued(&mut *db, mailing.id, &recipient.address, (id, locked.id), &sha256(&token)).await?;
    messages::tell(db, &locked, id).await?;
    Ok(())
}

/// Takes a letter back that no adapter has claimed; `false`: too late.
///
/// # Errors
/// What the database answers.
pub async fn take_back(db: &mut PgConnection, letter: &Queued, to: MailingRecipientState) -> sqlx::Result<bool> {
    let message = MessageId(letter.message);
    let Some(conversation) = messages::conversation_of(&mut *db, message).await? else { return Ok(false) };
    let Some(mut locked) = conversations::lock(&mut *db, conversation).await? else {
        return Err(::store::Conflict.into());
    };
    if messages::take_back(&mut *db, locked.id, &[message]).await?.is_empty() {
        return Ok(false);
    }
    if locked.last.message == Some(message) {
        locked.last.status = MessageStatus::Cancelled as i16;
    }
    store::taken_back(&mut *db, letter, to).await?;
    messages::tell(db, &locked, message).await?;
    Ok(true)
}

pub fn sha256(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

/// A dialog of its own for each recipient, under its lock: what they answer comes here, and nothing here is asked of anybody
/// before. Its thread key says that we have begun it (`begun:<conversation>`), as adapters of letters do of answers to it.
async fn conversation(db: &mut PgConnection, mailing: &Mailing, to: &Recipient) -> Result<Locked, MailingError> {
    let point = contact_point(db, mailing, to).await?;
    let id = Uuid::new_v5(&mailing.id, to.address.as_bytes());
    let thread_key = format!("begun:{id}");
    // It is no news: until somebody answers it stands below all that is.
    sqlx::query!(
        "insert into inbox.conversation (conversation_id, account_id, contact_point_id, thread_key, department_id,
             last_activity_at)
         values ($1, $2, $3, $4, $5, '2000-01-01Z') on conflict (account_id, thread_key) do nothing",
        id,
        mailing.account,
        point.0,
        thread_key,
        mailing.department
    )
    .execute(&mut *db)
    .await?;
    let id = sqlx::query_scalar!(
        "select conversation_id from inbox.conversation where account_id = $1 and thread_key = $2",
        mailing.account,
        thread_key
    )
    .fetch_one(&mut *db)
    .await?;
    let stays = conversations::survivor(&mut *db, ConversationId(id)).await?.unwrap_or(ConversationId(id));
    let locked = conversations::lock(&mut *db, stays).await?;
    // Merged while we waited for it: the attempt begins anew.
    locked.ok_or_else(|| MailingError::Store(::store::Conflict.into()))
}

async fn contact_point(db: &mut PgConnection, mailing: &Mailing, to: &Recipient) -> sqlx::Result<ContactPointId> {
    if let Some(known) = known_point(&mut *db, mailing.account, &to.address).await? {
        return Ok(known);
    }
    let alias = serde_json::json!([{ "kind": AliasKind::Email as i32, "value": to.address, "claimed": false }]);
    sqlx::query!(
        "insert into inbox.contact_point (contact_point_id, channel, scope, address, display_name, aliases)
         select $1, a.channel, '', $3, $4, $5 from inbox.account a where a.account_id = $2
         on conflict (channel, scope, address) do nothing",
        Uuid::now_v7(),
        mailing.account,
        to.address,
        if to.name.is_empty() { &to.address } else { &to.name },
        alias
    )
    .execute(&mut *db)
    .await?;
    known_point(db, mailing.account, &to.address).await?.ok_or(sqlx::Error::RowNotFound)
}

/// By any name that the person is known by.
async fn known_point(db: impl PgExecutor<'_>, account: Uuid, address: &str) -> sqlx::Result<Option<ContactPointId>> {
    let found = sqlx::query_scalar!(
        r#"select coalesce(p.joined_into, p.contact_point_id) as "id!"
           from inbox.account a
           join inbox.contact_address n on n.channel = a.channel and n.scope = '' and n.address = $2
           join inbox.contact_point p on p.contact_point_id = n.contact_point_id
           where a.account_id = $1"#,
        account,
        address
    );
    Ok(found.fetch_optional(db).await?.map(ContactPointId))
}

async fn insert(
    db: impl PgExecutor<'_>,
    locked: &Locked,
    author: Uuid,
    id: MessageId,
    speech: &Speech,
    now: chrono::DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into inbox.message (conversation_id, seq, message_id, account_id, shown_at, direction, kind, status, text,
             content, author_employee_id, automatic)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        locked.id.0,
        locked.last_seq,
        id.0,
        locked.account.id.0,
        now,
        Direction::Out as i16,
        MessageKind::Message as i16,
        MessageStatus::Queued as i16,
        speech.text,
        speech.content().encode_to_vec(),
        author,
        Automatic::Mailing as i16
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn queue(db: impl PgExecutor<'_>, locked: &Locked, id: MessageId) -> sqlx::Result<()> {
    let caused = Order { traceparent: runtime::trace::parent(), ..Order::default() };
    sqlx::query!(
        "insert into inbox.outgoing (order_id, part, channel, account_id, lane, kind, conversation_id, message_id, payload)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        OrderId::new().0,
        locked.account.part,
        locked.account.channel,
        locked.account.id.0,
        locked.id.to_string(),
        SEND,
        locked.id.0,
        id.0,
        caused.encode_to_vec()
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn queued(
    db: impl PgExecutor<'_>,
    mailing: Uuid,
    address: &str,
    (message, conversation): (MessageId, ConversationId),
    token_sha256: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update inbox.mailing_recipient set state = 2, state_at = now(), attempt = attempt + 1, message_id = $3,
             conversation_id = $4, token_sha256 = $5
         where mailing_id = $1 and address = $2",
        mailing,
        address,
        message.0,
        conversation.0,
        token_sha256
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether this letter is there although nobody noted that it was made: it came back by its receipt.
async fn came_back(
    db: impl PgExecutor<'_>,
    mailing: Uuid,
    address: &str,
    id: MessageId,
    token_sha256: &[u8],
) -> sqlx::Result<bool> {
    let found = sqlx::query!(
        "update inbox.mailing_recipient r set attempt = r.attempt + 1, message_id = m.message_id,
             conversation_id = m.conversation_id, state_at = now(), token_sha256 = $4,
             state = case when m.status in (1, 2) then 2 when m.status = 3 then 7 when m.status in (4, 5, 6) then 3
                          when m.status = 7 then 4 else 6 end,
             was_sent = r.was_sent or m.status in (4, 5, 6)
         from inbox.message m
         where m.message_id = $3 and r.mailing_id = $1 and r.address = $2",
        mailing,
        address,
        id.0,
        token_sha256
    );
    Ok(found.execute(db).await?.rows_affected() > 0)
}
