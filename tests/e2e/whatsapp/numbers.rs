//! Numbers: connecting one, several side by side, and one that is lost.

use std::time::Duration;

use contracts::{
    channel::{AccountHealth, GatewayDescription, ProbeStep},
    inbox::{CheckSettingsRequest, ListGatewaysRequest, MessageStatus},
};
use testkit::{
    eventually,
    whatsapp::{Fault, Shape},
};

use super::{Scene, connect, settings};
use crate::{deeds::reply, world::SOON};

impl Scene {
    /// What the channels page knows of WhatsApp.
    pub(super) async fn gateway(&self) -> GatewayDescription {
        let gateways = self.admin.accounts().list_gateways(ListGatewaysRequest::default()).await.expect("gateways");
        let mut described = gateways.into_inner().gateways.into_iter().filter_map(|gateway| gateway.description);
        described.find(|gateway| gateway.channel == "whatsapp").expect("WhatsApp's own")
    }

    /// "Check settings", for a number that is not connected yet.
    async fn check(&self, more: &[(&str, &str)]) -> Vec<ProbeStep> {
        let settings = settings(&self.whatsapp, &self.number, more);
        let request = CheckSettingsRequest { channel: "whatsapp".to_owned(), settings, ..<_>::default() };
        let answer = self.admin.accounts().check_settings(request).await.expect("an answer").into_inner();
        answer.probe.expect("what was tried").steps
    }
}

// acceptance: DI-1
#[tokio::test]
async fn connecting_a_number_asks_for_what_is_needed_and_names_what_is_wrong() {
    let scene = Scene::set().await;
    let schema = scene.gateway().await.settings.unwrap();
    let required = schema.fields.iter().filter(|field| field.required).map(|field| field.name.as_str());
    assert_eq!(required.collect::<Vec<_>>(), ["phone_number_id", "waba_id", "token", "app_secret"]);
    assert!(schema.fields.iter().all(|field| field.title.is_some()) && !schema.steps.is_empty());
    let right = scene.check(&[]).await;
    assert!(right.len() >= 4 && right.iter().all(|step| step.passed), "{right:?}");
    for (field, value) in [
        ("token", "EAAwrong"),
        ("phone_number_id", "999999999999"),
        ("waba_id", "888888888888"),
        ("app_secret", "0123456789abcdef0123456789abcdef"),
    ] {
        let steps = scene.check(&[(field, value)]).await;
        let wrong: Vec<_> = steps.iter().filter(|step| !step.passed).collect();
        assert_eq!(wrong.iter().map(|step| step.field.as_str()).collect::<Vec<_>>(), [field], "{steps:?}");
        assert!(wrong[0].problem.as_ref().is_some_and(|problem| !problem.ru.contains(value)), "{steps:?}");
    }
    scene.becomes(AccountHealth::Connected, SOON).await;
}

#[tokio::test]
async fn several_numbers_share_one_address_and_each_keeps_its_own() {
    let scene = Scene::set().await;
    let one = scene.whatsapp.number();
    let two = scene.whatsapp.number_beside(&one);
    let own = [("callback", "app"), ("verify_token", "a word")];
    let mut accounts = Vec::new();
    for number in [&one, &two] {
        accounts.push(connect(&scene.world, &scene.admin, &scene.whatsapp, number, &own).await);
    }
    let listen = &scene.world.environment["OKNO_GATEWAY_WHATSAPP_LISTEN"];
    for account in accounts.iter().rev() {
        let url = format!("http://{listen}/hook/whatsapp/{account}");
        eventually("Meta verifies the app's address", SOON, async || {
            one.set_app_callback(&url, "a word").await.then_some(())
        })
        .await;
    }
    scene.whatsapp.hold();
    let boris = one.user(Shape::full("79990000002", "RU.2", "boris", "Борис"));
    boris.text("Первому");
    two.user(Shape::phone("79990000003", "Вера")).text("Второму");
    scene.whatsapp.release();
    let (first, second) =
        (scene.operator.conversation_with("Борис").await, scene.operator.conversation_with("Вера").await);
    assert_eq!([first.account_id.clone(), second.account_id.clone()], [accounts[0].clone(), accounts[1].clone()]);

    scene.operator.take(&first.request.unwrap().request_id).await.expect("taken");
    let sent = scene.send(reply(&first.conversation_id, "Слушаем")).await;
    scene.operator.wait_for_status(&sent, MessageStatus::Delivered).await;
    assert_eq!(boris.received()[0].text(), "Слушаем");
}

// acceptance: DI-15, XC-9
#[tokio::test]
async fn a_lost_number_is_visible_and_what_meta_still_has_comes() {
    let mut scene = Scene::set().await;
    scene.becomes(AccountHealth::Connected, SOON).await;
    let anna = scene.number.user(Shape::phone("79990000001", "Анна"));
    anna.text("1");
    let conversation = scene.operator.take_only().await.conversation_id;
    scene.whatsapp.fail_always("number", Fault::error(400, 190));
    scene.becomes(AccountHealth::Disconnected, Duration::from_secs(60)).await;
    anna.text("2");
    scene.operator.message_with(&conversation, "2").await;

    scene.world.kill("all");
    anna.text("3");
    eventually("Meta tries in vain", SOON, async || (scene.whatsapp.pending() > 0).then_some(())).await;
    scene.whatsapp.heal();
    scene.world.run(&["all"]).await;
    let operator = scene.world.operator("operator1").await;
    operator.message_with(&conversation, "3").await;
    scene.admin = scene.world.operator("admin").await;
    scene.becomes(AccountHealth::Connected, Duration::from_secs(60)).await;
    assert_eq!(operator.texts(&conversation).await, ["1", "2", "3"], "each once");
}
