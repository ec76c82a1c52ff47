//! "Check settings": whether the chat takes our events, and keeps what docs/custom-channel.md asks of it.

use std::time::Duration;

use chrono::Utc;
use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL};
use serde_json::json;

use crate::{
    client::{Client, Deadlines},
    config::Settings,
    describe::text,
    error::CallError,
    send::named,
    sign::Signer,
};

const PING_WAIT: Duration = Duration::from_secs(8);
/// All checks of the contract go at once.
const CHECK_WAIT: Duration = Duration::from_secs(5);
/// Far more than the tolerance of five minutes.
const OLD_SECONDS: i64 = 3600;

/// An event that means nothing but "are you there?".
pub async fn ping(client: &Client) -> Result<(), CallError> {
    let id = uuid::Uuid::now_v7().to_string();
    client.post(&id, &named("ping", json!({})), PING_WAIT.min(client.deadlines.call)).await?;
    Ok(())
}

/// Tries settings that need not be saved.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let client = Settings::read(setup).and_then(|settings| Client::new(&settings, Deadlines::default()));
    let title = text("Настройки читаются", "The settings can be read");
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let steps = vec![failed(title, error.problem, error.field)];
            return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
        }
    };
    let answer = ping(&client).await;
    let mut steps = vec![passed(title), answer_step(&answer)];
    if answer.is_ok() {
        steps.extend(contract_steps(&client).await);
    }
    steps.push(files_step(setup));
    ProbeResponse { steps, identity: client.host().to_owned(), ..ProbeResponse::default() }
}

/// What a chat easily forgets. All of it are pings, or an event of a kind that no chat knows: nothing is shown to anybody.
async fn contract_steps(client: &Client) -> Vec<ProbeStep> {
    let (own, stranger, now) = (client.signer(), Signer::stranger(), Utc::now().timestamp());
    let changing = stranger.clone().and(own.clone());
    let (forged, old, several, unknown) = futures::join!(
        check(client, &stranger, now, "ping"),
        check(client, own, now - OLD_SECONDS, "ping"),
        check(client, &changing, now, "ping"),
        check(client, own, now, "okno.unknown"),
    );
    vec![
        refused_step(&forged, FORGED),
        refused_step(&old, OLD),
        taken_step(&several, SEVERAL),
        taken_step(&unknown, UNKNOWN),
    ]
}

async fn check(client: &Client, signer: &Signer, seconds: i64, kind: &str) -> Result<(), CallError> {
    let id = uuid::Uuid::now_v7().to_string();
    client.post_as(signer, seconds, &id, &named(kind, json!({})), CHECK_WAIT).await.map(|_| ())
}

/// Title and problem, each in Russian and English.
type Words = [(&'static str, &'static str); 2];

const FORGED: Words = [
    ("Чат не верит чужой подписи", "The chat does not believe a foreign signature"),
    (
        "Чат принял событие, подписанное не вашим секретом: так ему может писать кто угодно. Проверяйте webhook-signature.",
        "The chat took an event signed with another secret: anybody could write to it. Check webhook-signature.",
    ),
];
const OLD: Words = [
    ("Чат не берёт старых событий", "The chat takes no old events"),
    (
        "Чат принял событие часовой давности: перехваченное можно послать ещё раз. Проверяйте webhook-timestamp: до пяти минут.",
        "The chat took an event that was an hour old: what was caught can be sent again. Check webhook-timestamp: up to five minutes.",
    ),
];
const SEVERAL: Words = [
    ("Чат понимает смену секрета", "The chat understands a change of secrets"),
    (
        "Чат не принял событие с двумя подписями. В webhook-signature их может быть несколько через пробел: довольно одной верной.",
        "The chat did not take an event with two signatures. webhook-signature may hold several with spaces between: one that is right is enough.",
    ),
];
const UNKNOWN: Words = [
    ("Чат пропускает незнакомое", "The chat passes over what it does not know"),
    (
        "Чат не ответил 2xx на событие незнакомого вида. Новые виды появятся: их надо пропускать.",
        "The chat did not answer an event of an unknown type with 2xx. New types will come: they are to be passed over.",
    ),
];

/// Only a word of the chat's is a refusal.
fn refused_step(answer: &Result<(), CallError>, [title, problem]: Words) -> ProbeStep {
    let title = text(title.0, title.1);
    let refused = matches!(answer, Err(CallError::Signature(_) | CallError::Refused { .. }));
    if refused { passed(title) } else { failed(title, text(problem.0, problem.1), "") }
}

fn taken_step(answer: &Result<(), CallError>, [title, problem]: Words) -> ProbeStep {
    let title = text(title.0, title.1);
    if answer.is_ok() { passed(title) } else { failed(title, text(problem.0, problem.1), "") }
}

fn answer_step(answer: &Result<(), CallError>) -> ProbeStep {
    let title = text("Чат принимает события", "The chat takes events");
    let Err(error) = answer else { return passed(title) };
    let field = if matches!(error, CallError::Signature(_)) { "secret" } else { "api_url" };
    let problem = text(
        &format!("Чат не ответил 2xx на проверку: {error}. Проверьте адрес, секрет и прокси."),
        &format!("The chat did not answer the check with 2xx: {error}. Check address, secret and proxy."),
    );
    failed(title, problem, field)
}

/// A note, no failure: texts go without it.
fn files_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Сообщения отправляются", "Messages are sent");
    if !setup.get(PUBLIC_URL).is_empty() {
        return passed(title);
    }
    let note = text(
        "Файлы чат забирает по ссылке, для неё нужен внешний адрес. Его задаёт OKNO_PUBLIC_URL.",
        "The chat takes files by a link, which needs a public address. OKNO_PUBLIC_URL sets it.",
    );
    ProbeStep { problem: Some(note), ..passed(title) }
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}
