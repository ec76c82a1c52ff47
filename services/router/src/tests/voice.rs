//! What is recorded on the page, and the name under which staff write.

use contracts::{
    channel::{AttachmentKind, Capabilities, MediaCapability},
    errors::ErrorReason,
    file::{CompleteFileRequest, CreateFileRequest, file_service_server::FileService},
    inbox::{Message, SendMessageRequest, conversation_service_server::ConversationService},
};
use model::{FileId, MessageId};
use rpc::Caller;
use tonic::Status;

use super::office::{Dialog, Office, channel, reason};
use crate::dispatch;

impl Office {
    async fn recorded(
        &self,
        by: &Caller,
        kind: AttachmentKind,
        mime_type: &str,
        sniffed: &str,
    ) -> Result<FileId, Status> {
        let id = FileId::new();
        let create = CreateFileRequest {
            file_id: id.to_string(),
            name: "voice".into(),
            mime_type: mime_type.into(),
            size_bytes: 100,
            kind: kind.into(),
            ..CreateFileRequest::default()
        };
        self.files.create_file(by.request(create)).await?;
        let complete = CompleteFileRequest {
            file_id: id.to_string(),
            size_bytes: 100,
            mime_type: sniffed.into(),
            ..CompleteFileRequest::default()
        };
        self.files.complete_file(Caller::edge().request(complete)).await?;
        Ok(id)
    }

    async fn sent_as(&self, by: &Caller, dialog: &Dialog, file: FileId) -> AttachmentKind {
        let request = SendMessageRequest {
            message_id: MessageId::new().to_string(),
            conversation_id: dialog.id.clone(),
            file_ids: vec![file.to_string()],
            ..SendMessageRequest::default()
        };
        let sent = self.conversations.send_message(by.request(request)).await.unwrap().into_inner().messages;
        let file = |message: &Message| message.content.as_ref().unwrap().attachments[0].kind();
        file(&sent[0])
    }
}

fn takes(kinds: &[AttachmentKind]) -> Capabilities {
    let media = |kind: &AttachmentKind| MediaCapability {
        kind: (*kind).into(),
        max_bytes: 1_000,
        ..MediaCapability::default()
    };
    Capabilities { media: kinds.iter().map(media).collect(), ..channel() }
}

#[tokio::test]
async fn a_recording_is_a_voice_message_where_the_channel_has_them() {
    use AttachmentKind::{Audio, Document, Unspecified, Voice};
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    for (kinds, expected) in
        [(&[Voice, Audio, Document][..], Voice), (&[Audio, Document], Audio), (&[Document], Document)]
    {
        office.channel_can(takes(kinds)).await;
        let file = office.recorded(&anna, Voice, "audio/ogg", "audio/ogg").await.unwrap();
        assert_eq!(office.sent_as(&anna, &dialog, file).await, expected);
    }
    office.channel_can(takes(&[Voice, Audio, Document])).await;
    for (kind, sniffed, expected) in [
        (Voice, "audio/mpeg", Voice),
        (Unspecified, "audio/mpeg", Audio),
        (Voice, "application/octet-stream", Document),
        (Voice, "video/webm", Document),
    ] {
        let file = office.recorded(&anna, kind, "audio/mpeg", sniffed).await.unwrap();
        assert_eq!(office.sent_as(&anna, &dialog, file).await, expected, "{kind:?} {sniffed}");
    }
}

#[tokio::test]
async fn only_sounds_are_voice_messages() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    for (kind, mime_type) in [
        (AttachmentKind::Voice, "image/png"),
        (AttachmentKind::Video, "video/mp4"),
        (AttachmentKind::Image, "image/png"),
    ] {
        let refused = office.recorded(&anna, kind, mime_type, mime_type).await.unwrap_err();
        assert_eq!(reason(&refused), ErrorReason::InvalidField, "{kind:?} {mime_type}");
    }
}

#[tokio::test]
async fn a_send_names_its_author() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "1").await;
    let id = office.send(&anna, &dialog, "Здравствуйте").await;
    let sends = dispatch::sends(&office.pool, &[id.0]).await.unwrap();
    assert_eq!(sends[&id.0].author_name, "Анна");
}
