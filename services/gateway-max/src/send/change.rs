//! Orders that change what is there. Each may be repeated: a second run ends like the first.

use contracts::channel::{AnswerCallbackOrder, DeleteOrder, EditOrder, FailureReason as R};
use egress::Method;
use gateway_kit::SendOutcome;
use serde_json::json;

use super::plan::{check_length, keyboard};
use crate::{
    client::Client,
    error::{CallError, done, outcome, refused},
    normalize::markup,
};

const ANSWER_CHARS: usize = 200;

fn no_target() -> SendOutcome {
    refused(R::Rejected, "the message has no key at MAX")
}

/// Changes text and buttons. Files stay: without `attachments` MAX keeps what is there.
pub async fn edit(client: &Client, order: &EditOrder) -> SendOutcome {
    let Some(mid) = order.message_keys.first().filter(|mid| !mid.is_empty()) else { return no_target() };
    let content = order.content.clone().unwrap_or_default();
    let text = content.text.trim_end();
    if let Err(refusal) = check_length(text) {
        return refusal;
    }
    let buttons = match keyboard(&content.buttons) {
        Ok(buttons) => buttons,
        Err(refusal) => return refusal,
    };
    let html = markup::html(text, &content.spans);
    let mut body = json!({ "text": html.as_deref().unwrap_or(text) });
    if html.is_some() {
        body["format"] = json!("html");
    }
    if let Some(buttons) = buttons.filter(|_| content.attachments.is_empty()) {
        body["attachments"] = json!([buttons]);
    }
    let query = [("message_id", mid.clone())];
    client
        .write(Method::PUT, &["messages"], &query, Some(&body))
        .await
        .map_or_else(|error| outcome(&error), |()| done())
}

/// Deletes for both sides; what is gone already is done.
pub async fn delete(client: &Client, order: &DeleteOrder) -> SendOutcome {
    if order.message_keys.iter().all(String::is_empty) {
        return no_target();
    }
    for mid in &order.message_keys {
        let query = [("message_id", mid.clone())];
        match client.write(Method::DELETE, &["messages"], &query, None).await {
            Err(error) if !error.is_gone() => return outcome(&error),
            _ => {}
        }
    }
    done()
}

/// Ends the waiting of a pressed button. One that MAX no longer knows has ended by itself.
pub async fn answer_callback(client: &Client, order: &AnswerCallbackOrder) -> SendOutcome {
    let text: String = order.text.chars().take(ANSWER_CHARS).collect();
    let body = if text.is_empty() { json!({}) } else { json!({ "notification": text }) };
    let query = [("callback_id", order.callback_id.clone())];
    match client.write(Method::POST, &["answers"], &query, Some(&body)).await {
        Ok(()) | Err(CallError::Refused { status: 200 | 400 | 404, .. }) => done(),
        Err(error) => outcome(&error),
    }
}
