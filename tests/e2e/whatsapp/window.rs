//! The 24 hours after a person's message, and what may be sent after them.

use std::time::Duration;

use contracts::{
    channel::{ChannelTemplate, FailureReason, TemplateApproval, TemplateMessage, TemplateValue},
    errors::ErrorReason,
    inbox::{ListChannelTemplatesRequest, MessageStatus, RefreshChannelTemplatesRequest, SendMessageRequest},
};
use serde_json::{Value, json};
use testkit::{eventually, whatsapp::Shape};

use super::Scene;
use crate::{
    deeds::{reason, reply, text_of},
    world::SOON,
};

fn template(name: &str, status: &str) -> Value {
    let body =
        json!({ "type": "BODY", "text": "{{1}}, заказ {{2}} готов", "example": { "body_text": [["Анна", "7"]] } });
    json!({ "name": name, "language": "ru", "status": status, "category": "UTILITY", "components": [body] })
}

impl Scene {
    /// The account's templates, once Meta has been asked for them again.
    async fn templates(&self, count: usize) -> Vec<ChannelTemplate> {
        let refresh = RefreshChannelTemplatesRequest { account_id: self.account.clone() };
        self.operator.templates().refresh_channel_templates(refresh).await.expect("asked for");
        let list = ListChannelTemplatesRequest { account_id: self.account.clone(), ..<_>::default() };
        eventually(&format!("{count} templates are listed"), SOON, async || {
            let answer = self.operator.templates().list_channel_templates(list.clone()).await.expect("a list");
            Some(answer.into_inner().templates).filter(|templates| templates.len() == count)
        })
        .await
    }

    /// Our clock comes to the window's end, too.
    async fn close_window(&self) {
        sqlx::query("update inbox.conversation set reply_until = now() - interval '1 min'")
            .execute(&self.world.pool)
            .await
            .expect("the window's end");
    }
}

// acceptance: DI-11
#[tokio::test]
async fn a_closed_window_is_said_before_and_after_sending() {
    let scene = Scene::set().await;
    let anna = scene.number.user(Shape::phone("79990000001", "Анна"));
    anna.text("Здравствуйте");
    let conversation = scene.operator.take_only().await.conversation_id;
    // Our clock says that the window is open, and Meta says otherwise: it accepts, and tells later.
    scene.whatsapp.advance(Duration::from_secs(25 * 3600));
    let late = scene.send(reply(&conversation, "Ещё думаете?")).await;
    let failed = scene.operator.wait_for_status(&late, MessageStatus::Failed).await;
    let failure = failed.failure.unwrap();
    assert_eq!((failure.reason(), failure.provider_code.as_str()), (FailureReason::WindowClosed, "131047"));
    assert!(anna.received().is_empty());

    scene.close_window().await;
    let row = scene.operator.conversation(&conversation).await.unwrap();
    assert!(row.reply_until.unwrap().seconds < chrono::Utc::now().timestamp(), "the composer knows");
    assert_eq!(reason(scene.operator.try_send(reply(&conversation, "Ау")).await), ErrorReason::WindowClosed);
    anna.text("Да");
    scene.operator.message_with(&conversation, "Да").await;
    let sent = scene.send(reply(&conversation, "Отлично")).await;
    scene.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
}

#[tokio::test]
async fn a_template_that_meta_has_approved_opens_a_closed_window() {
    let scene = Scene::set().await;
    scene.number.template(template("order_ready", "APPROVED"));
    scene.number.template(template("sale", "REJECTED"));
    let anna = scene.number.user(Shape::hidden("RU.1", "anna", "Анна"));
    anna.text("Здравствуйте");
    let conversation = scene.operator.take_only().await.conversation_id;
    let listed = scene.templates(2).await;
    let states: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.approval())).collect();
    assert_eq!(states, [("order_ready", TemplateApproval::Approved), ("sale", TemplateApproval::Rejected)]);

    scene.whatsapp.advance(Duration::from_secs(25 * 3600));
    scene.close_window().await;
    let filled = |name: &str| {
        let value = |variable: &str, value: &str| TemplateValue { variable: variable.into(), value: value.into() };
        let values = vec![value("body.1", "Анна"), value("body.2", "12")];
        let template = TemplateMessage { name: name.into(), language: "ru".into(), values };
        SendMessageRequest { template: Some(template), ..reply(&conversation, "") }
    };
    assert_eq!(reason(scene.operator.try_send(filled("sale")).await), ErrorReason::TemplateNotApproved);
    let sent = scene.send(filled("order_ready")).await;
    assert_eq!(text_of(&sent), "Анна, заказ 12 готов");
    scene.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
    let got = anna.received();
    assert_eq!((got.len(), got[0].kind.as_str(), &got[0].json["recipient"]), (1, "template", &json!("RU.1")));
    let values = json!([{ "type": "text", "text": "Анна" }, { "type": "text", "text": "12" }]);
    assert_eq!(got[0].json["template"]["components"][0]["parameters"], values);
}
