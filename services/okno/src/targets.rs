//! Running targets: each supervised on its own, so that a fault of one channel does not stop the office.

use std::net::SocketAddr;

use anyhow::Context;
use runtime::{Backoff, ConfigErrors, Env, Health, LogConfig, Logging, Metrics, Stop, TaskTracker};

/// Every target; a new channel adds its name here and its line in [`start`].
pub const ALL: [&str; 11] = [
    "router",
    "crm-core",
    "edge",
    "gateway-custom",
    "gateway-email",
    "gateway-max",
    "gateway-telegram",
    "gateway-viber",
    "gateway-vk",
    "gateway-webchat",
    "gateway-whatsapp",
];

/// What `--help` says of them.
pub const HELP: &str = "Targets:
  router             conversations, requests, assignment (schema inbox)
  crm-core           organisation, sign-ins, clients (schema crm)
  edge               the page, gRPC-Web and gRPC for people and API clients
  gateway-custom     a company's own chat
  gateway-email      mailboxes
  gateway-max        the MAX channel
  gateway-telegram   the Telegram channel
  gateway-viber      the Viber channel
  gateway-vk         the VK channel
  gateway-webchat    the chat on sites
  gateway-whatsapp   the WhatsApp channel";

/// Runs the named targets until a signal, then drains them.
pub async fn run(env: &Env, names: &[String]) -> anyhow::Result<()> {
    let logs = LogConfig::from_env(env);
    let ops = env.get("OKNO_OPS_LISTEN", SocketAddr::from(([127, 0, 0, 1], 9_090)));
    let (health, stop, tasks) = (Health::new(), Stop::new(), TaskTracker::new());
    let mut errors = env.build(|| Some(())).err().unwrap_or(ConfigErrors(Vec::new()));
    let mut started: Vec<Start> = Vec::new();
    for name in names {
        match start(env, name, &health) {
            Ok(target) => started.push(target),
            Err(found) => errors.merge(found),
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let service = if names.len() == 1 { names[0].as_str() } else { "okno" };
    let logging = Logging::start(service, &logs)?;
    let metrics = Metrics::install().context("another metrics recorder is installed")?;
    for target in started {
        tasks.spawn(target(stop.clone()));
    }
    let watched = stop.clone();
    // Apart from `tasks`: it watches for a second Ctrl-C until the very end, so nobody may wait for it.
    TaskTracker::new().spawn(async move {
        if let Err(error) = runtime::stop_on_signals(watched).await {
            tracing::error!("signals cannot be watched: {error}");
        }
    });
    tracing::info!(targets = names.join(" "), "okno {} has started", env!("CARGO_PKG_VERSION"));
    let served = runtime::serve_ops(ops, health, metrics, stop.clone()).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    logging.flush();
    served.map_err(Into::into)
}

type Start = Box<dyn FnOnce(Stop) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Reads a target's settings and makes it ready to start.
fn start(env: &Env, name: &str, health: &Health) -> Result<Start, ConfigErrors> {
    let health = health.clone();
    macro_rules! supervised {
        ($config:expr, $run:path) => {{
            let (config, name) = ($config, name.to_owned());
            Ok(Box::new(move |stop: Stop| {
                Box::pin(async move {
                    let run = || $run(config.clone(), stop.clone());
                    runtime::supervise(&name, &health, &stop, Backoff::default(), run).await;
                })
            }))
        }};
    }
    macro_rules! target {
        ($krate:ident) => {{
            let mut config = $krate::Config::from_env(env)?;
            config.health = health.clone();
            supervised!(config, $krate::run)
        }};
    }
    macro_rules! gateway {
        ($gateway:ty, $port:literal) => {{
            let channel = gateway_kit::channel_of::<$gateway>();
            let config =
                gateway_kit::Config { health: health.clone(), ..gateway_kit::Config::from_env(env, &channel, $port)? };
            supervised!(config, gateway_kit::run::<$gateway>)
        }};
    }
    match name {
        "router" => target!(router),
        "crm-core" => target!(crm_core),
        "edge" => target!(edge),
        "gateway-custom" => gateway!(gateway_custom::Custom, 8090),
        "gateway-email" => {
            let mut config = gateway_email::config(env)?;
            config.kit.health = health.clone();
            supervised!(config, gateway_email::run)
        }
        "gateway-max" => gateway!(gateway_max::Max, 8085),
        "gateway-telegram" => gateway!(gateway_telegram::Telegram, 8083),
        "gateway-viber" => gateway!(gateway_viber::Viber, 8087),
        "gateway-vk" => gateway!(gateway_vk::Vk, 8089),
        "gateway-whatsapp" => gateway!(gateway_whatsapp::WhatsApp, 8088),
        _ => gateway!(gateway_webchat::Webchat, 8084),
    }
}
