use axum::http::HeaderMap;
use contracts::channel::{
    Attachment, Capabilities, Content, GatewayDescription, Inbound, LocalText, Message, Order, ProbeResponse,
    SettingsField, SettingsSchema, TextSpan, inbound::Body,
};
use model::AccountId;
use prost_types::Timestamp;

use super::scripted::{Scripted, message};
use crate::{
    AccountSetup, Download, FetchError, Gateway, Identity, Pacing, Polled, ProviderError, SendOutcome, SettingsError,
    Tools, Unauthentic, Way, conformance,
};

/// A gateway that breaks what can be broken.
struct Broken;

impl Gateway for Broken {
    const CHANNEL: &'static str = "Broken!";

    fn describe() -> GatewayDescription {
        let field = SettingsField { name: "Token".to_owned(), pattern: "(".to_owned(), ..SettingsField::default() };
        let title = LocalText { ru: "Сломан".to_owned(), en: "Сломан".to_owned() };
        GatewayDescription {
            title: Some(title),
            capabilities: Some(Capabilities { text_limit: 1, album_max: 1, ..Capabilities::default() }),
            settings: Some(SettingsSchema { fields: vec![field], ..SettingsSchema::default() }),
            ..GatewayDescription::default()
        }
    }

    fn connect(_setup: &AccountSetup) -> Result<Self, SettingsError> {
        Ok(Self)
    }

    fn way(&self) -> Way {
        Way::Webhook
    }

    fn parse(_account: AccountId, body: &[u8]) -> Vec<Inbound> {
        match body {
            b"panic" => std::panic::resume_unwind(Box::new("a bug")),
            b"nothing" => Vec::new(),
            b"impure" => vec![Inbound { key: uuid::Uuid::now_v7().to_string(), ..message("x") }],
            b"dated 1" => {
                vec![Inbound { sent_on: Some(Timestamp { seconds: 1_000_000_000, nanos: 0 }), ..message("x") }]
            }
            b"dated 2" => vec![Inbound { sent_on: Some(Timestamp { seconds: 1, nanos: 0 }), ..message("x") }],
            b"span" => {
                let span = TextSpan { offset: 3, length: 9, ..TextSpan::default() };
                let content = Content { text: "short".to_owned(), spans: vec![span], ..Content::default() };
                vec![Inbound { body: Some(Body::Message(Message { content: Some(content) })), ..message("x") }]
            }
            _ => vec![message(&"long".repeat(30)), message(&"long".repeat(30))],
        }
    }

    fn authenticate(&self, _headers: &HeaderMap, _body: &[u8]) -> Result<(), Unauthentic> {
        Ok(())
    }

    async fn open(&self, _webhook_url: Option<&str>) -> Result<Identity, ProviderError> {
        Ok(Identity::default())
    }

    async fn poll(&self, _position: Option<&str>) -> Result<Polled, ProviderError> {
        Ok(Polled::default())
    }

    async fn carry_out(&self, _order: &Order, _tools: &Tools) -> SendOutcome {
        SendOutcome::Unknown { text: String::new() }
    }

    async fn fetch(&self, _attachment: &Attachment) -> Result<Download, FetchError> {
        Err(FetchError::TooLarge)
    }

    async fn probe(_setup: &AccountSetup) -> ProbeResponse {
        ProbeResponse::default()
    }

    fn pacing() -> Pacing {
        <Scripted>::pacing()
    }
}

#[test]
fn a_gateway_that_holds_the_rules_passes() {
    conformance::check::<Scripted>(&["hello\nworld", "здравствуйте", "dates: 1, 2 and 3"]);
}

#[test]
#[should_panic(expected = "two deliveries of one event are two facts")]
fn a_repeat_that_would_not_be_noticed_is_found() {
    conformance::one_event::<Scripted>(&["hello", "hello"]);
    conformance::one_event::<Broken>(&["dated 1", "dated 2"]);
}

#[test]
fn each_broken_rule_is_named() {
    let samples = ["panic", "impure", "dated 1", "dated 2", "span", "twice"];
    let found = conformance::findings::<Broken>(&samples);
    for (rule, words) in [
        ("G1", "no channel name"),
        ("G5", "other facts the second time"),
        ("G6", "two facts have the key"),
        ("G7", "before 2000"),
        ("G10", "panics"),
        ("G12", "a span 3+9 of a text of 5 code points"),
        ("G37", "text_limit without text_unit"),
        ("G37", "both languages"),
        ("G37", "is Russian in its English text"),
    ] {
        let named = found.iter().any(|finding| finding.rule == rule && finding.text.contains(words));
        assert!(named, "{rule} {words} is missing in {found:#?}");
    }
}
