//! Orders, carried out. One order is one creating call at Telegram, repeated only where the first surely did nothing
//! and Telegram has said what to change.

mod album;
mod change;
mod file;
mod plan;
mod single;

use chrono::DateTime;
use contracts::channel::{FailureReason, Order, SendOrder, order::Body};
use gateway_kit::{Media, SendOutcome, Sent};
use plan::{Plan, What};
use serde_json::Value;
use teloxide_core::{
    payloads::{SendChatAction, SendChatActionSetters as _},
    types::{BusinessConnectionId, ChatAction, ChatId, MessageId, ReplyParameters, ThreadId},
};

use crate::{
    address::{MessageKey, Place},
    client::Client,
    error::{CallError, Verdict, outcome, refused, verdict},
    wire::SentMessage,
};

/// The first, and one more for each of: the group moved, the message to answer is gone, the picture is no photo.
const TRIES: usize = 4;

/// Carries out one order.
pub async fn order(client: &Client, order: &Order, media: &Media) -> SendOutcome {
    match &order.body {
        Some(Body::Send(send)) => match place(order) {
            Some(place) => message(client, place, send, media).await,
            None => refused(FailureReason::Unreachable, "the conversation has no address at Telegram"),
        },
        Some(Body::Edit(edit)) => change::edit(client, edit).await,
        Some(Body::Delete(delete)) => change::delete(client, delete).await,
        Some(Body::MarkRead(read)) => change::mark_read(client, read).await,
        Some(Body::React(react)) => change::react(client, react).await,
        Some(Body::AnswerCallback(answer)) => change::answer_callback(client, answer).await,
        Some(Body::FetchAttachment(_) | Body::ParseAgain(_) | Body::RefreshTemplates(_)) | None => {
            refused(FailureReason::NotSupported, "an order of a kind that is not known")
        }
    }
}

/// Shows the person "typing" for five seconds, if it can.
pub async fn typing(client: &Client, address: &str, reply_address: &str) {
    let Some(place) = Place::parse(if reply_address.is_empty() { address } else { reply_address }) else { return };
    if place.direct.is_some() {
        return; // Telegram shows no typing there.
    }
    let mut payload = SendChatAction::new(ChatId(place.chat), ChatAction::Typing);
    if let Some(business) = place.business.clone() {
        payload = payload.business_connection_id(BusinessConnectionId(business));
    }
    if let Some(topic) = topic(&place) {
        payload = payload.message_thread_id(topic);
    }
    let _: Result<Value, _> = client.call_within(client.deadlines.aside, payload).await;
}

fn place(order: &Order) -> Option<Place> {
    let target = order.target.as_ref()?;
    Place::parse(&target.reply_address).or_else(|| Place::parse(&target.address))
}

/// Where and how one message goes.
struct To {
    place: Place,
    reply_to: Option<MessageId>,
}

impl To {
    fn chat(&self) -> ChatId {
        ChatId(self.place.chat)
    }

    fn business(&self) -> Option<BusinessConnectionId> {
        self.place.business.clone().map(BusinessConnectionId)
    }

    fn topic(&self) -> Option<ThreadId> {
        topic(&self.place)
    }

    /// The topic of a channel's direct messages.
    fn direct(&self) -> Option<i64> {
        self.place.direct
    }

    /// A missing target must be told, not passed over in silence: then it is sent without, and we know.
    fn reply(&self) -> Option<ReplyParameters> {
        let reply = ReplyParameters { allow_sending_without_reply: Some(false), ..ReplyParameters::default() };
        self.reply_to.map(|message_id| ReplyParameters { message_id, ..reply })
    }
}

fn topic(place: &Place) -> Option<ThreadId> {
    place.topic.and_then(|topic| i32::try_from(topic).ok()).map(|topic| ThreadId(MessageId(topic)))
}

/// The message that a key names, when it is in this chat: a group that moved left its old messages behind.
fn reply_target(key: &str, place: &Place) -> Option<MessageId> {
    let key = MessageKey::parse(key).filter(|key| key.chat == place.chat)?;
    i32::try_from(key.message).ok().map(MessageId)
}

async fn message(client: &Client, place: Place, order: &SendOrder, media: &Media) -> SendOutcome {
    let content = order.content.clone().unwrap_or_default();
    let mut plan = match Plan::make(content, media, client.deliveries.upload_bytes()).await {
        Ok(plan) => plan,
        Err(outcome) => return outcome,
    };
    let mut to = To { reply_to: reply_target(&order.reply_to_key, &place), place };
    let mut moved = false;
    for _ in 0..TRIES {
        let error = match once(client, &to, &plan).await {
            Ok(sent) => return SendOutcome::Accepted(receipt(&sent, &to.place, moved)),
            Err(error) => error,
        };
        match &error {
            CallError::Migrated(chat) if !moved => {
                to = To { place: Place::chat(*chat), reply_to: None };
                moved = true;
            }
            CallError::Refused(text) if verdict(text) == Verdict::ReplyGone && to.reply_to.is_some() => {
                to.reply_to = None;
            }
            CallError::Refused(text) if verdict(text) == Verdict::AsDocument && plan.send_as_documents() => {}
            _ => return outcome(error),
        }
    }
    refused(FailureReason::Rejected, "Telegram refused the message in every form")
}

async fn once(client: &Client, to: &To, plan: &Plan) -> Result<Vec<SentMessage>, CallError> {
    match &plan.what {
        What::Album(files) => album::send(client, to, plan, files).await,
        _ => single::send(client, to, plan).await.map(|sent| vec![sent]),
    }
}

fn receipt(sent: &[SentMessage], place: &Place, moved: bool) -> Sent {
    let key = |sent: &SentMessage| {
        let business = sent.business_connection_id.clone().or_else(|| place.business.clone());
        MessageKey { business, chat: sent.chat.id, message: sent.message_id }.to_string()
    };
    let first = sent.first();
    Sent {
        provider_keys: sent.iter().map(key).collect(),
        shown_at: first.and_then(|sent| DateTime::from_timestamp(sent.date, 0)),
        position: first.map_or(0, |sent| sent.message_id),
        new_reply_address: moved.then(|| place.to_string()),
    }
}
