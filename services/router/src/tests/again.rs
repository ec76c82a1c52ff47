//! A message that did not arrive, sent once more in another conversation of the same client.

use contracts::{
    channel::{AttachmentKind, Capabilities, GatewayDescription, MediaCapability, ReceiptStatus},
    errors::ErrorReason,
    inbox::{
        BatchGetMessagesRequest, Message, MessageStatus, SendMessageAgainRequest, SendMessageRequest,
        conversation_service_server::ConversationService,
    },
};
use model::{AccountId, MessageId};
use prost::Message as _;
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::office::{Dialog, Office, channel, claim, id_of, reason, receipt};

impl Office {
    /// Another account, of channel "fax", in which this customer writes too.
    async fn on_fax(&self, address: &str, can: Capabilities) -> Dialog {
        let dialog = self.writes(address, "И по факсу").await;
        let account = AccountId::new();
        let description = GatewayDescription { capabilities: Some(can), ..GatewayDescription::default() };
        let sql = "insert into inbox.gateway (channel, description, last_seen_at) values ('fax', $1, now())";
        sqlx::query(sql).bind(description.encode_to_vec()).execute(&self.pool).await.unwrap();
        let sql = "with a as (insert into inbox.account (account_id, channel, name, department_id) values ($1, 'fax', 'Факс', $2))
                   update inbox.conversation set account_id = $1 where conversation_id = $3::uuid";
        sqlx::query(sql).bind(account.0).bind(self.sales.0).bind(&dialog.id).execute(&self.pool).await.unwrap();
        dialog
    }

    /// Makes the people behind these addresses one client.
    async fn one_client(&self, addresses: &[&str]) {
        let sql = "with c as (insert into crm.client (client_id, name, search_name, kind, request_sha256)
                       values (gen_random_uuid(), 'Клиент', 'клиент', 1, '') returning client_id)
                   insert into crm.contact_point_link (contact_point_id, client_id)
                   select p.contact_point_id, c.client_id from c, inbox.contact_point p where p.address = any ($1)";
        sqlx::query(sql).bind(addresses).execute(&self.pool).await.unwrap();
    }

    async fn failed(&self, by: &Caller, dialog: &Dialog, text: &str) -> MessageId {
        let id = self.send(by, dialog, text).await;
        self.facts(vec![claim(id, 0), receipt(id, ReceiptStatus::Failed, &[])]).await;
        id
    }

    async fn again(&self, by: &Caller, id: MessageId, new: MessageId, to: &str) -> Result<Message, Status> {
        let request = SendMessageAgainRequest {
            message_id: id.to_string(),
            new_message_id: new.to_string(),
            conversation_id: to.to_owned(),
        };
        Ok(self.conversations.send_message_again(by.request(request)).await?.into_inner().message.unwrap())
    }

    async fn one(&self, by: &Caller, id: &str) -> Message {
        let request = BatchGetMessagesRequest { message_ids: vec![id.to_owned()], in_passing: false };
        self.conversations.batch_get_messages(by.request(request)).await.unwrap().into_inner().messages.remove(0)
    }
}

#[tokio::test]
async fn it_goes_by_another_channel_of_the_same_client() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let from = office.taken(&anna, "one").await;
    let to = office.on_fax("two", channel()).await;
    office.take(&anna, &to).await.unwrap();
    office.one_client(&["one", "two"]).await;
    let old = office.failed(&anna, &from, "Ваш заказ готов").await;
    office.events().await;
    let new = MessageId::new();
    let made = office.again(&anna, old, new, &to.id).await.unwrap();
    assert_eq!((made.message_id.as_str(), made.conversation_id.as_str()), (new.to_string().as_str(), to.id.as_str()));
    assert_eq!((made.status(), made.content.unwrap().text.as_str()), (MessageStatus::Queued, "Ваш заказ готов"));
    assert_eq!(office.one(&anna, &old.to_string()).await.sent_again_as_message_id, new.to_string());
    let channels: Vec<String> =
        sqlx::query_scalar("select channel from inbox.outgoing where message_id = $1 and kind = 10")
            .bind(new.0)
            .fetch_all(&office.pool)
            .await
            .unwrap();
    assert_eq!(channels, ["fax"]);
    let told: Vec<_> = office
        .events()
        .await
        .into_iter()
        .filter_map(|(what, audience)| match what {
            contracts::live::event::What::ConversationChanged(changed) => Some((changed, audience)),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 2, "each conversation tells its own");
    assert_eq!(told[0].0.message_ids, [new.to_string()]);
    assert_eq!(told[1].0.message_ids, [old.to_string()]);
    assert_eq!((told[1].0.conversation_id.as_str(), &told[1].1.employee_ids), (from.id.as_str(), &vec![id_of(&anna)]));
    let row = office.row(&anna, &to).await.unwrap();
    assert_eq!(row.last_message.unwrap().text, "Ваш заказ готов");
    // A repeat, also from another window or to another place, makes no second.
    let repeat = office.again(&anna, old, MessageId::new(), &to.id).await.unwrap();
    assert_eq!(repeat.message_id, new.to_string());
    let here = office.again(&anna, old, MessageId::new(), "").await.unwrap();
    assert_eq!(here.message_id, new.to_string());
    assert_eq!(office.count("select count(*) from inbox.message where text = 'Ваш заказ готов'").await, 2);
}

#[tokio::test]
async fn another_clients_conversation_is_refused() {
    let office = Office::open().await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let vera = office.operator("Вера", office.service).await;
    let from = office.taken(&anna, "one").await;
    let to = office.on_fax("two", channel()).await;
    let old = office.failed(&anna, &from, "Ваш заказ готов").await;
    let again = async |by: &Caller, to: &str| office.again(by, old, MessageId::new(), to).await.unwrap_err();
    let refused = again(&anna, &to.id).await;
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, ErrorReason::OtherClient));
    office.one_client(&["one"]).await;
    assert_eq!(reason(&again(&anna, &to.id).await), ErrorReason::OtherClient, "the other belongs to nobody");
    sqlx::query("delete from crm.contact_point_link").execute(&office.pool).await.unwrap();
    office.one_client(&["one", "two"]).await;
    let refused = again(&anna, &to.id).await;
    assert_eq!((refused.code(), rpc::metadata_of(&refused)["why"].as_str()), (Code::PermissionDenied, "take_first"));
    office.take(&boris, &to).await.unwrap();
    assert_eq!(reason(&again(&anna, &to.id).await), ErrorReason::ConversationNotFound, "Борис has it");
    assert_eq!(reason(&again(&boris, &to.id).await), ErrorReason::MessageNotFound, "Анна has the first");
    assert_eq!(reason(&again(&vera, &to.id).await), ErrorReason::MessageNotFound);
    assert_eq!(again(&anna, &Uuid::now_v7().to_string()).await.code(), Code::NotFound);
    assert_eq!(reason(&again(&anna, "7").await), ErrorReason::InvalidField);
    assert_eq!(office.count("select count(*) from inbox.message where text = 'Ваш заказ готов'").await, 1);
}

#[tokio::test]
async fn the_other_channels_limits_hold_and_files_come_along() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let from = office.taken(&anna, "one").await;
    let media =
        |kind: AttachmentKind| MediaCapability { kind: kind.into(), max_bytes: 1_000, ..MediaCapability::default() };
    let can = Capabilities { text_limit: 10, media: vec![media(AttachmentKind::Document)], ..Capabilities::default() };
    let to = office.on_fax("two", can).await;
    office.take(&anna, &to).await.unwrap();
    office.one_client(&["one", "two"]).await;
    let file = office.uploaded(&anna, "счёт.png", "image/png", 100).await;
    let id = MessageId::new();
    let request = SendMessageRequest {
        message_id: id.to_string(),
        conversation_id: from.id.clone(),
        text: "Вот ваш счёт, два".into(),
        file_ids: vec![file.to_string()],
        ..SendMessageRequest::default()
    };
    office.conversations.send_message(anna.request(request)).await.unwrap();
    office.facts(vec![claim(id, 0), receipt(id, ReceiptStatus::Failed, &[])]).await;
    let new = MessageId::new();
    office.again(&anna, id, new, &to.id).await.unwrap();
    let parts: Vec<(String, Option<i16>, Option<String>)> = sqlx::query_as(
        "select m.text, a.kind, a.object_key from inbox.message m left join inbox.attachment a using (message_id)
         where m.group_key = $1 order by m.seq",
    )
    .bind(new.to_string())
    .fetch_all(&office.pool)
    .await
    .unwrap();
    let document = (String::new(), Some(AttachmentKind::Document as i16), Some(format!("up/{file}")));
    assert_eq!(parts, [("Вот ваш ".into(), None, None), ("счёт, два".into(), None, None), document]);
    assert_eq!(office.count("select count(*) from inbox.attachment").await, 2, "the old one keeps its own");

    let small = office.failed(&anna, &from, "x").await;
    sqlx::query("update inbox.account set enabled = false where channel = 'fax'").execute(&office.pool).await.unwrap();
    let refused = office.again(&anna, small, MessageId::new(), &to.id).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::AccountOff);
}

#[tokio::test]
async fn its_own_conversation_may_be_named_too() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let dialog = office.taken(&anna, "one").await;
    let old = office.failed(&anna, &dialog, "Ваш заказ готов").await;
    let new = MessageId::new();
    let made = office.again(&anna, old, new, &dialog.id).await.unwrap();
    assert_eq!((made.message_id, made.conversation_id), (new.to_string(), dialog.id));
}
