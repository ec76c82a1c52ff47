use serde_json::{Map, Value, json};

use super::error::{Answer, ApiError};
use super::params::Params;
use super::state::{Bot, ChatKey, Common, Shared, Standing};

/// The chat that a call is about, and whether the bot may write there.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) key: ChatKey,
    /// As a `Chat`.
    pub(super) chat: Value,
    /// Who appears as the sender, as a `User`: the owner of the business account, otherwise the bot.
    pub(super) from: Value,
}

impl Target {
    /// The chat of `chat_id` and `business_connection_id`, which the bot must be allowed to write to.
    pub(super) fn writable(shared: &Shared, common: &Common, bot: &Bot, params: &Params) -> Answer<Self> {
        let target = Self::known(common, bot, params)?;
        if target.key.business.is_empty() {
            may_write(bot, &target.key)?;
        } else {
            let connection = &bot.connections[&target.key.business];
            let last_incoming = bot.chats.get(&target.key).and_then(|chat| chat.last_incoming);
            connection.may_write(last_incoming, shared.clock.now())?;
        }
        Ok(target)
    }

    /// The chat, whether the bot may write there or not.
    pub(super) fn known(common: &Common, bot: &Bot, params: &Params) -> Answer<Self> {
        let chat_id = chat_id(params)?;
        let business = params.non_empty("business_connection_id").unwrap_or_default();
        let from = if business.is_empty() {
            bot.user()
        } else {
            let connection = bot.connections.get(&business);
            connection.ok_or_else(|| ApiError::bad("BUSINESS_CONNECTION_INVALID"))?.owner.user()
        };
        let key = ChatKey { business, chat_id };
        let group = bot.chats.get(&key).and_then(|chat| chat.object.clone());
        let person = common.people.get(&chat_id).map(super::state::Person::chat);
        let chat = group.or(person).ok_or_else(|| ApiError::bad("chat not found"))?;
        Ok(Self { key, chat, from })
    }
}

fn chat_id(params: &Params) -> Answer<i64> {
    let text = params.non_empty("chat_id").ok_or_else(|| ApiError::bad("chat_id is empty"))?;
    // The fake knows no public chats, so a @username is unknown like any other word.
    text.trim().parse().map_err(|_| ApiError::bad("chat not found"))
}

fn may_write(bot: &Bot, key: &ChatKey) -> Answer<()> {
    match bot.chats.get(key).map(|chat| chat.standing).unwrap_or_default() {
        Standing::Open => Ok(()),
        Standing::NeverStarted => Err(ApiError::forbidden("bot can't initiate conversation with a user")),
        Standing::Blocked => Err(ApiError::forbidden("bot was blocked by the user")),
        Standing::Deactivated => Err(ApiError::forbidden("user is deactivated")),
        Standing::Kicked => Err(ApiError::forbidden("bot was kicked from the supergroup chat")),
        Standing::MigratedTo(new) => Err(ApiError::migrated(new)),
    }
}

/// The message of `message_id` in the chat.
pub(super) fn message_id(params: &Params) -> Answer<i64> {
    let id = params.integer("message_id").ok().flatten().filter(|id| *id > 0);
    id.ok_or_else(|| ApiError::bad("message identifier is not specified"))
}

/// The fields that make a message an answer to another one.
pub(super) fn reply_fields(bot: &Bot, key: &ChatKey, params: &Params) -> Answer<Map<String, Value>> {
    let mut fields = Map::new();
    let parameters = match params.nested("reply_parameters")? {
        Some(parameters) => parameters,
        None => json!({
            "message_id": params.integer("reply_to_message_id")?,
            "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
        }),
    };
    let wanted = match &parameters["message_id"] {
        Value::Null => return Ok(fields),
        id => id.as_i64().ok_or_else(|| ApiError::bad("can't parse reply parameters JSON object"))?,
    };
    let there = bot.chats.get(key).and_then(|chat| chat.messages.get(&wanted));
    match there {
        Some(message) => {
            let mut message = message.clone();
            if let Some(message) = message.as_object_mut() {
                message.remove("reply_to_message");
            }
            fields.insert("reply_to_message".into(), message);
        }
        None if parameters["allow_sending_without_reply"] == true => {}
        None => return Err(ApiError::bad("message to be replied not found")),
    }
    Ok(fields)
}
