//! The usual scene: Okno in one process, a connected bot, an operator of its department.

use contracts::{
    inbox::{Message, MessageStatus, SendMessageRequest},
    org::{CreateDepartmentRequest, CreateEmployeeRequest, Department, Employee, Role},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::telegram::Customer;
use uuid::Uuid;

use crate::{
    actions::{Connected, customer},
    deeds::http,
    office::PASSWORD,
    operator::Operator,
    world::World,
};

pub struct Stage {
    pub world: World,
    pub admin: Operator,
    pub connected: Connected,
    /// Of the department where requests wait.
    pub operator: Operator,
}

impl Stage {
    pub async fn set() -> Self {
        Self::set_in(World::start().await).await
    }

    pub async fn set_in(world: World) -> Self {
        let admin = world.operator("admin").await;
        let connected = world.connect_telegram(&admin, "webhook").await;
        let operator = world.operator("operator1").await;
        Self { world, admin, connected, operator }
    }

    /// A customer who has written, and the conversation with them, taken.
    pub async fn talk(&self, number: i64) -> (Customer, String) {
        let (buyer, conversation, request) = self.wait_in_queue(number).await;
        self.operator.take(&request).await.expect("taken");
        (buyer, conversation)
    }

    /// A customer who has written; the conversation and its request, which nobody has taken.
    pub async fn wait_in_queue(&self, number: i64) -> (Customer, String, String) {
        let buyer = customer(&self.connected.bot, number);
        buyer.text("Здравствуйте");
        let conversation = self.operator.conversation_with(&format!("Покупатель {number}")).await;
        let request = conversation.request.expect("an open request");
        (buyer, conversation.conversation_id, request.request_id)
    }

    /// Sends and waits until all of it is sent.
    pub async fn send_all(&self, request: SendMessageRequest) -> Vec<Message> {
        let sent = self.operator.try_send(request).await.expect("sent");
        for message in &sent {
            self.operator.wait_for_status(message, MessageStatus::Sent).await;
        }
        sent
    }

    /// An update as Telegram posts it; it is accepted.
    pub async fn update(&self, update_id: i64, kind: &str, content: Value) {
        let body = json!({ "update_id": update_id, kind: content }).to_string();
        assert_eq!(self.world.deliver(&self.connected, body).await, StatusCode::OK);
    }

    /// The department where the account's requests wait.
    pub async fn department(&self) -> String {
        let id = self.connected.account_id.parse::<Uuid>().expect("an id");
        let found: Uuid = sqlx::query_scalar("select department_id from inbox.account where account_id = $1")
            .bind(id)
            .fetch_one(&self.world.pool)
            .await
            .expect("a department");
        found.to_string()
    }

    pub async fn new_department(&self, name: &str, parent: &str) -> String {
        let department =
            Department { name: name.to_owned(), parent_department_id: parent.to_owned(), ..Department::default() };
        let request = CreateDepartmentRequest { request_id: Uuid::now_v7().to_string(), department: Some(department) };
        let made = self.admin.departments().create_department(request).await.expect("a department");
        made.into_inner().department.expect("a department").department_id
    }

    /// Somebody new, signed in.
    pub async fn new_employee(&self, login: &str, department: &str, roles: &[Role]) -> Operator {
        let employee = Employee {
            name: format!("Сотрудник {login}"),
            login: login.to_owned(),
            department_ids: vec![department.to_owned()],
            roles: roles.iter().map(|role| (*role).into()).collect(),
            ..Employee::default()
        };
        let request = CreateEmployeeRequest {
            request_id: Uuid::now_v7().to_string(),
            employee: Some(employee),
            password: PASSWORD.to_owned(),
        };
        self.admin.employees().create_employee(request).await.expect("an employee");
        self.world.operator(login).await
    }
}

/// A text in a private chat, as Telegram tells of it.
pub fn private_message(person: i64, name: &str, message_id: i64, text: &str) -> Value {
    json!({
        "message_id": message_id, "date": chrono::Utc::now().timestamp(), "text": text,
        "from": { "id": person, "first_name": name, "is_bot": false },
        "chat": { "id": person, "type": "private", "first_name": name },
    })
}

/// Posts many updates over one set of connections.
pub struct Poster {
    client: reqwest::Client,
    url: String,
    secret: String,
}

impl Stage {
    pub fn poster(&self) -> Poster {
        let url = self.world.webhook_url(&self.connected.account_id);
        Poster { client: http(), url, secret: self.connected.secret() }
    }
}

impl Poster {
    pub async fn post(&self, body: String) -> StatusCode {
        let request = self.client.post(&self.url).header("x-telegram-bot-api-secret-token", &self.secret);
        request.body(body).send().await.expect("the gateway answers").status()
    }
}
