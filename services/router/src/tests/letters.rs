//! Letters: what comes in with its markup and original, and what staff write.

use contracts::{
    channel::{
        Attachment, AttachmentKind, Capabilities, Content, Inbound, InlineFile, Letter, MailAddress, Message as Said,
        Peer, inbound::Body,
    },
    errors::ErrorReason,
    file::{FileState, GetFileRequest, file_service_server::FileService},
    inbox::{
        ListMessagesRequest, Message, SendMessageAgainRequest, SendMessageRequest,
        conversation_service_server::ConversationService,
    },
};
use model::{FileId, MessageId};
use rpc::Caller;
use tonic::Status;

use super::office::{Dialog, Office, channel, reason};
use crate::dispatch;

fn letters() -> Capabilities {
    Capabilities { letters: true, text_limit: 1_000, ..channel() }
}

impl Office {
    fn brings_letter(&self, address: &str) -> Inbound {
        let key = |name: &str| format!("in/{}/letters/{name}", self.account);
        let head = Letter {
            subject: "Счёт".into(),
            html_object_key: key("1.html"),
            raw_object_key: key("1.eml"),
            ..Letter::default()
        };
        let logo = Attachment { content_id: "logo@example.com".into(), ..Attachment::default() };
        let bill =
            Attachment { name: "bill.pdf".into(), kind: AttachmentKind::Document.into(), ..Attachment::default() };
        let content = Content {
            text: "Пришлите счёт".into(),
            attachments: vec![logo, bill],
            letter: Some(Box::new(head)),
            ..Content::default()
        };
        Inbound {
            key: format!("letter:{address}"),
            message_key: format!("id:{address}"),
            peer: Some(Peer { address: address.into(), ..Peer::default() }),
            body: Some(Body::Message(Said { content: Some(content) })),
            ..Inbound::default()
        }
    }

    async fn shown_letters(&self, by: &Caller, dialog: &Dialog) -> Vec<Message> {
        let request = ListMessagesRequest { conversation_id: dialog.id.clone(), ..ListMessagesRequest::default() };
        self.conversations.list_messages(by.request(request)).await.unwrap().into_inner().messages
    }

    async fn writes_letter(
        &self,
        by: &Caller,
        dialog: &Dialog,
        files: &[String],
        letter: Letter,
    ) -> Result<Vec<Message>, Status> {
        let request = SendMessageRequest {
            message_id: MessageId::new().to_string(),
            conversation_id: dialog.id.clone(),
            text: "Вот счёт".into(),
            file_ids: files.to_vec(),
            letter: Some(Box::new(letter)),
            ..SendMessageRequest::default()
        };
        Ok(self.conversations.send_message(by.request(request)).await?.into_inner().messages)
    }
}

fn people(addresses: &[&str]) -> Vec<MailAddress> {
    addresses.iter().map(|address| MailAddress { address: (*address).into(), name: String::new() }).collect()
}

#[tokio::test]
async fn markup_and_original_of_a_letter_are_seen_by_whoever_sees_the_letter() {
    let office = Office::open().await;
    office.channel_can(letters()).await;
    let anna = office.operator("Анна", office.sales).await;
    let stranger = office.operator("Борис", office.service).await;
    office.facts(vec![office.brings_letter("client@example.com")]).await;
    let dialog = office.dialog("client@example.com").await;
    let shown = office.shown_letters(&anna, &dialog).await;
    let content = shown[0].content.clone().unwrap();
    let head = content.letter.unwrap();
    assert_eq!(head.subject, "Счёт");
    assert!(head.html_object_key.is_empty() && head.raw_object_key.is_empty());
    let ids: Vec<&str> = content.attachments.iter().map(|file| file.attachment_id.as_str()).collect();
    assert_eq!(ids, [&head.inline[0].file_id, ids[1], &head.html_file_id, &head.raw_file_id]);
    assert_eq!(head.inline[0].content_id, "logo@example.com");
    for (id, name) in [(&head.html_file_id, "1.html"), (&head.raw_file_id, "1.eml")] {
        let request = || GetFileRequest { file_id: id.clone(), saved: false };
        let file = office.files.get_file(anna.request(request())).await.unwrap().into_inner().file.unwrap();
        assert_eq!(file.state(), FileState::Stored);
        let refused = office.files.get_file(stranger.request(request())).await.unwrap_err();
        assert_eq!(reason(&refused), ErrorReason::FileNotFound);
        assert!(file.object_key.ends_with(name), "{}", file.object_key);
    }
    let kinds = "select array_agg(kind order by at) from inbox.access";
    let kinds: Vec<i16> = sqlx::query_scalar(kinds).fetch_one(&office.pool).await.unwrap();
    assert_eq!(kinds, [6, 8], "markup is read with the dialog, an original for itself");
    let fetched: i64 = sqlx::query_scalar("select count(*) from inbox.outgoing").fetch_one(&office.pool).await.unwrap();
    assert_eq!(fetched, 2, "logo and bill are taken out of the letter; markup and original lie there");
}

#[tokio::test]
async fn a_letter_that_staff_write_is_one_order_with_all_its_files() {
    let office = Office::open().await;
    office.channel_can(letters()).await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "client@example.com").await;
    let picture = office.uploaded(&anna, "logo.png", "image/png", 10).await.to_string();
    let bill = office.uploaded(&anna, "bill.pdf", "application/pdf", 10).await.to_string();
    let html = office.uploaded(&anna, "letter.html", "text/html", 10).await.to_string();
    let letter = Letter {
        subject: "Счёт".into(),
        to: people(&["client@example.com"]),
        cc: people(&["boss@example.com"]),
        bcc: people(&["archive@example.com"]),
        html_file_id: html,
        inline: vec![InlineFile { content_id: "p1".into(), file_id: picture }],
        ..Letter::default()
    };
    let sent = office.writes_letter(&anna, &dialog, &[bill], letter).await.unwrap();
    assert_eq!(sent.len(), 1, "pictures and documents go together");
    let content = sent[0].content.clone().unwrap();
    let head = content.letter.unwrap();
    let ids: Vec<&str> = content.attachments.iter().map(|file| file.attachment_id.as_str()).collect();
    assert_eq!((ids[1], ids[2]), (head.inline[0].file_id.as_str(), head.html_file_id.as_str()));
    let id: MessageId = sent[0].message_id.parse().unwrap();
    let sends = dispatch::sends(&office.pool, &[id.0]).await.unwrap();
    assert_eq!(sends[&id.0].attachments.as_array().unwrap().len(), 3);

    sqlx::query("update inbox.message set status = 7 where message_id = $1")
        .bind(id.0)
        .execute(&office.pool)
        .await
        .unwrap();
    let again = SendMessageAgainRequest {
        message_id: id.to_string(),
        new_message_id: MessageId::new().to_string(),
        ..SendMessageAgainRequest::default()
    };
    let again = office.conversations.send_message_again(anna.request(again)).await.unwrap().into_inner();
    let content = again.message.unwrap().content.unwrap();
    let copy = content.letter.unwrap();
    assert_eq!((copy.subject.as_str(), copy.cc.len()), ("Счёт", 1));
    assert_eq!(copy.html_file_id, content.attachments[2].attachment_id, "it names its own files");
    assert_ne!(copy.html_file_id, head.html_file_id);
}

#[tokio::test]
async fn what_is_no_letter_is_refused() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "client@example.com").await;
    let subject = || Letter { subject: "Счёт".into(), ..Letter::default() };
    let refused = office.writes_letter(&anna, &dialog, &[], subject()).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::ChannelCannot);
    office.channel_can(letters()).await;
    office.writes_letter(&anna, &dialog, &[], subject()).await.unwrap();
    let picture = office.uploaded(&anna, "a.png", "image/png", 10).await.to_string();
    let large = office.uploaded(&anna, "a.html", "text/html", 3 << 20).await.to_string();
    for (html_file_id, expected) in [
        (picture, ErrorReason::InvalidField),
        (large, ErrorReason::FileTooLarge),
        (FileId::new().to_string(), ErrorReason::FileNotFound),
    ] {
        let letter = Letter { html_file_id, ..subject() };
        let refused = office.writes_letter(&anna, &dialog, &[], letter).await.unwrap_err();
        assert_eq!(reason(&refused), expected);
    }
    let forged = Letter { message_id: "1@example.com".into(), ..subject() };
    let refused = office.writes_letter(&anna, &dialog, &[], forged).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::InvalidField);
}
