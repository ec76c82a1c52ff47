//! A small company for the tests of what staff do: two departments, one account of channel "test", customers who
//! write through the very batch that facts of the bus go through.

use contracts::{
    channel::{
        Attachment, AttachmentKind, AttachmentState, Capabilities, Content, GatewayDescription, Inbound,
        MediaCapability, Message, Peer, Receipt, ReceiptStatus, TextStyle, TextUnit, inbound::Body,
    },
    errors::ErrorReason,
    inbox::{
        Conversation, ListConversationsRequest, SendMessageRequest, TakeRequestRequest,
        conversation_service_server::ConversationService, request_service_server::RequestService,
    },
    live::{Audience, ConversationChanged, Event, event::What},
};
use model::{AccountId, DepartmentId, EmployeeId, MessageId};
use prost::Message as _;
use rpc::{Caller, Role};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;

use super::database;
use crate::{
    Wakes,
    batch::{self, Fact, Verdict},
    conversations::{ConversationApi, Db},
    directory::Directory,
    files::FileApi,
    requests::RequestApi,
};

pub struct Office {
    pub pool: PgPool,
    pub conversations: ConversationApi,
    pub requests: RequestApi,
    pub files: FileApi,
    pub account: AccountId,
    pub sales: DepartmentId,
    pub service: DepartmentId,
    pub directory: Directory,
    database: testkit::TestDatabase,
}

/// A dialog with a customer and its request.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub id: String,
    pub request: String,
}

impl Office {
    pub async fn open() -> Self {
        let (database, pool) = database().await;
        let (sales, service) = (DepartmentId::new(), DepartmentId::new());
        for (id, name) in [(sales, "Продажи"), (service, "Сервис")] {
            let sql = "with d as (insert into crm.department (department_id, name, search_name, request_sha256)
                           values ($1, $2, lower($2), '') returning department_id)
                       insert into crm.department_closure (department_id, above_department_id)
                       select $1, department_id from d";
            // The closure's foreign key is checked at the end of the statement.
            sqlx::query(sql).bind(id.0).bind(name).execute(&pool).await.unwrap();
        }
        let account = AccountId::new();
        sqlx::query(
            "insert into inbox.account (account_id, channel, name, department_id, live_since)
             values ($1, 'test', 'Тест', $2, '2020-01-01')",
        )
        .bind(account.0)
        .bind(sales.0)
        .execute(&pool)
        .await
        .unwrap();
        let db = Db::new(pool.clone(), Wakes::default());
        let office = Self {
            conversations: ConversationApi { db: db.clone(), bus: None },
            files: FileApi { db: db.clone() },
            requests: RequestApi { db },
            directory: Directory::default(),
            account,
            sales,
            service,
            pool,
            database,
        };
        office.channel_can(channel()).await;
        office
    }

    /// The gateway of channel "test" announces what it can do.
    pub async fn channel_can(&self, capabilities: Capabilities) {
        let description = GatewayDescription { capabilities: Some(capabilities), ..GatewayDescription::default() };
        sqlx::query(
            "insert into inbox.gateway (channel, description, letters, last_seen_at) values ('test', $1, $2, now())
             on conflict (channel) do update set description = excluded.description, letters = excluded.letters",
        )
        .bind(description.encode_to_vec())
        .bind(description.capabilities.is_some_and(|can| can.letters))
        .execute(&self.pool)
        .await
        .unwrap();
        self.directory.reload(&self.pool).await.unwrap();
    }

    pub async fn operator(&self, name: &str, department: DepartmentId) -> Caller {
        let id = self.employee(name, department).await;
        Caller { departments: vec![department], seen_departments: vec![department], ..Caller::operator(id) }
    }

    pub async fn head(&self, name: &str, of: DepartmentId) -> Caller {
        let mut caller = self.operator(name, of).await;
        caller.roles.push(Role::Head);
        caller
    }

    pub async fn administrator(&self, name: &str) -> Caller {
        Caller::administrator(self.employee(name, self.service).await)
    }

    async fn employee(&self, name: &str, department: DepartmentId) -> EmployeeId {
        let id = EmployeeId::new();
        let sql = "with e as (insert into crm.employee (employee_id, name, search_name, login, roles, language, time_zone, request_sha256)
                       values ($1, $2, lower($2), $1::text, '{operator}', 'ru', 'Europe/Moscow', '') returning employee_id)
                   insert into crm.employee_department (employee_id, department_id) select employee_id, $3 from e";
        sqlx::query(sql).bind(id.0).bind(name).bind(department.0).execute(&self.pool).await.unwrap();
        id
    }

    pub async fn dismiss(&self, caller: &Caller) {
        let sql = "update crm.employee set dismissed = true where employee_id = $1";
        sqlx::query(sql).bind(caller.employee().unwrap().0).execute(&self.pool).await.unwrap();
    }

    /// Makes `caller` responsible for the client behind a customer's address.
    pub async fn responsible(&self, caller: &Caller, address: &str) {
        let sql = "with c as (insert into crm.client (client_id, name, search_name, kind, responsible_employee_id, request_sha256)
                       values ($1, 'Клиент', 'клиент', 1, $2, '') returning client_id)
                   insert into crm.contact_point_link (contact_point_id, client_id)
                   select p.contact_point_id, c.client_id from c, inbox.contact_point p where p.address = $3";
        let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(caller.employee().unwrap().0).bind(address);
        query.execute(&self.pool).await.unwrap();
    }

    pub fn fact(&self, inbound: Inbound) -> Fact {
        Fact {
            account: self.account,
            channel: "test".parse().unwrap(),
            part: 0,
            sequence: 1,
            raw: inbound.encode_to_vec().into(),
            inbound,
            again: false,
            stands_in: false,
            traceparent: String::new(),
        }
    }

    pub async fn facts(&self, facts: Vec<Inbound>) -> Vec<Verdict> {
        let facts: Vec<Fact> = facts.into_iter().map(|inbound| self.fact(inbound)).collect();
        let mut tx = self.pool.begin().await.unwrap();
        let verdicts = batch::process(&mut tx, &self.directory, &facts).await.unwrap();
        tx.commit().await.unwrap();
        verdicts
    }

    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// A customer writes.
    pub async fn writes(&self, address: &str, text: &str) -> Dialog {
        self.facts(vec![says(address, text)]).await;
        self.dialog(address).await
    }

    pub async fn dialog(&self, address: &str) -> Dialog {
        let sql = "select c.conversation_id, c.request_id from inbox.conversation c
                   join inbox.contact_point p using (contact_point_id) where p.address = $1";
        let (id, request): (Uuid, Option<Uuid>) =
            sqlx::query_as(sql).bind(address).fetch_one(&self.pool).await.unwrap();
        Dialog { id: id.to_string(), request: request.map(|id| id.to_string()).unwrap_or_default() }
    }

    /// A customer writes and `caller` takes the request.
    pub async fn taken(&self, caller: &Caller, address: &str) -> Dialog {
        let dialog = self.writes(address, "Здравствуйте").await;
        self.take(caller, &dialog).await.unwrap();
        dialog
    }

    pub async fn take(&self, caller: &Caller, dialog: &Dialog) -> Result<contracts::inbox::Request, Status> {
        let request = TakeRequestRequest { request_id: dialog.request.clone() };
        Ok(self.requests.take_request(caller.request(request)).await?.into_inner().request.unwrap())
    }

    pub async fn send(&self, caller: &Caller, dialog: &Dialog, text: &str) -> MessageId {
        let id = MessageId::new();
        let request = SendMessageRequest {
            message_id: id.to_string(),
            conversation_id: dialog.id.clone(),
            text: text.to_owned(),
            ..SendMessageRequest::default()
        };
        self.conversations.send_message(caller.request(request)).await.unwrap();
        id
    }

    /// A reply that reached the provider under `key`.
    pub async fn sent(&self, caller: &Caller, dialog: &Dialog, text: &str, key: &str) -> MessageId {
        let id = self.send(caller, dialog, text).await;
        assert_eq!(self.facts(vec![claim(id, 0), receipt(id, ReceiptStatus::Sent, &[key])]).await[0], Verdict::Granted);
        id
    }

    pub async fn row(&self, caller: &Caller, dialog: &Dialog) -> Option<Conversation> {
        let request = ListConversationsRequest::default();
        let page = self.conversations.list_conversations(caller.request(request)).await.unwrap().into_inner();
        page.conversations.into_iter().find(|row| row.conversation_id == dialog.id)
    }

    /// What was appended to the outbox since the last look.
    pub async fn events(&self) -> Vec<(What, Audience)> {
        let sql = "with gone as (delete from inbox.outbox returning outbox_id, payload)
                   select payload from gone order by outbox_id";
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(sql).fetch_all(&self.pool).await.unwrap();
        let event = |bytes: Vec<u8>| Event::decode(bytes.as_slice()).unwrap();
        payloads.into_iter().map(event).map(|event| (event.what.unwrap(), event.audience.unwrap())).collect()
    }

    /// The one change of a conversation since the last look.
    pub async fn changed(&self) -> (ConversationChanged, Audience) {
        let changes = self.events().await.into_iter().filter_map(|(what, audience)| match what {
            What::ConversationChanged(changed) => Some((changed, audience)),
            _ => None,
        });
        let mut changes: Vec<_> = changes.collect();
        assert_eq!(changes.len(), 1, "{changes:?}");
        changes.remove(0)
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }
}

/// What channel "test" can do.
pub fn channel() -> Capabilities {
    let media =
        |kind: AttachmentKind| MediaCapability { kind: kind.into(), max_bytes: 1_000, ..MediaCapability::default() };
    Capabilities {
        text_limit: 40,
        text_unit: TextUnit::Utf16.into(),
        caption_limit: 20,
        media: vec![media(AttachmentKind::Image), media(AttachmentKind::Document)],
        album_max: 2,
        album_kinds: vec![AttachmentKind::Image.into()],
        replies: true,
        edits: true,
        deletes: true,
        reactions: true,
        buttons_max: 2,
        button_data_limit: 16,
        styles: vec![TextStyle::Bold.into()],
        ..Capabilities::default()
    }
}

pub fn says(address: &str, text: &str) -> Inbound {
    let key = Uuid::now_v7().to_string();
    let content = Content { text: text.to_owned(), ..Content::default() };
    Inbound {
        key: format!("message:{key}"),
        message_key: key,
        peer: Some(Peer {
            address: address.to_owned(),
            display_name: format!("Покупатель {address}"),
            ..Peer::default()
        }),
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    }
}

/// A customer's picture, whose bytes are still to be fetched.
pub fn shows(address: &str) -> Inbound {
    let attachment = Attachment {
        kind: AttachmentKind::Image.into(),
        name: "чек.jpg".to_owned(),
        mime_type: "image/jpeg".to_owned(),
        size_bytes: 10,
        width: 320,
        height: 240,
        remote_ref: "secret-of-the-adapter".to_owned(),
        state: AttachmentState::Pending.into(),
        ..Attachment::default()
    };
    let content = Content { attachments: vec![attachment], ..Content::default() };
    Inbound { body: Some(Body::Message(Message { content: Some(content) })), ..says(address, "") }
}

pub fn claim(id: MessageId, attempt: u32) -> Inbound {
    let nonce = "n".to_owned();
    let body = contracts::channel::Claim { message_id: id.to_string(), attempt, nonce };
    Inbound { key: format!("claim:{id}:{attempt}"), body: Some(Body::Claim(body)), ..Inbound::default() }
}

pub fn receipt(id: MessageId, status: ReceiptStatus, keys: &[&str]) -> Inbound {
    let body = Receipt {
        message_id: id.to_string(),
        nonce: "n".to_owned(),
        status: status.into(),
        provider_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Receipt::default()
    };
    let key = format!("receipt:{id}:{}", status as i32);
    Inbound { key, body: Some(Body::Receipt(body)), ..Inbound::default() }
}

pub fn reason(refusal: &Status) -> ErrorReason {
    rpc::reason_of(refusal).unwrap_or_else(|| panic!("a reason in {refusal:?}"))
}

pub fn id_of(caller: &Caller) -> String {
    caller.employee().unwrap().to_string()
}
