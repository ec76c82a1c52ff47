//! Opening an account, the handshake, and the check of settings, against the fake.

use contracts::channel::AccountHealth;
use gateway_kit::{AccountSetup, Gateway, PUBLIC_URL, ProviderError};
use gateway_whatsapp::WhatsApp;
use testkit::whatsapp::Fault;

use crate::common::{World, setup};

#[tokio::test]
async fn an_account_tells_who_it_is_and_what_is_wrong_with_it() {
    let world = World::start().await;
    let gateway = WhatsApp::connect(&setup(&world.whatsapp, &world.number, &[("callback", "app")])).unwrap();
    assert!(gateway.open(None).await.unwrap().name.ends_with(", Окна"));
    for (status, expected) in [("BANNED", "locked"), ("DISCONNECTED", "register"), ("RESTRICTED", "meta")] {
        world.number.set_status(status);
        let error = gateway.open(None).await.unwrap_err();
        let ProviderError::Account { remedy_key, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*remedy_key, error.to_string().contains(status)), (expected, true));
    }
    world.whatsapp.fail_next("number", Fault::error(400, 190));
    let error = gateway.open(None).await.unwrap_err();
    let gone = AccountHealth::Disconnected;
    assert!(matches!(error, ProviderError::Account { remedy_key: "token", health, .. } if health == gone));
    world.whatsapp.fail_next("number", Fault::Html(502));
    assert!(matches!(gateway.open(None).await, Err(ProviderError::Temporary { .. })));
}

#[tokio::test]
async fn without_an_address_that_meta_can_reach_the_account_says_so() {
    let world = World::start().await;
    let error = world.gateway.open(None).await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "public_url", .. }), "{error:?}");
    // Nothing listens there, so the challenge is not answered.
    let error = world.gateway.open(Some("http://127.0.0.1:9/hook")).await.unwrap_err();
    assert!(matches!(error, ProviderError::Account { remedy_key: "webhook", .. }), "{error:?}");
}

async fn failed_fields(setup: &AccountSetup) -> Vec<String> {
    let steps = WhatsApp::probe(setup).await.steps;
    steps.into_iter().filter(|step| !step.passed).map(|step| step.field).collect()
}

#[tokio::test]
async fn the_check_of_settings_names_the_field_that_is_wrong() {
    let world = World::start().await;
    let with = |more: &[(&str, &str)]| {
        let public = [(PUBLIC_URL, "https://okno.example.com")];
        setup(&world.whatsapp, &world.number, &[public.as_slice(), more].concat())
    };
    assert_eq!(failed_fields(&with(&[])).await, Vec::<String>::new());
    let answer = WhatsApp::probe(&with(&[])).await;
    assert!(answer.identity.starts_with('+') && answer.steps.len() == 5, "{answer:?}");
    let other = world.whatsapp.number();
    for (field, value) in [
        ("token", "EAAanotherTokenThatIsWrong"),
        ("phone_number_id", "106540352299999"),
        ("app_secret", "00000000000000000000000000000099"),
        ("waba_id", other.business()),
        ("api_url", "http://127.0.0.1:9"),
        ("callback", "pigeon"),
    ] {
        assert_eq!(failed_fields(&with(&[(field, value)])).await, [field], "{field}");
    }
    assert_eq!(failed_fields(&with(&[(PUBLIC_URL, "")])).await, ["callback"]);
    assert_eq!(
        world.whatsapp.count("configure") + world.whatsapp.count("subscribed_apps"),
        0,
        "a check changes nothing"
    );
}
