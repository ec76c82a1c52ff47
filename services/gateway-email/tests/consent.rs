//! Signing in without a password: by a token that the mail service gives for a consent.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use contracts::channel::{AccountHealth, ConsentBegin, ConsentFinish, ProbeStep, inbound, probe_request::Consent};
use gateway_email::Email;
use gateway_kit::{AccountSetup, Consented, Gateway, KEPT, OWN_KEY, ProviderError, SendOutcome, Tools};
use object_store::{ObjectStore, memory::InMemory};
use testkit::mail::{CLIENT_ID, CONSENT, FakeSmtp, FakeTokens, HostileImap, MailHouse, Trick, letter};

use crate::common::{SUPPORT, answer, connect, sent, setup, setup_of};

const ANNA: &str = "anna@example.com";

fn by_consent<'a>(tokens: &'a FakeTokens, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let consent = [
        ("password", ""),
        ("oauth_client_id", CLIENT_ID),
        ("oauth_refresh_token", CONSENT),
        ("oauth_token_url", tokens.url()),
    ];
    consent.iter().chain(more).copied().collect()
}

/// A mailbox at servers that take tokens.
fn mailbox(tokens: &FakeTokens, imap: &HostileImap, smtp: &FakeSmtp) -> AccountSetup {
    let (imap, smtp) = (imap.port().to_string(), smtp.port().to_string());
    let ports = [
        ("in_port", imap.as_str()),
        ("in_security", "none"),
        ("smtp_port", smtp.as_str()),
        ("smtp_security", "none"),
        ("period_seconds", "10"),
    ];
    setup(&by_consent(tokens, &ports))
}

fn needs_consent(error: &ProviderError) -> bool {
    matches!(error, ProviderError::Account { remedy_key: "consent", health: AccountHealth::Disconnected, .. })
}

fn begin(challenge: &str) -> Consent {
    Consent::ConsentBegin(ConsentBegin {
        redirect_uri: "https://crm.example.com/settings/consent".into(),
        state: "state".into(),
        code_challenge: challenge.into(),
    })
}

/// What the browser comes back with from the service's page.
async fn visit(page: &str) -> HashMap<String, String> {
    let url: egress::Url = page.parse().expect("an address");
    let options = egress::Options { allow_private: true, allow_http: true, ..egress::Options::server(&url) };
    let client = egress::Client::new(options).expect("a client");
    let answer = client.get(&url).expect("a call").send().await.expect("an answer");
    let location = answer.headers().get("location").expect("a redirect").to_str().expect("text").to_owned();
    let location: egress::Url = location.parse().expect("an address");
    location.query_pairs().into_owned().collect()
}

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn the_services_page_gives_a_consent_to_whoever_began_it() {
    let tokens = FakeTokens::start().await;
    let page = tokens.page().to_owned();
    let own = [
        ("password", ""),
        ("oauth_client_id", CLIENT_ID),
        ("oauth_token_url", tokens.url()),
        ("oauth_authorize_url", &page),
    ];
    let setup = setup(&own);
    let Ok(Consented::Page(page)) = Email::consent(&setup, &begin(CHALLENGE)).await else { panic!("a page") };
    assert!(page.contains("login_hint=support%40example.org"), "{page}");
    let back = visit(&page).await;
    assert_eq!(back["state"], "state");
    let finish = |verifier: &str, code: &str| {
        Consent::ConsentFinish(ConsentFinish {
            redirect_uri: "https://crm.example.com/settings/consent".into(),
            code: code.into(),
            code_verifier: verifier.into(),
        })
    };
    let Ok(Consented::Given(given)) = Email::consent(&setup, &finish(VERIFIER, &back["code"])).await else {
        panic!("a consent")
    };
    assert_eq!(given["oauth_refresh_token"], CONSENT);
    let refused = |answer: Result<Consented, Box<ProbeStep>>| answer.err().expect("a refusal").field;
    assert_eq!(refused(Email::consent(&setup, &finish(VERIFIER, &back["code"])).await), "oauth_refresh_token", "once");
    let again = visit(&page).await;
    let stolen = Email::consent(&setup, &finish("another verifier", &again["code"])).await;
    assert_eq!(refused(stolen), "oauth_refresh_token", "a code without what it was asked with");
}

#[tokio::test]
async fn a_consent_that_the_service_replaces_is_kept() {
    let (tokens, imap, smtp) =
        (FakeTokens::start().await, HostileImap::start(Trick::None).await, FakeSmtp::start().await);
    tokens.replace();
    let mut setup = mailbox(&tokens, &imap, &smtp);
    setup.settings.insert(OWN_KEY.to_owned(), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned());
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let gateway = connect(&setup, &objects);
    gateway.open(None).await.expect("signed in");
    let told = gateway.poll(None).await.expect("a poll").facts;
    let Some(inbound::Body::Kept(kept)) = told.first().and_then(|fact| fact.body.clone()) else {
        panic!("what replaced it is told: {told:?}")
    };
    let forgetful = connect(&setup, &objects);
    assert!(needs_consent(&forgetful.open(None).await.expect_err("the first consent counts no more")));
    setup.settings.insert(KEPT.to_owned(), BASE64_STANDARD.encode(kept.sealed));
    connect(&setup, &objects).open(None).await.expect("signed in by what was kept");
}

/// One token for both sides, as long as it is good.
#[tokio::test]
async fn letters_come_and_go_by_a_token() {
    let (tokens, imap, smtp) =
        (FakeTokens::start().await, HostileImap::start(Trick::None).await, FakeSmtp::start().await);
    let setup = mailbox(&tokens, &imap, &smtp);
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let gateway = connect(&setup, &objects);
    imap.put(letter(ANNA, SUPPORT, "Hello", "1@example.com", "Good day"));
    gateway.open(None).await.expect("signed in");
    sent(gateway.carry_out(&answer(ANNA, "Good day to you"), &Tools::alone(setup.account, objects)).await);
    assert_eq!(smtp.taken()[0].to, [ANNA]);
    let first = gateway.poll(None).await.expect("a poll");
    assert!(first.position.is_some());
    assert_eq!(tokens.given(), 1);
}

#[tokio::test]
async fn a_consent_that_was_withdrawn_is_the_accounts_trouble() {
    let (tokens, imap, smtp) =
        (FakeTokens::start().await, HostileImap::start(Trick::None).await, FakeSmtp::start().await);
    tokens.withdraw();
    let setup = mailbox(&tokens, &imap, &smtp);
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let gateway = connect(&setup, &objects);
    let error = gateway.open(None).await.expect_err("no token");
    assert!(needs_consent(&error) && error.to_string().contains("invalid_grant"), "{error:?}");
    let outcome = gateway.carry_out(&answer(ANNA, "?"), &Tools::alone(setup.account, objects)).await;
    assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "consent", .. }), "{outcome:?}");
    let fields: Vec<_> =
        Email::probe(&setup).await.steps.into_iter().filter(|step| !step.passed).map(|step| step.field).collect();
    assert_eq!(fields, ["oauth_refresh_token", "oauth_refresh_token"]);
}

/// Dovecot takes no tokens here: it says why, waits for an empty line, and refuses. POP3 and submission do the same.
#[tokio::test]
async fn a_token_that_a_server_refuses_is_told_and_asked_for_anew() {
    let (tokens, house) = (FakeTokens::start().await, MailHouse::start().await.expect("a mail house"));
    let pop3 = house.dovecot.pop3_port().to_string();
    let pop3 = [("receive", "pop3"), ("in_port", pop3.as_str()), ("in_security", "starttls")];
    for (number, more) in (1..).zip([&[][..], &pop3]) {
        let setup = setup_of(&house, &by_consent(&tokens, more));
        let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let gateway = connect(&setup, &objects);
        let error = gateway.open(None).await.expect_err("refused");
        assert!(needs_consent(&error), "{error:?}");
        let outcome = gateway.carry_out(&answer(ANNA, "?"), &Tools::alone(setup.account, objects)).await;
        assert!(matches!(outcome, SendOutcome::AccountProblem { remedy_key: "consent", .. }), "{outcome:?}");
        assert_eq!(tokens.given(), 2 * number, "a refused token is not shown again");
    }
}
