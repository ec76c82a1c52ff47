//! A mailbox that is connected by its owner's consent, given on the mail service's page.

use std::collections::HashMap;

use contracts::{
    channel::AccountHealth,
    errors::ErrorReason,
    inbox::{
        BeginConsentRequest, BeginConsentResponse, ChannelAccount, CreateChannelAccountRequest, FinishConsentRequest,
        GetChannelAccountRequest,
    },
    org::Role,
};
use testkit::{
    eventually,
    mail::{CLIENT_ID, CONSENT, FakeSmtp, FakeTokens, HostileImap, Trick, letter},
};
use uuid::Uuid;

use super::SUPPORT;
use crate::{deeds::reason, operator::Operator, stage::Stage, world::SOON};

const BACK: &str = "https://crm.example.com/settings/consent";

fn settings(tokens: &FakeTokens, imap: &HostileImap, smtp: &FakeSmtp) -> HashMap<String, String> {
    let pairs = [
        ("address", SUPPORT.to_owned()),
        ("provider", "other".to_owned()),
        ("in_host", "localhost".to_owned()),
        ("in_port", imap.port().to_string()),
        ("in_security", "none".to_owned()),
        ("smtp_host", "localhost".to_owned()),
        ("smtp_port", smtp.port().to_string()),
        ("smtp_security", "none".to_owned()),
        ("period_seconds", "10".to_owned()),
        ("oauth_client_id", CLIENT_ID.to_owned()),
        ("oauth_token_url", tokens.url().to_owned()),
        ("oauth_authorize_url", tokens.page().to_owned()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

async fn begin(by: &Operator, settings: &HashMap<String, String>) -> BeginConsentResponse {
    eventually("the gateway has announced itself", SOON, async || {
        let request = BeginConsentRequest {
            channel: "email".into(),
            settings: settings.clone(),
            redirect_uri: BACK.into(),
            ..BeginConsentRequest::default()
        };
        match by.accounts().begin_consent(request).await {
            Ok(begun) => Some(begun.into_inner()),
            Err(status) if status.code() == tonic::Code::Unavailable => None,
            Err(status) => panic!("refused: {status:?}"),
        }
    })
    .await
}

/// What the owner's browser is sent back with; it does not go there.
async fn visit(page: &str) -> HashMap<String, String> {
    let answer = browser().get(page).send().await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    let location: reqwest::Url = location.parse().expect("an address");
    location.query_pairs().into_owned().collect()
}

#[expect(clippy::disallowed_methods, reason = "it plays the owner's browser; egress guards the product's own calls")]
fn browser() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().expect("a client")
}

#[tokio::test]
async fn a_mailbox_is_connected_by_its_owners_consent_and_says_when_it_is_withdrawn() {
    let stage = Stage::set().await;
    let admin = stage.world.operator("admin").await;
    let (tokens, imap, smtp) =
        (FakeTokens::start().await, HostileImap::start(Trick::None).await, FakeSmtp::start().await);
    tokens.lasts(60); // kept for no time at all: its last minute is not used
    let settings = settings(&tokens, &imap, &smtp);
    let begun = begin(&admin, &settings).await;
    let back = visit(&begun.authorize_url).await;
    assert_eq!(back["state"], begun.state);
    let finish = |code: &str| FinishConsentRequest { state: begun.state.clone(), code: code.to_owned() };
    let department = stage.department().await;
    let other = stage.new_employee("other", &department, &[Role::Administrator]).await;
    assert_eq!(reason(other.accounts().finish_consent(finish(&back["code"])).await), ErrorReason::InvalidField);
    let consent = admin.accounts().finish_consent(finish(&back["code"])).await.expect("given").into_inner().consent;
    assert_eq!(reason(admin.accounts().finish_consent(finish(&back["code"])).await), ErrorReason::InvalidField, "once");
    assert!(!consent.contains(CONSENT), "the secret stays where it is");

    let create = |settings: HashMap<String, String>| CreateChannelAccountRequest {
        request_id: Uuid::now_v7().to_string(),
        account: Some(ChannelAccount {
            channel: "email".into(),
            name: "Почта".into(),
            enabled: true,
            is_request_source: true,
            settings,
            department_id: department.clone(),
            ..ChannelAccount::default()
        }),
    };
    let with = |consent: &str| {
        let mut all = settings.clone();
        all.insert("oauth_refresh_token".into(), consent.to_owned());
        all
    };
    let stolen = other.accounts().create_channel_account(create(with(&consent))).await;
    assert_eq!(reason(stolen), ErrorReason::InvalidField, "another administrator's consent");
    let account = admin.accounts().create_channel_account(create(with(&consent))).await.expect("connected");
    let account_id = account.into_inner().account.expect("an account").account_id;
    imap.put(letter("Anna <anna@example.com>", SUPPORT, "Hello", "1@example.com", "Good day"));
    let row = admin.conversation_with("Anna").await;

    // The next sign-in asks for a token anew, and is refused one.
    tokens.withdraw();
    admin.send(&row.conversation_id, "Good day to you").await;
    eventually("the trouble is told", std::time::Duration::from_secs(60), async || {
        let get = GetChannelAccountRequest { account_id: account_id.clone() };
        let account = admin.accounts().get_channel_account(get).await.expect("an account").into_inner().account?;
        let status = account.status?;
        (status.health() == AccountHealth::Disconnected && status.remedy_key == "consent").then_some(())
    })
    .await;
}
