//! "Check settings": asks MAX what it can be asked without changing anything.

use contracts::channel::{LocalText, ProbeResponse, ProbeStep};
use gateway_kit::{AccountSetup, PUBLIC_URL, Way, words::clean};

use crate::{
    client::{Client, Deadlines},
    config::Settings,
    describe::text,
    error::CallError,
    webhook,
    wire::User,
};

/// Tries settings that need not be saved.
pub async fn run(setup: &AccountSetup) -> ProbeResponse {
    let settings_title = text("Настройки читаются", "The settings can be read");
    let deadlines = Deadlines { call: std::time::Duration::from_secs(6), ..Deadlines::default() };
    let read = Settings::read(setup).and_then(|settings| Ok((Client::new(&settings, deadlines)?, settings)));
    let (client, settings) = match read {
        Ok(read) => read,
        Err(error) => {
            let problem = text(
                &format!("Это значение не подходит: {}", error.problem.ru),
                &format!("This value cannot be used: {}", error.problem.en),
            );
            return ended(vec![failed(settings_title, problem, error.field)]);
        }
    };
    let mut steps = vec![passed(settings_title)];
    let me: Result<User, CallError> = client.get(&["me"], &[]).await;
    steps.push(reach_step(&me));
    let Ok(me) = me else {
        steps.extend(refused_step(me.err()));
        return ended(steps);
    };
    steps.push(passed(text("Токен принят", "The token is accepted")));
    steps.push(receive_step(setup, &settings, &client).await);
    ProbeResponse { steps, identity: identity(&me), ..ProbeResponse::default() }
}

fn ended(steps: Vec<ProbeStep>) -> ProbeResponse {
    ProbeResponse { steps, identity: String::new(), ..ProbeResponse::default() }
}

/// What MAX calls the bot.
pub fn identity(me: &User) -> String {
    let name = || clean(me.first_name.as_deref().or(me.name.as_deref()).unwrap_or_default(), 64);
    me.username.as_ref().map_or_else(name, |username| format!("@{}", clean(username, 64)))
}

fn reach_step(me: &Result<User, CallError>) -> ProbeStep {
    let title = text("MAX отвечает", "MAX answers");
    match me {
        Err(CallError::Untrusted) => failed(title, untrusted(), "ca"),
        Err(CallError::NotSent(why) | CallError::Unknown(why)) => {
            let problem = text(
                &format!("До MAX не достать: {why}. Проверьте адрес API и прокси."),
                &format!("MAX cannot be reached: {why}. Check the API address and the proxy."),
            );
            failed(title, problem, "api_url")
        }
        _ => passed(title),
    }
}

fn untrusted() -> LocalText {
    text(
        "Сертификат MAX подписан корнем Минцифры, которого здесь нет. Скачайте «Russian Trusted Root CA» в виде PEM \
         (gosuslugi.ru/crt) и вставьте в «Корневые сертификаты».",
        "MAX's certificate is signed by the root of the Russian Ministry of Digital Development, which is missing here. \
         Get \"Russian Trusted Root CA\" as PEM (gosuslugi.ru/crt) and paste it under \"Root certificates\".",
    )
}

/// `None` when the step before has told it already.
fn refused_step(error: Option<CallError>) -> Option<ProbeStep> {
    let error = error?;
    let title = text("Токен принят", "The token is accepted");
    let problem = match &error {
        CallError::NotSent(_) | CallError::Unknown(_) | CallError::Untrusted => return None,
        CallError::Refused { status: 401, .. } => text(
            "MAX не знает такого токена: он отозван или введён с ошибкой. Возьмите новый на business.max.ru.",
            "MAX does not know this token: it was taken back or is mistyped. Get a new one at business.max.ru.",
        ),
        other => text(&format!("MAX отказал: {other}"), &format!("MAX refused: {other}")),
    };
    Some(failed(title, problem, "token"))
}

async fn receive_step(setup: &AccountSetup, settings: &Settings, client: &Client) -> ProbeStep {
    let title = text("Сообщения будут приходить", "Messages will arrive");
    let public = setup.get(PUBLIC_URL);
    if settings.way == Way::Webhook && !settings.deliveries().reach(public) {
        let problem = text(
            "Для вебхука нужен внешний адрес https на порту 443. Его задаёт OKNO_PUBLIC_URL. Без него выберите опрос.",
            "A webhook needs a public https address on port 443. OKNO_PUBLIC_URL sets it. Without one, choose polling.",
        );
        return failed(title, problem, "receive");
    }
    let held = match webhook::subscriptions(client).await {
        Ok(held) => held,
        Err(problem) => {
            let problem = problem.to_string();
            return failed(
                title,
                text(&format!("MAX отказал: {problem}"), &format!("MAX refused: {problem}")),
                "token",
            );
        }
    };
    if held.iter().all(|one| !public.is_empty() && one.url.starts_with(public)) {
        return passed(title);
    }
    // A note, no failure: to move a bot over from another system is what people come for.
    let note = text(
        "Сейчас сообщения этого бота получает и другая система. Отключите её, когда перейдёте на Okno.",
        "Another system receives this bot's messages too. Disconnect it when you have moved to Okno.",
    );
    ProbeStep { problem: Some(note), ..passed(title) }
}

fn passed(title: LocalText) -> ProbeStep {
    ProbeStep { title: Some(title), passed: true, ..ProbeStep::default() }
}

fn failed(title: LocalText, problem: LocalText, field: &str) -> ProbeStep {
    ProbeStep { title: Some(title), passed: false, problem: Some(problem), field: field.into() }
}
