//! The list of templates, and a template on its way out.

use std::time::Duration;

use contracts::channel::{
    AttachmentKind, Content, FailureReason as R, TemplateApproval, TemplateMessage, TemplateValue,
};
use gateway_kit::{Gateway, ProviderError};
use serde_json::{Value, json};
use testkit::whatsapp::Fault;

use crate::common::{World, reason};

fn template(name: &str, status: &str, components: Value) -> Value {
    json!({ "name": name, "language": "ru", "status": status, "category": "UTILITY", "components": components })
}

fn filled(name: &str, values: &[(&str, &str)]) -> Content {
    let value =
        |(variable, value): &(&str, &str)| TemplateValue { variable: (*variable).into(), value: (*value).into() };
    let values = values.iter().map(value).collect();
    let template = TemplateMessage { name: name.into(), language: "ru".into(), values };
    Content { template: Some(template), text: "как он читается".into(), ..Content::default() }
}

#[tokio::test]
async fn all_pages_are_listed() {
    let world = World::start().await;
    for n in 0..250 {
        world.number.template(template(&format!("t{n}"), "APPROVED", json!([{ "type": "BODY", "text": "{{1}}" }])));
    }
    world.number.template(template("held", "PAUSED", json!([])));
    let list = world.gateway.templates().await.unwrap();
    assert_eq!((list.len(), world.whatsapp.count("message_templates")), (251, 3));
    assert_eq!((list[0].variables[0].name.as_str(), list[0].approval()), ("body.1", TemplateApproval::Approved));
    assert_eq!((list[250].approval(), list[250].approval_note.as_str()), (TemplateApproval::Paused, "PAUSED"));
    let headers = world.whatsapp.calls("message_templates");
    assert!(headers.iter().all(|call| !call.query.contains_key("access_token")), "the token stays in its header");
}

#[tokio::test]
async fn a_list_that_fails_says_what_helps() {
    let world = World::start().await;
    world.whatsapp.fail_next("message_templates", Fault::error(400, 80_007));
    let error = world.gateway.templates().await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Temporary { retry_after: Some(wait), .. } if wait > Duration::from_secs(60))
    );
    world.whatsapp.fail_next("message_templates", Fault::error(403, 200));
    let error = world.gateway.templates().await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "permission", .. }));
}

#[tokio::test]
async fn a_template_opens_a_closed_window_with_its_values_and_file() {
    let world = World::start().await;
    let anna = world.anna();
    world.whatsapp.advance(Duration::from_secs(25 * 3600));
    let body = json!({ "type": "BODY", "text": "{{1}}, ждём вас {{2}}" });
    world.number.template(template("plain", "APPROVED", json!([body])));
    world.number.template(template("picture", "APPROVED", json!([{ "type": "HEADER", "format": "IMAGE" }, body])));
    let values = [("body.2", "в 10:00"), ("body.1", "Анна")];
    world.accepted(filled("plain", &values)).await;
    let file = world.file(AttachmentKind::Image, "a.png", "image/png", b"png".to_vec()).await;
    world.accepted(Content { attachments: vec![file], ..filled("picture", &values) }).await;
    let got = anna.received();
    let text = |value: &str| json!({ "type": "text", "text": value });
    let expected = json!([{ "type": "body", "parameters": [text("Анна"), text("в 10:00")] }]);
    assert_eq!(got[0].json["template"]["components"], expected);
    assert_eq!(got[1].file.as_ref().unwrap().bytes.as_ref(), b"png");
}

#[tokio::test]
async fn a_picture_or_video_that_does_not_fit_above_a_template_is_refused_here() {
    let world = World::start().await;
    world.anna();
    let header = json!({ "type": "HEADER", "format": "IMAGE" });
    world.number.template(template("picture", "APPROVED", json!([header, { "type": "BODY", "text": "!" }])));
    for (kind, mime, size, expected) in [
        (AttachmentKind::Image, "image/png", (5 << 20) + 1, R::FileTooLarge),
        (AttachmentKind::Image, "image/webp", 100, R::FileRejected),
        (AttachmentKind::Video, "video/mp4", (16 << 20) + 1, R::FileTooLarge),
    ] {
        let file = world.file(kind, "a", mime, vec![7; size]).await;
        let content = Content { attachments: vec![file], ..filled("picture", &[]) };
        assert_eq!(reason(world.send(content).await), expected, "{mime} {size}");
    }
    assert_eq!(world.whatsapp.count("media"), 0);
}

#[tokio::test]
async fn a_template_that_is_not_as_meta_has_it_is_refused() {
    let world = World::start().await;
    world.anna();
    world.number.template(template("plain", "APPROVED", json!([{ "type": "BODY", "text": "{{1}}" }])));
    world.number.template(template("held", "PAUSED", json!([])));
    for content in
        [filled("none", &[]), filled("held", &[]), filled("plain", &[]), filled("plain", &[("footer.1", "x")])]
    {
        assert_eq!(reason(world.send(content).await), R::TemplateRefused);
    }
}
