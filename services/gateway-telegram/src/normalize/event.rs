use contracts::channel::{
    AccountHealth, AccountState, Blocked, ButtonCallback, ConversationStarted, Deletion, Inbound, Reaction, Unblocked,
    inbound::Body,
};
use gateway_kit::words::{short_hash, storable};
use prost::Message as _;

use super::{message::natural_key, peer, time};
use crate::{
    address::{Place, is_plain_id},
    describe::{REMEDY_BUSINESS, text},
    wire::{
        BusinessConnection, CallbackQuery, ChatMemberUpdated, DeletedBusinessMessages, Message, MessageReaction,
        ReactionType,
    },
};

/// A pressed button. Router answers it by the id, which Telegram keeps for 150 s.
pub fn callback(query: CallbackQuery) -> Result<Vec<Inbound>, String> {
    let data = query.data.as_deref().map(storable).unwrap_or_default();
    let title = query.message.as_ref().and_then(|message| pressed(message, &data)).unwrap_or_default();
    let body = Body::ButtonCallback(ButtonCallback { data, title, callback_id: query.id.clone() });
    let fact = Inbound { key: format!("cb:{}", query.id), body: Some(body), ..Inbound::default() };
    let Some(message) = query.message else {
        return Ok(vec![Inbound { peer: Some(peer::of_user(&query.from)), ..fact }]);
    };
    if message.business_connection_id.as_deref().is_some_and(|id| !is_plain_id(id)) {
        return Err("a business connection's id of an unknown form".into());
    }
    let place = Place::of(&message);
    Ok(vec![Inbound {
        sent_on: time(message.date),
        thread_key: place.thread_key(),
        message_key: natural_key(&message),
        peer: peer::of_direct(&message).or_else(|| Some(peer::of_chat(&message.chat, &place, Some(&query.from)))),
        ..fact
    }])
}

fn pressed(message: &Message, data: &str) -> Option<String> {
    let mut buttons = message.reply_markup.as_ref()?.inline_keyboard.as_ref()?.iter().flatten();
    buttons.find(|button| button.callback_data.as_deref() == Some(data)).map(|button| storable(&button.text))
}

/// The reactions of one person now; those of a chat in its own name are nobody's.
pub fn reaction(update: &MessageReaction) -> Vec<Inbound> {
    let Some(user) = &update.user else { return Vec::new() };
    let emojis: Vec<_> = update.new_reaction.iter().filter_map(emoji).take(20).collect();
    let place = Place::chat(update.chat.id);
    let natural = place.message(update.message_id).to_string();
    let reaction = Reaction { emojis };
    let hash = short_hash(&reaction.encode_to_vec());
    vec![Inbound {
        key: format!("react:{natural}:{}:{}:{hash}", user.id, update.date),
        sent_on: time(update.date),
        shown_at: time(update.date),
        message_key: natural,
        peer: Some(peer::of_chat(&update.chat, &place, Some(user))),
        body: Some(Body::Reaction(reaction)),
        ..Inbound::default()
    }]
}

/// A custom emoji is a picture that we do not have.
fn emoji(reaction: &ReactionType) -> Option<String> {
    match reaction.kind.as_str() {
        "emoji" => reaction.emoji.as_deref().map(storable),
        "paid" => Some("⭐".into()),
        _ => Some("❔".into()),
    }
}

/// What became of the bot itself in a chat: a person blocks it or lets it in again, a group adds or removes it.
pub fn member(update: &ChatMemberUpdated) -> Vec<Inbound> {
    let was_in = is_in(&update.old_chat_member.status);
    let status = &update.new_chat_member.status;
    let body = match (peer::is_private(&update.chat), is_in(status)) {
        _ if update.chat.kind == "channel" => return Vec::new(),
        (_, false) => Body::Blocked(Blocked {}),
        (true, true) => Body::Unblocked(Unblocked {}),
        (false, true) if was_in => return Vec::new(), // Only its rights changed.
        (false, true) => Body::ConversationStarted(ConversationStarted::default()),
    };
    let place = Place::chat(update.chat.id);
    vec![Inbound {
        key: format!("member:{}:{}:{status}", update.chat.id, update.date),
        sent_on: time(update.date),
        shown_at: time(update.date),
        peer: Some(peer::of_chat(&update.chat, &place, Some(&update.from))),
        body: Some(body),
        ..Inbound::default()
    }]
}

fn is_in(status: &str) -> bool {
    !matches!(status, "kicked" | "left")
}

/// The only deletions that a bot learns of.
pub fn deleted(update: &DeletedBusinessMessages) -> Result<Vec<Inbound>, String> {
    if !is_plain_id(&update.business_connection_id) {
        return Err("a business connection's id of an unknown form".into());
    }
    let business = Some(update.business_connection_id.clone());
    let place = Place { business, ..Place::chat(update.chat.id) };
    let mut keys = update.message_ids.iter().map(|id| place.message(*id).to_string());
    let Some(message_key) = keys.next() else { return Ok(Vec::new()) };
    let deletion = Deletion { more_keys: keys.collect() };
    let hash = short_hash(format!("{message_key} {}", deletion.more_keys.join(" ")).as_bytes());
    Ok(vec![Inbound {
        key: format!("del:{}|{}:{hash}", update.business_connection_id, update.chat.id),
        thread_key: place.thread_key(),
        message_key,
        peer: Some(peer::of_chat(&update.chat, &place, None)),
        body: Some(Body::Deletion(deletion)),
        ..Inbound::default()
    }])
}

/// A person took the bot off their account, or the right to answer. That all is well again needs no fact: the kit tells
/// the account's state every few minutes.
pub fn connection(update_id: i64, update: &BusinessConnection) -> Vec<Inbound> {
    let can_reply = update.rights.as_ref().map_or(update.can_reply.unwrap_or(true), |rights| rights.can_reply);
    let who = peer::user_name(&update.user);
    let problem = match (update.is_enabled, can_reply) {
        (true, true) => return Vec::new(),
        (true, false) => text(
            &format!("{who}: у бота нет права отвечать"),
            &format!("{who} did not give the bot the right to answer"),
        ),
        (false, _) => text(
            &format!("{who}: бот отключён от Telegram Business"),
            &format!("{who} has disconnected the bot from Telegram Business"),
        ),
    };
    let state = AccountState {
        health: AccountHealth::Degraded.into(),
        problem: problem.en.clone(),
        remedy_key: REMEDY_BUSINESS.into(),
        identity: String::new(),
        problem_text: Some(problem),
    };
    // The connection's date stays the same while its rights change, so the update itself tells the changes apart.
    vec![Inbound {
        key: format!("bconn:{}:{update_id}", update.id),
        sent_on: time(update.date),
        body: Some(Body::AccountState(state)),
        ..Inbound::default()
    }]
}
