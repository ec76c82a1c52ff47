//! What there is of a person: dialogs, what names them, and where else it lies.

use std::collections::{BTreeMap, HashMap, HashSet};

use contracts::channel::{Inbound, inbound::Body};
use model::{AccountId, Channel};
use prost::Message as _;
use sqlx::PgPool;
use uuid::Uuid;

use super::store::Order;

/// A fact that waits for a message that is not known yet.
pub struct Early {
    pub account: Uuid,
    pub waits_for: String,
    pub key: String,
}

/// Shorter identifiers are not looked for in bytes that nobody could parse: they stand in anything.
const SHORTEST: usize = 5;
/// Dead letters looked at in one statement.
const PAGE: i64 = 200;

pub struct Scope {
    /// With those that were joined into them.
    pub points: Vec<Uuid>,
    /// With those that were merged.
    pub conversations: Vec<Uuid>,
    pub accounts: Vec<Uuid>,
    /// What providers call these people.
    pub addresses: Vec<String>,
    /// The same by channel: a number that is one person's here may be a stranger's elsewhere.
    called: HashSet<(String, String)>,
    channels: HashMap<Uuid, String>,
    /// In lists of mailings, lower case.
    pub emails: Vec<String>,
    pub messages: Vec<Uuid>,
    pub dead_letters: Vec<Uuid>,
    pub early: Vec<Early>,
    /// What nobody else's message, upload or dead letter names.
    pub object_keys: Vec<String>,
    /// Parts whose streams may hold facts of theirs.
    pub parts: Vec<u32>,
    pub lanes: Vec<(Channel, AccountId, Vec<String>)>,
    /// Of their messages, as providers call them, and as we do.
    message_keys: HashSet<(Uuid, String)>,
    message_ids: HashSet<String>,
    attachment_ids: HashSet<String>,
    spoken: HashSet<String>,
}

impl Scope {
    pub async fn of(pool: &PgPool, order: &Order) -> sqlx::Result<Self> {
        let people = sqlx::query!(
            "select contact_point_id, channel, address, latest_address, aliases from inbox.contact_point
             where contact_point_id = any ($1) or joined_into = any ($1)",
            &order.points
        )
        .fetch_all(pool)
        .await?;
        let points: Vec<Uuid> = people.iter().map(|row| row.contact_point_id).collect();
        let mut emails = order.emails.clone();
        let mut called = HashSet::new();
        let mut words = HashSet::new();
        for row in people {
            let aliases = row.aliases.as_array().cloned().unwrap_or_default();
            // What somebody merely claims may be another's.
            let proven = aliases.iter().filter(|alias| alias["claimed"] != true);
            words.extend(proven.filter_map(|alias| Some(alias["value"].as_str()?.to_owned())));
            for address in row.latest_address.into_iter().chain([row.address]) {
                if row.channel == "email" {
                    emails.push(address.to_lowercase());
                }
                called.insert((row.channel.clone(), address));
            }
        }
        called.extend(named(pool, &points).await?);
        let addresses: HashSet<String> = called.iter().map(|(_, address)| address.clone()).collect();
        words.extend(addresses.iter().cloned());
        words.retain(|word| word.len() >= SHORTEST);
        let mut scope = Self {
            points,
            addresses: addresses.into_iter().collect(),
            called,
            channels: HashMap::new(),
            emails,
            spoken: words,
            conversations: Vec::new(),
            accounts: Vec::new(),
            messages: Vec::new(),
            dead_letters: Vec::new(),
            early: Vec::new(),
            object_keys: Vec::new(),
            parts: Vec::new(),
            lanes: Vec::new(),
            message_keys: HashSet::new(),
            message_ids: HashSet::new(),
            attachment_ids: HashSet::new(),
        };
        scope.dialogs(pool).await?;
        scope.messages(pool).await?;
        scope.dead_letters(pool).await?;
        scope.early(pool).await?;
        scope.object_keys = objects(pool, &scope).await?;
        Ok(scope)
    }

    async fn dialogs(&mut self, pool: &PgPool) -> sqlx::Result<()> {
        let rows = sqlx::query!(
            "with ours as (select conversation_id from inbox.conversation where contact_point_id = any ($1))
             select c.conversation_id, c.account_id, a.channel, a.part, a.moved_from, a.moving_to
             from inbox.conversation c join inbox.account a using (account_id)
             where c.conversation_id in (select conversation_id from ours)
                 or c.merged_into in (select conversation_id from ours)",
            &self.points
        )
        .fetch_all(pool)
        .await?;
        let mut lanes: BTreeMap<Uuid, (String, Vec<String>)> = BTreeMap::new();
        for row in rows {
            self.conversations.push(row.conversation_id);
            self.channels.insert(row.account_id, row.channel.clone());
            let parts = [Some(row.part), row.moved_from, row.moving_to];
            self.parts.extend(parts.into_iter().flatten().filter_map(|part| u32::try_from(part).ok()));
            lanes.entry(row.account_id).or_insert((row.channel, Vec::new())).1.push(row.conversation_id.to_string());
        }
        self.parts.sort_unstable();
        self.parts.dedup();
        self.accounts = lanes.keys().copied().collect();
        let known = |(id, (channel, lanes)): (Uuid, (String, Vec<String>))| {
            Some((channel.parse::<Channel>().ok()?, AccountId::from(id), lanes))
        };
        self.lanes = lanes.into_iter().filter_map(known).collect();
        Ok(())
    }

    async fn messages(&mut self, pool: &PgPool) -> sqlx::Result<()> {
        let rows = sqlx::query!(
            r#"select m.account_id as "account_id!", m.message_id as "message_id!", m.message_key as "key!"
               from inbox.message m where m.conversation_id = any ($1)
               union all
               select r.account_id, r.message_id, r.key
               from inbox.message m join inbox.reference r using (message_id) where m.conversation_id = any ($1)"#,
            &self.conversations
        )
        .fetch_all(pool)
        .await?;
        for row in rows {
            if self.message_ids.insert(row.message_id.to_string()) {
                self.messages.push(row.message_id);
            }
            if !row.key.is_empty() {
                self.message_keys.insert((row.account_id, row.key));
            }
        }
        let files = sqlx::query!(
            "select a.attachment_id, a.account_id from inbox.message m join inbox.attachment a using (message_id)
             where m.conversation_id = any ($1)",
            &self.conversations
        )
        .fetch_all(pool)
        .await?;
        for file in files {
            let id = file.attachment_id.to_string();
            if let Some((.., lanes)) = self.lanes.iter_mut().find(|(_, account, _)| account.0 == file.account_id) {
                lanes.push(id.clone());
            }
            self.attachment_ids.insert(id);
        }
        Ok(())
    }

    async fn dead_letters(&mut self, pool: &PgPool) -> sqlx::Result<()> {
        let mut after = Uuid::nil();
        loop {
            let page = sqlx::query!(
                "select dead_letter_id, account_id, raw from inbox.dead_letter
                 where account_id = any ($1) and dead_letter_id > $2 order by dead_letter_id limit $3",
                &self.accounts,
                after,
                PAGE
            )
            .fetch_all(pool)
            .await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.dead_letter_id;
            for letter in page {
                let theirs = match Inbound::decode(letter.raw.as_slice()) {
                    Ok(fact) => self.has(letter.account_id, &fact),
                    Err(_) => self.speaks_of_them(&letter.raw),
                };
                if theirs {
                    self.dead_letters.push(letter.dead_letter_id);
                }
            }
        }
    }

    /// They wait for a day at most, so there are few.
    async fn early(&mut self, pool: &PgPool) -> sqlx::Result<()> {
        let rows = sqlx::query!(
            "select account_id, waits_for, key, fact from inbox.early where account_id = any ($1)",
            &self.accounts
        )
        .fetch_all(pool)
        .await?;
        for row in rows {
            if Inbound::decode(row.fact.as_slice()).is_ok_and(|fact| self.has(row.account_id, &fact)) {
                self.early.push(Early { account: row.account_id, waits_for: row.waits_for, key: row.key });
            }
        }
        Ok(())
    }

    /// Whether a fact is about this person: from them, or about a message of theirs.
    pub fn has(&self, account: Uuid, fact: &Inbound) -> bool {
        let Some(channel) = self.channels.get(&account) else { return false };
        let is_theirs = |key: &String| !key.is_empty() && self.message_keys.contains(&(account, key.clone()));
        let peer = fact.peer.as_ref();
        peer.is_some_and(|peer| self.called.contains(&(channel.clone(), peer.address.clone())))
            || is_theirs(&fact.message_key)
            || match &fact.body {
                Some(Body::Receipt(receipt)) => {
                    self.message_ids.contains(&receipt.message_id) || receipt.provider_keys.iter().any(is_theirs)
                }
                Some(Body::Claim(claim)) => self.message_ids.contains(&claim.message_id),
                Some(Body::Released(released)) => self.message_ids.contains(&released.message_id),
                Some(Body::Deletion(deletion)) => deletion.more_keys.iter().any(is_theirs),
                Some(Body::AttachmentStored(stored)) => {
                    stored.attachment.as_ref().is_some_and(|file| self.attachment_ids.contains(&file.attachment_id))
                }
                Some(Body::Unparsed(unparsed)) => self.speaks_of_them(&unparsed.raw),
                _ => false,
            }
    }

    /// Whether bytes that nobody could parse hold an identifier of theirs by itself, not as part of a longer one.
    fn speaks_of_them(&self, bytes: &[u8]) -> bool {
        self.spoken.iter().any(|word| holds(bytes, word.as_bytes()))
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    let apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    bytes.windows(word.len()).enumerate().any(|(at, found)| {
        found == word && apart(at.checked_sub(1).and_then(|at| bytes.get(at))) && apart(bytes.get(at + word.len()))
    })
}

async fn named(pool: &PgPool, points: &[Uuid]) -> sqlx::Result<Vec<(String, String)>> {
    let rows =
        sqlx::query!("select channel, address from inbox.contact_address where contact_point_id = any ($1)", points)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|row| (row.channel, row.address)).collect())
}

/// What of theirs lies in the object store and is named by nobody else.
async fn objects(pool: &PgPool, scope: &Scope) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"with ours as (
               select k.key from inbox.message m join inbox.attachment a using (message_id)
                   cross join lateral (values (a.object_key), (a.thumbnail_object_key)) k(key)
                   where m.conversation_id = any ($1)
               union
               select f.object_key from inbox.draft d join inbox.file f on f.file_id = any (d.file_ids)
                   where d.conversation_id = any ($1)
               union
               select k.key from inbox.dead_letter l
                   cross join lateral (values (l.object_key), (l.original_object_key)) k(key)
                   where l.dead_letter_id = any ($2))
           select o.key as "key!" from ours o
           where o.key <> ''
               and not exists (
                   select from inbox.attachment a where a.object_key = o.key and a.object_key <> ''
                       and a.conversation_id <> all ($1))
               and not exists (
                   select from inbox.attachment a where a.thumbnail_object_key = o.key and a.thumbnail_object_key <> ''
                       and a.conversation_id <> all ($1))
               and not exists (
                   select from inbox.draft d join inbox.file f on f.file_id = any (d.file_ids)
                   where f.object_key = o.key and d.conversation_id <> all ($1))
               and not exists (
                   select from inbox.dead_letter l
                   where (l.object_key = o.key or l.original_object_key = o.key) and l.dead_letter_id <> all ($2))"#,
        &scope.conversations,
        &scope.dead_letters
    )
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn an_identifier_is_found_by_itself_only() {
        assert!(holds(br#"{"id":123456}"#, b"123456"));
        assert!(holds(b"123456", b"123456"));
        assert!(!holds(br#"{"id":1234567}"#, b"123456"));
        assert!(!holds(br#"{"id":9123456}"#, b"123456"));
        assert!(holds(b"9123456 123456", b"123456"));
        assert!(!holds(b"", b"123456"));
    }
}
