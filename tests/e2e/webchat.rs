//! The chat on a site, over the whole: a visitor's browser, the gateway, router, the edge and an operator.

use contracts::{
    inbox::{
        Assignment, ChannelAccount, Conversation, ConversationView, CreateChannelAccountRequest, DeleteMessageRequest,
        Direction, EditMessageRequest, Message, MessageStatus, SendMessageRequest,
    },
    live::event::What,
};
use serde_json::{Value, json};
use testkit::{
    eventually,
    webchat::{Chat, Site, merge, msg},
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::{
    deeds::{http, reply, text_of},
    operator::Operator,
    world::{SOON, World},
};

/// The page that the chat is on.
pub const SHOP: &str = "https://shop.example";

impl World {
    /// Connects a web chat; requests wait in the queue of the operators' department.
    pub async fn connect_webchat(&self, admin: &Operator, name: &str, settings: &[(&str, &str)]) -> Site {
        let department: Uuid = sqlx::query_scalar(
            "select department_id from crm_read.employee_department group by 1 order by count(*) desc, 1 limit 1",
        )
        .fetch_one(&self.pool)
        .await
        .expect("a department");
        let all = [("allowed_origins", SHOP)];
        let account = ChannelAccount {
            channel: "webchat".to_owned(),
            name: name.to_owned(),
            enabled: true,
            is_request_source: true,
            settings: all.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            assignment: Some(Assignment::default()),
            department_id: department.to_string(),
            reopen_window_hours: 24,
            ..ChannelAccount::default()
        };
        let account_id = Uuid::now_v7().to_string();
        eventually("the gateway has announced itself and the account is connected", SOON, async || {
            let request =
                CreateChannelAccountRequest { request_id: account_id.clone(), account: Some(account.clone()) };
            match admin.accounts().create_channel_account(request).await {
                Ok(_) => Some(()),
                Err(status) if status.code() == tonic::Code::Unavailable => None,
                Err(status) => panic!("the account was refused: {status:?}"),
            }
        })
        .await;
        let site = self.site(&account_id);
        eventually("the gateway knows the account", SOON, async || site.connect().await.ok()).await.leave().await;
        site
    }

    /// A chat of this world's gateway.
    pub fn site(&self, account: &str) -> Site {
        Site::new(&self.environment["OKNO_PUBLIC_URL_WEBCHAT"], account, SHOP)
    }
}

/// Okno in one process, a chat, and an operator of its department.
pub async fn scene() -> (World, Site, Operator) {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let site = world.connect_webchat(&admin, "Чат магазина", &[]).await;
    let operator = world.operator("operator1").await;
    (world, site, operator)
}

impl Operator {
    /// The one conversation that waits, taken.
    pub async fn take_the_visitor(&self) -> Conversation {
        self.take_only().await
    }

    /// What the person wrote and what was answered, in order.
    pub async fn texts(&self, conversation: &str) -> Vec<String> {
        let said = |message: &&Message| !text_of(message).is_empty();
        self.messages(conversation).await.iter().filter(said).map(|message| text_of(message).to_owned()).collect()
    }
}

/// Texts of a welcome.
pub fn texts(welcome: &Value) -> Vec<&str> {
    welcome["messages"].as_array().expect("messages").iter().map(|m| m["text"].as_str().expect("a text")).collect()
}

/// The next message of staff's. An open chat hears of what its visitor has just written on another line as well, even of what its
/// welcome has told already: the browser puts both in by their ids, and their order is that of `at`.
pub async fn staffs(chat: &mut Chat) -> Value {
    loop {
        let message = chat.expect("message").await["message"].clone();
        if message["own"] == true {
            return message;
        }
    }
}

// acceptance: DI-4
#[tokio::test]
async fn a_visitor_writes_and_the_operator_is_told_without_reloading() {
    let (_world, site, operator) = scene().await;
    let mut news = operator.news("").await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "Где мой заказ?").await;
    let told = news
        .until("the visitor's message", |what| {
            let contracts::live::watch_response::What::Event(event) = what else { return None };
            let Some(What::ConversationChanged(changed)) = &event.what else { return None };
            changed.inbound.then(|| changed.conversation_id.clone())
        })
        .await;
    let conversation = operator.take_the_visitor().await;
    assert_eq!((&conversation.conversation_id, conversation.unread), (&told, 1));
    chat.write(2, "Номер 17").await;
    news.change(&told, |changed| changed.inbound).await;
    assert_eq!(operator.texts(&told).await, ["Где мой заказ?", "Номер 17"]);
}

#[tokio::test]
async fn a_visitor_who_types_is_seen_by_whoever_has_the_conversation() {
    let (_world, site, operator) = scene().await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "Здравствуйте").await;
    let conversation = operator.take_the_visitor().await.conversation_id;
    let mut news = operator.news("").await;
    chat.send(json!({ "t": "typing" })).await;
    news.until("the visitor types", |what| {
        let contracts::live::watch_response::What::Typing(typing) = what else { return None };
        (typing.conversation_id == conversation && typing.employee_id.is_empty()).then_some(())
    })
    .await;
}

// acceptance: DI-6, DI-11
#[tokio::test]
async fn a_file_goes_both_ways_and_delivered_and_read_come_back() {
    let (_world, site, operator) = scene().await;
    let (mut chat, token) = site.begin().await;
    let photo = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0".to_vec();
    let call = http().post(site.url("uploads?name=photo.png")).header("origin", SHOP).bearer_auth(&token);
    let uploaded: Value = call.body(photo.clone()).send().await.unwrap().json().await.unwrap();
    let mut frame = msg(1, "вот фото");
    merge(&mut frame, json!({ "files": [uploaded["upload"]] }));
    chat.send(frame).await;
    chat.expect("ack").await;
    let conversation = operator.take_the_visitor().await.conversation_id;
    let messages = operator.messages(&conversation).await;
    let came = messages.iter().find(|message| text_of(message) == "вот фото").expect("the photo");
    let file = &came.content.as_ref().unwrap().attachments[0];
    assert_eq!(operator.download(&file.attachment_id).await.1, photo);

    let invoice = operator.upload("счёт.pdf", "application/pdf", b"%PDF-1.7 a bill".to_vec(), 0).await;
    let request = SendMessageRequest { file_ids: vec![invoice], ..reply(&conversation, "вот счёт") };
    let sent = operator.try_send(request).await.expect("sent");
    let message = chat.expect("message").await["message"].clone();
    assert_eq!((&message["text"], &message["files"][0]["name"]), (&json!("вот счёт"), &json!("счёт.pdf")));
    let link = message["files"][0]["url"].as_str().expect("a link");
    let answer = http().get(format!("{}{link}", site.gateway)).send().await.unwrap();
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    assert_eq!(answer.text().await.unwrap(), "%PDF-1.7 a bill");

    operator.wait_for_status(&sent[0], MessageStatus::Sent).await;
    chat.send(json!({ "t": "got", "ids": [message["id"]] })).await;
    operator.wait_for_status(&sent[0], MessageStatus::Delivered).await;
    chat.send(json!({ "t": "read", "id": message["id"] })).await;
    operator.wait_for_status(&sent[0], MessageStatus::Read).await;
}

#[tokio::test]
async fn who_was_away_gets_what_was_missed() {
    let (_world, site, operator) = scene().await;
    let (mut chat, token) = site.begin().await;
    chat.write(1, "перезвоните").await;
    chat.leave().await;
    let conversation = operator.take_the_visitor().await.conversation_id;
    let first = operator.send(&conversation, "звоним").await;
    operator.wait_for_status(&first, MessageStatus::Sent).await;
    let second = operator.send(&conversation, "не дозвонились").await;
    operator.wait_for_status(&second, MessageStatus::Sent).await;
    let (mut chat, welcome) = site.enter(json!({ "token": token })).await;
    assert_eq!(texts(&welcome), ["перезвоните", "звоним", "не дозвонились"]);
    assert_eq!(welcome["unread"], 2);
    assert!(welcome["messages"][1]["author"].as_str().is_none_or(|name| !name.is_empty()));
    chat.send(json!({ "t": "read", "id": second.message_id })).await;
    operator.wait_for_status(&first, MessageStatus::Read).await;
    operator.wait_for_status(&second, MessageStatus::Read).await;
    chat.send(json!({ "t": "older", "before": first.message_id })).await;
    let older = chat.expect("older").await;
    assert_eq!(older["messages"][0]["text"], "перезвоните");
}

#[tokio::test]
async fn two_open_chats_of_one_visitor_see_the_same() {
    let (_world, site, operator) = scene().await;
    let (mut here, token) = site.begin().await;
    here.write(1, "раз").await;
    let (mut there, welcome) = site.enter(json!({ "token": token })).await;
    assert_eq!(texts(&welcome), ["раз"]);
    let id = here.write(2, "два").await;
    // What was written a moment ago on the other line may still come first.
    while there.expect("message").await["message"]["client"] != json!(id) {}
    let conversation = operator.take_the_visitor().await.conversation_id;
    let sent = operator.send(&conversation, "ответ").await;
    for chat in [&mut here, &mut there] {
        assert_eq!(staffs(chat).await["id"], json!(sent.message_id));
    }
}

#[tokio::test]
async fn an_edited_and_a_deleted_answer_change_on_the_site() {
    let (_world, site, operator) = scene().await;
    let (mut chat, _) = site.begin().await;
    chat.write(1, "сколько стоит?").await;
    let conversation = operator.take_the_visitor().await.conversation_id;
    let sent = operator.send(&conversation, "100").await;
    chat.expect("message").await;
    operator.wait_for_status(&sent, MessageStatus::Sent).await;
    let edit = EditMessageRequest {
        message_id: sent.message_id.clone(),
        text: "120".to_owned(),
        request_id: Uuid::now_v7().to_string(),
        ..EditMessageRequest::default()
    };
    operator.conversations().edit_message(edit).await.expect("edited");
    let changed = chat.expect("message").await["message"].clone();
    assert_eq!((&changed["text"], &changed["edited"]), (&json!("120"), &json!(true)));
    let delete = DeleteMessageRequest { message_id: sent.message_id.clone(), request_id: Uuid::now_v7().to_string() };
    operator.conversations().delete_message(delete).await.expect("deleted");
    assert_eq!(chat.expect("gone").await["id"], json!(sent.message_id));
}

/// A visitor whose browser keeps an outbox: what is not acknowledged is sent again, over new connections too.
struct Outbox {
    site: Site,
    token: String,
    chat: Option<Chat>,
}

impl Outbox {
    async fn write(&mut self, n: i64, text: &str) {
        let frame = msg(n, text);
        loop {
            let Some(chat) = &mut self.chat else {
                self.chat = self.site.connect().await.ok();
                if let Some(chat) = &mut self.chat {
                    chat.send(json!({ "t": "hello", "v": 1, "token": self.token })).await;
                }
                continue;
            };
            chat.send(frame.clone()).await;
            loop {
                match chat.next().await {
                    Ok(answer) if answer["t"] == "ack" && answer["id"] == frame["id"] => return,
                    // Again, after a moment.
                    Ok(answer) if answer["t"] == "nack" => break,
                    Ok(_) => {}
                    Err(_) => {
                        self.chat = None;
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_gateway_that_dies_while_visitors_write_loses_and_doubles_nothing() {
    let mut world = World::start_apart().await;
    world.run(&["gateway-webchat"]).await;
    let admin = world.operator("admin").await;
    let site = world.connect_webchat(&admin, "Чат магазина", &[]).await;
    let (chat, token) = site.begin().await;
    let mut visitor = Outbox { site, token, chat: Some(chat) };
    let writing = TaskTracker::new().spawn(async move {
        for n in 1..=20 {
            visitor.write(n, &format!("строка {n}")).await;
        }
        visitor
    });
    for after in [3, 9, 15] {
        eventually("some messages", SOON, async || {
            (world.count("select count(*) from inbox.message where direction = 1 and kind = 1").await >= after)
                .then_some(())
        })
        .await;
        world.kill_and_restart("gateway-webchat").await;
    }
    let mut visitor = tokio::time::timeout(SOON * 3, writing).await.expect("in time").expect("all was taken");
    let operator = world.operator("operator1").await;
    let conversation = operator.take_the_visitor().await.conversation_id;
    let wanted: Vec<String> = (1..=20).map(|n| format!("строка {n}")).collect();
    assert_eq!(operator.texts(&conversation).await, wanted);
    // And what was answered while the gateway was away is not lost either.
    world.kill("gateway-webchat");
    operator.send(&conversation, "читаем").await;
    world.run(&["gateway-webchat"]).await;
    visitor.chat = None;
    visitor.write(21, "ещё").await;
    let (mut chat, welcome) = visitor.site.enter(json!({ "token": visitor.token })).await;
    if !texts(&welcome).contains(&"читаем") {
        assert_eq!(staffs(&mut chat).await["text"], "читаем");
    }
    eventually("both sides have all of it in one order", SOON, async || {
        let (chat, welcome) = visitor.site.enter(json!({ "token": visitor.token })).await;
        chat.leave().await;
        let ours = operator.texts(&conversation).await;
        (ours.len() == 22 && texts(&welcome) == ours).then_some(())
    })
    .await;
    let ours = operator.messages(&conversation).await;
    assert_eq!(ours.iter().filter(|m| m.direction() == Direction::Out && text_of(m) == "читаем").count(), 1);
    assert_eq!(operator.list(ConversationView::Unassigned).await.len(), 0);
}
