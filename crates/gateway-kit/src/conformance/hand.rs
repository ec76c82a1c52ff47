//! What a gateway's own tests hand it: settings, contents, files; and what they take from its hand.

use bytes::Bytes;
use contracts::channel::{Attachment, AttachmentKind, Content, FailureReason};
use model::AccountId;
use object_store::{ObjectStoreExt, path::Path};
use uuid::Uuid;

use crate::{AccountSetup, SendOutcome, Sent, Tools};

/// An account with these settings, a later one instead of an earlier one of its name. Its provider may be on this machine.
#[must_use]
pub fn setup(settings: &[(&str, &str)], more: &[(&str, &str)]) -> AccountSetup {
    let settings = settings.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    AccountSetup { account: AccountId::new(), settings: settings.collect(), allow_private_addresses: true }
}

#[must_use]
pub fn text(text: &str) -> Content {
    Content { text: text.to_owned(), ..Content::default() }
}

#[must_use]
pub fn files(text: &str, attachments: Vec<Attachment>) -> Content {
    Content { text: text.to_owned(), attachments, ..Content::default() }
}

/// Stores bytes and gives an attachment that names them.
///
/// # Panics
/// When the store does not take them.
pub async fn stored(
    tools: &Tools,
    kind: AttachmentKind,
    name: &str,
    mime: &str,
    bytes: impl Into<Bytes> + Send,
) -> Attachment {
    let bytes = bytes.into();
    let object_key = format!("up/{}", Uuid::now_v7());
    let size_bytes = i64::try_from(bytes.len()).expect("a size");
    tools.media.0.put(&Path::from(object_key.as_str()), bytes.into()).await.expect("the store takes it");
    let (name, mime_type) = (name.to_owned(), mime.to_owned());
    Attachment { kind: kind.into(), name, mime_type, size_bytes, object_key, ..Attachment::default() }
}

/// What was sent.
///
/// # Panics
/// When nothing was.
pub fn sent(outcome: SendOutcome) -> Sent {
    match outcome {
        SendOutcome::Accepted(sent) => sent,
        other => panic!("not accepted: {other:?}"),
    }
}

/// Why an order was refused.
///
/// # Panics
/// When it was not.
#[must_use]
pub fn reason(outcome: SendOutcome) -> FailureReason {
    match outcome {
        SendOutcome::Refused(failure) => failure.reason(),
        other => panic!("not refused: {other:?}"),
    }
}
