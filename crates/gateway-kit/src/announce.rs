//! What a gateway tells about itself, and how it tries settings that are not saved yet.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bus::names;
use contracts::channel::{GatewayDescription, LocalText, ProbeRequest, ProbeResponse, ProbeStep};
use model::AccountId;
use prost::Message;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;
use uuid::Uuid;

use crate::{AccountSetup, Config, Consented, Gateway, accounts, accounts::Registry, describe::text, kit::SharedKit};

/// The whole of a probe, our own part included (rule A2).
const PROBE_WAIT: Duration = Duration::from_secs(14);

/// The first and the longest pause until router has heard us, which it answers by projecting our accounts. In a house that
/// starts as one it listens a moment after us.
const UNHEARD: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// So long we take it for unheard whatever we read: accounts of before a restart stand in the bucket at once, and a router
/// that starts beside us listens later.
const STARTING: Duration = Duration::from_secs(15);

/// Announces the gateway at start, again while router does not seem to have heard it, and each minute, until `stop`.
pub(crate) async fn announce<G: Gateway>(kit: SharedKit, registry: Arc<Registry<G>>) {
    let description = describe::<G>(&kit.instance, &public_address(&kit.config)).encode_to_vec();
    let subject = names::gateway(&kit.channel);
    let (mut unheard, start) = (UNHEARD.0, Instant::now());
    loop {
        if let Err(error) = kit.bus.client.publish(subject.clone(), description.clone().into()).await {
            warn!(%error, "the gateway was not announced; trying again");
        }
        let heard = registry.complete() && start.elapsed() >= STARTING;
        let pause = if heard { kit.config.timing.announce } else { unheard };
        unheard = (unheard * 2).min(UNHEARD.1);
        if kit.stop.run_until_cancelled(sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Where browsers find us: on one machine without a public address, where we listen.
fn public_address(config: &Config) -> String {
    let url = config.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    url.unwrap_or_else(|| format!("http://{}", config.listen))
}

/// The gateway's description, with the remedies for what the kit itself finds wrong; "{public_url}" in a snippet
/// becomes our address.
pub(crate) fn describe<G: Gateway>(instance: &str, address: &str) -> GatewayDescription {
    let mut description = G::describe();
    G::CHANNEL.clone_into(&mut description.channel);
    instance.clone_into(&mut description.instance);
    if let Some(settings) = &mut description.settings {
        for (key, text) in own_remedies() {
            settings.remedies.entry(key.to_owned()).or_insert(text);
        }
        for snippet in &mut settings.snippets {
            snippet.text = snippet.text.replace("{public_url}", address);
        }
    }
    description
}

fn own_remedies() -> [(&'static str, LocalText); 2] {
    let settings = text("Исправьте настройки учётной записи.", "Correct the settings of the account.");
    let secrets = text("Введите секреты учётной записи заново.", "Enter the secrets of the account again.");
    [("settings", settings), ("secrets", secrets)]
}

/// Answers `okno.probe.<channel>`.
pub(crate) async fn answer_probes<G: Gateway>(
    kit: &SharedKit,
    registry: Arc<Registry<G>>,
) -> Result<(), bus::SubscribeError> {
    let (shared, subject) = (kit.clone(), names::probe(&kit.channel));
    let respond = move |request: ProbeRequest| {
        let (kit, registry) = (shared.clone(), registry.clone());
        async move {
            Some(match setup(&kit, &registry, &request) {
                Ok(setup) if request.consent.is_some() => {
                    timeout(PROBE_WAIT, consent::<G>(&kit.config, &setup, &request))
                        .await
                        .unwrap_or_else(|_| too_slow())
                }
                Ok(setup) => timeout(PROBE_WAIT, G::probe(&setup)).await.unwrap_or_else(|_| too_slow()),
                Err(problem) => failed(text("Секреты открываются", "The secrets can be opened"), problem),
            })
        }
    };
    bus::answer(&kit.bus, subject, &kit.work, kit.stop.clone(), respond).await
}

/// What the provider gives is sealed at once: router hands it on as it is.
async fn consent<G: Gateway>(config: &Config, setup: &AccountSetup, request: &ProbeRequest) -> ProbeResponse {
    let title = text("Согласие", "The consent");
    let Some(asked) = &request.consent else { return ProbeResponse::default() };
    let passed = ProbeStep { title: Some(title.clone()), passed: true, ..ProbeStep::default() };
    match G::consent(setup, asked).await {
        Ok(Consented::Page(authorize_url)) => {
            ProbeResponse { steps: vec![passed], authorize_url, ..ProbeResponse::default() }
        }
        Ok(Consented::Given(settings)) => {
            let plain = serde_json::to_vec(&settings).unwrap_or_default();
            match config.key.seal(setup.account, &plain) {
                Ok(sealed) => ProbeResponse { steps: vec![passed], secrets: Some(sealed), ..ProbeResponse::default() },
                Err(_) => failed(title, text("Система не даёт случайных чисел.", "The system gives no random bytes.")),
            }
        }
        Err(step) => {
            let step = ProbeStep { title: step.title.clone().or(Some(title)), passed: false, ..*step };
            ProbeResponse { steps: vec![step], ..ProbeResponse::default() }
        }
    }
}

/// What is tried: the saved account's secrets, over them what was just typed in.
fn setup<G: Gateway>(
    kit: &SharedKit,
    registry: &Registry<G>,
    request: &ProbeRequest,
) -> Result<AccountSetup, LocalText> {
    let account = request.account_id.parse().unwrap_or(AccountId(Uuid::nil()));
    let mut settings = HashMap::new();
    if let Some(saved) = registry.entry(account)
        && let Ok(saved) = accounts::setup(&kit.config, account, &saved)
    {
        settings = saved.settings;
    }
    // What was emptied on purpose stays empty; a secret is never sent back, so an empty one means the saved one.
    settings.extend(request.settings.clone());
    if let Some(sealed) = &request.secrets {
        let typed = accounts::open(&kit.config, account, sealed)?;
        settings.extend(typed.into_iter().filter(|(_, value)| !value.is_empty()));
    }
    let setup = AccountSetup { account, settings, allow_private_addresses: kit.config.allow_private_addresses };
    Ok(kit.config.told(setup))
}

fn too_slow() -> ProbeResponse {
    let problem = text("Провайдер не ответил за 15 с.", "The provider did not answer within 15 s.");
    let step = ProbeStep {
        title: Some(text("Ответ провайдера", "The provider's answer")), ..ProbeStep::default()
    };
    ProbeResponse { steps: vec![ProbeStep { problem: Some(problem), ..step }], ..ProbeResponse::default() }
}

fn failed(title: LocalText, problem: LocalText) -> ProbeResponse {
    let step = ProbeStep { title: Some(title), problem: Some(problem), ..ProbeStep::default() };
    ProbeResponse { steps: vec![step], ..ProbeResponse::default() }
}
