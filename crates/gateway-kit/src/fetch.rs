//! Attachments: from the provider into the object store.

use std::time::Duration;

use contracts::channel::{Attachment, AttachmentState, AttachmentStored, FetchAttachmentOrder, Order, inbound::Body};
use tokio::time::timeout;
use tracing::info;

use crate::{
    FetchError, Gateway, Kept, carry,
    keep::{keep, temporary},
    meters,
    text::cut,
    worker::Session,
};

/// Until the provider begins to give the bytes.
const OPEN_WAIT: Duration = Duration::from_secs(60);

/// Fetches one attachment and tells what became of it.
pub(crate) async fn run<G: Gateway>(session: &Session<G>, order: &Order, fetch: &FetchAttachmentOrder) {
    let waiting = session.end.run_until_cancelled(session.kit.downloads.acquire()).await;
    let Some(Ok(_place)) = waiting else { return };
    let attachment = fetch.attachment.clone().unwrap_or_default();
    match store(session, &attachment, &fetch.object_key).await {
        Ok(learnt) => {
            let stored = Attachment {
                object_key: fetch.object_key.clone(),
                state: AttachmentState::Stored.into(),
                problem: String::new(),
                ..learnt.onto(attachment)
            };
            tell(session, order, fetch, stored, "stored").await;
        }
        Err(FetchError::TooLarge) => {
            let problem = FetchError::TooLarge.to_string();
            let state = AttachmentState::TooLarge.into();
            tell(session, order, fetch, Attachment { state, problem, ..attachment }, "too_large").await;
        }
        Err(FetchError::Gone(why)) => {
            let problem = cut(&why, 500).to_owned();
            let state = AttachmentState::Failed.into();
            tell(session, order, fetch, Attachment { state, problem, ..attachment }, "failed").await;
        }
        Err(FetchError::Temporary { text, retry_after }) => {
            meters::provider_error(&session.kit.channel, session.account.id, "fetch");
            info!(reason = text, "an attachment will be fetched again");
            carry::later(session, order, "fetch", retry_after.unwrap_or_else(|| carry::age_pause(order))).await;
        }
    }
}

/// The order is part of the key: a second order for the same file must not look like a repeat.
async fn tell<G: Gateway>(
    session: &Session<G>,
    order: &Order,
    fetch: &FetchAttachmentOrder,
    mut attachment: Attachment,
    state: &'static str,
) {
    attachment.attachment_id.clone_from(&fetch.attachment_id);
    let key = format!("file:{}:{state}:{}", fetch.attachment_id, order.order_id);
    let stored = AttachmentStored { order_id: order.order_id.clone(), attachment: Some(attachment) };
    carry::tell(session, order, key, Body::AttachmentStored(stored)).await;
    meters::order(&session.kit.channel, session.account.id, "fetch", state);
}

async fn store<G: Gateway>(session: &Session<G>, attachment: &Attachment, key: &str) -> Result<Kept, FetchError> {
    if u64::try_from(attachment.size_bytes).is_ok_and(|size| size > G::FETCH_LIMIT) {
        return Err(FetchError::TooLarge);
    }
    let opening = timeout(OPEN_WAIT, session.gateway.fetch(attachment));
    let download = opening.await.map_err(|_| temporary("the provider does not answer in time"))??;
    keep(session.kit.config.objects.as_ref(), key, download, G::FETCH_LIMIT, &attachment.mime_type).await
}
