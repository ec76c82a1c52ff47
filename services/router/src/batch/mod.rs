//! One batch of facts, one transaction, at most 14 statements whatever its size (rule I16).
//!
//! The rows that the facts concern are locked and read, changed in memory fact by fact (`apply`), and written once.

mod apply;
mod automatic;
mod fact;
mod links;
mod people;
mod read;
mod receipts;
mod requests;
mod state;
mod write;

use std::{
    borrow::{Borrow, Cow},
    collections::{HashMap, HashSet},
};

use chrono::Utc;
use contracts::channel::{Inbound, Receipt, ReceiptStatus, inbound::Body};
use model::{AccountId, AttachmentId, ContactPointId, ConversationId, MessageId, OrderId};
use prost::Message;
use sqlx::PgConnection;

use apply::Batch;
pub use apply::UNKNOWN_KIND;
pub use automatic::{OUT_OF_HOURS, out_of_hours};
pub use fact::{Fact, Verdict, place_key};
use links::Links;
use people::People;
use read::{Referred, Thread, Wanted};

use crate::{directory::Directory, merges};

/// Commits nothing by itself: works in the caller's transaction. Verdicts come in the order of the facts.
///
/// # Errors
/// What the database answers; the caller rolls back.
pub async fn process<F: Borrow<Fact> + Sync>(
    db: &mut PgConnection,
    directory: &Directory,
    facts: &[F],
) -> sqlx::Result<Vec<Verdict>> {
    let now = Utc::now();
    let facts: Vec<&Fact> = facts.iter().map(Borrow::borrow).collect();
    let mut received = read::received(db, &facts, now).await?;
    let mut verdicts = vec![Verdict::Committed; facts.len()];
    let mut fresh: Vec<(Option<usize>, Cow<'_, Fact>)> = Vec::new();
    for (i, fact) in facts.into_iter().enumerate() {
        let key = (fact.account, fact.inbound.key.clone());
        // A repeated claim gets today's answer, so it is always looked at.
        if fact.again || received.new.remove(&key) || matches!(fact.inbound.body, Some(Body::Claim(_))) {
            fresh.push((Some(i), Cow::Borrowed(fact)));
        }
    }
    let early = received.early.iter().filter_map(|(account, bytes)| early(directory, *account, bytes));
    fresh.extend(early.map(|fact| (None, Cow::Owned(fact))));
    let mut batch = Batch { now, directory: directory.clone(), ..Batch::default() };
    let places = prepare(db, &mut batch, &fresh).await?;
    for ((i, fact), place) in fresh.iter().zip(places) {
        let verdict = match batch.directory.account(fact.account) {
            Some(_) => batch.take(fact, place),
            None => batch.bury(fact, "no such account"),
        };
        if let Some(i) = i {
            verdicts[*i] = verdict;
        }
    }
    batch.settle_early();
    assign(db, &mut batch).await?;
    save(db, &batch).await?;
    Ok(verdicts)
}

/// Gives the conversation's unassigned current request to whom the rules name (the timer of a group).
///
/// # Errors
/// What the database answers.
pub async fn assign_conversation(db: &mut PgConnection, directory: &Directory, id: ConversationId) -> sqlx::Result<()> {
    let mut batch = Batch { now: Utc::now(), directory: directory.clone(), ..Batch::default() };
    let locked = read::lock_conversations(db, &[], &HashSet::from([id])).await?;
    batch.conversations = read::conversations(db, &locked.stands_for.values().copied().collect()).await?;
    batch.to_assign = batch.conversations.keys().copied().collect();
    assign(db, &mut batch).await?;
    save(db, &batch).await
}

/// A claim whose receipt never came: the outcome is unknown.
///
/// # Errors
/// What the database answers.
pub async fn claim_ended(
    db: &mut PgConnection,
    directory: &Directory,
    message: MessageId,
    nonce: &str,
) -> sqlx::Result<()> {
    let mut batch = Batch { now: Utc::now(), directory: directory.clone(), ..Batch::default() };
    let wanted = Wanted { messages: HashSet::from([message]), ..Wanted::default() };
    let referred = read::referred(db, &wanted).await?;
    lock(db, &mut batch, Vec::new(), &referred).await?;
    batch.messages = read::messages(db, &wanted.messages, &HashSet::new(), &HashMap::new()).await?;
    follow(&mut batch)?;
    let waiting = batch
        .messages
        .get(&message)
        .is_some_and(|m| m.status == contracts::inbox::MessageStatus::Sending && m.nonce == nonce);
    if waiting {
        batch.unknown(message);
    }
    save(db, &batch).await
}

/// An early fact as it was stored.
pub fn early(directory: &Directory, account: AccountId, bytes: &[u8]) -> Option<Fact> {
    let known = directory.account(account)?;
    let inbound = Inbound::decode(bytes).ok()?;
    let raw = bytes.to_vec().into();
    Some(Fact {
        account,
        channel: known.channel.clone(),
        part: known.part,
        sequence: 0,
        inbound,
        raw,
        again: false,
        stands_in: false,
        traceparent: String::new(),
    })
}

/// Locks and reads all that the facts concern. Returns the conversation of each fact, where it names one.
async fn prepare(
    db: &mut PgConnection,
    batch: &mut Batch,
    fresh: &[(Option<usize>, Cow<'_, Fact>)],
) -> sqlx::Result<Vec<Option<ConversationId>>> {
    let facts: Vec<&Fact> = fresh.iter().map(|(_, fact)| fact.as_ref()).collect();
    let people = people::find(db, &facts).await?;
    let hopeless = |one: ContactPointId, other: ContactPointId| batch.directory.apart.knows(one.0, other.0);
    let same = people.same.iter().filter(|(one, other)| !hopeless(*one, *other));
    batch.timers.extend(same.map(|(one, other)| merges::join_timer(*one, *other, batch.now)));
    let wanted = wanted(&facts);
    let referred = if wanted.is_empty() { Referred::default() } else { read::referred(db, &wanted).await? };
    let Places { threads, placed, links } = places_of(batch, &facts, &people, &referred);
    let mut named: Vec<Thread> = threads.iter().flatten().filter_map(Place::thread).collect();
    named.sort();
    named.dedup_by(|a, b| (&a.0, &a.1) == (&b.0, &b.1));
    let locked = lock(db, batch, named, &referred).await?;
    batch.references = referred.references.iter().map(|(key, (_, message))| (key.clone(), *message)).collect();
    batch.attachment_of.clone_from(&referred.attachments);
    batch.message_of_order.clone_from(&referred.orders);
    let places: Vec<Option<ConversationId>> =
        threads.iter().map(|place| place.as_ref().and_then(|place| locked.place(place))).collect();
    links.settle(batch, &placed, &places, &locked);
    read_messages(db, batch, &facts, &places, &referred).await?;
    refresh(batch, &facts, &places, &people);
    Ok(places)
}

/// Where a fact belongs.
#[derive(Clone)]
enum Place {
    Thread(Thread),
    /// The conversation of a message that it refers to, and whose that is.
    Known(ConversationId, Option<ContactPointId>),
}

impl Place {
    fn thread(&self) -> Option<Thread> {
        match self {
            Self::Thread(thread) => Some(thread.clone()),
            Self::Known(..) => None,
        }
    }

    /// Whose conversation it is; of a thread, who brought us there.
    const fn point(&self) -> Option<ContactPointId> {
        match self {
            Self::Thread(thread) => Some(thread.2),
            Self::Known(_, point) => *point,
        }
    }
}

/// The messages of the batch that are placed already, by the provider's key.
type Placed = HashMap<(AccountId, String), Place>;

/// Where each fact belongs, and what that shows.
struct Places {
    threads: Vec<Option<Place>>,
    placed: Placed,
    links: Links,
}

/// The place of each fact; what refers to a message of the same batch goes where that one went.
fn places_of(batch: &Batch, facts: &[&Fact], people: &People, referred: &Referred) -> Places {
    let mut placed: Placed = referred
        .references
        .iter()
        .map(|(key, (conversation, _))| (key.clone(), referred.place(*conversation)))
        .collect();
    let (mut threads, mut links) = (Vec::with_capacity(facts.len()), Links::default());
    for (number, fact) in facts.iter().enumerate() {
        let place = place(batch, fact, people, &placed);
        if let Some(place) = &place {
            links.note(number, fact, &placed, referred);
            for key in fact.brings() {
                placed.entry((fact.account, key.to_owned())).or_insert_with(|| place.clone());
            }
        }
        threads.push(place);
    }
    Places { threads, placed, links }
}

/// Thread: the adapter's key, else the person's conversation that a referred message is in, else the contact point's.
/// What a message refers to is the sender's word: it leads into no conversation of anybody else.
fn place(batch: &Batch, fact: &Fact, people: &People, placed: &Placed) -> Option<Place> {
    if !fact.opens_conversation() {
        return None;
    }
    let peer = fact.inbound.peer.as_ref()?;
    let point = people.of(fact)?;
    let thread_key = if fact.inbound.thread_key.is_empty() {
        let mut referred = fact.inbound.refers_to.iter().filter_map(|key| placed.get(&(fact.account, key.clone())));
        if let Some(place) = referred.find(|place| place.point() == Some(point)) {
            return Some(place.clone());
        }
        format!("cp:{point}")
    } else {
        fact.inbound.thread_key.clone()
    };
    let department = batch.directory.account(fact.account).and_then(|a| a.department);
    Some(Place::Thread((fact.account, thread_key, point, peer.reply_address.clone(), department)))
}

/// Locks and reads the conversations, and begins those that are missing.
async fn lock(
    db: &mut PgConnection,
    batch: &mut Batch,
    threads: Vec<Thread>,
    referred: &Referred,
) -> sqlx::Result<read::Locked> {
    let mut ids: HashSet<ConversationId> = referred.messages.values().copied().collect();
    ids.extend(referred.references.values().map(|(conversation, _)| *conversation));
    if threads.is_empty() && ids.is_empty() {
        return Ok(read::Locked::default());
    }
    let mut locked = read::lock_conversations(db, &threads, &ids).await?;
    if !locked.stands_for.is_empty() {
        batch.conversations = read::conversations(db, &locked.stands_for.values().copied().collect()).await?;
    }
    let missing: Vec<Thread> =
        threads.into_iter().filter(|t| !locked.threads.contains_key(&(t.0, t.1.clone()))).collect();
    if !missing.is_empty() {
        for begun in read::new_conversations(db, missing, batch.now).await? {
            locked.threads.extend(begun.new_thread.iter().map(|(key, _)| ((begun.account, key.clone()), begun.id)));
            locked.stands_for.insert(begun.id, begun.id);
            batch.conversations.insert(begun.id, begun);
        }
    }
    for (message, conversation) in &referred.messages {
        let stays = locked.stands_for.get(conversation).unwrap_or(conversation);
        batch.conversation_of.insert(*message, *stays);
    }
    Ok(locked)
}

async fn read_messages(
    db: &mut PgConnection,
    batch: &mut Batch,
    facts: &[&Fact],
    places: &[Option<ConversationId>],
    referred: &Referred,
) -> sqlx::Result<()> {
    let (mut under_way, mut read_up_to) = (HashSet::new(), HashMap::new());
    for (fact, place) in facts.iter().zip(places) {
        let Some(id) = place else { continue };
        if apply::asks_for_sends(&fact.inbound) {
            under_way.insert(*id);
        }
        if let Some(Body::Receipt(Receipt { read_up_to_position: position @ 1.., .. })) = &fact.inbound.body {
            let furthest: &mut i64 = read_up_to.entry(*id).or_default();
            *furthest = (*furthest).max(*position);
        }
    }
    let ids: HashSet<_> = referred.messages.keys().copied().collect();
    if ids.is_empty() && under_way.is_empty() && read_up_to.is_empty() {
        return Ok(());
    }
    batch.messages = read::messages(db, &ids, &under_way, &read_up_to).await?;
    follow(batch)
}

/// Where the messages in hand are. One that a stretch of a merge has moved since it was looked up is in a conversation
/// that we hold no lock of: the attempt begins anew.
fn follow(batch: &mut Batch) -> sqlx::Result<()> {
    for message in batch.messages.values() {
        if *batch.conversation_of.entry(message.id).or_insert(message.conversation) != message.conversation {
            return Err(store::Conflict.into());
        }
    }
    Ok(())
}

/// What every inbound fact tells of its conversation: where to answer, and until when.
/// Where many people write into one thread that the channel names, that is the last one's address; what somebody merely
/// referred to changes nobody else's.
fn refresh(batch: &mut Batch, facts: &[&Fact], places: &[Option<ConversationId>], people: &People) {
    for (fact, place) in facts.iter().zip(places) {
        let Some(conversation) = place.and_then(|id| batch.conversations.get_mut(&id)) else { continue };
        let own = !fact.inbound.thread_key.is_empty() || people.of(fact) == Some(conversation.point);
        if let Some(peer) = &fact.inbound.peer
            && !peer.reply_address.is_empty()
            && own
        {
            conversation.reply_address.clone_from(&peer.reply_address);
        }
        if let Some(until) = fact.inbound.reply_until.as_ref().and_then(crate::time::from_proto) {
            conversation.reply_until = Some(conversation.reply_until.map_or(until, |known| known.max(until)));
        }
    }
}

fn wanted(facts: &[&Fact]) -> Wanted {
    let mut wanted = Wanted::default();
    for fact in facts {
        let inbound = &fact.inbound;
        let key = |key: &String| (!key.is_empty()).then(|| (fact.account, key.clone()));
        wanted.keys.extend(inbound.refers_to.iter().filter_map(key));
        wanted.keys.extend(key(&inbound.message_key));
        match &inbound.body {
            Some(Body::Claim(claim)) => wanted.messages.extend(claim.message_id.parse::<MessageId>().ok()),
            Some(Body::Released(released)) => wanted.messages.extend(released.message_id.parse::<MessageId>().ok()),
            Some(Body::Receipt(receipt)) => {
                wanted.messages.extend(receipt.message_id.parse::<MessageId>().ok());
                if receipt.status() != ReceiptStatus::Sent {
                    wanted.keys.extend(receipt.provider_keys.iter().filter_map(key));
                }
            }
            Some(Body::Deletion(deletion)) => wanted.keys.extend(deletion.more_keys.iter().filter_map(key)),
            Some(Body::AttachmentStored(stored)) => {
                let id = stored.attachment.as_ref().and_then(|a| a.attachment_id.parse::<AttachmentId>().ok());
                wanted.attachments.extend(id);
            }
            Some(Body::OrderResult(result)) => wanted.orders.extend(result.order_id.parse::<OrderId>().ok()),
            _ => {}
        }
    }
    wanted
}

impl Referred {
    fn place(&self, conversation: ConversationId) -> Place {
        Place::Known(conversation, self.points.get(&conversation).copied())
    }
}

impl Wanted {
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.messages.is_empty() && self.attachments.is_empty() && self.orders.is_empty()
    }
}

/// Gives new requests to whom their account names; one statement for all of them, none where all wait in queues.
async fn assign(db: &mut PgConnection, batch: &mut Batch) -> sqlx::Result<()> {
    let accounts: HashSet<AccountId> = batch
        .to_assign
        .iter()
        .filter_map(|id| batch.directory.account(batch.conversations.get(id)?.account))
        .filter(|account| !account.employees.is_empty())
        .map(|account| account.id)
        .collect();
    let turns = if accounts.is_empty() { HashMap::new() } else { read::turns(db, &accounts).await? };
    for id in std::mem::take(&mut batch.to_assign) {
        let Some(conversation) = batch.conversations.get_mut(&id) else { continue };
        let Some(account) = batch.directory.account(conversation.account) else { continue };
        let Some(request) = conversation.request.as_mut().filter(|r| r.is_open() && r.assignee.is_none()) else {
            continue;
        };
        let (next, states) = turns.get(&account.id).cloned().unwrap_or_default();
        let next = batch.rotations.get(&account.id).copied().unwrap_or(next);
        let eligible = requests::eligible(next, &account.employees, &states);
        let next = requests::assign(request, &account, &eligible);
        batch.audit.extend(request.assignee.map(|employee| requests::Audit {
            action: "assigned",
            request: request.id,
            after: serde_json::json!({ "assignee_employee_id": employee }),
        }));
        batch.rotations.insert(account.id, next);
        conversation.request_changed = true;
        conversation.changed = true;
        requests::mirror(conversation);
    }
    Ok(())
}

/// Conversations go first: what is kept of them beside (failed sends) looks for their row.
async fn save(db: &mut PgConnection, batch: &Batch) -> sqlx::Result<()> {
    write::conversations(db, batch).await?;
    if !batch.new_messages.is_empty() || !batch.new_references.is_empty() {
        write::new_messages(db, batch).await?;
    }
    write::changed_messages(db, batch).await?;
    write::rest(db, batch).await
}
