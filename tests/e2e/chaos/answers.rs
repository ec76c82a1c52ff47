//! Operators: each takes what waits and answers, one reply after another, as a page does whose calls may fail.

use std::{collections::HashMap, sync::Arc, time::Duration};

use contracts::inbox::{ConversationView, ListConversationsRequest, SendMessageRequest, TakeRequestRequest};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::{
    dice::Dice,
    ledger::{Ledger, Reply},
};
use crate::{deeds::reply, operator::Operator};

/// How long a call may take before it is made again.
pub const CALL: Duration = Duration::from_secs(5);
/// An operator answers in this many of the latest conversations.
const ATTENTION: usize = 8;

/// Takes and answers until `stop`, about three replies in two seconds; the last one is brought to its end.
pub async fn answer(operator: Operator, ledger: Arc<Ledger>, mut dice: Dice, stop: CancellationToken) {
    let mut taken: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, u64> = HashMap::new();
    while !stop.is_cancelled() {
        sleep(dice.milliseconds(300..1_000)).await;
        taken.extend(timeout(CALL, take_one(&operator)).await.ok().flatten());
        let latest = &taken[taken.len().saturating_sub(ATTENTION)..];
        if latest.is_empty() {
            continue;
        }
        let conversation = dice.pick(latest).clone();
        let number = numbers.entry(conversation.clone()).or_default();
        *number += 1;
        send(&operator, &ledger, reply(&conversation, &format!("{conversation} {number}"))).await;
    }
}

/// The conversation of whoever has waited in the queue; its request is the operator's now.
async fn take_one(operator: &Operator) -> Option<String> {
    let list =
        ListConversationsRequest { view: ConversationView::Unassigned.into(), page_size: 1, ..Default::default() };
    let waiting = operator.conversations().list_conversations(list).await.ok()?.into_inner().conversations.pop()?;
    let request_id = waiting.request?.request_id;
    operator.requests().take_request(TakeRequestRequest { request_id }).await.ok()?;
    Some(waiting.conversation_id)
}

/// The same message again until somebody says that it is kept, or that it never will be.
async fn send(operator: &Operator, ledger: &Ledger, request: SendMessageRequest) {
    loop {
        let answer = timeout(CALL, operator.conversations().send_message(request.clone())).await;
        match call_again(answer) {
            Ok(Some(_)) => {
                let SendMessageRequest { message_id, text, .. } = request;
                return ledger.accept(Reply { message_id, text });
            }
            Ok(None) => ledger.repeat_call(),
            Err(status) => return ledger.refuse(format!("{}: {status}", request.text)),
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The answer; `None` when the call is to be made again.
///
/// # Errors
/// A refusal that another try would not change.
fn call_again<T>(answer: Result<Result<T, Status>, tokio::time::error::Elapsed>) -> Result<Option<T>, Status> {
    let passes = |code| {
        use Code::{Aborted, Cancelled, DeadlineExceeded, Internal, ResourceExhausted, Unavailable, Unknown};
        matches!(code, Aborted | Cancelled | DeadlineExceeded | Internal | ResourceExhausted | Unavailable | Unknown)
    };
    match answer {
        Ok(Ok(answer)) => Ok(Some(answer)),
        Ok(Err(status)) if !passes(status.code()) => Err(status),
        _ => Ok(None),
    }
}
