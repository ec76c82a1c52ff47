//! `okno.ask.missed`: the messages of a conversation as the person may see them.

use bus::{Asker, Bus};
use chrono::{DateTime, Utc};
use contracts::channel::{AskMissedRequest, AskMissedResponse, PeerMessage};
use prost::Message as _;
use sqlx::PgPool;
use uuid::Uuid;

use super::{QuestionError, account, missed_rows as rows, missed_store as store, refused};

const ADDRESSES: usize = 4;
/// Bytes of an address and of a scope (`okno.channel.v1.Peer`).
const ADDRESS: usize = 256;
const PAGE: u32 = 50;
const MOST: u32 = 200;
/// What NATS needs of an answer beside the answer.
const OVERHEAD: usize = 8 * 1024;
/// A default server takes this much; a larger one needs not to be made use of.
const LARGEST: usize = 1024 * 1024;

/// The place of a message in its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub shown_at: DateTime<Utc>,
    pub position: i64,
    pub seq: i64,
}

/// A message and its place.
#[derive(Debug)]
pub struct Found {
    pub place: Place,
    pub message: PeerMessage,
}

/// A question, checked.
struct Wanted {
    addresses: Vec<String>,
    after: Option<Uuid>,
    before: Option<Uuid>,
    limit: usize,
}

/// What is to be shown: the stretch that was asked for, in the direction of reading, and what else changed.
#[derive(Debug, Default)]
pub struct Keys {
    pub stretch: Vec<Uuid>,
    pub beside: Vec<Uuid>,
    pub more: bool,
}

/// How many bytes an answer may have.
#[must_use]
pub fn room(bus: &Bus) -> usize {
    bus.client.server_info().max_payload.min(LARGEST).saturating_sub(OVERHEAD)
}

/// The newest page, or what came after a known message and what of the known was changed since, or an older page. `room`
/// is how many bytes the messages may have; what does not fit is asked for next, as beyond `limit`.
///
/// # Errors
/// [`QuestionError`].
pub async fn answer(
    pool: &PgPool,
    room: usize,
    asker: &Asker,
    question: AskMissedRequest,
) -> Result<AskMissedResponse, QuestionError> {
    let account = account(pool, asker, &question.account_id).await?;
    let wanted = Wanted::read(&question)?;
    let found = store::conversations(pool, &account, &question.scope, &wanted.addresses).await?;
    let Some(latest) = found.first() else { return Ok(AskMissedResponse::default()) };
    let keys = wanted.keys(pool, &found).await?;
    let messages = rows::messages(pool, &found, &keys).await?;
    let (messages, cut) = fit(messages, &keys, room);
    Ok(AskMissedResponse {
        messages,
        more: keys.more || cut,
        conversation_id: latest.to_string(),
        unread: u32::try_from(store::unread(pool, &found).await?).unwrap_or(u32::MAX),
    })
}

impl Wanted {
    fn read(question: &AskMissedRequest) -> Result<Self, QuestionError> {
        if !(1..=ADDRESSES).contains(&question.addresses.len()) {
            return Err(refused("addresses", "must be 1 to 4"));
        }
        if question.addresses.iter().any(|address| address.is_empty() || address.len() > ADDRESS) {
            return Err(refused("addresses", "must have 1 to 256 bytes each"));
        }
        if question.scope.len() > ADDRESS {
            return Err(refused("scope", "is longer than 256 bytes"));
        }
        let (after, before) = (
            id("after_message_id", &question.after_message_id)?,
            id("before_message_id", &question.before_message_id)?,
        );
        if after.is_some() && before.is_some() {
            return Err(refused("before_message_id", "does not go together with after_message_id"));
        }
        let limit = if question.limit == 0 { PAGE } else { question.limit.min(MOST) };
        let limit = usize::try_from(limit).unwrap_or_default();
        Ok(Self { addresses: question.addresses.clone(), after, before, limit })
    }

    async fn keys(&self, pool: &PgPool, conversations: &[Uuid]) -> Result<Keys, QuestionError> {
        if let Some(before) = self.before {
            let known = store::known(pool, conversations, before).await?;
            let known = known.ok_or_else(|| refused("before_message_id", "is no message of this conversation"))?;
            return Ok(store::older(pool, conversations, Some(known.place), self.limit).await?);
        }
        // What it knows may be gone (erased, or younger than a restored backup): then it begins anew.
        let known = match self.after {
            Some(after) => store::known(pool, conversations, after).await?,
            None => None,
        };
        Ok(match known {
            Some(known) => store::newer(pool, conversations, &known, self.limit).await?,
            None => store::older(pool, conversations, None, self.limit).await?,
        })
    }
}

fn id(field: &str, text: &str) -> Result<Option<Uuid>, QuestionError> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| refused(field, "is no id")) }
}

/// As much as there is room for, in the thread's order, and whether the stretch was cut. The stretch has three quarters of
/// the room, and its first message always fits, so that whoever asks on gets on.
fn fit(mut found: Vec<Found>, keys: &Keys, room: usize) -> (Vec<PeerMessage>, bool) {
    let mut left = room / 4 * 3;
    let mut kept: Vec<Uuid> = Vec::new();
    let mut take = |ids: &[Uuid], left: &mut usize, at_least: usize| {
        for id in ids {
            let Some(one) = found.iter().find(|one| one.message.message_id == id.to_string()) else { continue };
            let size = one.message.encoded_len() + 8;
            if size > *left && kept.len() >= at_least {
                return true;
            }
            *left = left.saturating_sub(size);
            kept.push(*id);
        }
        false
    };
    let cut = take(&keys.stretch, &mut left, 1);
    left += room / 4;
    take(&keys.beside, &mut left, 0);
    found.retain(|one| kept.iter().any(|id| one.message.message_id == id.to_string()));
    found.sort_by_key(|one| one.place);
    (found.into_iter().map(|one| one.message).collect(), cut)
}

#[cfg(test)]
mod tests {
    use contracts::channel::Content;

    use super::*;

    fn found(seq: i64, bytes: usize) -> (Uuid, Found) {
        let id = Uuid::now_v7();
        let content = Content { text: "x".repeat(bytes), ..Content::default() };
        let message = PeerMessage { message_id: id.to_string(), content: Some(content), ..PeerMessage::default() };
        (id, Found { place: Place { shown_at: DateTime::UNIX_EPOCH, position: 0, seq }, message })
    }

    #[test]
    fn what_does_not_fit_is_left_for_the_next_question() {
        let (ids, rows): (Vec<_>, Vec<_>) = (0..9).map(|seq| found(seq, 1_000)).unzip();
        let keys = Keys { stretch: ids[3..].to_vec(), beside: ids[..3].to_vec(), more: false };
        let (kept, cut) = fit(rows, &keys, 6_000);
        assert!(cut && kept.iter().map(PeerMessage::encoded_len).sum::<usize>() < 6_000);
        let places: Vec<_> = kept.iter().map(|m| ids.iter().position(|id| id.to_string() == m.message_id)).collect();
        assert_eq!(places, [0, 3, 4, 5, 6].map(Some), "from its beginning, in the thread's order");
    }

    #[test]
    fn the_first_always_goes() {
        let (id, row) = found(1, 10_000);
        let keys = Keys { stretch: vec![id], ..Keys::default() };
        let (kept, cut) = fit(vec![row], &keys, 1_000);
        assert_eq!((kept.len(), cut), (1, false));
    }
}
