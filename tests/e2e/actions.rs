//! What people do, in one line each.

use contracts::inbox::{
    Assignment, AssignmentMethod, ChannelAccount, Conversation, ConversationView, CreateChannelAccountRequest,
    ListConversationsRequest, ListMessagesRequest, Message, SendMessageRequest, TakeRequestRequest,
};
use testkit::{
    eventually,
    telegram::{Customer, FakeBot},
};
use uuid::Uuid;

use crate::{
    operator::Operator,
    world::{SOON, World},
};

/// A connected Telegram account and its bot.
pub struct Connected {
    pub account_id: String,
    pub bot: FakeBot,
}

impl World {
    /// Connects a bot of the fake Telegram; requests wait in the queue of the operators' department.
    pub async fn connect_telegram(&self, admin: &Operator, receive: &str) -> Connected {
        self.connect_telegram_with(admin, receive, Assignment::default()).await
    }

    pub async fn connect_telegram_with(&self, admin: &Operator, receive: &str, assignment: Assignment) -> Connected {
        let bot = self.telegram.bot();
        let settings =
            [("token", bot.token().to_owned()), ("api_url", self.telegram.base_url()), ("receive", receive.to_owned())];
        let account_id = self.connect(admin, "telegram", settings, assignment).await;
        if receive == "webhook" {
            eventually("the webhook is set", SOON, async || bot.webhook_url()).await;
        }
        Connected { account_id, bot }
    }

    /// Makes an account of any channel, once its gateway has announced itself, and gives its id.
    pub async fn connect<const N: usize>(
        &self,
        admin: &Operator,
        channel: &str,
        settings: [(&str, String); N],
        assignment: Assignment,
    ) -> String {
        let account_id = Uuid::now_v7().to_string();
        self.connect_as(&account_id, admin, channel, settings, assignment).await;
        account_id
    }

    /// The same under an id that is known before.
    pub async fn connect_as<const N: usize>(
        &self,
        account_id: &str,
        admin: &Operator,
        channel: &str,
        settings: [(&str, String); N],
        assignment: Assignment,
    ) {
        let department: Uuid = sqlx::query_scalar(
            "select department_id from crm_read.employee_department group by 1 order by count(*) desc, 1 limit 1",
        )
        .fetch_one(&self.pool)
        .await
        .expect("a department");
        let account = ChannelAccount {
            channel: channel.to_owned(),
            name: "Бот продаж".to_owned(),
            enabled: true,
            is_request_source: true,
            settings: settings.map(|(k, v)| (k.to_owned(), v)).into(),
            assignment: Some(assignment),
            department_id: department.to_string(),
            reopen_window_hours: 24,
            ..ChannelAccount::default()
        };
        eventually("the gateway has announced itself and the account is connected", SOON, async || {
            let request =
                CreateChannelAccountRequest { request_id: account_id.to_owned(), account: Some(account.clone()) };
            match admin.accounts().create_channel_account(request).await {
                Ok(_) => Some(()),
                Err(status) if status.code() == tonic::Code::Unavailable => None,
                Err(status) => panic!("the account was refused: {status:?}"),
            }
        })
        .await;
    }
}

/// Everyone who may take turns.
pub fn round_robin(employees: &[&Operator]) -> Assignment {
    Assignment {
        method: AssignmentMethod::RoundRobin.into(),
        employee_ids: employees.iter().map(|o| o.employee_id.clone()).collect(),
    }
}

/// A customer who has started the bot.
pub fn customer(bot: &FakeBot, number: i64) -> Customer {
    bot.customer(5_000 + number, &format!("Покупатель {number}"))
}

impl Operator {
    pub async fn list(&self, view: ConversationView) -> Vec<Conversation> {
        let request = ListConversationsRequest { view: view.into(), page_size: 200, ..Default::default() };
        let answer = self.conversations().list_conversations(request).await.expect("a list");
        answer.into_inner().conversations
    }

    pub async fn messages(&self, conversation: &str) -> Vec<Message> {
        let request = ListMessagesRequest {
            conversation_id: conversation.to_owned(),
            page_size: 200,
            ..ListMessagesRequest::default()
        };
        self.conversations().list_messages(request).await.expect("messages").into_inner().messages
    }

    /// Waits for the one conversation of the view, and takes its request.
    pub async fn take_only(&self) -> Conversation {
        let conversation = eventually("a conversation waits in the queue", SOON, async || {
            self.list(ConversationView::Unassigned).await.into_iter().next()
        })
        .await;
        let request_id = conversation.request.as_ref().expect("a request").request_id.clone();
        self.requests().take_request(TakeRequestRequest { request_id }).await.expect("taken");
        conversation
    }

    pub async fn send(&self, conversation: &str, text: &str) -> Message {
        let request = SendMessageRequest {
            message_id: Uuid::now_v7().to_string(),
            conversation_id: conversation.to_owned(),
            text: text.to_owned(),
            ..SendMessageRequest::default()
        };
        let answer = self.conversations().send_message(request).await.expect("sent");
        answer.into_inner().messages.into_iter().next().expect("a message")
    }

    /// Waits until a message has a status.
    pub async fn wait_for_status(&self, message: &Message, status: contracts::inbox::MessageStatus) -> Message {
        eventually(&format!("the message is {status:?}"), SOON, async || {
            let now = self.messages(&message.conversation_id).await;
            now.into_iter().find(|m| m.message_id == message.message_id && m.status() == status)
        })
        .await
    }
}
