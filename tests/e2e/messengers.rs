//! What holds for every messenger alike: how it is connected, and the shape of the requests that come by it.

use std::collections::HashMap;

use contracts::{
    channel::{AccountHealth, GatewayDescription, ProbeStep},
    inbox::{Assignment, CheckSettingsRequest, Conversation, GetChannelAccountRequest, ListGatewaysRequest, Message},
};
use serde_json::json;
use testkit::{
    company::FakeCompany,
    eventually,
    max::{FakeMax, MaxOptions},
    viber::{FakeViber, ViberOptions},
    vk::FakeVk,
};

use crate::{
    actions::customer,
    custom::hook,
    operator::Operator,
    world::{SOON, World},
};

type Settings = Vec<(&'static str, String)>;

/// A messenger of the outside, whose account is not connected yet.
struct Messenger {
    channel: &'static str,
    /// What its form must ask for, and what an administrator enters.
    settings: Settings,
    required: &'static [&'static str],
    /// A setting, and what is wrong in it.
    wrong: (&'static str, String),
}

/// Each with what holds it up.
struct Outside {
    vk: FakeVk,
    max: FakeMax,
    viber: FakeViber,
    company: FakeCompany,
}

impl Outside {
    async fn start() -> Self {
        Self {
            vk: FakeVk::start().await,
            max: FakeMax::start_with(MaxOptions::default()).await,
            viber: FakeViber::start_with(ViberOptions { clock_scale: 20.0, ..ViberOptions::default() }).await,
            company: FakeCompany::start().await,
        }
    }
}

impl Operator {
    async fn described(&self, channel: &str) -> GatewayDescription {
        eventually("the gateway has announced itself", SOON, async || {
            let answer = self.accounts().list_gateways(ListGatewaysRequest::default()).await.ok()?.into_inner();
            answer.gateways.into_iter().filter_map(|one| one.description).find(|one| one.channel == channel)
        })
        .await
    }

    async fn check(&self, channel: &str, settings: &Settings) -> Vec<ProbeStep> {
        let settings: HashMap<_, _> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let request = CheckSettingsRequest { channel: channel.to_owned(), settings, ..CheckSettingsRequest::default() };
        let answer = self.accounts().check_settings(request).await.expect("an answer").into_inner();
        answer.probe.expect("what was tried").steps
    }
}

/// WhatsApp and Viber have this in their own files.
// acceptance: DI-1
#[tokio::test]
async fn connecting_asks_for_what_is_needed_and_names_what_is_wrong() {
    let world = World::start().await;
    let admin = world.operator("admin").await;
    let outside = Outside::start().await;
    let (shop, bot, telegram) = (outside.vk.community(), outside.max.bot(), world.telegram.bot());
    let stranger = FakeCompany::start().await;
    let messengers = [
        Messenger {
            channel: "telegram",
            settings: vec![("token", telegram.token().to_owned()), ("api_url", world.telegram.base_url())],
            required: &["token"],
            wrong: ("token", "700001:AAnobodyhasthistokenAAAAAAAAAAAAAAA".to_owned()),
        },
        Messenger {
            channel: "vk",
            settings: vec![
                ("token", shop.token()),
                ("group_id", shop.id().to_string()),
                ("api_url", outside.vk.base_url()),
            ],
            required: &["token", "group_id"],
            wrong: ("token", "vk1.a.another_key_that_nobody_knows".to_owned()),
        },
        Messenger {
            channel: "max",
            settings: vec![("token", bot.token().to_owned()), ("api_url", outside.max.base_url())],
            required: &["token"],
            wrong: ("token", "an-unknown-token-of-good-form".to_owned()),
        },
        Messenger {
            channel: "custom",
            settings: vec![("secret", outside.company.secret().to_owned()), ("api_url", outside.company.url())],
            required: &["secret", "api_url"],
            wrong: ("secret", stranger.secret().to_owned()),
        },
    ];
    for Messenger { channel, settings, required, wrong: (field, value) } in messengers {
        let form = admin.described(channel).await.settings.expect("a form");
        let mut asked: Vec<_> = form.fields.iter().filter(|field| field.required).map(|field| &field.name).collect();
        let mut required = required.to_vec();
        asked.sort();
        required.sort_unstable();
        assert_eq!(asked, required, "{channel}");
        assert!(!form.steps.is_empty() && form.fields.iter().all(|field| field.title.is_some()), "{channel}");
        let steps = admin.check(channel, &settings).await;
        assert!(!steps.is_empty() && steps.iter().all(|step| step.passed), "{channel}: {steps:?}");
        let mistyped =
            settings.iter().map(|(name, right)| (*name, if *name == field { &value } else { right }.clone()));
        let steps = admin.check(channel, &mistyped.collect()).await;
        let wrong: Vec<_> = steps.iter().filter(|step| !step.passed).collect();
        assert_eq!(wrong.iter().map(|step| step.field.as_str()).collect::<Vec<_>>(), [field], "{channel}: {steps:?}");
        assert!(wrong[0].problem.as_ref().is_some_and(|problem| !problem.ru.contains(&value)), "{channel}: {steps:?}");
    }
    assert!(bot.subscriptions().is_empty() && shop.servers().is_empty(), "a check changes nothing");
}

/// A conversation and its messages, without ids, times and what names the channel.
pub async fn shape(operator: &Operator, conversation: &Conversation) -> String {
    let mut shape = String::new();
    for Message { direction, kind, status, seq, content, .. } in operator.messages(&conversation.conversation_id).await
    {
        let text = content.map(|content| content.text).unwrap_or_default();
        shape += &format!("{seq}: {direction} {kind} {status} {text}\n");
    }
    let request = operator.request(&conversation.request.as_ref().expect("a request").request_id).await;
    shape + &format!("{} {} {}", request.state, request.outcome, request.decision.unwrap_or_default().method)
}

/// WhatsApp has this in its own file.
// acceptance: XC-1
#[tokio::test]
async fn a_request_has_the_same_shape_by_whatever_messenger_it_comes() {
    let world = World::start().await;
    let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
    let Outside { vk, max, viber, company } = Outside::start().await;
    let (shop, bot, public) = (vk.community(), max.bot(), viber.bot());
    let any = Assignment::default;
    let telegram = world.connect_telegram(&admin, "webhook").await;
    let by_webhook = ("receive", "webhook".to_owned());
    let (group, key) = (("group_id", shop.id().to_string()), ("token", shop.token()));
    world.connect(&admin, "vk", [key, group, ("api_url", vk.base_url()), by_webhook.clone()], any()).await;
    let settings = [("token", bot.token().to_owned()), ("api_url", max.base_url()), by_webhook];
    world.connect(&admin, "max", settings, any()).await;
    world.connect(&admin, "viber", [("token", public.token().to_owned()), ("api_url", viber.base_url())], any()).await;
    let settings = [("secret", company.secret().to_owned()), ("api_url", company.url())];
    let account = world.connect(&admin, "custom", settings, any()).await;
    company.connect(&hook(&world, &account));
    eventually("all deliver to us", SOON, async || {
        let vk = shop.servers().iter().any(|(_, status)| status == "ok");
        let request = GetChannelAccountRequest { account_id: account.clone() };
        let chat = admin.accounts().get_channel_account(request).await.ok()?.into_inner().account?.status?;
        let chat = chat.health() == AccountHealth::Connected;
        (vk && chat && !bot.subscriptions().is_empty() && !public.webhook().is_empty()).then_some(())
    })
    .await;

    let buyer = customer(&telegram.bot, 1);
    let (anna, vera, inna) = (shop.person(77_001, "Анна"), bot.customer(88_100, "Вера"), public.person("a==", "Инна"));
    for (number, text) in ["Здравствуйте", "Цена?"].into_iter().enumerate() {
        buyer.text(text);
        anna.text(text);
        vera.text(text);
        inna.text(text);
        let person = json!({ "id": "u-1", "name": "Ольга" });
        company.tell("message.created", json!({ "id": format!("m-{number}"), "person": person, "text": text })).await;
    }
    let mut shapes = Vec::new();
    for name in ["Покупатель 1", "Анна Тестова", "Вера", "Инна", "Ольга"] {
        let row = operator.conversation_with(name).await;
        operator.message_with(&row.conversation_id, "Цена?").await;
        operator.take(&row.request.as_ref().expect("a request").request_id).await.expect("taken");
        shapes.push((name, shape(&operator, &row).await));
    }
    assert!(shapes[0].1.contains("Цена?"), "{}", shapes[0].1);
    for (name, shape) in &shapes[1..] {
        assert_eq!(shape, &shapes[0].1, "{name}");
    }
}
