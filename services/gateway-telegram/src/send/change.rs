//! Orders that change what is there. Each may be repeated: a second run ends like the first.

use contracts::channel::{
    AnswerCallbackOrder, Content, DeleteOrder, EditOrder, FailureReason as R, MarkReadOrder, ReactOrder,
};
use gateway_kit::{SendOutcome, Sent};
use serde_json::Value;
use teloxide_core::{
    payloads::{
        AnswerCallbackQuery, DeleteBusinessMessages, DeleteMessages, EditMessageCaption, EditMessageText,
        ReadBusinessMessage, SetMessageReaction,
    },
    types::{BusinessConnectionId, CallbackQueryId, ChatId, MessageId, ReactionType},
};

use super::plan::markup;
use crate::{
    address::MessageKey,
    client::Client,
    error::{CallError, outcome, refused},
    normalize::entities::entities,
};

/// `deleteMessages` takes so many at once.
const DELETE_MOST: usize = 100;

/// `answerCallbackQuery` shows so many characters.
const ANSWER_CHARS: usize = 200;

type Answered = Result<Value, CallError>;

/// A message of ours at Telegram, in the types of its calls.
struct Target {
    business: Option<BusinessConnectionId>,
    chat: ChatId,
    message: MessageId,
}

fn target(key: &str) -> Option<Target> {
    let MessageKey { business, chat, message } = MessageKey::parse(key)?;
    let message = MessageId(i32::try_from(message).ok()?);
    Some(Target { business: business.map(BusinessConnectionId), chat: ChatId(chat), message })
}

fn no_target() -> SendOutcome {
    refused(R::Rejected, "the message has no key at Telegram")
}

fn done() -> SendOutcome {
    SendOutcome::Accepted(Sent::default())
}

fn ended(answer: Answered) -> SendOutcome {
    answer.map_or_else(outcome, |_| done())
}

/// Changes text and buttons; of an album, the text under its first file.
pub async fn edit(client: &Client, order: &EditOrder) -> SendOutcome {
    let Some(target) = order.message_keys.first().and_then(|key| target(key)) else { return no_target() };
    let content = order.content.clone().unwrap_or_default();
    let is_caption = !content.attachments.is_empty();
    let first = edit_as(client, &target, &content, is_caption).await;
    match first {
        // What it was sent as is Telegram's to say.
        Ok(Err(CallError::Refused(text))) if is_other_form(&text) => {
            edit_as(client, &target, &content, !is_caption).await.map_or_else(|refusal| refusal, ended)
        }
        first => first.map_or_else(|refusal| refusal, ended),
    }
}

fn is_other_form(text: &str) -> bool {
    text.contains("there is no text in the message to edit") || text.contains("there is no caption in the message")
}

async fn edit_as(
    client: &Client,
    target: &Target,
    content: &Content,
    is_caption: bool,
) -> Result<Answered, SendOutcome> {
    let text = content.text.trim_end();
    super::plan::check_length(text, is_caption)?;
    let reply_markup = markup(&content.buttons)?;
    let formatting = Some(entities(text, &content.spans));
    let business_connection_id = target.business.clone();
    if is_caption {
        return Ok(client
            .call(EditMessageCaption {
                caption: Some(text.to_owned()),
                caption_entities: formatting,
                business_connection_id,
                reply_markup,
                ..EditMessageCaption::new(target.chat, target.message)
            })
            .await);
    }
    let payload = EditMessageText {
        entities: formatting,
        business_connection_id,
        reply_markup,
        ..EditMessageText::new(target.chat, target.message, text)
    };
    Ok(client.call(payload).await)
}

/// Deletes for both sides. Telegram passes over what is gone already.
pub async fn delete(client: &Client, order: &DeleteOrder) -> SendOutcome {
    let targets: Vec<_> = order.message_keys.iter().filter_map(|key| target(key)).collect();
    if targets.is_empty() {
        return no_target();
    }
    let together = |a: &Target, b: &Target| a.chat == b.chat && a.business == b.business;
    for group in targets.chunk_by(together).flat_map(|group| group.chunks(DELETE_MOST)) {
        let ended = ended(delete_group(client, group).await);
        if !matches!(ended, SendOutcome::Accepted(_)) {
            return ended;
        }
    }
    done()
}

async fn delete_group(client: &Client, group: &[Target]) -> Answered {
    let ids = group.iter().map(|target| target.message);
    match &group[0].business {
        Some(business) => client.call(DeleteBusinessMessages::new(business.clone(), ids)).await,
        None => client.call(DeleteMessages::new(group[0].chat, ids)).await,
    }
}

/// Only chats of a business account know reading; elsewhere there is nothing to tell.
pub async fn mark_read(client: &Client, order: &MarkReadOrder) -> SendOutcome {
    let targets = order.message_keys.iter().filter_map(|key| target(key));
    let latest = targets.filter(|target| target.business.is_some()).max_by_key(|target| target.message.0);
    match latest {
        Some(Target { business: Some(business), chat, message }) => {
            ended(client.call(ReadBusinessMessage::new(business, chat, message)).await)
        }
        _ => done(),
    }
}

pub async fn react(client: &Client, order: &ReactOrder) -> SendOutcome {
    let Some(target) = target(&order.message_key) else { return no_target() };
    if target.business.is_some() {
        return refused(R::NotSupported, "Telegram has no reactions in the name of a business account");
    }
    let emoji = Some(order.emoji.clone()).filter(|emoji| !emoji.is_empty());
    let reaction = emoji.map(|emoji| ReactionType::Emoji { emoji }).into_iter().collect();
    let payload =
        SetMessageReaction { reaction: Some(reaction), ..SetMessageReaction::new(target.chat, target.message) };
    ended(client.call(payload).await)
}

/// Ends the waiting of a pressed button. A query that is too old has ended by itself.
pub async fn answer_callback(client: &Client, order: &AnswerCallbackOrder) -> SendOutcome {
    let text: String = order.text.chars().take(ANSWER_CHARS).collect();
    let payload = AnswerCallbackQuery {
        text: (!text.is_empty()).then_some(text),
        ..AnswerCallbackQuery::new(CallbackQueryId(order.callback_id.clone()))
    };
    ended(client.call(payload).await)
}
