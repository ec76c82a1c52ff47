//! More of what people and providers do: files, replies of every kind, and deliveries by hand.

use std::fmt::Debug;

use contracts::{
    channel::{Attachment, AttachmentState},
    errors::ErrorReason,
    file::CreateFileRequest,
    inbox::{
        BatchGetConversationsRequest, Conversation, ConversationView, GetRequestRequest, Message, Request,
        SendMessageRequest, TakeRequestRequest,
    },
};
use reqwest::{Client, StatusCode, header};
use testkit::eventually;
use tonic::Status;
use uuid::Uuid;

use crate::{
    actions::Connected,
    operator::Operator,
    world::{SOON, World},
};

/// A client of the outside world: a provider's server, or a browser.
#[expect(clippy::disallowed_methods, reason = "it plays the others; egress guards the product's own calls")]
pub fn http() -> Client {
    Client::builder().no_proxy().build().expect("a client without anything special")
}

/// Why a call was refused.
pub fn reason<T: Debug>(answer: Result<T, Status>) -> ErrorReason {
    let refused = answer.expect_err("a refusal");
    rpc::reason_of(&refused).unwrap_or_else(|| panic!("{refused:?} tells no reason"))
}

/// A reply with a text and nothing else yet.
pub fn reply(conversation: &str, text: &str) -> SendMessageRequest {
    SendMessageRequest {
        message_id: Uuid::now_v7().to_string(),
        conversation_id: conversation.to_owned(),
        text: text.to_owned(),
        ..SendMessageRequest::default()
    }
}

/// The text of a message.
pub fn text_of(message: &Message) -> &str {
    message.content.as_ref().map_or("", |content| &content.text)
}

impl Operator {
    pub async fn try_send(&self, request: SendMessageRequest) -> Result<Vec<Message>, Status> {
        Ok(self.conversations().send_message(request).await?.into_inner().messages)
    }

    /// One row of the list, as the page asks for it; `None` when it is out of sight.
    pub async fn conversation(&self, id: &str) -> Option<Conversation> {
        let request = BatchGetConversationsRequest { conversation_ids: vec![id.to_owned()], in_passing: false };
        let answer = self.conversations().batch_get_conversations(request).await.expect("an answer");
        answer.into_inner().conversations.pop()
    }

    pub async fn request(&self, id: &str) -> Request {
        let answer = self.requests().get_request(GetRequestRequest { request_id: id.to_owned() }).await;
        answer.expect("a request in sight").into_inner().request.expect("a request")
    }

    pub async fn take(&self, request: &str) -> Result<Request, Status> {
        let taken = self.requests().take_request(TakeRequestRequest { request_id: request.to_owned() }).await?;
        Ok(taken.into_inner().request.expect("a request"))
    }

    /// Waits for the conversation with whoever has this name.
    pub async fn conversation_with(&self, name: &str) -> Conversation {
        eventually(&format!("a conversation with {name}"), SOON, async || {
            let all = self.list(ConversationView::All).await;
            all.into_iter().find(|c| c.person.as_ref().is_some_and(|person| person.display_name == name))
        })
        .await
    }

    /// Waits until the thread has this many messages; more are too many.
    pub async fn thread(&self, conversation: &str, count: usize) -> Vec<Message> {
        eventually(&format!("a thread of {count} messages"), SOON, async || {
            Some(self.messages(conversation).await).filter(|messages| messages.len() >= count)
        })
        .await
    }

    /// Waits for a message with this text.
    pub async fn message_with(&self, conversation: &str, text: &str) -> Message {
        eventually(&format!("a message {text:?}"), SOON, async || {
            self.messages(conversation).await.into_iter().find(|message| text_of(message) == text)
        })
        .await
    }

    /// Waits until no file of the thread is on its way, and gives them all.
    pub async fn stored_files(&self, conversation: &str, count: usize) -> Vec<Attachment> {
        eventually(&format!("{count} files are fetched"), SOON, async || {
            let messages = self.messages(conversation).await;
            let files: Vec<_> = messages.into_iter().filter_map(|m| m.content).flat_map(|c| c.attachments).collect();
            let settled = files.iter().all(|file| file.state() != AttachmentState::Pending);
            (settled && files.len() == count).then_some(files)
        })
        .await
    }

    /// Uploads a file as the page does: registers it, then puts its bytes.
    pub async fn upload(&self, name: &str, mime_type: &str, bytes: Vec<u8>, duration_ms: u32) -> String {
        let file_id = Uuid::now_v7().to_string();
        let request = CreateFileRequest {
            file_id: file_id.clone(),
            name: name.to_owned(),
            mime_type: mime_type.to_owned(),
            size_bytes: i64::try_from(bytes.len()).expect("a size"),
            duration_ms,
            ..CreateFileRequest::default()
        };
        let created = self.files().create_file(request).await.expect("a place for a file").into_inner();
        let put = http().put(format!("{}{}", self.base, created.upload_path)).body(bytes);
        let answer = self.as_page(put).send().await.expect("the edge answers");
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        file_id
    }

    /// `GET /files/<id>`.
    pub async fn download(&self, id: &str) -> (StatusCode, Vec<u8>) {
        let get = http().get(format!("{}/files/{id}", self.base));
        let answer = self.as_page(get).send().await.expect("the edge answers");
        (answer.status(), answer.bytes().await.expect("a body").to_vec())
    }

    /// With what a browser sends from our page.
    pub fn as_page(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header(header::COOKIE, &self.cookie).header(header::ORIGIN, &self.base)
    }
}

impl Connected {
    /// What Telegram was told to show with each delivery.
    pub fn secret(&self) -> String {
        let calls = self.bot.calls("setWebhook");
        let set = calls.last().expect("setWebhook was called");
        set.params["secret_token"].as_str().expect("a secret").to_owned()
    }
}

impl World {
    /// Posts a body to the account's webhook as Telegram does.
    pub async fn deliver(&self, connected: &Connected, body: impl Into<reqwest::Body>) -> StatusCode {
        self.deliver_with(connected, &connected.secret(), body).await
    }

    pub async fn deliver_with(
        &self,
        connected: &Connected,
        secret: &str,
        body: impl Into<reqwest::Body>,
    ) -> StatusCode {
        let url = self.webhook_url(&connected.account_id);
        let request = http().post(url).header("x-telegram-bot-api-secret-token", secret).body(body);
        request.send().await.expect("the gateway answers").status()
    }
}
