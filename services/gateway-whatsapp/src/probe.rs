//! "Check settings": asks Meta what it can be asked without changing anything.

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL};
use ring::hmac;
use serde_json::Value;

use crate::{
    client::{Client, Deadlines},
    config::{Callback, Settings},
    describe::text,
    error::{CallError, Verdict, verdict},
    webhook,
    wire::PhoneNumber,
};

/// Tries settings that need not be saved.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let mut steps = Vec::new();
    let identity = tried(setup, &mut steps).await.unwrap_or_default();
    ProbeResponse { steps, identity, ..ProbeResponse::default() }
}

/// `None`: a step failed without which the next ones say nothing.
async fn tried(setup: &AccountSetup, steps: &mut Vec<ProbeStep>) -> Option<String> {
    let deadlines = Deadlines { call: std::time::Duration::from_secs(5), ..Deadlines::default() };
    let settings = Settings::read(setup).and_then(|settings| Ok((Client::new(&settings, deadlines)?, settings)));
    let (client, settings) = match settings {
        Ok(read) => read,
        Err(error) => {
            let problem = text(
                &format!("Это значение не подходит: {}", error.problem.ru),
                &format!("This value cannot be used: {}", error.problem.en),
            );
            steps.push(failed(text("Настройки читаются", "The settings can be read"), problem, error.field));
            return None;
        }
    };
    let number = number(&client, &settings, steps).await?;
    secret(&client, &settings, steps).await;
    business(&client, &settings, steps).await;
    steps.push(delivery(setup, &settings, &number));
    Some(webhook::identity(&number))
}

async fn number(client: &Client, settings: &Settings, steps: &mut Vec<ProbeStep>) -> Option<PhoneNumber> {
    let answer = client.get(&settings.phone_number_id, &[("fields", webhook::FIELDS)]).await;
    let title = text("Meta отвечает", "Meta answers");
    if let Err(CallError::NotSent(why) | CallError::Unknown(why)) = &answer {
        let problem = text(
            &format!("До Meta не достать: {why}. Проверьте адрес API, прокси и сертификаты."),
            &format!("Meta cannot be reached: {why}. Check the API address, the proxy and the certificates."),
        );
        steps.push(failed(title, problem, "api_url"));
        return None;
    }
    steps.push(passed(title));
    let title = text("Токен открывает номер", "The token opens the number");
    match answer {
        Ok(number) => {
            steps.push(passed(title));
            Some(number)
        }
        Err(error) => {
            let of_token = matches!(&error, CallError::Refused { error, .. }
                if matches!(verdict(error.code), Some(Verdict::Account(_))));
            let field = if of_token { "token" } else { "phone_number_id" };
            steps.push(failed(title, said(&error), field));
            None
        }
    }
}

/// Meta checks a proof made with the app secret, where one is shown.
async fn secret(client: &Client, settings: &Settings, steps: &mut Vec<ProbeStep>) {
    let key = hmac::Key::new(hmac::HMAC_SHA256, settings.app_secret.expose().as_bytes());
    let proof = hex::encode(hmac::sign(&key, settings.token.expose().as_bytes()));
    let query = [("fields", "id"), ("appsecret_proof", proof.as_str())];
    let answer: Result<Value, _> = client.get(&settings.phone_number_id, &query).await;
    let title = text("Секрет от того же приложения, что и токен", "The secret is of the same app as the token");
    steps.push(match answer {
        Ok(_) => passed(title),
        Err(CallError::Refused { .. }) => {
            let problem = text(
                "Meta не узнаёт секрет. Возьмите App secret того приложения, для которого выпущен токен.",
                "Meta does not know the secret. Take the App secret of the app that the token was issued for.",
            );
            failed(title, problem, "app_secret")
        }
        Err(error) => failed(title, said(&error), "app_secret"),
    });
}

async fn business(client: &Client, settings: &Settings, steps: &mut Vec<ProbeStep>) {
    let path = format!("{}/phone_numbers", settings.business_id);
    let answer: Result<Value, _> = client.get(&path, &[("fields", "id"), ("limit", "100")]).await;
    let title = text("Номер из этого аккаунта WhatsApp", "The number is of this WhatsApp account");
    steps.push(match answer {
        Ok(list) => {
            let ids = list["data"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str());
            if ids.into_iter().any(|id| id == settings.phone_number_id) {
                passed(title)
            } else {
                let problem = text("В этом аккаунте такого номера нет.", "This account has no such number.");
                failed(title, problem, "waba_id")
            }
        }
        Err(error) => failed(title, said(&error), "waba_id"),
    });
}

fn delivery(setup: &AccountSetup, settings: &Settings, number: &PhoneNumber) -> ProbeStep {
    let title = text("Сообщения будут приходить", "Messages will arrive");
    let public = setup.get(PUBLIC_URL);
    let allow_http = settings.outside.options::<String>([]).allow_http;
    let reachable = public.starts_with("https://") || allow_http && !public.is_empty();
    if settings.callback == Callback::Number && !reachable {
        let problem = text(
            "WhatsApp присылает сообщения только на внешний адрес https. Его задаёт OKNO_PUBLIC_URL.",
            "WhatsApp delivers only to a public https address. OKNO_PUBLIC_URL sets it.",
        );
        return failed(title, problem, "callback");
    }
    let known = number.webhook_configuration.as_ref();
    let own = known.and_then(|known| known.phone_number.as_deref()).unwrap_or_default();
    if settings.callback == Callback::App || own.is_empty() || own.starts_with(public) {
        return passed(title);
    }
    // A note, no failure: to move a number over from another system is what people come for.
    let note = text(
        "Сейчас сообщения этого номера получает другая система. После подключения их будет получать Okno.",
        "Another system receives this number's messages now. Once connected, Okno will.",
    );
    ProbeStep { problem: Some(note), ..passed(title) }
}

fn said(error: &CallError) -> LocalText {
    text(&format!("Meta отказала: {error}"), &format!("Meta refused: {error}"))
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}
