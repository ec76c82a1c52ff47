//! "Check settings": asks Viber what it can be asked without changing anything.

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL};
use serde_json::json;

use crate::{
    client::{Client, Deadlines},
    config::{Settings, is_token},
    describe::text,
    error::CallError,
    wire::Account,
};

/// Tries settings that need not be saved.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let mut steps = vec![token_step(setup)];
    if !steps[0].passed {
        return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
    }
    let (settings, client) = match client(setup) {
        Ok(made) => made,
        Err(step) => {
            steps.push(*step);
            return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
        }
    };
    let account: Result<Account, _> = client.call("get_account_info", &json!({})).await;
    steps.push(reach_step(&account));
    let Ok(account) = account else {
        steps.extend(refused_step(account.err()));
        return ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() };
    };
    steps.push(passed(text("Токен принят", "The token is accepted")));
    steps.push(receive_step(setup, &settings, &account));
    ProbeResponse { steps, identity: account.title(), ..ProbeResponse::default() }
}

fn token_step(setup: &AccountSetup) -> ProbeStep {
    let title = text("Токен похож на настоящий", "The token looks right");
    if is_token(setup.get("token").trim()) {
        return passed(title);
    }
    let problem = text(
        "Токен состоит из латинских букв, цифр и дефисов. Скопируйте App key из настроек бота целиком.",
        "A token consists of Latin letters, digits and hyphens. Copy all of the app key from the bot's settings.",
    );
    failed(title, problem, "token")
}

fn client(setup: &AccountSetup) -> Result<(Settings, Client), Box<ProbeStep>> {
    let deadlines = Deadlines { call: std::time::Duration::from_secs(12) };
    let made = Settings::read(setup).and_then(|settings| {
        let client = Client::new(&settings, deadlines)?;
        Ok((settings, client))
    });
    made.map_err(|error| {
        let problem = text(
            &format!("Это значение не подходит: {}", error.problem.ru),
            &format!("This value cannot be used: {}", error.problem.en),
        );
        Box::new(failed(text("Настройки читаются", "The settings can be read"), problem, error.field))
    })
}

fn reach_step(account: &Result<Account, CallError>) -> ProbeStep {
    let title = text("Viber отвечает", "Viber answers");
    let Err(CallError::NotSent(_) | CallError::Unknown(_) | CallError::Http(_)) = account else {
        return passed(title);
    };
    let why = account.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let problem = text(
        &format!("До Viber не достать: {why}. Проверьте адрес API и прокси."),
        &format!("Viber cannot be reached: {why}. Check the API address and the proxy."),
    );
    failed(title, problem, "api_url")
}

/// `None` when the step before has told it already.
fn refused_step(error: Option<CallError>) -> Option<ProbeStep> {
    let title = text("Токен принят", "The token is accepted");
    let problem = match error? {
        CallError::NotSent(_) | CallError::Unknown(_) | CallError::Http(_) => return None,
        CallError::Refused { status: 2 | 8, .. } => text(
            "Viber не знает такого токена. Возьмите его заново в настройках бота (App key).",
            "Viber does not know this token. Get it again from the bot's settings (app key).",
        ),
        other => text(&format!("Viber отказал: {other}"), &format!("Viber refused: {other}")),
    };
    Some(failed(title, problem, "token"))
}

fn receive_step(setup: &AccountSetup, settings: &Settings, account: &Account) -> ProbeStep {
    let title = text("Сообщения будут приходить", "Messages will arrive");
    let public = setup.get(PUBLIC_URL);
    if !settings.reaches(public) {
        let problem = text(
            "Нужен внешний адрес https: на него Viber присылает сообщения и по нему забирает файлы. Его задаёт OKNO_PUBLIC_URL.",
            "A public https address is needed: Viber sends messages to it and takes files from it. OKNO_PUBLIC_URL sets it.",
        );
        return failed(title, problem, "");
    }
    let webhook = account.webhook.as_deref().unwrap_or_default();
    if webhook.is_empty() || webhook.starts_with(public) {
        return passed(title);
    }
    // A note, no failure: to move a bot over from another system is what people come for.
    let note = text(
        "Сейчас сообщения этого бота получает другая система. После подключения их будет получать Okno.",
        "Another system receives this bot's messages now. Once connected, Okno will.",
    );
    ProbeStep { problem: Some(note), ..passed(title) }
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}
