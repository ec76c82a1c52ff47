//! Orders, carried out. One order is one creating call at Meta, whose answers we never repeat blindly: nothing but our
//! own mark tells whether a message that got no answer went out.

mod change;
mod file;
mod plan;
mod template;

use std::collections::VecDeque;

use contracts::channel::{Failure, FailureReason as R, Order, SendOrder, order::Body};
use gateway_kit::{Media, SendOutcome, Sent, prepared, words::fit};
use parking_lot::Mutex;
use plan::Plan;
use serde_json::{Value, json};

use crate::{
    address::{Mark, Place},
    client::Client,
    error::{CallError, outcome, refused},
    wire,
};

/// Conversations whose last read message is remembered.
const READ_MOST: usize = 512;

/// The last message that was read in each conversation: "typing" must name one. Losing it costs comfort only.
#[derive(Default)]
pub struct LastRead(Mutex<VecDeque<(Place, String)>>);

impl LastRead {
    fn put(&self, place: Place, message: &str) {
        let mut known = self.0.lock();
        known.retain(|(other, _)| *other != place);
        if known.len() >= READ_MOST {
            known.pop_front();
        }
        known.push_back((place, message.to_owned()));
    }

    fn get(&self, place: &Place) -> Option<String> {
        self.0.lock().iter().find(|(known, _)| known == place).map(|(_, message)| message.clone())
    }
}

/// What speaks for one number.
pub struct Sender<'a> {
    pub client: &'a Client,
    pub number: &'a str,
    pub last_read: &'a LastRead,
}

impl Sender<'_> {
    /// Carries out one order.
    pub async fn order(&self, order: &Order, media: &Media) -> SendOutcome {
        match &order.body {
            Some(Body::Send(send)) => match place(order) {
                Some(place) => self.message(&place, send, media).await,
                None => refused(R::Unreachable, "the conversation has no address at WhatsApp"),
            },
            Some(Body::MarkRead(read)) => self.mark_read(place(order), read).await,
            Some(Body::React(react)) => self.react(place(order), react).await,
            // A press of a button is a message at WhatsApp, and waits for nothing.
            Some(Body::AnswerCallback(_)) => SendOutcome::Accepted(Sent::default()),
            Some(Body::Edit(_) | Body::Delete(_)) => {
                refused(R::NotSupported, "WhatsApp lets a business neither edit nor delete what it has sent")
            }
            _ => refused(R::NotSupported, "an order of a kind that is not known"),
        }
    }

    async fn message(&self, place: &Place, order: &SendOrder, media: &Media) -> SendOutcome {
        let content = order.content.clone().unwrap_or_default();
        let preparing = async { self.filled(Plan::make(content, media).await?).await };
        let body = match prepared(order.attempt, preparing).await {
            Ok(body) => body,
            Err(outcome) => return outcome,
        };
        let mark = Mark { message_id: order.message_id.clone(), attempt: order.attempt };
        let answered = Some(order.reply_to_key.as_str()).filter(|key| !key.is_empty());
        let envelope = envelope(place, body, &mark.to_string(), answered);
        match self.send(&envelope).await {
            Ok(sent) => SendOutcome::Accepted(receipt(sent)),
            Err(error) => outcome(error, order.attempt),
        }
    }

    /// Uploads the file that a plan needs; the message itself is not begun.
    async fn filled(&self, plan: Plan) -> Result<Value, SendOutcome> {
        match plan {
            Plan::Plain(body) => Ok(body),
            Plan::WithFile(with) => {
                let id = with.upload(self.client, self.number).await.map_err(not_begun)?;
                Ok(with.body(&id))
            }
        }
    }

    async fn send(&self, envelope: &Value) -> Result<wire::Sent, CallError> {
        self.client.post(&format!("{}/messages", self.number), envelope).await
    }
}

/// An upload that went wrong has sent nothing; what is wrong with it is wrong with the file.
fn not_begun(error: CallError) -> SendOutcome {
    match outcome(error, 1) {
        SendOutcome::Refused(failure) if failure.reason() == R::Rejected => {
            SendOutcome::Refused(Failure { reason: R::FileRejected.into(), ..failure })
        }
        SendOutcome::Unknown { text } => SendOutcome::NotSent { text },
        SendOutcome::Accepted(_) => SendOutcome::NotSent { text: "an upload gave no id".into() },
        other => other,
    }
}

fn place(order: &Order) -> Option<Place> {
    let target = order.target.as_ref()?;
    Place::parse(&target.reply_address).or_else(|| Place::parse(&target.address))
}

/// A message's body, with whom it is for and what it answers.
fn envelope(place: &Place, body: Value, mark: &str, answered: Option<&str>) -> Value {
    let mut whole = json!({ "messaging_product": "whatsapp", "biz_opaque_callback_data": mark });
    if let Some(key) = answered {
        whole["context"] = json!({ "message_id": key });
    }
    for part in [place.fields(), body] {
        if let (Value::Object(whole), Value::Object(part)) = (&mut whole, part) {
            whole.extend(part);
        }
    }
    whole
}

/// The date is that of the status "sent", which comes by webhook.
fn receipt(sent: wire::Sent) -> Sent {
    let provider_keys = sent.messages.into_iter().map(|message| fit(message.id)).collect();
    Sent { provider_keys, ..Sent::default() }
}
